//! The media checklist and figures of each leg.

use std::collections::BTreeMap;

use callport_engine::records::{Check, CheckOutcome, LegFigures, LegPoint, LegReport, LegSeries, MediaReport};
use serde::Serialize;
use utoipa::ToSchema;

/// Both legs.
#[derive(Serialize, ToSchema)]
#[schema(as = Media)]
pub(super) struct MediaView {
    user: LegView,
    business: LegView,
}

/// One leg.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaLeg)]
struct LegView {
    /// In the order in which a call goes through them.
    checks: Vec<CheckView>,
    figures: FiguresView,
    series: SeriesView,
}

/// One step of the checklist.
#[derive(Serialize, ToSchema)]
#[schema(as = Check)]
pub(super) struct CheckView {
    /// `sdp`, `stun`, `nomination`, `dtls`, `srtp`, `payload_type`, `ssrc`, `numbering`, `direction`, `packets_in`, `packets_out`;
    /// of a leg whose keys come by SDES `keys` and `way` in the place of `stun`, `nomination` and `dtls`.
    #[schema(example = "nomination")]
    step: String,
    outcome: CheckWord,
    /// What was seen and, when it failed, what to change.
    says: String,
    /// Milliseconds after the leg was opened, when it happened.
    after_ms: Option<u64>,
}

/// How a step went.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckOutcome)]
#[serde(rename_all = "snake_case")]
enum CheckWord {
    /// As it should.
    Passed,
    /// Works, but will bite.
    Warning,
    /// Not yet.
    Waiting,
    /// Cannot be judged before another step or the other leg.
    Blocked,
    /// Wrong.
    Failed,
}

/// Counters of a leg. "In" is towards the platform.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaFigures)]
struct FiguresView {
    /// RTP packets that were authenticated.
    packets_in: u64,
    /// Their payload bytes.
    octets_in: u64,
    /// RTP packets sent.
    packets_out: u64,
    /// Their payload bytes.
    octets_out: u64,
    /// Lost on the way in.
    lost_in: i64,
    /// Interarrival jitter.
    jitter_ms: f64,
    /// Round trip, from RTCP.
    round_trip_ms: Option<f64>,
    /// Estimated mean opinion score, 1 to 4.5.
    mos: Option<f64>,
    /// Telephone events sent or passed on.
    digits: u64,
    /// Datagrams dropped, by reason.
    dropped: BTreeMap<String, u64>,
    /// The remote address that was believed, without the host part.
    remote: Option<String>,
}

/// A leg over time, from when media could flow: at most sixty points, and one for what had passed of the next interval.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaSeries)]
struct SeriesView {
    /// When the first point begins, in milliseconds after the leg was opened.
    begins_ms: u64,
    /// What each point covers: 5 seconds, or in a long call 5 doubled as often as it takes. The last one may cover less.
    #[schema(example = 5)]
    interval_s: u64,
    points: Vec<PointView>,
}

/// One interval. "In" is towards the platform; jitter, round trip and score are the worst of the interval.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaPoint)]
struct PointView {
    /// RTP packets that were authenticated.
    packets_in: u64,
    /// Lost on the way in; negative where late ones of the interval before came.
    lost_in: i64,
    /// Interarrival jitter.
    jitter_ms: f64,
    /// Round trip, from RTCP.
    round_trip_ms: Option<f64>,
    /// Estimated mean opinion score, 1 to 4.5; none where nothing came.
    mos: Option<f64>,
}

pub(super) fn view(report: MediaReport) -> MediaView {
    MediaView { user: leg(report.user), business: leg(report.business) }
}

pub(super) fn check(check: Check) -> CheckView {
    let outcome = match check.outcome {
        CheckOutcome::Passed => CheckWord::Passed,
        CheckOutcome::Warning => CheckWord::Warning,
        CheckOutcome::Waiting => CheckWord::Waiting,
        CheckOutcome::Blocked => CheckWord::Blocked,
        CheckOutcome::Failed => CheckWord::Failed,
    };
    CheckView { step: check.step, outcome, says: check.says, after_ms: check.after_ms }
}

fn leg(report: LegReport) -> LegView {
    LegView { checks: report.checks.into_iter().map(check).collect(), figures: figures(report.figures), series: series(report.series) }
}

fn figures(figures: LegFigures) -> FiguresView {
    let LegFigures { packets_in, octets_in, packets_out, octets_out, lost_in, jitter_ms, round_trip_ms, mos, digits, dropped, remote } =
        figures;
    FiguresView { packets_in, octets_in, packets_out, octets_out, lost_in, jitter_ms, round_trip_ms, mos, digits, dropped, remote }
}

fn series(LegSeries { begins_ms, interval_s, points }: LegSeries) -> SeriesView {
    let point =
        |LegPoint { packets_in, lost_in, jitter_ms, round_trip_ms, mos }| PointView { packets_in, lost_in, jitter_ms, round_trip_ms, mos };
    SeriesView { begins_ms, interval_s, points: points.into_iter().map(point).collect() }
}
