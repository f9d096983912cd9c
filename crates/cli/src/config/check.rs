//! Keys that fit each by itself and not together.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use callport_core::limits::PairLimits;
use callport_media::MAX_PORTS;

use super::{
    Config, MediaSection, OperatorSection, PhoneSection, PlatformMode, PublicSection, Secret, StoreSection, TlsMode, TlsSection,
    WebhooksSection,
};

/// A key that stands wrong, and why.
type Contradiction = (&'static str, String);

/// Fewest characters of an operator token that others could guess at.
const SHORTEST_TOKEN: usize = 16;

/// Most media threads: more than most machines gain from.
const MAX_MEDIA_THREADS: u16 = 64;

impl Config {
    /// Everything that contradicts itself. `said` tells whether a key was set by anyone.
    pub(super) fn contradictions(&self, said: &dyn Fn(&str) -> bool) -> impl Iterator<Item = Contradiction> + use<> {
        let all = [
            self.unsaid_mode(said),
            self.operator.contradiction(self.platform.mode),
            self.tls.contradiction(),
            self.media.contradiction(),
            self.store.contradiction(),
            self.webhooks.contradiction(),
            self.phone.contradiction(),
            self.public.contradiction(),
            self.limits(),
            self.log_filter(),
        ];
        all.into_iter().flatten()
    }

    /// Test mode opens doors; nobody should have them open to a network by forgetting a line.
    fn unsaid_mode(&self, said: &dyn Fn(&str) -> bool) -> Option<Contradiction> {
        let local = |address: SocketAddr| address.ip().is_loopback();
        let exposed = !local(self.public.listen) || !local(self.operator.listen);
        (exposed && !said("mode")).then(|| {
            (
                "mode",
                format!(
                    "a listener can be reached from other machines: say mode = \"{}\" or \"{}\"",
                    PlatformMode::Live.word(),
                    PlatformMode::Test.word()
                ),
            )
        })
    }

    fn limits(&self) -> Option<Contradiction> {
        let zero = [
            ("public.connections", self.public.connections == 0),
            ("public.connections_per_source", self.public.connections_per_source == 0),
            ("public.reply_timeout", self.public.reply_timeout.is_zero()),
            ("public.idle_timeout", self.public.idle_timeout.is_zero()),
            ("public.bodies_bytes", self.public.bodies_bytes < self.public.body_bytes),
            ("operator.connections", self.operator.connections == 0),
            ("floods.wrong_credentials", self.floods.wrong_credentials == 0),
            ("floods.wrong_app_secrets", self.floods.wrong_app_secrets == 0),
            ("floods.sign_ups", self.floods.sign_ups == 0),
            ("floods.calls", self.floods.calls == 0),
            ("public.head_timeout", self.public.head_timeout.is_zero()),
            ("public.body_timeout", self.public.body_timeout.is_zero()),
            ("public.head_bytes", self.public.head_bytes < 1024),
            ("public.body_bytes", self.public.body_bytes < 1024),
            ("calls.accept_window", self.calls.accept_window < Duration::from_secs(1)),
            ("calls.ring_window", self.calls.ring_window < Duration::from_secs(1)),
            ("calls.connect_window", self.calls.connect_window < Duration::from_secs(1)),
            ("calls.starts_per_day", self.calls.starts_per_day == 0),
            ("calls.first_media", self.calls.first_media < Duration::from_secs(1)),
            ("calls.silence", self.calls.silence < Duration::from_secs(1)),
            ("calls.concurrent", self.calls.concurrent == 0),
            ("graph.token_requests_per_hour", self.graph.token_requests_per_hour == 0),
            ("graph.number_requests_per_hour", self.graph.number_requests_per_hour == 0),
            ("graph.management_requests_per_hour", self.graph.management_requests_per_hour == 0),
            ("graph.management_requests_without_number", self.graph.management_requests_without_number == 0),
            ("routing.accounts_per_number", self.routing.accounts_per_number == 0),
            ("routing.thread_idle", self.routing.thread_idle < Duration::from_secs(1)),
            ("graph.permission_lookups_per_second", self.graph.permission_lookups_per_second == 0),
        ];
        let pairs = [("permissions", self.permissions.limits()), ("sandbox_permissions", self.sandbox_permissions.limits())];
        if let Some(contradiction) = pairs.into_iter().find_map(|(section, limits)| pair_limits(section, &limits)) {
            return Some(contradiction);
        }
        zero.into_iter().find(|(_, wrong)| *wrong).map(|(key, _)| {
            (
                key,
                "is too small to work with: sizes from 1024 bytes (bodies_bytes not below body_bytes), call timers from 1s, counts from 1"
                    .to_owned(),
            )
        })
    }

    fn log_filter(&self) -> Option<Contradiction> {
        let parsed = self.logging.filter.parse::<tracing_subscriber::filter::Targets>();
        parsed.err().map(|error| ("logging.filter", format!("cannot be read: {error}")))
    }
}

/// What would make a limit of a pair senseless.
fn pair_limits(section: &'static str, limits: &PairLimits) -> Option<Contradiction> {
    let counts = [limits.requests_per_day, limits.requests_per_week, limits.nudge_after, limits.revoke_after, limits.connected_per_day];
    if counts.contains(&0) || limits.temporary < Duration::from_secs(1) {
        return Some((section, "has a limit that is too small to work with: counts from 1, a temporary permission from 1s".to_owned()));
    }
    (limits.requests_per_week < limits.requests_per_day).then(|| (section, "requests_per_week is smaller than requests_per_day".to_owned()))
}

impl OperatorSection {
    fn contradiction(&self, mode: PlatformMode) -> Option<Contradiction> {
        let short = self.token.as_ref().is_some_and(|token| token.expose().len() < SHORTEST_TOKEN);
        let guessed_at = mode == PlatformMode::Live || !self.listen.ip().is_loopback();
        let why = || format!("needs {SHORTEST_TOKEN} characters or more in live mode and off loopback");
        (short && guessed_at).then(|| ("operator.token", why()))
    }
}

impl TlsSection {
    fn contradiction(&self) -> Option<Contradiction> {
        let files = self.chain_file.is_some() && self.key_file.is_some();
        let any = self.chain_file.is_some() || self.key_file.is_some();
        match self.certificate {
            TlsMode::Files if !files => Some(("tls.certificate", "\"files\" needs tls.chain_file and tls.key_file".to_owned())),
            TlsMode::Files => None,
            _ if any => Some(("tls.certificate", "tls.chain_file and tls.key_file are used only with \"files\"".to_owned())),
            _ => None,
        }
    }
}

impl MediaSection {
    fn contradiction(&self) -> Option<Contradiction> {
        let twice =
            |list: &[IpAddr]| list.iter().filter(|ip| ip.is_ipv4()).count() > 1 || list.iter().filter(|ip| ip.is_ipv6()).count() > 1;
        if self.bind.is_empty() || twice(&self.bind) {
            return Some(("media.bind", "takes one IPv4 address, one IPv6 address, or one of each".to_owned()));
        }
        if twice(&self.external) || self.external.iter().any(IpAddr::is_unspecified) {
            return Some((
                "media.external",
                "takes one IPv4 address, one IPv6 address, or one of each, and none of them 0.0.0.0 or ::".to_owned(),
            ));
        }
        if self.threads > MAX_MEDIA_THREADS {
            return Some(("media.threads", format!("is at most {MAX_MEDIA_THREADS}")));
        }
        if self.calls_per_thread == 0 {
            return Some(("media.calls_per_thread", "is at least 1".to_owned()));
        }
        if self.ports_per_thread == 0 || usize::from(self.ports_per_thread) > MAX_PORTS {
            return Some(("media.ports_per_thread", format!("is 1 to {MAX_PORTS}")));
        }
        let last = u32::from(self.port) + u32::from(self.threads.max(1)) * u32::from(self.ports_per_thread) - 1;
        let overflow = self.port != 0 && last > u32::from(u16::MAX);
        if overflow {
            return Some(("media.port", format!("leaves no ports for all threads: the last would be {last}")));
        }
        self.sdes_contradiction(u32::from(self.port)..=last)
    }

    /// `shared`: the ports of the threads, if those do not begin with 0.
    fn sdes_contradiction(&self, shared: RangeInclusive<u32>) -> Option<Contradiction> {
        let (first, count) = (u32::from(self.sdes_port), u32::from(self.sdes_ports));
        let last = first + count.max(1) - 1;
        match () {
            () if first == 0 => None,
            () if first % 2 == 1 => Some(("media.sdes_port", "is even: RTP has the lower port of each pair".to_owned())),
            () if last > u32::from(u16::MAX) => Some(("media.sdes_ports", format!("are too many: the last would be {last}"))),
            () if *shared.start() != 0 && first <= *shared.end() && last >= *shared.start() => {
                Some(("media.sdes_port", format!("and the {count} from there on meet the ports from media.port on")))
            }
            () => None,
        }
    }
}

impl StoreSection {
    fn contradiction(&self) -> Option<Contradiction> {
        let key = self.key.as_ref().map(Secret::expose)?;
        let right = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!right).then(|| ("store.key", "wants 64 hexadecimal digits".to_owned()))
    }
}

