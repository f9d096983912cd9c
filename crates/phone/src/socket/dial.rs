//! Placing a call for a window. It goes on when the window's socket breaks: the same id finds it again.

use std::sync::Arc;

use callport_core::call_id::CallId;
use callport_core::gate::{DeviceKind, EntryPoint, Unavailable};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::settings::Switch;
use callport_core::time::WallTime;
use callport_engine::door::Wait;
use callport_engine::records::User;
use callport_engine::{Engine, Failed, Fault, NewUserCall, PlaceUserCallRefusal, PlacedUserCall};
use tokio::sync::{mpsc, watch};

use crate::desk::{Claim, DialOutcome, Shared};
use crate::protocol::{Closed, Dial, ServerMessage, TappedEntry};
use crate::{Phone, view, words};

/// A dial whose outcome is known.
pub(super) struct Settled {
    dial: String,
    outcome: DialOutcome,
}

/// Places a call, or finds the one that this id made before; either way the window hears of it.
pub(super) fn answer(
    phone: &Phone,
    caller: (&User, DeviceKind),
    shared: &Arc<Shared>,
    tab: &str,
    dial: Dial,
    settled: mpsc::Sender<Settled>,
) {
    let id = dial.dial.clone();
    let told = match shared.claim(&id) {
        Claim::Cancelled => return,
        Claim::Known(told) => told,
        Claim::Place(told) => {
            match phone.config.floods.call(&caller.0.id) {
                Ok(()) => {
                    drop(tokio::spawn(place(phone.engine.clone(), (caller.0.clone(), caller.1), shared.clone(), tab.to_owned(), dial)))
                }
                Err(wait) => _ = shared.settle(&id, too_fast(wait), tab),
            }
            told
        }
    };
    tokio::spawn(wait(id, told, settled));
}

fn too_fast(wait: Wait) -> DialOutcome {
    let text = format!("You placed many calls in a short time. Try again in {} seconds.", wait.seconds());
    DialOutcome::Refused { reason: "too_fast", text, closed: None }
}

async fn place(engine: Arc<Engine>, (user, device): (User, DeviceKind), shared: Arc<Shared>, tab: String, dial: Dial) {
    let id = dial.dial.clone();
    let business = dial.number.clone();
    let placed = ask(&engine, &user, device, dial).await;
    let call = placed.as_ref().ok().map(|placed| placed.call.clone());
    let outcome = match placed {
        Ok(placed) => DialOutcome::Placed { call: placed.call, answer: placed.answer },
        Err(refusal) => {
            tracing::info!(%refusal, "a call was not placed");
            let (reason, text) = words::call_refused(&refusal);
            DialOutcome::Refused { reason, text, closed: closed(&engine, &refusal, &business, device).await }
        }
    };
    let wanted = shared.settle(&id, outcome, &tab);
    if let (Some(call), false) = (call, wanted)
        && let Err(fault) = engine.hang_up(&user.id, &call).await
    {
        tracing::error!(call = call.short(), %fault, "a call that its user cancelled could not be ended");
    }
}

async fn ask(engine: &Arc<Engine>, user: &User, device: DeviceKind, dial: Dial) -> Result<PlacedUserCall, Failed<PlaceUserCallRefusal>> {
    let number = PhoneNumber::parse(&dial.number).map_err(|_| Failed::Refused(PlaceUserCallRefusal::UnknownNumber))?;
    let number = engine.store().number_by_digits(&number).await?.ok_or(Failed::Refused(PlaceUserCallRefusal::UnknownNumber))?;
    let button = match &dial.message {
        Some(message) => Some(MessageId::parse(message).map_err(|_| Failed::Refused(Unavailable::ButtonExpired.into()))?),
        None => None,
    };
    let wish = NewUserCall {
        user: user.id.clone(),
        device,
        number: number.id,
        entry: entry_point(&dial),
        offer: dial.offer,
        // A call carries at most one payload.
        deeplink_payload: dial.deeplink_payload.filter(|_| button.is_none()),
        button,
        cta_payload: None,
    };
    engine.place_user_call(wish).await
}

/// When the business can be called, and whether it can be asked to call back: companion devices cannot ask (platform docs, Obtain user call
/// permissions).
async fn closed(engine: &Engine, failed: &Failed<PlaceUserCallRefusal>, business: &str, device: DeviceKind) -> Option<Closed> {
    let Failed::Refused(PlaceUserCallRefusal::Unavailable(Unavailable::Closed { opens_at })) = failed else { return None };
    let number = PhoneNumber::parse(business).ok()?;
    let number = engine.store().number_by_digits(&number).await.ok()??;
    let callback = device == DeviceKind::Phone && number.settings.callback_permission_status == Some(Switch::Enabled);
    Some(Closed { now: engine.now().unix_seconds(), opens_at: opens_at.map(WallTime::unix_seconds), callback })
}

fn entry_point(dial: &Dial) -> EntryPoint {
    match dial {
        Dial { message: Some(_), .. } => EntryPoint::CallButton,
        Dial { deeplink_payload: Some(_), .. } | Dial { entry: TappedEntry::DeepLink, .. } => EntryPoint::DeepLink,
        Dial { entry: TappedEntry::Icon, .. } => EntryPoint::Icon,
        Dial { entry: TappedEntry::CallLog, .. } => EntryPoint::CallLog,
    }
}

/// Waits for what becomes of a dial.
async fn wait(dial: String, mut told: watch::Receiver<Option<DialOutcome>>, settled: mpsc::Sender<Settled>) {
    let outcome = match told.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone(),
        Err(_) => return, // forgotten in favour of newer dials
    };
    if let Some(outcome) = outcome {
        let _ = settled.send(Settled { dial, outcome }).await; // the window closed; the next one asks again
    }
}

/// What the window is told: the outcome, and everything that happened to the call before the window knew its name.
///
/// The window asks for this between two events, so that an end which it already heard of is on record here, and one which it has not
/// heard of yet comes afterwards.
pub(super) async fn told(engine: &Engine, user: &User, shared: &Shared, settled: Settled) -> Result<Vec<ServerMessage>, Fault> {
    let Settled { dial, outcome } = settled;
    let (call, answer) = match outcome {
        DialOutcome::Refused { reason, text, closed } => return Ok(vec![ServerMessage::Refused { dial, reason, text, closed }]),
        DialOutcome::Placed { call, answer } => (call, answer),
    };
    let mut messages = vec![ServerMessage::Dialled { dial, call: call.as_str().to_owned(), answer }];
    match engine.current_call(&user.id).filter(|live| live.call == call) {
        Some(live) => messages.extend(view::calls::state_of(engine, &live, shared)),
        None => messages.extend(end_of(engine, &call).await?),
    }
    Ok(messages)
}

async fn end_of(engine: &Engine, call: &CallId) -> Result<Option<ServerMessage>, Fault> {
    Ok(engine.store().call(call).await?.and_then(|record| view::calls::ended(&record)))
}
