//! What happened, when, told twice: one log line for people, one event for programs.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callport_audio::Heard;
use callport_peer::{Ear, News, Snapshot};
use callport_wire::permissions::{ActionName, PermissionsReply};
use callport_wire::webhooks::PermissionReply;
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;

use crate::config::Mode;
use crate::graph::{GraphFailure, GraphReply};
use crate::outgoing::OutgoingOutcome;

/// Events that a slow reader may be behind before it loses some.
const EVENT_QUEUE: usize = 4096;

/// A step, with its moment.
#[derive(Debug, Clone)]
pub struct TimelineEvent {
    /// When.
    pub at: Instant,
    /// Which call, by its whole `wacid`; none for what concerns no call.
    pub call_id: Option<String>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// Somebody asked whether the callback URL is ours.
    Verification {
        /// Mode and token were right.
        accepted: bool,
    },
    /// A delivery was turned away; in words.
    WebhookRefused(String),
    /// A webhook event arrived.
    Webhook {
        /// `connect`, `terminate`, `RINGING`, `message text`, `call_permission_reply`, …
        event: String,
        /// What became of it.
        verdict: EventOutcome,
    },
    /// A request to the platform was answered, or not.
    Request {
        /// `pre_accept`, `accept`, `reject`, `terminate`, `connect`; `call_permissions`, `call_permission_request`,
        /// `call_permission_request template`, `create template`, `mark as read`, `call button`.
        action: &'static str,
        /// How.
        outcome: Result<GraphReply, GraphFailure>,
        /// From sending it to having the whole reply.
        took: Duration,
    },
    /// Whether a user may be called or asked.
    Permission(PermissionsReply),
    /// A user's permission changed.
    PermissionReply(PermissionReply),
    /// A call of ours waits for something.
    Waiting {
        /// In words.
        what: &'static str,
        /// For at most so long.
        within: Duration,
    },
    /// A SIP message went out or came in.
    SipMessage {
        /// We sent it.
        sent: bool,
        /// The method of a request; status and reason phrase of a response, with the method that it answers.
        line: String,
    },
    /// A media milestone.
    Media(News),
    /// Sound is allowed out from now on.
    MouthOpened,
    /// A call could not be answered; in words.
    CallFailed(String),
    /// A user's call is over.
    Ended(Box<Report>),
    /// A call of ours is over, or did not come about.
    Finished(Box<OutgoingOutcome>),
}

/// What became of a webhook event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOutcome {
    /// Acted upon.
    Taken,
    /// Had it before.
    Duplicate,
    /// A connect whose caller must have given up.
    Stale,
    /// A connect whose terminate came first.
    AlreadyEnded,
    /// Nothing this backend deals with: another number, direction or event.
    NotForUs,
    /// Too many calls are up: declined.
    TooManyCalls,
    /// Too many messages wait to be read: left unread.
    TooManyMessages,
}

/// Why a call ended, as this side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEnd {
    /// The platform's terminate webhook: the user hung up, or one of its own rules.
    Terminated {
        /// `COMPLETED` or `FAILED`.
        status: Option<String>,
        /// Billed seconds; none if it was never picked up.
        duration: Option<u64>,
        /// Codes of its errors.
        codes: Vec<i64>,
    },
    /// This side ended or declined it.
    ByUs,
    /// The platform said BYE.
    HungUp {
        /// Seconds that it counted (`x-wa-meta-call-duration`).
        seconds: Option<u64>,
        /// Its `Reason`, where the end was not a user's.
        reason: Option<String>,
    },
    /// The platform withdrew its INVITE before it was answered.
    Withdrawn,
    /// The platform would not have our requests.
    Refused,
    /// No media in time, or ICE or DTLS failed.
    NoMedia,
    /// The backend was stopped.
    Stopped,
}

/// How a call went.
#[derive(Clone)]
pub struct Report {
    /// What was done with the caller.
    pub mode: Mode,
    /// Why it ended.
    pub ending: CallEnd,
    /// Whether the user's signature was heard.
    pub heard: Heard,
    /// Whether anything was heard.
    pub sound: Heard,
    /// Keys the caller pressed.
    pub digits: String,
    /// Packets, loss, jitter and the moments of each step.
    pub media: Option<Snapshot>,
    /// When our sound began to go out.
    pub said_from: Option<Instant>,
    /// The recording, to be judged further.
    pub ear: Option<Ear>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("mode", &self.mode).field("ending", &self.ending).finish_non_exhaustive()
    }
}

/// The target under which every event is logged, for a program that tells them itself.
pub const EVENT_LOG: &str = module_path!();

/// By what logs know a call: the first twelve characters of the part of a published id that tells calls apart, as platforms show them.
/// An id of another form is known by eight hex digits of its hash: the whole would name both phone numbers.
pub fn short_form(call_id: &str) -> String {
    published_part(call_id).unwrap_or_else(|| hex::encode(&Sha256::digest(call_id.as_bytes())[..4]))
}