impl PhoneSection {
    fn contradiction(&self) -> Option<Contradiction> {
        let wrong = self.ping_every.is_zero() || self.silent_for <= self.ping_every;
        wrong.then(|| ("phone.silent_for", "is longer than phone.ping_every, which is longer than nothing".to_owned()))
    }
}

impl PublicSection {
    fn contradiction(&self) -> Option<Contradiction> {
        if self.sockets.is_some_and(|sockets| sockets > self.connections) {
            return Some(("public.sockets", "is not larger than public.connections".to_owned()));
        }
        let odd = self.hosts.iter().find(|host| host.is_empty() || host.contains([':', '/', '[', '*', ' ']))?;
        Some(("public.hosts", format!("holds names alone, without scheme, port or path: not {odd:?}")))
    }
}

impl WebhooksSection {
    fn contradiction(&self) -> Option<Contradiction> {
        if self.parallel == 0 {
            return Some(("webhooks.parallel", "is at least 1".to_owned()));
        }
        let zero = self.timeout.is_zero() || self.retry_every.is_zero();
        zero.then(|| ("webhooks.timeout", "webhooks.timeout and webhooks.retry_every are longer than nothing".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Layers;

    #[test]
    fn keys_that_fit_alone_and_not_together_are_refused() {
        for (flags, key) in [
            (vec!["public.listen=0.0.0.0:80"], "mode"),
            (vec!["operator.listen=[::]:81"], "mode"),
            (vec!["operator.listen=[::]:81", "mode=test", "operator.token=short"], "operator.token"),
            (vec!["mode=live", "operator.token=short"], "operator.token"),
            (vec!["tls.certificate=files"], "tls.certificate"),
            (vec!["tls.key_file=a.pem"], "tls.certificate"),
            (vec!["media.bind="], "media.bind"),
            (vec!["media.bind=127.0.0.1,127.0.0.2"], "media.bind"),
            (vec!["media.external=0.0.0.0"], "media.external"),
            (vec!["media.threads=65"], "media.threads"),
            (vec!["media.port=65535", "media.threads=2"], "media.port"),
            (vec!["media.port=65529"], "media.port"),
            (vec!["media.sdes_port=20001"], "media.sdes_port"),
            (vec!["media.sdes_port=65000"], "media.sdes_ports"),
            (vec!["media.port=20000", "media.sdes_port=19000"], "media.sdes_port"),
            (vec!["media.port=20000", "media.sdes_port=20006"], "media.sdes_port"),
            (vec!["media.ports_per_thread=0"], "media.ports_per_thread"),
            (vec!["media.ports_per_thread=65"], "media.ports_per_thread"),
            (vec!["store.key=abc"], "store.key"),
            (vec!["webhooks.parallel=0"], "webhooks.parallel"),
            (vec!["webhooks.timeout=0s"], "webhooks.timeout"),
            (vec!["public.body_bytes=10"], "public.body_bytes"),
            (vec!["calls.silence=10ms"], "calls.silence"),
            (vec!["public.connections=100", "public.sockets=101"], "public.sockets"),
            (vec!["public.hosts=calls.example.org,https://calls.example.org"], "public.hosts"),
            (vec!["public.bodies_bytes=2048"], "public.bodies_bytes"),
            (vec!["operator.connections=0"], "operator.connections"),
            (vec!["phone.ping_every=2m"], "phone.silent_for"),
            (vec!["floods.calls=0"], "floods.calls"),
            (vec!["logging.filter=callport=loud"], "logging.filter"),
        ] {
            let layers = Layers { flags: flags.iter().map(ToString::to_string).collect(), ..Layers::default() };
            let told: Vec<_> = layers.load().err().map(|all| all.0).unwrap_or_default().into_iter().map(|mistake| mistake.place).collect();
            assert_eq!(told, [key], "{flags:?}");
        }
    }
}
