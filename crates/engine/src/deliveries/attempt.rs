//! One attempt: where does it go now, carry it, and what comes of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::AppId;
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_flow::journal::{About, Entry, Fact, Injected};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::DeliveryPolicy;
use crate::engine::Ports;
use crate::fault::Fault;
use crate::injection::{FaultInjection, WebhookFault};
use crate::ports::{DeliveryOutcome, Letter, NewDelivery, Queued, Settlement};
use crate::records::{App, Callback, Delivery, DeliveryId, DeliveryState};

/// What a delivery is about: those about the same thing keep their order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Call(CallId),
    Message(MessageId),
}

/// A delivery in the worker's hands.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: DeliveryId,
    pub(super) app: AppId,
    pub(super) subject: Option<Subject>,
    /// By the time that deadlines go by.
    pub(super) due: Duration,
    pub(super) attempts: u32,
    /// Until the first attempt, while there is room.
    pub(super) whole: Option<Kept>,
    /// Why its first attempt is held back, where a test asked for it.
    pub(super) held: Option<Injected>,
}

/// A delivery in memory, which gives its place back when it goes.
#[derive(Debug)]
pub(super) struct Kept {
    delivery: Box<Delivery>,
    _place: OwnedSemaphorePermit,
}

impl Item {
    /// Freshly committed. Kept whole while `room` has a place; else its body is read again at the attempt.
    pub(super) fn fresh(new: NewDelivery, queued: Queued, room: &Arc<Semaphore>, now: Duration) -> Self {
        let subject = new.call.clone().map(Subject::Call).or_else(|| new.message.clone().map(Subject::Message));
        let app = new.app.clone();
        let whole = room.clone().try_acquire_owned().ok().map(|place| Kept { delivery: Box::new(delivery(new, queued.id)), _place: place });
        Self { id: queued.id, app, subject, due: now, attempts: 0, whole, held: None }
    }

    /// The same, attempted so much later. It is in no lane: what comes after it does not wait.
    pub(super) fn held(self, why: Injected, by: Duration) -> Self {
        Self { due: self.due + by, subject: None, held: Some(why), ..self }
    }

    /// From the store, without its body. A first attempt is due at once. The due moment of a later one is turned into a time from now, by the
    /// calendar as it stands, and never a longer one than the schedule has: the calendar may have been set back since.
    pub(super) fn stored(delivery: &Delivery, policy: &DeliveryPolicy, today: WallTime, now: Duration) -> Self {
        let wait = match delivery.state {
            DeliveryState::Pending { next_attempt_at } if delivery.attempts > 0 => {
                next_attempt_at.since(today).min(policy.wait_after(delivery.attempts))
            }
            _ => Duration::ZERO,
        };
        let subject = delivery.call.clone().map(Subject::Call).or_else(|| delivery.message.clone().map(Subject::Message));
        Self { id: delivery.id, app: delivery.app.clone(), subject, due: now + wait, attempts: delivery.attempts, whole: None, held: None }
    }
}

fn delivery(new: NewDelivery, id: DeliveryId) -> Delivery {
    Delivery {
        id,
        app: new.app,
        waba: new.waba,
        number: new.number,
        field: new.field,
        event: new.event.to_owned(),
        call: new.call,
        message: new.message,
        body: new.body.to_vec(),
        created_at: new.created_at,
        state: DeliveryState::Pending { next_attempt_at: new.created_at },
        attempts: 0,
    }
}

/// What an attempt came to.
pub(super) struct Made {
    pub(super) settlement: Settlement,
    /// To be tried again after so long; `None`: it is over.
    pub(super) again: Option<Duration>,
}

