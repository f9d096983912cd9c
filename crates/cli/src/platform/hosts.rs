//! Under which names the phone and the operator's side are served.
//!
//! A page of somebody else's can make its own name point at this machine (DNS rebinding): the browser then takes us for a part of that
//! page, and the page may speak for whoever looks at it. So these parts answer under known names only. An address can be nobody's name, and
//! `localhost` leads nowhere else (RFC 6761 §6.3). The Graph API asks every request for a token, and clients reach it under the name
//! `graph.facebook.com` through a hosts file: it is served under every name.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::Config;

/// Names beside addresses and `localhost`, in lower case.
#[derive(Debug, Clone)]
pub struct Hosts(Arc<[String]>);

impl Hosts {
    /// What the configuration knows this platform by.
    pub fn new(config: &Config) -> Hosts {
        let url = config.public.url.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
        let names = url.into_iter().chain(config.tls.names.iter().cloned()).chain(config.public.hosts.iter().cloned());
        Hosts(names.map(|name| plain(&name)).collect())
    }

    /// Whether every name that the request goes by is ours. One without any comes from no browser.
    fn admit(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let in_headers = headers.get_all(HOST).iter().map(|value| value.to_str().ok().and_then(|text| text.parse::<Authority>().ok()));
        in_headers.chain(uri.authority().cloned().map(Some)).all(|named| named.is_some_and(|named| self.know(named.host())))
    }

    fn know(&self, host: &str) -> bool {
        let host = plain(host);
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        address || host == "localhost" || host.ends_with(".localhost") || self.0.contains(&host)
    }
}

/// Names are compared without case and without the dot at the end (RFC 9110 §4.2.3, RFC 1034 §3.1).
fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Layer around what is served under known names only.
pub async fn only_ours(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if hosts.admit(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    tracing::debug!("refused a request whose Host is not in public.hosts");
    let why = "This address is not one that Callport is served under. If it should be, its operator adds the name to public.hosts.\n";
    (StatusCode::MISDIRECTED_REQUEST, why).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::config::Layers;

    fn admits(uri: &str, hosts: &[&'static str]) -> bool {
        let flags = ["public.url=https://calls.example.org:8443/", "tls.names=192.0.2.1,calls.example.net", "public.hosts=Callport"];
        let config = Layers { flags: flags.map(str::to_owned).to_vec(), ..Layers::default() }.load().unwrap();
        let headers = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host)));
        let mut all = HeaderMap::new();
        headers.for_each(|(name, value)| _ = all.append(name, value));
        Hosts::new(&config).admit(&uri.parse().unwrap(), &all)
    }

    #[test]
    fn knows_addresses_localhost_and_what_is_configured() {
        for host in [
            "127.0.0.1:8080",
            "192.0.2.9",
            "[::1]:8080",
            "localhost",
            "LOCALHOST:8080",
            "phone.localhost:8080",
            "calls.example.org",
            "Calls.Example.org.:443",
            "calls.example.net",
            "callport:8080",
        ] {
            assert!(admits("/phone", &[host]), "{host}");
        }
        for host in ["evil.example", "calls.example.org.evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b", "@"] {
            assert!(!admits("/phone", &[host]), "{host}");
        }
    }

    #[test]
    fn every_name_of_a_request_counts() {
        assert!(admits("/phone", &[]), "what asks without a name is no browser");
        assert!(!admits("/phone", &["localhost", "evil.example"]));
        assert!(!admits("http://evil.example/phone", &["localhost"]));
        assert!(admits("http://localhost/phone", &["localhost"]));
    }
}
