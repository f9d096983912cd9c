//! Calls: the live one, and those of the log.

use std::collections::HashMap;

use callport_core::call::UserView;
use callport_core::time::WallTime;
use callport_engine::ports::CallPage;
use callport_engine::records::{CallRecord, Stage, User};
use callport_engine::{Engine, Fault, UserCall};

use super::party;
use crate::desk::Shared;
use crate::protocol::{CallView, LiveCall, Person, Recent, ServerMessage};
use crate::words;

/// Past calls that the call log shows.
const RECENTS: u32 = 50;

/// The call log, newest first.
pub(super) async fn recents(engine: &Engine, who: &User) -> Result<Vec<Recent>, Fault> {
    let page = CallPage { user: Some(who.id.clone()), limit: RECENTS, ..CallPage::default() };
    let mut parties = HashMap::new();
    let mut recents = Vec::new();
    for record in engine.store().calls(page).await? {
        if !parties.contains_key(&record.number) {
            parties.insert(record.number.clone(), party(engine, &record.number).await?);
        }
        let with = parties.get(&record.number).cloned().flatten();
        recents.extend(with.and_then(|person| recent(&record, person)));
    }
    Ok(recents)
}

/// The line of the call log for a call that has just ended.
pub(crate) async fn line(engine: &Engine, record: &CallRecord) -> Result<Option<Recent>, Fault> {
    Ok(party(engine, &record.number).await?.and_then(|person| recent(record, person)))
}

fn recent(record: &CallRecord, person: Person) -> Option<Recent> {
    let Stage::Ended(ending) = &record.stage else { return None };
    let end = words::ending(record.direction, ending.reason, ending.talk.is_some());
    Some(Recent {
        person,
        call: record.id.as_str().to_owned(),
        direction: record.direction.into(),
        at: record.placed_at.unix_seconds(),
        outcome: end.outcome,
        text: end.text.to_owned(),
        duration: ending.talk.map(|talk| talk.duration().as_secs()),
    })
}

pub(super) async fn live(engine: &Engine, call: &UserCall, shared: &Shared, tab: &str) -> Result<Option<LiveCall>, Fault> {
    let Some(view) = view(call.view) else { return Ok(None) };
    let Some(person) = party(engine, &call.number).await? else { return Ok(None) };
    let (path_open, audio_both_ways) = shared.sound_of(&call.call);
    Ok(Some(LiveCall {
        person,
        direction: call.direction.into(),
        dial: shared.dial_of(&call.call),
        view,
        elapsed_ms: (view == CallView::Connected).then(|| elapsed_ms(engine, call.since)),
        path_open,
        audio_both_ways,
        here: shared.holds(&call.call, tab),
        call: call.call.as_str().to_owned(),
    }))
}

/// The messages that bring a window up to date with one live call of its own.
pub(crate) fn state_of(engine: &Engine, call: &UserCall, shared: &Shared) -> Vec<ServerMessage> {
    let (path_open, audio_both_ways) = shared.sound_of(&call.call);
    let sound = ServerMessage::Media { call: call.call.as_str().to_owned(), path_open, audio_both_ways };
    shown(engine, call.call.as_str(), call.view, call.since).into_iter().chain([sound]).collect()
}

/// What a change of the screen is told as. The first ring and the end have messages of their own.
pub(crate) fn shown(engine: &Engine, call: &str, to: UserView, since: Option<WallTime>) -> Option<ServerMessage> {
    let call = call.to_owned();
    match view(to)? {
        CallView::Incoming => None,
        CallView::Calling => Some(ServerMessage::Calling { call }),
        CallView::Ringing => Some(ServerMessage::Ringing { call }),
        CallView::Connected => Some(ServerMessage::Connected { call, elapsed_ms: elapsed_ms(engine, since) }),
    }
}

/// What the end is told as; `None` of a call that is not over.
pub(crate) fn ended(record: &CallRecord) -> Option<ServerMessage> {
    let Stage::Ended(ending) = &record.stage else { return None };
    let end = words::ending(record.direction, ending.reason, ending.talk.is_some());
    Some(ServerMessage::Ended {
        call: record.id.as_str().to_owned(),
        reason: end.reason,
        outcome: end.outcome,
        text: end.text.to_owned(),
        duration: ending.talk.map(|talk| talk.duration().as_secs()),
    })
}

fn view(view: UserView) -> Option<CallView> {
    match view {
        UserView::Incoming => Some(CallView::Incoming),
        UserView::Calling => Some(CallView::Calling),
        UserView::Ringing => Some(CallView::Ringing),
        UserView::Connected => Some(CallView::Connected),
        UserView::Ended => None,
    }
}

/// Zero when business media came before the accept: the screen runs, the record has no start yet.
fn elapsed_ms(engine: &Engine, since: Option<WallTime>) -> u64 {
    let millis = since.map_or(0, |since| engine.now().unix_millis() - since.unix_millis());
    u64::try_from(millis).unwrap_or(0)
}