/// Makes one attempt. `None`: the delivery is gone from the store.
pub(super) async fn attempt(
    ports: &Ports,
    policy: &DeliveryPolicy,
    faults: &FaultInjection,
    item: &mut Item,
) -> Result<Option<Made>, Fault> {
    let (delivery, _place) = match item.whole.take() {
        Some(Kept { delivery, _place }) => (delivery, Some(_place)),
        None => match ports.store.delivery(item.id).await? {
            Some(delivery) => (Box::new(delivery), None),
            None => return Ok(None),
        },
    };
    let started = ports.clock.now();
    let (fault, injected) = match faults.of_attempt(&delivery) {
        Some((used, fault)) => (Some(fault), item.held.take().into_iter().chain([used]).collect()),
        None => (None, item.held.take().into_iter().collect()),
    };
    let app = ports.store.app(&delivery.app).await?;
    let lost = fault == Some(WebhookFault::Drop) || app.is_none(); // nobody waits for an app that is gone, nor for one that has its id later
    let (url, verdict) = carry(ports, app.as_ref(), &delivery, fault).await?;
    let carried = Carried { url, verdict, injected, lost };
    Ok(Some(settle(policy, &delivery, item.attempts + 1, started, ports.clock.now(), carried)))
}

/// What came of carrying a webhook.
struct Carried {
    url: String,
    verdict: DeliveryOutcome,
    injected: Vec<Injected>,
    /// It is never to arrive.
    lost: bool,
}

fn settle(policy: &DeliveryPolicy, delivery: &Delivery, attempt: u32, started: WallTime, now: WallTime, carried: Carried) -> Made {
    let Carried { url, verdict, injected, lost } = carried;
    let (state, again) = match lost {
        true => (DeliveryState::Dropped { at: now }, None),
        false => next_state(policy, delivery, &verdict, attempt, now),
    };
    if let Some(error) = &verdict.error {
        tracing::warn!(delivery = delivery.id.0, attempt, event = delivery.event, %error, "webhook not delivered");
    }
    let about = About {
        waba: Some(delivery.waba.clone()),
        number: delivery.number.clone(),
        user: None,
        call: delivery.call.clone(),
        message: delivery.message.clone(),
        app: Some(delivery.app.clone()),
        delivery: Some(delivery.id.0),
    };
    let fact = Fact::WebhookAttempted {
        event: delivery.event.clone(),
        attempt,
        url,
        status: verdict.status,
        error: verdict.error,
        took_ns: u64::try_from(verdict.took.as_nanos()).unwrap_or(u64::MAX),
        given_up: matches!(state, DeliveryState::Dropped { .. }),
        injected,
    };
    let entry = Box::new(Entry::new(started, about, fact));
    Made { settlement: Settlement::Attempt { delivery: delivery.id, attempts: attempt, state, entry }, again }
}

fn next_state(
    policy: &DeliveryPolicy,
    delivery: &Delivery,
    verdict: &DeliveryOutcome,
    attempts: u32,
    now: WallTime,
) -> (DeliveryState, Option<Duration>) {
    if verdict.error.is_none() {
        return (DeliveryState::Delivered { at: now }, None);
    }
    if now.since(delivery.created_at) >= policy.patience(delivery.field) {
        return (DeliveryState::Dropped { at: now }, None);
    }
    let wait = policy.wait_after(attempts);
    (DeliveryState::Pending { next_attempt_at: now + wait }, Some(wait))
}

async fn carry(
    ports: &Ports,
    app: Option<&App>,
    delivery: &Delivery,
    fault: Option<WebhookFault>,
) -> Result<(String, DeliveryOutcome), Fault> {
    let nowhere = |why: &str| (String::new(), DeliveryOutcome { status: None, error: Some(why.to_owned()), took: Duration::ZERO });
    let Some(app) = app else { return Ok(nowhere("the app no longer exists")) };
    let Some(callback) = target(ports, app, delivery).await? else { return Ok(nowhere("the app has no callback URL")) };
    if fault == Some(WebhookFault::Drop) {
        return Ok(nowhere("it was lost on its way"));
    }
    let secret = fault.map_or_else(|| Some(Cow::from(app.secret.as_str())), |fault| fault.signs_with(&app.secret));
    let letter = || Letter { url: &callback.url, secret: secret.as_deref(), body: &delivery.body };
    let mut verdict = ports.carrier.deliver(letter()).await;
    if fault == Some(WebhookFault::Double) {
        verdict = ports.carrier.deliver(letter()).await;
    }
    Ok((callback.url, verdict))
}

