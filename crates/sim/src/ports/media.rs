//! The media plane: opens, refuses, sees signs at random, goes silent, loses a call now and then, and reports when it closes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callport_core::call::{Answer, MediaSign, Side};
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::key_exchange::KeyExchange;
use callport_engine::ports::{
    AnswerRefusal, CheckedAnswer, Clock as _, Media, MediaEvent, MediaEvents, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall,
    OpenedCall,
};
use callport_engine::records::MediaReport;
use parking_lot::Mutex;

use crate::bug::Bug;
use crate::exec::Owner;
use crate::world::World;

/// How long a question takes, at most.
const TAKES: Duration = Duration::from_millis(3);
/// An answer of a business that no media plane could read.
pub(crate) const BAD_ANSWER: &str = "not an answer";

/// One process's media plane.
pub(crate) struct SimMedia {
    world: Arc<World>,
    owner: Owner,
    events: MediaEvents,
    open: Arc<Mutex<BTreeSet<CallId>>>,
}

impl SimMedia {
    pub(crate) fn new(world: Arc<World>, owner: Owner, events: MediaEvents) -> Self {
        Self { world, owner, events, open: Arc::default() }
    }

    /// Calls that have media here.
    pub(crate) fn open_calls(&self) -> Vec<CallId> {
        self.open.lock().iter().cloned().collect()
    }

    async fn open_one(&self, call: &CallId, offer: &str) -> Result<(), MediaFault> {
        self.world.exec.chance(TAKES).await;
        match self.world.exec.below(80) {
            0 => return Err(MediaFault::Refused("no fingerprint found in SDP".to_owned())),
            1 => return Err(MediaFault::Unavailable("the relay is full".to_owned())),
            _ => {}
        }
        self.open.lock().insert(call.clone());
        self.world.opened(offer, call);
        Ok(())
    }

    async fn join_one(&self, call: &CallId) -> Result<String, MediaFault> {
        self.world.exec.chance(TAKES).await;
        match self.world.exec.one_in(40) {
            true => Err(MediaFault::Refused("no fingerprint found in SDP".to_owned())),
            false if !self.open.lock().contains(call) => Err(MediaFault::Unavailable("the media of this call are gone".to_owned())),
            false => Ok("phone answer".to_owned()),
        }
    }

    /// Signs of a leg, one after the other, as long as the call has media. Now and then a leg stays as it is.
    fn sign(&self, call: &CallId, side: Side, within: Duration) {
        let (world, open, events, call) = (self.world.clone(), self.open.clone(), self.events.clone(), call.clone());
        let exec = world.exec.clone();
        exec.clone().spawn(self.owner, async move {
            let mut signs = vec![MediaSign::Connected(side), MediaSign::Flowing(side)];
            while !signs.is_empty() {
                exec.chance(within).await;
                if exec.one_in(25) || !open.lock().contains(&call) {
                    return;
                }
                let sign = signs.remove(0);
                let _ = events.send(MediaEvent::Sign { call: call.clone(), sign }).await; // the process is gone
                if signs.is_empty() && exec.one_in(20) {
                    exec.chance(Duration::from_secs(30)).await;
                    signs.push(MediaSign::Silent(side, world.calendar.now()));
                    if exec.one_in(2) {
                        signs.push(MediaSign::Flowing(side));
                    }
                }
            }
        });
    }

    /// The report, if the media plane is not too busy to make one.
    fn report_of(&self, call: &CallId) {
        let (exec, events, call) = (self.world.exec.clone(), self.events.clone(), call.clone());
        exec.clone().spawn(self.owner, async move {
            exec.chance(Duration::from_millis(100)).await;
            if !exec.one_in(20) {
                let _ = events.send(MediaEvent::Closed { call, report: Box::default() }).await; // the process is gone
            }
        });
    }

    /// The media plane may lose a call that nobody closed.
    fn may_lose(&self, call: &CallId) {
        if !self.world.exec.one_in(60) {
            return;
        }
        let (exec, open, events, call) = (self.world.exec.clone(), self.open.clone(), self.events.clone(), call.clone());
        exec.clone().spawn(self.owner, async move {
            exec.chance(Duration::from_secs(20)).await;
            if open.lock().remove(&call) {
                let _ = events.send(MediaEvent::Closed { call, report: Box::default() }).await; // the process is gone
            }
        });
    }
}

#[async_trait]
impl Media for SimMedia {
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault> {
        self.open_one(&request.call, &request.phone_offer).await?;
        self.may_lose(&request.call);
        Ok(OpenedCall { phone_answer: "phone answer".to_owned(), business_offer: "business offer".to_owned() })
    }

    async fn open_business_call(&self, request: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        self.open_one(&request.call, &request.business_offer).await?;
        self.may_lose(&request.call);
        self.sign(&request.call, Side::Business, Duration::from_secs(2));
        Ok(OpenedBusinessCall { business_answer: "business answer".to_owned(), warnings: Vec::new() })
    }

    async fn pick_up(&self, call: &CallId, _: String) -> Result<String, MediaFault> {
        self.join_one(call).await
    }

    fn transcodes(&self, _: AdditionalCodec) -> bool {
        true
    }

    fn read_answer(&self, answer: &Answer, _: &[AdditionalCodec], _: KeyExchange) -> Result<CheckedAnswer, AnswerRefusal> {
        if answer.as_str() == BAD_ANSWER {
            return Err(AnswerRefusal("no fingerprint found in SDP".to_owned()));
        }
        Ok(CheckedAnswer { warnings: Vec::new(), read: Arc::new(()) })
    }

    fn apply_answer(&self, call: &CallId, _: &CheckedAnswer) {
        self.sign(call, Side::Business, Duration::from_millis(800));
    }

    fn open_gate(&self, call: &CallId) {
        self.sign(call, Side::User, Duration::from_millis(800));
    }

    fn press(&self, _: &CallId, _: char) {}

    async fn rejoin(&self, call: &CallId, _: String) -> Result<String, MediaFault> {
        self.join_one(call).await
    }

    fn close(&self, call: &CallId) {
        if self.world.has(Bug::KeepsMedia) && self.world.exec.one_in(10) {
            return;
        }
        if self.open.lock().remove(call) {
            self.report_of(call);
        }
    }

    async fn report(&self, _: &CallId) -> Option<MediaReport> {
        Some(MediaReport::default())
    }
}
