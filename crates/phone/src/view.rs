//! What the engine knows, as a window shows it.

use std::collections::HashMap;

use callport_core::call::{EndReason, UserView};
use callport_core::call_id::CallId;
use callport_core::gate::Unavailable;
use callport_core::ids::PhoneNumberId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_engine::ports::CallPage;
use callport_engine::records::{CallRecord, Stage, User};
use callport_engine::{Engine, Fault, UserCall};

use crate::desk::Shared;
use crate::protocol::{Business, Hello, LiveCall, Person, Recent, ServerMessage, View, Why};
use crate::words;

/// Past calls that the call log shows.
const RECENTS: u32 = 50;

/// Everything, for the window `tab`.
pub(crate) async fn hello(engine: &Engine, who: &User, shared: &Shared, tab: &str) -> Result<Hello, Fault> {
    let call = match engine.current_call(&who.id) {
        Some(call) => live_call(engine, call, shared, tab).await?,
        None => None,
    };
    Ok(Hello { user: user(who), businesses: businesses(engine, who).await?, recents: recents(engine, who).await?, call })
}

/// The list of businesses.
pub(crate) async fn businesses(engine: &Engine, who: &User) -> Result<Vec<Business>, Fault> {
    let listed = engine.businesses(who).await?;
    let shown = listed.into_iter().map(|business| Business {
        // `DISABLE_ALL` hides the icon and leaves the call log (platform docs, Configure call settings).
        callable_from_log: matches!(business.icon, Ok(()) | Err(Unavailable::IconHidden)),
        icon_hidden: business.icon.err().map(|why| {
            let (reason, text) = words::unavailable(why);
            Why { reason, text: text.to_owned() }
        }),
        person: person(&business.number, business.name),
    });
    Ok(shown.collect())
}

/// The call log, newest first.
pub(crate) async fn recents(engine: &Engine, who: &User) -> Result<Vec<Recent>, Fault> {
    let page = CallPage { user: Some(who.id.clone()), limit: RECENTS, ..CallPage::default() };
    let mut parties = HashMap::new();
    let mut recents = Vec::new();
    for record in engine.store().calls(page).await? {
        if !parties.contains_key(&record.number) {
            parties.insert(record.number.clone(), party(engine, &record.number).await?);
        }
        let with = parties.get(&record.number).cloned().flatten();
        recents.extend(with.and_then(|person| recent(record, person)));
    }
    Ok(recents)
}

/// The call log with one more call in it, which has just ended.
pub(crate) async fn with_ended(engine: &Engine, mut recents: Vec<Recent>, call: &CallId) -> Result<Vec<Recent>, Fault> {
    let Some(record) = engine.store().call(call).await? else { return Ok(recents) };
    let Some(ended) = party(engine, &record.number).await?.and_then(|person| recent(record, person)) else { return Ok(recents) };
    recents.retain(|known| known.call != ended.call);
    let place = recents.partition_point(|known| known.at > ended.at);
    recents.insert(place, ended);
    recents.truncate(RECENTS as usize);
    Ok(recents)
}

fn recent(record: CallRecord, person: Person) -> Option<Recent> {
    let Stage::Ended(ending) = record.stage else { return None };
    let (outcome, text) = words::ending(ending.reason, ending.talk.is_some());
    let duration = ending.talk.map(|talk| talk.duration().as_secs());
    let at = record.placed_at.unix_seconds();
    Some(Recent { person, call: record.id.as_str().to_owned(), at, outcome, text: text.to_owned(), duration })
}

async fn live_call(engine: &Engine, call: UserCall, shared: &Shared, tab: &str) -> Result<Option<LiveCall>, Fault> {
    let Some(view) = view(call.view) else { return Ok(None) };
    let Some(person) = party(engine, &call.number).await? else { return Ok(None) };
    let (path_open, audio_both_ways) = shared.sound_of(&call.call);
    Ok(Some(LiveCall {
        person,
        dial: shared.dial_of(&call.call),
        view,
        elapsed_ms: (view == View::Connected).then(|| elapsed_ms(engine, call.since)),
        path_open,
        audio_both_ways,
        here: shared.holds(&call.call, tab),
        call: call.call.as_str().to_owned(),
    }))
}

/// The messages that bring a window up to date with one live call.
pub(crate) fn state_of(engine: &Engine, call: &UserCall, shared: &Shared) -> Vec<ServerMessage> {
    let (path_open, audio_both_ways) = shared.sound_of(&call.call);
    let sound = ServerMessage::Media { call: call.call.as_str().to_owned(), path_open, audio_both_ways };
    shown(engine, call.call.as_str(), call.view, call.since).into_iter().chain([sound]).collect()
}

/// What a change of the screen is told as; the end has a message of its own.
pub(crate) fn shown(engine: &Engine, call: &str, to: UserView, since: Option<WallTime>) -> Option<ServerMessage> {
    let call = call.to_owned();
    Some(match view(to)? {
        View::Incoming => return None,
        View::Calling => ServerMessage::Calling { call },
        View::Ringing => ServerMessage::Ringing { call },
        View::Connected => ServerMessage::Connected { call, elapsed_ms: elapsed_ms(engine, since) },
    })
}

/// What the end is told as.
pub(crate) fn ended(call: &str, reason: EndReason, seconds: Option<u64>) -> ServerMessage {
    let (outcome, text) = words::ending(reason, seconds.is_some());
    ServerMessage::Ended { call: call.to_owned(), reason: reason.name(), outcome, text: text.to_owned(), duration: seconds }
}

/// The user as a page shows it.
pub(crate) fn user(user: &User) -> Person {
    person(&user.number, user.name.clone())
}

/// Somebody, as a page shows them.
pub(crate) fn person(number: &PhoneNumber, name: String) -> Person {
    Person { number: number.digits().to_owned(), display: number.display(), name }
}

async fn party(engine: &Engine, number: &PhoneNumberId) -> Result<Option<Person>, Fault> {
    Ok(engine.store().number(number).await?.map(|number| person(&number.number, number.name)))
}

fn view(view: UserView) -> Option<View> {
    match view {
        UserView::Incoming => Some(View::Incoming),
        UserView::Calling => Some(View::Calling),
        UserView::Ringing => Some(View::Ringing),
        UserView::Connected => Some(View::Connected),
        UserView::Ended => None,
    }
}

/// Zero when business media came before the accept: the screen runs, the record has no start yet.
fn elapsed_ms(engine: &Engine, since: Option<WallTime>) -> u64 {
    let millis = since.map_or(0, |since| engine.now().unix_millis() - since.unix_millis());
    u64::try_from(millis).unwrap_or(0)
}