/// Phone override, then WABA override, then the app's callback: evaluated per app (platform docs, Webhook overrides).
async fn target(ports: &Ports, app: &App, delivery: &Delivery) -> Result<Option<Callback>, Fault> {
    if delivery.field.overridable() {
        if let Some(number) = &delivery.number
            && let Some(found) = ports.store.phone_override(&app.id, number).await?
        {
            return Ok(Some(found.callback));
        }
        let subscription = ports.store.subscription(&app.id, &delivery.waba).await?;
        if let Some(callback) = subscription.and_then(|subscription| subscription.override_callback) {
            return Ok(Some(callback));
        }
    }
    Ok(app.callback.clone())
}

#[cfg(test)]
mod tests {
    use callport_core::ids::WabaId;
    use callport_core::scope::Field;

    use super::*;

    const T0: WallTime = WallTime::from_unix_seconds(1_000);

    fn new(field: Field) -> NewDelivery {
        NewDelivery {
            app: AppId::parse("1").unwrap(),
            waba: WabaId::parse("2").unwrap(),
            number: None,
            field,
            event: "any",
            call: None,
            message: None,
            body: Arc::from(&b""[..]),
            created_at: T0,
        }
    }

    fn queued(id: u64) -> Queued {
        Queued { id: DeliveryId(id), worker: 1, after: None }
    }

    #[test]
    fn beyond_the_bound_only_ids_are_kept_and_what_goes_makes_room() {
        let room = Arc::new(Semaphore::new(2));
        let fresh = |id| Item::fresh(new(Field::Calls), queued(id), &room, Duration::ZERO);
        let (first, second, third) = (fresh(1), fresh(2), fresh(3));
        assert!(first.whole.is_some() && second.whole.is_some() && third.whole.is_none());
        assert_eq!(third.id, DeliveryId(3));
        drop(first);
        assert!(fresh(4).whole.is_some());
    }

    #[test]
    fn what_is_due_on_the_calendar_is_due_after_that_time_whatever_the_calendar_does_then() {
        let mut pending = delivery(new(Field::Calls), DeliveryId(1));
        (pending.state, pending.attempts) = (DeliveryState::Pending { next_attempt_at: T0 + Duration::from_secs(5) }, 1);
        let due =
            |pending: &Delivery, today| Item::stored(pending, &DeliveryPolicy::default(), today, Duration::from_secs(70)).due.as_secs();
        assert_eq!(due(&pending, T0), 75);
        assert_eq!(due(&pending, T0 + Duration::from_secs(9)), 70);
        assert_eq!(due(&pending, T0 - Duration::from_secs(3_600)), 75, "the calendar was set back, and the schedule holds");
        pending.attempts = 0;
        assert_eq!(due(&pending, T0 - Duration::from_secs(3_600)), 70, "what was never tried waits for nothing");
    }

    #[test]
    fn calls_are_given_up_after_an_hour_and_messages_after_a_week() {
        let policy = DeliveryPolicy::default();
        let (hour, week) = (Duration::from_secs(3_600), Duration::from_secs(7 * 86_400));
        for (field, patience) in [(Field::Calls, hour), (Field::AccountSettingsUpdate, hour), (Field::Messages, week)] {
            let delivery = delivery(new(field), DeliveryId(1));
            let failed = DeliveryOutcome { status: Some(500), error: Some("no".into()), took: Duration::ZERO };
            let last_chance = T0 + patience - Duration::from_millis(1);
            assert!(next_state(&policy, &delivery, &failed, 9, last_chance).1.is_some(), "{field:?}");
            let late = T0 + patience;
            assert_eq!(next_state(&policy, &delivery, &failed, 9, late), (DeliveryState::Dropped { at: late }, None), "{field:?}");
        }
    }
}