/// A published id is `wacid.` and in base64 a structure with both numbers and, after the bytes 18 20 (hex), 32 characters.
fn published_part(call_id: &str) -> Option<String> {
    let bytes = STANDARD.decode(call_id.strip_prefix("wacid.")?).ok()?;
    let part = bytes.windows(34).find(|window| window.starts_with(&[0x18, 32]))?.get(2..14)?;
    let shown = part.iter().all(u8::is_ascii_alphanumeric);
    shown.then(|| String::from_utf8_lossy(part).into_owned())
}

/// Tells events to the log and to whoever subscribed.
#[derive(Clone)]
pub(crate) struct Timeline {
    events: broadcast::Sender<TimelineEvent>,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self { events: broadcast::channel(EVENT_QUEUE).0 }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<TimelineEvent> {
        self.events.subscribe()
    }

    pub(crate) fn tell(&self, call_id: Option<&str>, what: What) {
        self.tell_at(Instant::now(), call_id, what);
    }

    pub(crate) fn tell_at(&self, at: Instant, call_id: Option<&str>, what: What) {
        log(call_id, &what);
        // Nobody listening is fine.
        let _ = self.events.send(TimelineEvent { at, call_id: call_id.map(str::to_owned), what });
    }
}

fn log(call_id: Option<&str>, what: &What) {
    let call = call_id.map(short_form).unwrap_or_default();
    match what {
        What::Verification { accepted } => tracing::info!(accepted, "gateway: the platform asked to verify the callback URL"),
        What::WebhookRefused(reason) => tracing::warn!(reason, "webhook refused"),
        What::Webhook { event, verdict } => tracing::info!(call, event, ?verdict, "webhook"),
        What::Request { action, outcome: Ok(reply), took } => {
            tracing::info!(call, action, status = reply.status, ms = took.as_millis() as u64, "request");
        }
        What::Request { action, outcome: Err(failure), took } => {
            tracing::warn!(call, action, %failure, ms = took.as_millis() as u64, "request failed");
        }
        What::Permission(state) => {
            let can = |name| state.action(&name).is_some_and(|action| action.can_perform_action);
            let (may_call, may_ask) = (can(ActionName::StartCall), can(ActionName::SendCallPermissionRequest));
            tracing::info!(status = state.permission.status.as_str(), may_call, may_ask, "call permission");
        }
        What::PermissionReply(reply) => {
            let (response, source) = (reply.response.as_str(), reply.response_source.as_str());
            tracing::info!(response, permanent = reply.is_permanent, source, "call permission changed");
        }
        What::Waiting { what, within } => tracing::info!(call, what, seconds = within.as_secs(), "waiting"),
        What::SipMessage { sent, line } => tracing::info!(call, sent, line, "SIP"),
        // Addresses and digits are the caller's affair.
        What::Media(News::Nominated(_)) => tracing::info!(call, "media: pair nominated"),
        What::Media(News::Digit(_)) => tracing::info!(call, "media: key pressed"),
        What::Media(news) => tracing::info!(call, ?news, "media"),
        What::MouthOpened => tracing::info!(call, "gateway: call accepted, speaking to the user begins"),
        What::CallFailed(reason) => tracing::warn!(call, reason, "call not answered"),
        What::Finished(outcome) => tracing::info!(call, ?outcome, "gateway: business-initiated call ended"),
        What::Ended(report) => {
            let statistics = report.media.as_ref().map(|media| &media.statistics);
            tracing::info!(
                call,
                mode = report.mode.as_str(),
                ending = ?report.ending,
                heard_signature = report.heard.found,
                heard_sound = report.sound.found,
                keys = report.digits.len(),
                packets_in = statistics.map(|s| s.packets_in),
                lost_in = statistics.map(|s| s.lost_in),
                "call over"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_id_is_known_by_what_tells_calls_apart() {
        let id = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkQyNzJEMTM3MUMxNzE0OUQ0Mzk1MRwYCzE1NTU5MDIwMDc3FQIAFQoA";
        assert_eq!(short_form(id), "A4C123B1612D");
    }

    #[test]
    fn the_short_form_tells_calls_apart_and_shows_nothing() {
        let (one, other) = (short_form("wacid.HBgLMTU1NTcwMTAwNDI="), short_form("wacid.HBgLMTU1NTcwMTAwNDM="));
        assert_eq!(one.len(), 8);
        assert_ne!(one, other);
        assert_eq!(one, short_form("wacid.HBgLMTU1NTcwMTAwNDI="));
    }

    #[test]
    fn a_timeline_without_readers_does_not_mind() {
        let timeline = Timeline::new();
        timeline.tell(None, What::Verification { accepted: true });
        let mut reader = timeline.subscribe();
        timeline.tell(Some("wacid.x"), What::MouthOpened);
        let event = reader.try_recv().unwrap();
        assert_eq!(event.call_id.as_deref(), Some("wacid.x"));
        assert!(matches!(event.what, What::MouthOpened));
    }
}
