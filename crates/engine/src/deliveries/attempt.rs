//! One attempt: where does it go now, carry it, and write down what came of it.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::AppId;
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::Ports;
use crate::fault::Fault;
use crate::ports::{Change, Letter, Verdict};
use crate::records::{App, Attempt, Callback, Delivery, DeliveryId, DeliveryState};

use super::DeliveryPolicy;

/// A pause before a delivery is looked at again when the store itself failed.
const STORE_FAULT_PAUSE: Duration = Duration::from_secs(1);

/// What a delivery is about: those about the same thing keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    pub(super) due: WallTime,
    pub(super) attempts: u32,
    /// Until the first attempt, while there is room.
    whole: Option<Kept>,
}

/// A delivery in memory, which gives its place back when it goes.
#[derive(Debug)]
struct Kept {
    delivery: Box<Delivery>,
    _place: OwnedSemaphorePermit,
}

impl Item {
    /// Kept whole while `room` has a place; else its body is read again at the attempt.
    pub(super) fn fresh(delivery: Delivery, room: &Arc<Semaphore>) -> Self {
        let item = Self::stored(&delivery);
        let whole = room.clone().try_acquire_owned().ok().map(|place| Kept { delivery: Box::new(delivery), _place: place });
        Self { whole, ..item }
    }

    pub(super) fn stored(delivery: &Delivery) -> Self {
        let due = match delivery.state {
            DeliveryState::Pending { next_attempt_at } => next_attempt_at,
            DeliveryState::Delivered { at } | DeliveryState::Dropped { at } => at,
        };
        let subject = delivery.call.clone().map(Subject::Call).or(delivery.message.clone().map(Subject::Message));
        Self { id: delivery.id, app: delivery.app.clone(), subject, due, attempts: delivery.attempts, whole: None }
    }
}

/// Makes one attempt. Returns the item when it must be tried again, with its new due time.
pub(super) async fn attempt(ports: &Ports, policy: &DeliveryPolicy, mut item: Item) -> Option<Item> {
    match try_once(ports, policy, &mut item).await {
        Ok(again) => again.map(|due| Item { due, ..item }),
        Err(fault) => {
            tracing::error!(delivery = item.id.0, %fault, "webhook outbox: the store failed, the delivery is tried again");
            Some(Item { due: ports.clock.now() + STORE_FAULT_PAUSE, ..item })
        }
    }
}

async fn try_once(ports: &Ports, policy: &DeliveryPolicy, item: &mut Item) -> Result<Option<WallTime>, Fault> {
    let (delivery, _place) = match item.whole.take() {
        Some(Kept { delivery, _place }) => (delivery, Some(_place)),
        None => match ports.store.delivery(item.id).await? {
            Some(delivery) => (Box::new(delivery), None),
            None => return Ok(None),
        },
    };
    let started = ports.clock.now();
    let (url, verdict) = carry(ports, &delivery).await?;
    let now = ports.clock.now();
    item.attempts += 1;
    let state = next_state(policy, &delivery, &verdict, item.attempts, now);
    let record = Attempt {
        delivery: item.id,
        number: item.attempts,
        at: started,
        took: verdict.took,
        url,
        status: verdict.status,
        error: verdict.error,
    };
    if let Some(error) = &record.error {
        tracing::warn!(delivery = item.id.0, attempt = record.number, event = delivery.event, %error, "webhook not delivered");
    }
    ports.store.commit(vec![Change::AddAttempt(record), Change::SettleDelivery(item.id, state, item.attempts)]).await?;
    Ok(match state {
        DeliveryState::Pending { next_attempt_at } => Some(next_attempt_at),
        DeliveryState::Delivered { .. } | DeliveryState::Dropped { .. } => None,
    })
}

fn next_state(policy: &DeliveryPolicy, delivery: &Delivery, verdict: &Verdict, attempts: u32, now: WallTime) -> DeliveryState {
    if verdict.error.is_none() {
        return DeliveryState::Delivered { at: now };
    }
    if now.since(delivery.created_at) >= policy.patience(delivery.field) {
        return DeliveryState::Dropped { at: now };
    }
    DeliveryState::Pending { next_attempt_at: now + policy.wait_after(attempts) }
}

async fn carry(ports: &Ports, delivery: &Delivery) -> Result<(String, Verdict), Fault> {
    let nowhere = |why: &str| (String::new(), Verdict { status: None, error: Some(why.to_owned()), took: Duration::ZERO });
    let Some(app) = ports.store.app(&delivery.app).await? else { return Ok(nowhere("the app no longer exists")) };
    let Some(callback) = target(ports, &app, delivery).await? else { return Ok(nowhere("the app has no callback URL")) };
    let letter = Letter { url: &callback.url, secret: &app.secret, body: &delivery.body };
    let verdict = ports.carrier.deliver(letter).await;
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

    fn delivery(id: u64, field: Field) -> Delivery {
        let created_at = WallTime::from_unix_seconds(1_000);
        Delivery {
            id: DeliveryId(id),
            app: AppId::parse("1").unwrap(),
            waba: WabaId::parse("2").unwrap(),
            number: None,
            field,
            event: "any".into(),
            call: None,
            message: None,
            body: Vec::new(),
            created_at,
            state: DeliveryState::Pending { next_attempt_at: created_at },
            attempts: 9,
        }
    }

    #[test]
    fn beyond_the_bound_only_ids_are_kept_and_what_goes_makes_room() {
        let room = Arc::new(Semaphore::new(2));
        let fresh = |id| Item::fresh(delivery(id, Field::Calls), &room);
        let (first, second, third) = (fresh(1), fresh(2), fresh(3));
        assert!(first.whole.is_some() && second.whole.is_some() && third.whole.is_none());
        assert_eq!((third.id, third.attempts), (DeliveryId(3), 9));
        drop(first);
        assert!(fresh(4).whole.is_some());
        assert!(Item::stored(&delivery(5, Field::Calls)).whole.is_none());
    }

    #[test]
    fn calls_are_given_up_after_an_hour_and_messages_after_a_week() {
        let policy = DeliveryPolicy::default();
        let (hour, week) = (Duration::from_secs(3_600), Duration::from_secs(7 * 86_400));
        for (field, patience) in [(Field::Calls, hour), (Field::AccountSettingsUpdate, hour), (Field::Messages, week)] {
            let delivery = delivery(1, field);
            let created_at = delivery.created_at;
            let failed = Verdict { status: Some(500), error: Some("no".into()), took: Duration::ZERO };
            let last_chance = created_at + patience - Duration::from_millis(1);
            assert!(matches!(next_state(&policy, &delivery, &failed, 9, last_chance), DeliveryState::Pending { .. }), "{field:?}");
            let late = created_at + patience;
            assert_eq!(next_state(&policy, &delivery, &failed, 9, late), DeliveryState::Dropped { at: late }, "{field:?}");
        }
    }
}
