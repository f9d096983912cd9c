//! Would a browser accept the certificate? Asked by a real handshake with it on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;

use super::finding::Finding;
use super::innermost;
use crate::config::{Config, TlsMode};
use crate::home::Home;
use crate::listener::{Bounds, Listener};
use crate::platform::public;
use crate::stop::stopper;

const CHECK: &str = "certificate";
/// Longest that our own client may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves once with the configured certificate and connects to it by the public name, as a browser would.
pub async fn handshake(config: &Config, home: &Home) -> Finding {
    let acceptor = match public::certificate(config, home) {
        Ok(Some(acceptor)) => acceptor,
        Ok(None) => return Finding::pass(CHECK, "none: the public listener speaks plain HTTP".to_owned()),
        Err(fault) => return Finding::fail(CHECK, fault.to_string()),
    };
    if public::mode(config) == TlsMode::SelfMade {
        return Finding::warn(
            CHECK,
            "self-made: browsers ask before they trust it. Set tls.chain_file and tls.key_file for one that they know".to_owned(),
        );
    }
    let url = public::url(config, config.public.listen);
    let host = url::Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    match connect(acceptor, &host).await {
        Ok(()) => Finding::pass(CHECK, format!("trusted by this machine for {host}")),
        Err(error) => Finding::fail(CHECK, format!("a client that connects to {host} refuses it: {error}")),
    }
}

async fn connect(acceptor: tokio_rustls::TlsAcceptor, host: &str) -> Result<(), String> {
    let words = |error: std::io::Error| error.to_string();
    let listener =
        Listener::bind("doctor", (Ipv4Addr::LOCALHOST, 0).into(), Some(acceptor), Bounds::brief(2, PATIENCE)).await.map_err(words)?;
    let address: SocketAddr = listener.address().map_err(words)?;
    let (stopper, stop) = stopper();
    let serving = tokio::spawn(listener.serve(Router::new(), stop));
    let client = reqwest::Client::builder().resolve(host, address).no_proxy().build().map_err(|error| error.to_string())?;
    let reply = client.get(format!("https://{host}:{}/", address.port())).send().await;
    stopper.cut();
    let _ = serving.await; // a doctor's listener: how it ends does not matter
    reply.map(drop).map_err(|error| innermost(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::FindingState;
    use crate::config::Layers;
    use crate::listener::tls;

    /// A certificate for another name, in files.
    fn files(folder: &std::path::Path) -> Vec<String> {
        let made = rcgen::generate_simple_self_signed(vec!["elsewhere.example".to_owned()]).unwrap();
        let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        vec![format!("tls.chain_file={}", chain.display()), format!("tls.key_file={}", key.display()), "tls.certificate=files".to_owned()]
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_signed_fails_and_a_self_made_one_warns() {
        let _ = tls::install_cryptography(); // another test may have been first
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("data")).unwrap();
        let mut flags = files(folder.path());
        flags.push("public.url=https://localhost".to_owned());
        let config = Layers { flags, ..Layers::default() }.load().unwrap();
        assert_eq!(handshake(&config, &home).await.state(), FindingState::Fail);
        let config = Layers { flags: vec!["tls.certificate=self-made".to_owned()], ..Layers::default() }.load().unwrap();
        assert_eq!(handshake(&config, &home).await.state(), FindingState::Warn);
        assert_eq!(handshake(&Config::default(), &home).await.state(), FindingState::Pass);
    }
}
