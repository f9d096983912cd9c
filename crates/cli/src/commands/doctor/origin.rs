//! Will a browser let the phone page have the microphone? (W3C Secure Contexts: https, or http on this machine.)

use super::finding::Finding;
use crate::config::Config;
use crate::platform::public;

/// Judges the public address as a browser would.
pub fn microphone(config: &Config) -> Finding {
    let url = public::url(config, config.public.listen);
    let parsed = url::Url::parse(&url).ok();
    let local = parsed.as_ref().is_some_and(|url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    });
    if local || parsed.is_some_and(|url| url.scheme() == "https") {
        Finding::pass("microphone", format!("browsers allow it on {url}/phone"))
    } else {
        let says = format!(
            "browsers refuse it on {url}: plain http works only on this machine. Set tls.certificate, or public.url to the https address of the proxy in front"
        );
        Finding::fail("microphone", says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::FindingState;
    use crate::config::Layers;

    #[test]
    fn only_https_and_this_machine_get_the_microphone() {
        for (flags, state) in [
            (vec![], FindingState::Pass),
            (vec!["public.url=http://phone.localhost:80"], FindingState::Pass),
            (vec!["public.url=https://calls.example.org"], FindingState::Pass),
            (vec!["public.url=http://calls.example.org"], FindingState::Fail),
            (vec!["public.url=http://192.0.2.7"], FindingState::Fail),
        ] {
            let layers = Layers { flags: flags.iter().map(ToString::to_string).collect(), ..Layers::default() };
            assert_eq!(microphone(&layers.load().unwrap()).state(), state, "{flags:?}");
        }
    }
}
