//! The journal as it grows: server-sent events (WHATWG HTML, Server-sent events), with filters, resumable where a reader left off.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, UserId};
use callport_engine::Engine;
use callport_engine::journal::{EntryKind, Recorded};
use callport_engine::ports::JournalPage;
use futures::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::graph_request::GraphRequest;
use crate::asked::{Filter, form};
use crate::problem::Problem;
use crate::state::{JournalReaders, OperatorState};
use crate::words::Moment;

/// Entries that are read at a time.
const PAGE: u32 = 256;
/// A comment is sent after so long without an entry, so that both sides notice when the other is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(events))
}

/// One event of the stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is of use: the stream is written by its library")]
struct JournalEvent {
    /// The place of the entry, to come back with.
    id: String,
    /// A `JournalEntry` as JSON.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// One entry of the journal.
#[derive(Serialize, ToSchema)]
pub(crate) struct JournalEntry {
    /// Its place in the journal, also the event's `id`.
    id: u64,
    at: Moment,
    /// `user`, `api`, `webhook`, `media` or `rule`.
    #[schema(example = "webhook")]
    kind: &'static str,
    /// What happened, in a sentence.
    text: String,
    /// What happened, with its fields; `fact` names it.
    #[schema(value_type = Object)]
    fact: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    waba_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<String>,
    /// The webhook's place in the outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<u64>,
    /// The request of the Graph API that this is the entry of.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<GraphRequest>,
}

/// Which entries. Without any: all of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this call.
    call_id: Option<String>,
    /// Only of this business number.
    phone_number_id: Option<String>,
    /// Only of this user.
    user_id: Option<String>,
    /// Only of this app.
    app_id: Option<String>,
    /// Only of this kind: `user`, `api`, `webhook`, `media` or `rule`.
    kind: Option<String>,
    /// Only requests and webhooks that were answered with this HTTP status: `400`, or `4xx` for all that begin with 4.
    status: Option<String>,
    /// Begin after this entry instead of with the next one; 0 begins with the oldest that is kept. The header `Last-Event-ID` does the same.
    after: Option<u64>,
}

/// The journal as it grows: each entry is one event, whose `id` is its place and whose `data` is a `JournalEntry`. A reader that comes back with
/// `Last-Event-ID` misses nothing that is kept. 32 readers at a time; the next one gets 503.
#[utoipa::path(get, path = "/admin/v1/events", tag = "events", operation_id = "follow_events", params(Which), responses((status = 200, body = JournalEvent, content_type = "text/event-stream"), Problem))]
async fn events(
    State(state): State<OperatorState>,
    headers: HeaderMap,
    Filter(which): Filter<Which>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let full = || Problem::unavailable(format!("{} readers follow the journal already", JournalReaders::MOST));
    let place = state.readers.enter().ok_or_else(full)?;
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let after = match resumed.or(which.after) {
        Some(after) => after,
        None => state.engine.store().last_entry().await?,
    };
    let page = JournalPage {
        after,
        call: which.call_id.map(|id| form("call_id", CallId::parse(&id))).transpose()?,
        number: which.phone_number_id.map(|id| form("phone_number_id", PhoneNumberId::parse(&id))).transpose()?,
        user: which.user_id.map(|id| form("user_id", UserId::parse(&id))).transpose()?,
        app: which.app_id.map(|id| form("app_id", AppId::parse(&id))).transpose()?,
        delivery: None,
        kind: which
            .kind
            .map(|word| form("kind", EntryKind::parse(&word).ok_or("one of user, api, webhook, media, rule and sip")))
            .transpose()?,
        status: which
            .status
            .map(|word| form("status", statuses(&word).ok_or("an HTTP status as in 400, or a class as in 4xx")))
            .transpose()?,
        limit: PAGE,
    };
    let growth = state.engine.journal_growth();
    let reader = Reader { engine: state.engine, page, growth, read: Vec::new().into_iter(), _place: place };
    let stream = stream::unfold(reader, |mut reader| async move {
        let recorded = reader.next().await;
        Some((Ok(event(recorded)), reader))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// `400`, `4xx`.
fn statuses(word: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = match word.strip_suffix("xx") {
        Some(class) => (class.parse::<u16>().ok()?.checked_mul(100)?, 99),
        None => (word.parse().ok()?, 0),
    };
    (100..=599).contains(&first).then(|| first..=first + last)
}

struct Reader {
    engine: Arc<Engine>,
    page: JournalPage,
    growth: watch::Receiver<u64>,
    read: std::vec::IntoIter<Recorded>,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    /// The next entry, however long it takes to come.
    async fn next(&mut self) -> Recorded {
        loop {
            if let Some(recorded) = self.read.next() {
                self.page.after = recorded.seq;
                return recorded;
            }
            // Marked before the look: what is written after it wakes us again.
            self.growth.mark_unchanged();
            match self.engine.store().journal(self.page.clone()).await {
                Ok(page) if page.is_empty() => drop(tokio::time::timeout(KEEP_ALIVE, self.growth.changed()).await),
                Ok(page) => self.read = page.into_iter(),
                Err(fault) => {
                    tracing::error!(%fault, "the journal could not be read for somebody who follows it; it is read again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

fn event(Recorded { seq, entry }: Recorded) -> Event {
    let text = entry.to_string();
    let about = entry.about;
    let shown = JournalEntry {
        id: seq,
        at: Moment(entry.at),
        kind: entry.fact.kind().name(),
        text,
        fact: serde_json::to_value(&entry.fact).unwrap_or_default(),
        waba_id: about.waba.map(|id| id.as_str().to_owned()),
        phone_number_id: about.number.map(|id| id.as_str().to_owned()),
        user_id: about.user.map(|id| id.as_str().to_owned()),
        call_id: about.call.map(|id| id.as_str().to_owned()),
        message_id: about.message.map(|id| id.as_str().to_owned()),
        app_id: about.app.map(|id| id.as_str().to_owned()),
        webhook_id: about.delivery,
        request: entry.request.map(|request| (*request).into()),
    };
    let data = serde_json::to_string(&shown).unwrap_or_default();
    Event::default().id(seq.to_string()).data(data)
}
