//! A call's timeline with its webhooks in it: queued, sent, answered.

use callport_core::time::WallTime;
use callport_engine::records::{Attempt, Delivery, DeliveryState, TimelineEntry, TimelineKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::Moment;

/// One line of a call's story.
#[derive(Serialize, ToSchema)]
#[schema(as = TimelineLine)]
pub(super) struct Line {
    at: Moment,
    /// Milliseconds since the call was placed.
    after_ms: i64,
    /// `user`, `api`, `webhook`, `media` or `rule`.
    #[schema(example = "webhook")]
    kind: &'static str,
    text: String,
}

/// Everything in order of time. Of one moment, what happened on the call stands before the webhooks that tell of it.
pub(super) fn merge(placed_at: WallTime, timeline: Vec<TimelineEntry>, deliveries: &[(Delivery, Vec<Attempt>)]) -> Vec<Line> {
    let line = |at: WallTime, kind: TimelineKind, text: String| {
        let after_ms = at.unix_millis().saturating_sub(placed_at.unix_millis());
        Line { at: Moment(at), after_ms, kind: kind.name(), text }
    };
    let mut lines: Vec<Line> = timeline.into_iter().map(|entry| line(entry.at, entry.kind, entry.text)).collect();
    for (delivery, attempts) in deliveries {
        let told = story(delivery, attempts);
        lines.extend(told.into_iter().map(|(at, text)| line(at, TimelineKind::Webhook, text)));
    }
    lines.sort_by_key(|line| line.at.0); // stable
    lines
}

fn story(delivery: &Delivery, attempts: &[Attempt]) -> Vec<(WallTime, String)> {
    let (event, app) = (&delivery.event, &delivery.app);
    let mut lines = vec![(delivery.created_at, format!("webhook {event} for app {app} queued"))];
    for attempt in attempts {
        let which = if attempt.number > 1 { format!(", attempt {}", attempt.number) } else { String::new() };
        if !attempt.url.is_empty() {
            lines.push((attempt.at, format!("webhook {event} sent to app {app}{which}")));
        }
        lines.push((attempt.at + attempt.took, format!("webhook {event}{which}: {}", ending(attempt))));
    }
    match delivery.state {
        DeliveryState::Dropped { at } => {
            lines.push((at, format!("webhook {event} for app {app} given up after {} attempts", delivery.attempts)))
        }
        DeliveryState::Pending { .. } | DeliveryState::Delivered { .. } => {}
    }
    lines
}

fn ending(attempt: &Attempt) -> String {
    let took = attempt.took.as_millis();
    match (&attempt.error, attempt.status) {
        (None, Some(status)) => format!("delivered, HTTP {status} after {took} ms"),
        (None, None) => format!("delivered after {took} ms"),
        (Some(error), _) => format!("not delivered: {error} (after {took} ms)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::call_id::CallId;
    use callport_core::ids::{AppId, WabaId};
    use callport_core::scope::Field;
    use callport_engine::records::DeliveryId;
    use std::time::Duration;

    const PLACED: WallTime = WallTime::from_unix_seconds(1_000);

    fn at(ms: u64) -> WallTime {
        PLACED + Duration::from_millis(ms)
    }

    fn entry(ms: u64, text: &str) -> TimelineEntry {
        TimelineEntry { call: CallId::parse("wacid.a").unwrap(), at: at(ms), kind: TimelineKind::Api, text: text.into() }
    }

    fn delivery(state: DeliveryState) -> Delivery {
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
            state,
            attempts: 2,
        }
    }

    fn attempt(number: u32, at: WallTime, took: u64, error: Option<&str>) -> Attempt {
        let status = error.is_none().then_some(200);
        let took = Duration::from_millis(took);
        Attempt { delivery: DeliveryId(1), number, at, took, url: "http://app".into(), status, error: error.map(Into::into) }
    }

    #[test]
    fn a_call_reads_in_order_and_a_backend_may_accept_before_it_answers_the_webhook() {
        let attempts = vec![attempt(1, at(2), 8, Some("the receiver answered 500")), attempt(2, at(5_010), 20, None)];
        let told = [(delivery(DeliveryState::Delivered { at: at(5_030) }), attempts)];
        let lines = merge(PLACED, vec![entry(0, "placed"), entry(5_015, "accept")], &told);
        let texts: Vec<_> = lines.iter().map(|line| (line.after_ms, line.kind, line.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                (0, "api", "placed"),
                (0, "webhook", "webhook connect for app 1001 queued"),
                (2, "webhook", "webhook connect sent to app 1001"),
                (10, "webhook", "webhook connect: not delivered: the receiver answered 500 (after 8 ms)"),
                (5_010, "webhook", "webhook connect sent to app 1001, attempt 2"),
                (5_015, "api", "accept"),
                (5_030, "webhook", "webhook connect, attempt 2: delivered, HTTP 200 after 20 ms"),
            ]
        );
    }

    #[test]
    fn giving_up_is_told() {
        let told = [(delivery(DeliveryState::Dropped { at: at(9) }), Vec::new())];
        assert_eq!(merge(PLACED, Vec::new(), &told)[1].text, "webhook connect for app 1001 given up after 2 attempts");
    }
}
