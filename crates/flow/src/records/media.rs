//! What the media plane says of one call: figures and a checklist per leg, in words that an operator can act on.

use serde::{Deserialize, Serialize};

/// Both legs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MediaReport {
    /// The user's phone.
    pub user: LegReport,
    /// The business.
    pub business: LegReport,
}

/// One leg.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LegReport {
    /// In the order in which a call goes through them; the first failed one is the answer to "why does nobody hear anything".
    pub checks: Vec<Check>,
    /// Counters and estimates.
    pub figures: LegFigures,
    /// The same over time; empty in reports of before there was one.
    #[serde(default)]
    pub series: LegSeries,
}

impl LegReport {
    /// The first check that failed, or, when none failed, the first that is still waiting. A step that another one holds up is
    /// never named: it would send the reader to a consequence.
    pub fn first_failing(&self) -> Option<&Check> {
        let first = |outcome| self.checks.iter().find(|check| check.outcome == outcome);
        first(CheckOutcome::Failed).or_else(|| first(CheckOutcome::Waiting))
    }
}

/// One step of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A stable word: `sdp`, `stun`, `nomination`, `dtls`, `srtp`, `payload_type`, `ssrc`, `numbering`, `direction`, `packets_in`,
    /// `packets_out`; of a leg whose keys come by SDES `keys` and `way` in the place of `stun`, `nomination` and `dtls`.
    pub step: String,
    /// How it went.
    pub outcome: CheckOutcome,
    /// What was seen and, when it failed, what to change.
    pub says: String,
    /// Milliseconds after the leg was opened, when it happened.
    pub after_ms: Option<u64>,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// As it should.
    Passed,
    /// Works, but will bite.
    Warning,
    /// Not yet.
    Waiting,
    /// Cannot be judged before another step, or another leg, has gone well.
    Blocked,
    /// Wrong.
    Failed,
}

/// Counters of one leg. "In" is towards the platform.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LegFigures {
    /// RTP packets that were authenticated, whatever became of them.
    pub packets_in: u64,
    /// Their payload bytes.
    pub octets_in: u64,
    /// RTP packets sent.
    pub packets_out: u64,
    /// Their payload bytes.
    pub octets_out: u64,
    /// Lost on the way in (RFC 3550 A.3). What came and was dropped is counted in `dropped` alone.
    pub lost_in: i64,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: f64,
    /// Round trip from RTCP, in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Estimated mean opinion score, 1 to 4.5.
    pub mos: Option<f64>,
    /// Telephone events sent or passed on.
    pub digits: u64,
    /// Datagrams dropped, by reason.
    pub dropped: std::collections::BTreeMap<String, u64>,
    /// The remote address that was believed, without the host part.
    pub remote: Option<String>,
}

/// How a leg went over time, from when media could flow. However long a call is, it has at most sixty points, and one for what had passed of
/// the next when the report was made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LegSeries {
    /// When the first point begins, in milliseconds after the leg was opened.
    pub begins_ms: u64,
    /// What each point covers, in seconds: five, or in a long call five doubled as often as it takes.
    pub interval_s: u64,
    /// In order.
    pub points: Vec<LegPoint>,
}

/// One interval of a leg. "In" is towards the platform.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LegPoint {
    /// RTP packets that were authenticated.
    pub packets_in: u64,
    /// Lost on the way in; negative where late ones of the interval before came.
    pub lost_in: i64,
    /// The worst interarrival jitter, in milliseconds.
    pub jitter_ms: f64,
    /// The longest round trip from RTCP, in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// The lowest estimated mean opinion score, 1 to 4.5; none where nothing came.
    pub mos: Option<f64>,
}
