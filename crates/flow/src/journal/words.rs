//! The one table of sentences: what an entry says to a person who asks what happened.

use std::fmt;
use std::slice;

use callport_core::call::Side;
use callport_core::call_id::Direction;
use callport_core::pair::Permission;
use callport_core::quality::QualityNotice;
use callport_core::registration::CodeMethod;
use callport_core::words::Word as _;

use super::{Entry, Fact, Injected, media_words};

/// How a side is called.
pub fn who(side: Side) -> &'static str {
    match side {
        Side::User => "the user",
        Side::Business => "the business",
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Fact::BusinessRequested { action }, Some(request)) = (&self.fact, &self.request) else { return self.fact.fmt(f) };
        match (action, &request.refusal) {
            (Some(action), Some(refusal)) => write!(f, "{action} refused: {}", refusal.details)?,
            (None, Some(refusal)) => write!(f, "{} {} refused: {}", request.method, request.path, refusal.details)?,
            (_, None) => return write!(f, "{} {} answered with {}", request.method, request.path, request.status),
        }
        request.refusal.as_ref().map_or(Ok(()), |refusal| write!(f, " (HTTP {}, code {})", request.status, refusal.code))
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::UserPlacedCall { .. } => f.write_str("the user placed the call"),
            Fact::UserCallRefused { says } => write!(f, "the user could not call: {says}"),
            Fact::BusinessAsked { action } => write!(f, "{action} from the business"),
            Fact::BusinessRefused { action, says } => write!(f, "{action} refused: {says}"),
            Fact::BusinessRequested { action: Some(action) } => write!(f, "a request of the business ({action})"),
            Fact::BusinessRequested { action: None } => f.write_str("a request of the business"),
            Fact::RequestsLeftOut { count } => write!(f, "{count} requests have no entry: too many came at once, or without a valid token"),
            Fact::SipMessage(trace) if trace.sent => write!(f, "{} to the SIP server", trace.name()),
            Fact::SipMessage(trace) => write!(f, "{} from the SIP server", trace.name()),
            Fact::SipRefused { status, says, peer } => write!(f, "a request of the SIP server at {peer} was refused: {status} {says}"),
            Fact::SipServerFailed { says } => write!(f, "the SIP server of the business: {says}"),
            Fact::DescriptionOdd { says } | Fact::MediaMilestone { says, .. } => f.write_str(says),
            Fact::DeviceRings => f.write_str("a device of the user rings"),
            Fact::UserPickedUp { device } => write!(f, "the user picked up on a {} device", device.name()),
            Fact::UserDeclined => f.write_str("the user declined"),
            Fact::UserHungUp => f.write_str("the user hung up"),
            Fact::UserPressedKey => f.write_str("the user pressed a key"),
            Fact::UserRejoined => f.write_str("the user's phone came back with a new path"),
            Fact::UserBusy => f.write_str("the user is in another call: no device rings"),
            Fact::OperatorEndedCall => f.write_str("the operator ended the call"),
            Fact::CallEnded { reason, talked_ms: None } => write!(f, "the call is over: {reason}"),
            Fact::CallEnded { reason, talked_ms: Some(ms) } => write!(f, "the call is over after {} s: {reason}", ms / 1000),
            Fact::Media { side, milestone } => media_words::write(f, *side, milestone),
            Fact::MediaConnected { side } => write!(f, "media path to {} is open (ICE and DTLS done)", who(*side)),
            Fact::MediaFlowing { side } => write!(f, "audio comes from {}", who(*side)),
            Fact::MediaSilent { side } => write!(f, "nothing comes from {} any more", who(*side)),
            Fact::MessageSent { undeliverable: true, .. } => f.write_str("the business sent a message that cannot be shown to the user"),
            Fact::MessageSent { unpaid: true, .. } => {
                f.write_str("the business sent a message that is charged, and its account has no payment method: it is not delivered")
            }
            Fact::MessageSent { asks_permission: true, .. } => f.write_str("the business asked the user for permission to call"),
            Fact::MessageSent { .. } => f.write_str("the business sent a message"),
            Fact::MessageProgressed { status } => write!(f, "a message of the business is {status}"),
            Fact::MessageReadByBusiness => f.write_str("the business marked a message of the user as read"),
            Fact::UserSaid { kind } => write!(f, "the user sent a message ({kind})"),
            Fact::PermissionDecided { decision } => write!(f, "the user decided about calls of the business: {}", decision.name()),
            Fact::CallbackRequested => f.write_str("the user asked to be called back, as the business takes no calls at this hour"),
            Fact::PermissionChanged { permission, .. } => match permission {
                Permission::None => f.write_str("the business may not call the user any more"),
                Permission::Permanent => f.write_str("the business may call the user"),
                Permission::Temporary { until } => write!(f, "the business may call the user until unix time {}", until.unix_seconds()),
            },
            Fact::UserAskedToReconsider => f.write_str("the user was asked to reconsider the permission, after unanswered calls"),
            Fact::ThreadMoved { role: Some(role) } => write!(f, "the chat belongs to the partner with the role {role}"),
            Fact::ThreadMoved { role: None } => f.write_str("the chat belongs to no partner any more"),
            Fact::SettingsChanged => f.write_str("calling settings changed"),
            Fact::CodeSent { number, method, language } => {
                let way = match method {
                    CodeMethod::Sms => "text message",
                    CodeMethod::Voice => "voice call",
                };
                write!(f, "a verification code was sent by {way} ({language}): callport admin number code {number} shows it")
            }
            Fact::NumberVerified { number } => write!(f, "number {number} is verified: its code was entered"),
            Fact::NumberRegistered { again: false } => f.write_str("the number is registered on Cloud API"),
            Fact::NumberRegistered { again: true } => f.write_str("the number was registered on Cloud API already; its PIN stays"),
            Fact::NumberDeregistered => {
                f.write_str("the number is not registered on Cloud API any more: it can neither send, call nor be called")
            }
            Fact::SignUpBegan => f.write_str("a business owner began to sign up for the app"),
            Fact::SignUpLeft => f.write_str("a business owner left the sign-up"),
            Fact::SignUpFinished => f.write_str("a business owner signed up for the app"),
            Fact::PinSet => f.write_str("the number has a new two-step verification PIN"),
            Fact::CallingPaused { direction, until_ms } => {
                write!(f, "{} calling is paused until unix time {}", way(*direction), until_ms / 1000)
            }
            Fact::UserRenumbered { told } => write!(f, "the user has another number, and {told} business numbers are told"),
            Fact::UserBlocked => {
                f.write_str("the user blocked the business: it cannot call, nothing that it sends arrives, and it is not told")
            }
            Fact::UserUnblocked => f.write_str("the user does not block the business any more"),
            Fact::UserComplained { direction } => write!(f, "the user complained of a {} call", way(*direction)),
            Fact::QualityTold { notice: QualityNotice::CallButtonHidden } => {
                f.write_str("the call button of the number is hidden, as too few calls of users are picked up")
            }
            Fact::QualityTold { notice } => write!(f, "the business is warned: {}", notice.word()),
            Fact::PauseLifted { direction } => write!(f, "the pause of {} calling was lifted", way(*direction)),
            Fact::NobodyTold { event } => write!(f, "no app is subscribed to webhook {event}: nobody is told"),
            Fact::NoPaymentMethod => f.write_str("a user could not call: the account has no payment method (131044)"),
            Fact::ObjectPut { object, id } => write!(f, "{object}{} was made or changed", named(id)),
            Fact::ObjectRemoved { object, id } => write!(f, "{object}{} was removed", named(id)),
            Fact::WebhookAttempted { event, attempt, error: None, status, injected, .. } => {
                write!(f, "webhook {event} delivered at attempt {attempt} ({}){}", status.unwrap_or_default(), on_purpose(injected))
            }
            Fact::WebhookAttempted { event, attempt, error: Some(error), given_up, injected, .. } => {
                let end = if *given_up { "; given up" } else { "" };
                write!(f, "webhook {event} not delivered at attempt {attempt}: {error}{end}{}", on_purpose(injected))
            }
            Fact::ReplyReplaced { status, injected } => {
                let on_purpose = on_purpose(slice::from_ref(injected));
                write!(f, "the request was carried out, and its reply replaced by an error of status {status}{on_purpose}")
            }
            Fact::WebhookReplayed { event } => write!(f, "webhook {event} is sent again for the operator"),
            Fact::Line { text, .. } => f.write_str(text),
        }
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::UserInitiated => "user-initiated",
        Direction::BusinessInitiated => "business-initiated",
    }
}

/// What went wrong because a test asked for it, to be said after what went wrong; empty where nothing did.
pub fn on_purpose(injected: &[Injected]) -> String {
    let faults: Vec<_> = injected.iter().map(|Injected { rule, fault }| format!("{fault}, fault {rule}")).collect();
    if faults.is_empty() { String::new() } else { format!(" (on purpose: {})", faults.join("; ")) }
}

fn named(id: &Option<String>) -> String {
    id.as_ref().map(|id| format!(" {id}")).unwrap_or_default()
}
