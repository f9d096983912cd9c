//! Webhooks in words that a test can read.

use callport_core::call_id::CallId;
use callport_core::ids::WabaId;
use callport_core::pair::Permission;
use callport_engine::ports::{Context, Notice, Wording};
use callport_engine::records::{Progress, Said};

/// A webhook as its receiver got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Where it went.
    pub url: String,
    /// What it is: [`Notice::event`].
    pub event: String,
    /// The id of the call or message that it is about; empty for one about neither.
    pub about: String,
    /// What it says, such as `terminate not_answered talked=false opaque=None`.
    pub text: String,
}

impl Delivered {
    /// Reads what [`PlainWords`] wrote.
    pub(crate) fn read(url: String, body: &str) -> Self {
        let mut parts = body.splitn(3, '\n').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_else(|| panic!("not in plain words: {body}"));
        Self { url, event: next(), about: next(), text: next() }
    }

    /// The call that it is about.
    pub fn call(&self) -> CallId {
        CallId::parse(&self.about).unwrap()
    }

    /// The SDP of a connect; empty for everything else.
    pub fn sdp(&self) -> &str {
        let sdp = self.text.strip_prefix("connect ").unwrap_or_default();
        sdp.split_once(" opaque=").map_or(sdp, |(sdp, _)| sdp)
    }
}

/// The event, the id of the call or message, and the rest, each on a line of its own as far as the first two go.
pub struct PlainWords;

impl Wording for PlainWords {
    fn body(&self, notice: &Notice, _: &WabaId) -> Vec<u8> {
        format!("{}\n{}\n{}", notice.event(), about(notice), text(notice)).into_bytes()
    }
}

fn about(notice: &Notice) -> &str {
    match notice {
        Notice::Connect { call, .. }
        | Notice::CallCreated { call, .. }
        | Notice::Terminate { call, .. }
        | Notice::CallStatus { call, .. } => call.as_str(),
        Notice::MessageStatus { message, .. }
        | Notice::Said { message, .. }
        | Notice::UserChanged { message, .. }
        | Notice::Echo { message, .. } => message.as_str(),
        Notice::Standby { of, .. } => about(of),
        Notice::Partner { news, .. } => news.waba.as_str(),
        Notice::Solution { solution, .. } => solution.as_str(),
        Notice::TemplateStatus { .. }
        | Notice::Restricted { .. }
        | Notice::Quality { .. }
        | Notice::NoPaymentMethod { .. }
        | Notice::Handover { .. }
        | Notice::SettingsChanged { .. } => "",
    }
}

fn text(notice: &Notice) -> String {
    match notice {
        Notice::CallCreated { direction, .. } => format!("created {}", direction.name()),
        Notice::Connect { sdp, opaque: None, .. } => format!("connect {sdp}"),
        Notice::Connect { sdp, opaque: Some(opaque), .. } => format!("connect {sdp} opaque={opaque}"),
        Notice::CallStatus { status, opaque, .. } => format!("{status:?} opaque={opaque:?}"),
        Notice::MessageStatus { progress: Progress::Undeliverable, recipient, .. } => {
            format!("undeliverable known={}", recipient.bsuid.is_some())
        }
        Notice::MessageStatus { progress, tariff, opaque, .. } => {
            let priced = tariff.map(|tariff| (tariff.category, tariff.free));
            format!("{} priced={priced:?} opaque={opaque:?}", progress.name())
        }
        Notice::Said { said: Said::Permission(reply), context, .. } => {
            let context = match context {
                None => "nothing",
                Some(Context::Message(_)) => "a message",
                Some(Context::Call(_)) => "a call",
            };
            let until = match reply.permission {
                Permission::Temporary { until } => format!("until {}", until.unix_seconds()),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("permission {until} {:?} on {context}", reply.source)
        }
        Notice::Said { said: Said::Text { text, .. }, .. } => format!("text {text}"),
        Notice::Said { said: Said::Button { payload, .. }, context, .. } => format!("button {payload} context={}", context.is_some()),
        Notice::UserChanged { parties, number, bsuid, .. } => {
            let number = number.as_ref().map_or("hidden", |number| number.digits());
            format!("user {} -> {number}, {} -> {}", parties.user.digits(), parties.bsuid.as_str(), bsuid.as_str())
        }
        Notice::Handover { previous, new, metadata, .. } => {
            format!("{} -> {} {}", previous.name(), new.name(), metadata.as_deref().unwrap_or("-"))
        }
        Notice::Standby { of, .. } => format!("standby: {}", text(of)),
        Notice::Echo { content, .. } => format!("echo {}", content.body.as_deref().unwrap_or_default()),
        Notice::TemplateStatus { template, .. } => format!("template {} {}", template.name, template.status.name()),
        Notice::Restricted { restrictions, .. } => format!("restricted {}", restrictions.len()),
        Notice::Quality { notice, .. } => format!("quality {notice:?}"),
        Notice::Terminate { ending, opaque, .. } => {
            format!("terminate {} talked={} opaque={opaque:?}", ending.reason.name(), ending.talk.is_some())
        }
        Notice::NoPaymentMethod { .. } => "error 131044".to_owned(),
        Notice::SettingsChanged { .. } => "settings".to_owned(),
        Notice::Partner { event, .. } => format!("partner {event:?}"),
        Notice::Solution { status, created, .. } => format!("solution {} created={created}", status.name()),
    }
}
