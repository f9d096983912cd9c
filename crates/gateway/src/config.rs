//! How the backend is set up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use callport_peer::Identity;

/// Fills a buffer with unpredictable bytes.
pub type FillRandom = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What to do with a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Say back what is heard.
    #[default]
    Echo,
    /// Say a known signal that the far end can recognise.
    Tone,
    /// A spoken menu that repeats each key and ends on `#` or `9`.
    Menu,
    /// Decline.
    Reject,
}

impl Mode {
    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Tone => "tone",
            Self::Menu => "menu",
            Self::Reject => "reject",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A mode nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mode must be one of echo, tone, menu, reject")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        [Self::Echo, Self::Tone, Self::Menu, Self::Reject].into_iter().find(|mode| mode.as_str() == text).ok_or(UnknownMode)
    }
}

/// Everything the backend needs. Holds secrets, so it has no `Debug`.
#[derive(Clone)]
pub struct BackendConfig {
    /// Where webhooks are taken. Port 0 picks one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// Path of the callback URL. Default `/webhook`.
    pub path: String,
    /// The app's secret: signs every webhook.
    pub app_secret: String,
    /// What the verification GET must bring.
    pub verify_token: String,
    /// The Graph API without version, for example `https://graph.facebook.com`.
    pub graph_url: String,
    /// Its version, for example `v25.0`; none means a path without version.
    pub graph_version: Option<String>,
    /// Bearer token with `whatsapp_business_messaging`.
    pub access_token: String,
    /// Answer calls to this number only; by default to any number the webhooks name.
    pub phone_number_id: Option<String>,
    /// Take calls of users and read their messages. Off, only calls that this side places are of interest. Default on.
    pub attends: bool,
    /// A message that consists of this word alone, in any case, is answered with a call button. Default none.
    pub call_keyword: Option<String>,
    /// What to do with callers.
    pub mode: Mode,
    /// `biz_opaque_callback_data` to send with accept.
    pub opaque: Option<String>,
    /// Our DTLS certificate.
    pub identity: Arc<Identity>,
    /// Source of chance, for ICE passwords and the like.
    pub random: FillRandom,
    /// Wall clock in unix seconds, to tell stale webhooks.
    pub unix_seconds: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Where media sockets bind. The wildcard means "the address that leads to the platform". Default `0.0.0.0:0`.
    pub media_bind: SocketAddr,
    /// Connect webhooks older than this are not answered: the caller has given up. Default 60 s, the longest published
    /// accept window.
    pub stale_after: Duration,
    /// `accept` goes out when media is up, or after this. Default 5 s.
    pub accept_within: Duration,
    /// An accepted call whose media is still not up after this is given up. Default 30 s.
    pub media_within: Duration,
    /// A call on which neither RTP nor RTCP has come for this long has lost its platform and is ended. Default 60 s: twice the
    /// platform's own patience.
    pub quiet_within: Duration,
    /// Calls are ended after this. Default 1 h.
    pub longest_call: Duration,
    /// A call of ours whose answer (the connect webhook) has not come by then is given up. Default 30 s: it takes about one.
    pub webhook_within: Duration,
    /// A call of ours that nobody has picked up by then is given up. Default 90 s, longer than phones ring.
    pub answer_within: Duration,
    /// How long to wait for the terminate webhook of a call that this side ended, and for a REJECTED that its terminate has
    /// overtaken. Default 3 s.
    pub last_word_within: Duration,
    /// Further calls of users are declined, further calls of ours not placed. Default 500 of each.
    pub most_calls: usize,
    /// Seconds of each call that are recorded and judged. Default 30.
    pub record_seconds: u32,
}

impl BackendConfig {
    /// The defaults, around what has none: the two secrets, the API with its token, our certificate, chance and the clock.
    pub fn new(
        app_secret: impl Into<String>,
        graph_url: impl Into<String>,
        access_token: impl Into<String>,
        identity: Arc<Identity>,
        random: FillRandom,
        unix_seconds: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            path: "/webhook".to_owned(),
            app_secret: app_secret.into(),
            verify_token: String::new(),
            graph_url: graph_url.into(),
            graph_version: None,
            access_token: access_token.into(),
            phone_number_id: None,
            attends: true,
            call_keyword: None,
            mode: Mode::default(),
            opaque: None,
            identity,
            random,
            unix_seconds,
            media_bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            stale_after: Duration::from_secs(60),
            accept_within: Duration::from_secs(5),
            media_within: Duration::from_secs(30),
            quiet_within: Duration::from_secs(60),
            longest_call: Duration::from_secs(3600),
            webhook_within: Duration::from_secs(30),
            answer_within: Duration::from_secs(90),
            last_word_within: Duration::from_secs(3),
            most_calls: 500,
            record_seconds: 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_reads_back_and_no_other() {
        for mode in [Mode::Echo, Mode::Tone, Mode::Menu, Mode::Reject] {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        assert_eq!("Echo".parse::<Mode>(), Err(UnknownMode));
        assert_eq!("".parse::<Mode>(), Err(UnknownMode));
    }
}
