//! What each side of the demo's call heard, as figures and in words.

use std::time::{Duration, Instant};

use callport_audio::Signature;
use callport_phone::scripted::UserReport;
use serde::Serialize;
use serde_json::{Value, json};

use super::ledger::LedgerLine;

/// The demo's result.
pub struct DemoFigures {
    call_id: Option<String>,
    trouble: Option<String>,
    user: Side,
    business: Side,
    ringing_ms: Option<u64>,
    connected_ms: Option<u64>,
    timeline: Vec<LedgerLine>,
}

/// What one side heard of the other.
#[derive(Debug, Clone, Default, Serialize)]
struct Side {
    /// The other side's signature was recognised.
    heard: bool,
    /// How often; it is said once a second.
    times: u64,
    /// RMS level of the loudest.
    level_dbfs: Option<f32>,
    /// From the other's mouth to this side's ear, codec included.
    delay_ms: Option<u64>,
    packets_in: u64,
    packets_lost: i64,
    loss_ratio: f32,
    jitter_ms: f32,
    round_trip_ms: Option<f32>,
    mos: Option<f32>,
}

impl Side {
    fn hearing(heard: bool, times: u64, level_dbfs: f32) -> Self {
        Self { heard, times, level_dbfs: heard.then_some(level_dbfs), ..Self::default() }
    }
}

impl DemoFigures {
    /// From what both sides told. `began` is the moment of the dial, from which the user's milliseconds count.
    pub fn new(began: Instant, user: UserReport, business: Option<callport_gateway::Report>, timeline: Vec<LedgerLine>) -> Self {
        let said_at = business.as_ref().and_then(|report| report.said_from);
        Self {
            call_id: user.call.as_ref().map(|call| call.as_str().to_owned()),
            trouble: user.trouble.as_ref().map(ToString::to_string),
            business: business.map(|report| business_side(&report, began, &user)).unwrap_or_default(),
            ringing_ms: user.times.ringing_ms,
            connected_ms: user.times.connected_ms,
            user: user_side(&user, began, said_at),
            timeline,
        }
    }

    /// The point of it all.
    pub fn each_heard_the_other(&self) -> bool {
        self.user.heard && self.business.heard
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "ok": self.each_heard_the_other(),
            "call_id": self.call_id,
            "trouble": self.trouble,
            "ringing_ms": self.ringing_ms,
            "connected_ms": self.connected_ms,
            "user": self.user,
            "business": self.business,
            "timeline": self.timeline,
        })
    }

    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> =
            self.timeline.iter().map(|entry| format!("{:>6} ms  {:8}  {}", entry.at_ms, entry.who, entry.what)).collect();
        lines.push(String::new());
        lines.extend(self.trouble.iter().map(|trouble| format!("trouble: {trouble}")));
        lines.push(format!("the user heard the business: {}", words(&self.user)));
        lines.push(format!("the business heard the user: {}", words(&self.business)));
        lines
    }
}

fn user_side(user: &UserReport, began: Instant, said_at: Option<Instant>) -> Side {
    let heard = &user.heard.business;
    let heard_at =
        user.times.first_audio_ms.zip(heard.first_heard_at_ms).map(|(packet, offset)| began + Duration::from_millis(packet + offset));
    let figures = &user.figures;
    Side {
        delay_ms: said_at.zip(heard_at).and_then(|(said, heard)| late_ms(said, heard)),
        packets_in: figures.packets_in,
        packets_lost: figures.lost_in,
        loss_ratio: figures.loss_ratio_in,
        jitter_ms: figures.jitter_ms,
        round_trip_ms: figures.round_trip_ms,
        mos: figures.mos,
        ..Side::hearing(heard.found, heard.times, heard.level_dbfs)
    }
}

fn business_side(report: &callport_gateway::Report, began: Instant, user: &UserReport) -> Side {
    let said_at = user.said_ms.map(|ms| began + Duration::from_millis(ms));
    let delay = report.ear.as_ref().zip(said_at).and_then(|(ear, said)| ear.delay_of(&Signature::USER, said));
    let mut side =
        Side { delay_ms: delay.map(whole_millis), ..Side::hearing(report.heard.found, report.heard.times as u64, report.heard.level_dbfs) };
    if let Some(measured) = report.media.as_ref().map(|media| &media.statistics) {
        side.packets_in = measured.packets_in;
        side.packets_lost = measured.lost_in;
        side.loss_ratio = measured.loss_ratio_in;
        side.jitter_ms = millis(measured.jitter);
        side.round_trip_ms = measured.round_trip.map(millis);
        side.mos = measured.mos;
    }
    side
}

/// A signature repeats, so a delay is known up to one period: far more than any call survives.
fn late_ms(said: Instant, heard: Instant) -> Option<u64> {
    heard.checked_duration_since(said).map(|late| whole_millis(late) % Signature::PERIOD_MS)
}

fn words(side: &Side) -> String {
    if !side.heard {
        return format!("NO. {} packets came, {} were lost", side.packets_in, side.packets_lost);
    }
    let delay = side.delay_ms.map(|ms| format!("{ms} ms from mouth to ear, ")).unwrap_or_default();
    format!("yes, its signal {} times, {delay}{} packets, {} lost", side.times, side.packets_in, side.packets_lost)
}

fn millis(time: Duration) -> f32 {
    time.as_secs_f32() * 1000.0
}

fn whole_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_on_either_side_is_a_failure() {
        let heard = Side { heard: true, ..Side::default() };
        for (user, business, ok) in [(&heard, &heard, true), (&heard, &Side::default(), false), (&Side::default(), &heard, false)] {
            let figures = DemoFigures {
                call_id: None,
                trouble: None,
                user: user.clone(),
                business: business.clone(),
                ringing_ms: None,
                connected_ms: None,
                timeline: vec![],
            };
            assert_eq!((figures.each_heard_the_other(), &figures.json()["ok"]), (ok, &json!(ok)));
        }
    }

    #[test]
    fn delay_is_counted_within_one_period() {
        let said = Instant::now();
        assert_eq!(late_ms(said, said + Duration::from_millis(3_047)), Some(47));
        assert_eq!(late_ms(said + Duration::from_millis(1), said), None);
    }
}
