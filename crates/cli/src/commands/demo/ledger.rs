//! One timeline of what phone, platform and backend each saw, in milliseconds after the dial.

use std::time::Instant;

use callport_core::time::WallTime;
use callport_gateway::{TimelineEvent, What};
use callport_phone::scripted::UserReport;
use serde::Serialize;
use serde_json::Value;

use crate::commands::gateway;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerLine {
    /// Milliseconds after the dial.
    pub at_ms: i64,
    /// Who tells it: `phone`, `platform` or `backend`.
    pub who: &'static str,
    /// What happened.
    pub what: String,
}

/// Lines as they come in.
pub struct Ledger {
    began: Instant,
    began_at: WallTime,
    entries: Vec<LedgerLine>,
}

impl Ledger {
    /// Counts from the dial, read off both clocks at once.
    pub fn new(began: Instant, began_at: WallTime) -> Self {
        Self { began, began_at, entries: vec![] }
    }

    /// What the scripted user's phone showed.
    pub fn phone(&mut self, report: &UserReport) {
        let moments = [
            (Some(0), "dials"),
            (report.times.ringing_ms, "shows ringing"),
            (report.times.connected_ms, "shows connected"),
            (report.times.first_audio_ms, "first audio packet in"),
            (report.times.ended_ms, "shows the call as ended"),
        ];
        for (at, what) in moments {
            if let Some(at) = at {
                self.enter(i64::try_from(at).unwrap_or(i64::MAX), "phone", what.to_owned());
            }
        }
    }

    /// What a backend saw and did.
    pub fn backend(&mut self, event: &TimelineEvent) {
        let at_ms = i64::try_from(event.at.saturating_duration_since(self.began).as_millis()).unwrap_or(i64::MAX);
        let what = match &event.what {
            What::Request { .. } => format!("POST /calls {}", gateway::words(&event.what)),
            what => gateway::words(what),
        };
        self.enter(at_ms, "backend", what);
    }

    /// The platform's story, as the admin API tells it.
    pub fn platform(&mut self, story: &Value) {
        let placed = story["call"]["placed_at"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let placed_ms = placed.map_or(0, |placed| placed.as_millisecond() - self.began_at.unix_millis());
        for line in story["timeline"].as_array().into_iter().flatten() {
            let text = line["text"].as_str().unwrap_or_default().to_owned();
            self.enter(placed_ms + line["after_ms"].as_i64().unwrap_or(0), "platform", text);
        }
    }

    /// In order of time; what happened in the same millisecond stays as it was told.
    pub fn into_entries(mut self) -> Vec<LedgerLine> {
        self.entries.sort_by_key(|entry| entry.at_ms);
        self.entries
    }

    fn enter(&mut self, at_ms: i64, who: &'static str, what: String) {
        self.entries.push(LedgerLine { at_ms, who, what });
    }
}

#[cfg(test)]
mod tests {
    use callport_people::Times;
    use serde_json::json;

    use super::*;

    #[test]
    fn both_clocks_count_from_the_dial() {
        let began = Instant::now();
        let mut ledger = Ledger::new(began, WallTime::from_unix_millis(1_000_000));
        ledger.backend(&TimelineEvent { at: began + std::time::Duration::from_millis(30), call_id: None, what: What::MouthOpened });
        ledger.platform(&json!({
            "call": { "placed_at": "1970-01-01T00:16:40.005Z" },
            "timeline": [{ "after_ms": 2, "text": "placed" }],
        }));
        ledger.phone(&UserReport { times: Times { ended_ms: Some(50), ..Times::default() }, ..UserReport::default() });
        let told: Vec<_> = ledger.into_entries().iter().map(|entry| (entry.at_ms, entry.who)).collect();
        assert_eq!(told, [(0, "phone"), (7, "platform"), (30, "backend"), (50, "phone")]);
    }
}
