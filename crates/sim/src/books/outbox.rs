//! Webhooks: the first attempts of a lane go in order, in good weather at once and once, and in the end all arrive.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_engine::ports::{Commit, NewDelivery};
use callport_engine::records::DeliveryId;
use callport_flow::NodeId;
use callport_store::StoreSnapshot;

use super::Books;

/// In good weather a first attempt comes within this. Processes look for forgotten webhooks each second, which would hide that one was lost.
const PROMPT: Duration = Duration::from_millis(700);

/// A webhook on record.
#[derive(Clone)]
pub(crate) struct Parcel {
    body: u64,
    place: u64,
    lane: Option<String>,
    made: Duration,
    /// What it tells.
    pub(crate) event: &'static str,
    /// Of which call.
    pub(crate) call: Option<CallId>,
    /// And number.
    pub(crate) number: Option<PhoneNumberId>,
}

/// Longer than it takes from the stop of a process until another one carries on with its webhooks: it looks each second.
const TAKING_OVER: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Lanes {
    last: u64,
    /// By app and body, which is different for each notice.
    parcels: HashMap<String, HashMap<u64, Parcel>>,
    /// The last first attempt of each lane and app.
    first: HashMap<(String, String), u64>,
    attempted: HashMap<(String, u64), u32>,
    /// By app and place: those that did not arrive yet.
    awaited: BTreeSet<(String, u64, u64)>,
    /// By app and body, with their places.
    terminates: HashMap<CallId, Vec<(String, u64, u64)>>,
}

impl Lanes {
    pub(super) fn undelivered(&self) -> Vec<(Option<CallId>, String)> {
        let of = |(app, place, body): &(String, u64, u64)| {
            let parcel = self.parcels.get(app)?.get(body)?;
            Some((parcel.call.clone(), format!("at the end: webhook {place}, {}, never arrived at app {app}", parcel.event)))
        };
        self.awaited.iter().filter_map(of).collect()
    }
}

impl Books {
    pub(super) fn queued(&mut self, commit: &Commit) {
        let made = self.exec.now();
        for webhook in &commit.webhooks {
            self.lanes.last += 1;
            self.keeps_webhook(self.lanes.last);
            let lanes = &mut self.lanes;
            let (app, place) = (webhook.app.to_string(), lanes.last);
            let body = webhook.body[..].try_into().map(u64::from_le_bytes).unwrap_or_default();
            let (call, number, event) = (webhook.call.clone(), webhook.number.clone(), webhook.event);
            lanes.awaited.insert((app.clone(), place, body));
            if let Some(call) = call.clone().filter(|_| event == "terminate") {
                lanes.terminates.entry(call).or_default().push((app.clone(), body, place));
            }
            lanes.parcels.entry(app).or_default().insert(body, Parcel { body, place, lane: lane(webhook), made, event, call, number });
        }
    }

    /// A webhook is on its way. `None`: it is not on record.
    pub(crate) fn attempted(&mut self, app: &str, body: u64) -> Option<Parcel> {
        let Some(parcel) = self.lanes.parcels.get(app).and_then(|parcels| parcels.get(&body)).cloned() else {
            self.violated(None, format!("app {app} is sent a webhook that is not on record"));
            return None;
        };
        let times = self.lanes.attempted.entry((app.to_owned(), body)).or_default();
        *times += 1;
        let times = *times;
        let Parcel { place, event, .. } = parcel;
        if times > 1 {
            if self.calm && !self.is_near_a_stop() {
                self.violated(parcel.call.as_ref(), format!("webhook {place}, {event}, was sent {times} times though all is well"));
            }
            return Some(parcel);
        }
        if let Some(lane) = &parcel.lane {
            let last = self.lanes.first.entry((lane.clone(), app.to_owned())).or_default();
            let before = *last;
            *last = place.max(before);
            if place < before {
                self.violated(parcel.call.as_ref(), format!("webhook {place}, {event}, came after {before} of the same lane to app {app}"));
            }
        }
        let waited = self.exec.now() - parcel.made;
        let prompt = if self.is_near_a_stop() { PROMPT + TAKING_OVER } else { PROMPT };
        if self.calm && waited > prompt {
            self.violated(parcel.call.as_ref(), format!("webhook {place}, {event}, waited {waited:?} for its first attempt"));
        }
        Some(parcel)
    }

    /// An app that this process was to tell of the end of a call, and did not try to.
    pub(super) fn untold(&self, call: &CallId, node: NodeId, now: &StoreSnapshot<'_>) -> Option<String> {
        let told = |app: &String, body: u64| self.lanes.attempted.contains_key(&(app.clone(), body));
        // Where another process works the lane, it is the one to tell.
        let its_own = |place: u64| now.delivery(DeliveryId(place)).is_some_and(|(worker, _)| worker == node);
        let webhooks = self.lanes.terminates.get(call)?.iter();
        webhooks.filter(|(_, _, place)| its_own(*place)).find(|(app, body, _)| !told(app, *body)).map(|(app, ..)| app.clone())
    }

    /// A process stopped a short while ago: what came for it meanwhile is in other hands, or nearly.
    fn is_near_a_stop(&self) -> bool {
        self.stops.last().is_some_and(|at| self.exec.now() < *at + TAKING_OVER * 2)
    }

    /// A webhook arrived; whether for the first time.
    pub(crate) fn received(&mut self, app: &str, parcel: &Parcel) -> bool {
        let first = self.lanes.awaited.remove(&(app.to_owned(), parcel.place, parcel.body));
        if parcel.event == "terminate"
            && let Some(call) = &parcel.call
        {
            self.calls.heard.insert((call.clone(), app.to_owned()));
        }
        first
    }
}

/// What its order is kept within.
fn lane(webhook: &NewDelivery) -> Option<String> {
    let call = webhook.call.as_ref().map(|call| call.as_str());
    call.or_else(|| webhook.message.as_ref().map(|message| message.as_str())).map(str::to_owned)
}
