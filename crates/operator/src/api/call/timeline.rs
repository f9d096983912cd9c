//! A call's timeline: its entries in the journal, with its webhooks in them: queued, sent, answered.

use callport_core::time::WallTime;
use callport_engine::journal::words::on_purpose;
use callport_engine::journal::{Entry, EntryKind, Fact, SipTrace};
use callport_engine::records::Delivery;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::graph_request::GraphRequest;
use crate::words::Moment;

/// One line of a call's story.
#[derive(Serialize, ToSchema)]
#[schema(as = TimelineLine)]
pub(super) struct Line {
    at: Moment,
    /// Milliseconds since the call was placed.
    after_ms: i64,
    /// `user`, `api`, `webhook`, `media`, `rule` or `sip`.
    #[schema(example = "webhook")]
    kind: &'static str,
    text: String,
    /// The request of the Graph API that this tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<GraphRequest>,
    /// The SIP message that this tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    sip: Option<SipLine>,
}

/// A SIP message, without what would let a reader speak in somebody's name or listen: each secret is overwritten by as many `x`.
#[derive(Serialize, ToSchema)]
#[schema(as = SipMessage)]
struct SipLine {
    /// The platform sent it.
    sent: bool,
    /// The other end.
    #[schema(example = "203.0.113.7:5061")]
    peer: String,
    /// The platform's end.
    here: String,
    message: String,
}

/// Everything in order of time. Of one moment, what happened on the call stands before the webhooks that tell of it.
pub(super) fn lines(placed_at: WallTime, entries: &[Entry], deliveries: &[Delivery]) -> Vec<Line> {
    let line = |at: WallTime, kind: EntryKind, text: String| {
        let after_ms = at.unix_millis().saturating_sub(placed_at.unix_millis());
        Line { at: Moment(at), after_ms, kind: kind.name(), text, request: None, sip: None }
    };
    let (webhooks, rest): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| matches!(entry.fact, Fact::WebhookAttempted { .. }));
    let mut lines: Vec<Line> = rest
        .into_iter()
        .map(|entry| {
            let request = entry.request.as_deref().map(|request| request.clone().into());
            let sip = match &entry.fact {
                Fact::SipMessage(SipTrace { sent, peer, here, text }) => {
                    Some(SipLine { sent: *sent, peer: peer.clone(), here: here.clone(), message: text.clone() })
                }
                _ => None,
            };
            Line { request, sip, ..line(entry.at, entry.fact.kind(), entry.to_string()) }
        })
        .collect();
    lines.extend(deliveries.iter().map(|delivery| {
        line(delivery.created_at, EntryKind::Webhook, format!("webhook {} for app {} queued", delivery.event, delivery.app))
    }));
    lines.extend(webhooks.into_iter().flat_map(attempted).map(|(at, text)| line(at, EntryKind::Webhook, text)));
    lines.sort_by_key(|line| line.at.0); // stable
    lines
}

/// An attempt took time: what was sent, and what came of it.
fn attempted(entry: &Entry) -> Vec<(WallTime, String)> {
    let Fact::WebhookAttempted { event, attempt, url, status, error, given_up, injected, .. } = &entry.fact else { return Vec::new() };
    let app = entry.about.app.as_ref().map(ToString::to_string).unwrap_or_default();
    let took = entry.fact.took().unwrap_or_default();
    let which = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
    let mut lines = Vec::new();
    if !url.is_empty() {
        lines.push((entry.at, format!("webhook {event} sent to app {app}{which}")));
    }
    let ms = took.as_millis();
    let ending = match (error, status) {
        (None, Some(status)) => format!("delivered, HTTP {status} after {ms} ms"),
        (None, None) => format!("delivered after {ms} ms"),
        (Some(error), _) => format!("not delivered: {error} (after {ms} ms)"),
    };
    lines.push((entry.at + took, format!("webhook {event}{which}: {ending}{}", on_purpose(injected))));
    if *given_up {
        lines.push((entry.at + took, format!("webhook {event} for app {app} given up after {attempt} attempts")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use callport_core::ids::{AppId, WabaId};
    use callport_core::scope::Field;
    use callport_engine::journal::About;
    use callport_engine::records::{DeliveryId, DeliveryState};

    use super::*;

    const PLACED: WallTime = WallTime::from_unix_seconds(1_000);

    fn at(ms: u64) -> WallTime {
        PLACED + Duration::from_millis(ms)
    }

    fn entry(ms: u64, fact: Fact) -> Entry {
        Entry::new(at(ms), About::default(), fact)
    }

    fn asked(action: &str) -> Fact {
        Fact::BusinessAsked { action: action.into() }
    }

    fn attempt(number: u32, ms: u64, took: u64, error: Option<&str>, given_up: bool) -> Entry {
        let fact = Fact::WebhookAttempted {
            event: "connect".into(),
            attempt: number,
            url: "http://app".into(),
            status: error.is_none().then_some(200),
            error: error.map(Into::into),
            took_ns: took * 1_000_000,
            given_up,
            injected: Vec::new(),
        };
        Entry { about: About { app: Some(AppId::parse("1001").unwrap()), ..About::default() }, ..entry(ms, fact) }
    }

    fn delivery() -> Delivery {
        Delivery {
            id: DeliveryId(1),
            app: AppId::parse("1001").unwrap(),
            waba: WabaId::parse("2001").unwrap(),
            number: None,
            field: Field::Calls,
            event: "connect".into(),
            call: None,
            message: None,
            body: Vec::new(),
            created_at: PLACED,
            state: DeliveryState::Delivered { at: at(5_030) },
            attempts: 2,
        }
    }

    #[test]
    fn a_call_reads_in_order_and_a_backend_may_accept_before_it_answers_the_webhook() {
        let entries = [
            entry(0, asked("connect")),
            attempt(1, 2, 8, Some("the receiver answered 500"), false),
            attempt(2, 5_010, 20, None, false),
            entry(5_015, asked("accept")),
        ];
        let lines = lines(PLACED, &entries, &[delivery()]);
        let texts: Vec<_> = lines.iter().map(|line| (line.after_ms, line.kind, line.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                (0, "api", "connect from the business"),
                (0, "webhook", "webhook connect for app 1001 queued"),
                (2, "webhook", "webhook connect sent to app 1001"),
                (10, "webhook", "webhook connect: not delivered: the receiver answered 500 (after 8 ms)"),
                (5_010, "webhook", "webhook connect sent to app 1001, attempt 2"),
                (5_015, "api", "accept from the business"),
                (5_030, "webhook", "webhook connect, attempt 2: delivered, HTTP 200 after 20 ms"),
            ]
        );
    }

    #[test]
    fn giving_up_is_told() {
        let lines = lines(PLACED, &[attempt(2, 9, 1, Some("no"), true)], &[]);
        assert_eq!(lines[2].text, "webhook connect for app 1001 given up after 2 attempts");
    }
}
