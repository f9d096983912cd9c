use std::sync::Arc;
use std::time::Instant;

use callport_sip_proto::agent::{AgentConfig, AgentEvent, UserAgent};
use callport_sip_proto::transaction::table::ConnectionId;
use callport_sip_proto::{AskedBy, DigestOutcome, GuardConfig, Outline, SipBody, SipRefusal, ViaText};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, Error, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::*;

const NUMBER: &str = "6281255509999";
const PASSWORD: &str = "Zk3vQ8mT1xY7pLw2RbN5sHd9cGf4JuAe";
const THERE: ConnectionId = ConnectionId(7);

/// What a test's server does with an INVITE that it takes.
#[derive(Clone, Copy, PartialEq)]
enum Taker {
    Rings,
    Answers,
    Refuses,
}

/// A server that a business might have, and the authority that vouches for it.
struct Server {
    at: std::net::SocketAddr,
    authority: CertificateDer<'static>,
    /// The methods that came, in order.
    heard: JoinHandle<Vec<String>>,
}

fn certificates(covers: &str) -> (CertificateDer<'static>, Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, format!("authority of {covers}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let own_key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![covers.to_owned()]).unwrap().signed_by(&own_key, &Issuer::new(params, key)).unwrap();
    (authority.der().clone(), vec![own.der().clone()], PrivateKeyDer::try_from(own_key.serialize_der()).unwrap())
}

/// Serves one connection with an agent that asks for credentials, where it has a guard.
async fn server(covers: &str, guard: Option<AskedBy>, takes: Taker) -> Server {
    let (authority, chain, key) = certificates(covers);
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    serve(config, authority, guard, takes).await
}

async fn serve(config: ServerConfig, authority: CertificateDer<'static>, guard: Option<AskedBy>, takes: Taker) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let mut methods = Vec::new();
        let (stream, from) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return methods };
        let guard = guard.map(|asked| (asked, GuardConfig::of_realm("pbx.acme.example")));
        let config =
            AgentConfig { guard: guard.clone(), tells_messages: true, ..AgentConfig::new(ViaText::new("SIP/2.0/TLS a", ""), "pbx") };
        let mut agent = UserAgent::new(config, [3; 32], Instant::now());
        agent.connected(THERE, Some(at), from);
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            let now = Instant::now();
            agent.received(THERE, &chunk[..count], now);
            while let Some(event) = agent.poll_event() {
                match event {
                    AgentEvent::Received { message, .. } => methods.extend(message.method().map(ToString::to_string)),
                    AgentEvent::Invited { session, .. } => {
                        let contact = Outline::new().fixed("Contact", "<sip:a@b>");
                        let known = guard.is_none() || agent.authenticate(session, NUMBER, PASSWORD, now) == Ok(DigestOutcome::Accepted);
                        let _ = match takes {
                            _ if !known => agent.reject(session, &SipRefusal::new(403, "Forbidden"), &Outline::new(), now),
                            Taker::Rings => agent.progress(session, 180, "Ringing", &contact, None, now),
                            Taker::Answers => agent.answer(session, &contact, Some(&SipBody::sdp(b"v=0\r\n")), None, now),
                            Taker::Refuses => agent.reject(session, &SipRefusal::new(488, "Not Acceptable Here"), &Outline::new(), now),
                        };
                    }
                    _ => {}
                }
            }
            while let Some(transmit) = agent.poll_transmit() {
                stream.write_all(&transmit.bytes).await.unwrap();
            }
        }
        methods
    });
    Server { at, authority, heard }
}

fn probe(at: std::net::SocketAddr, number: bool, password: Option<&str>) -> SipProbe {
    SipProbe {
        target: SipTarget::new("localhost", at.port(), vec![]).unwrap(),
        domain: "wa.meta.vc".to_owned(),
        number: number.then(|| NUMBER.to_owned()),
        password: password.map(str::to_owned),
        offer: "v=0\r\n".to_owned(),
        patience: Duration::from_secs(20),
        seed: [5; 32],
    }
}

/// The way that has TLS: `localhost` has two addresses on many machines.
fn seen(probed: &SipProbed) -> &TlsSeen {
    probed.ways.iter().find_map(|way| way.tls.as_ref()).unwrap().as_ref().unwrap()
}

async fn look(server: &Server, number: bool, password: Option<&str>) -> SipProbed {
    probe(server.at, number, password).run(TrustedBy::Only(vec![server.authority.clone()])).await.unwrap()
}

#[tokio::test]
async fn a_good_server_is_seen_as_such_and_its_phone_is_let_go() {
    let server = server("localhost", Some(AskedBy::Proxy), Taker::Rings).await;
    let probed = look(&server, true, Some(PASSWORD)).await;
    assert!(seen(&probed).is_in_order() && !seen(&probed).wants_ours, "{probed:?}");
    assert_eq!((seen(&probed).version.as_str(), &seen(&probed).alpn, seen(&probed).certificates), ("TLSv1_3", &None, 1));
    assert_eq!(probed.options, Some(OptionsSeen::Answered(200, "OK".to_owned())));
    let invite = probed.invite.unwrap();
    let challenge = invite.challenge.unwrap();
    assert_eq!((challenge.status, challenge.realm.as_str()), (407, "pbx.acme.example"));
    assert_eq!(challenge.algorithms, ["SHA-256", "MD5"]);
    assert_eq!((invite.had_credentials, invite.came_to), (true, InviteEnd::LetIn(180)));
    assert_eq!(server.heard.await.unwrap(), ["OPTIONS", "INVITE", "ACK", "INVITE", "CANCEL", "ACK"]);
}

#[tokio::test]
async fn a_server_that_answers_at_once_is_let_go_with_bye() {
    let server = server("localhost", None, Taker::Answers).await;
    let invite = look(&server, true, None).await.invite.unwrap();
    assert_eq!(invite, InviteSeen { challenge: None, had_credentials: false, came_to: InviteEnd::LetIn(200) });
    assert_eq!(server.heard.await.unwrap(), ["OPTIONS", "INVITE", "ACK", "BYE"]);
}

#[tokio::test]
async fn passwords_that_are_wrong_or_missing_are_told_apart_from_other_refusals() {
    for (password, takes, had_credentials, status) in
        [(None, Taker::Rings, false, 401), (Some("another"), Taker::Rings, true, 403), (Some(PASSWORD), Taker::Refuses, true, 488)]
    {
        let server = server("localhost", Some(AskedBy::Server), takes).await;
        let invite = look(&server, true, password).await.invite.unwrap();
        assert!(invite.challenge.is_some_and(|challenge| challenge.status == 401));
        assert!(matches!(invite.came_to, InviteEnd::Refused(said, _) if said == status), "{:?}", invite.came_to);
        assert_eq!(invite.had_credentials, had_credentials, "{password:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_vouched_for_gets_no_message() {
    let other = server("pbx.acme.example", None, Taker::Rings).await;
    let probed = look(&other, true, None).await;
    let tls = seen(&probed);
    assert!(tls.chain.is_ok(), "{tls:?}");
    assert!(matches!(&tls.name, Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }))), "{tls:?}");
    assert_eq!((probed.options, probed.invite), (None, None));
    assert_eq!(other.heard.await.unwrap(), Vec::<String>::new());

    let (mine, stranger) = (certificates("elsewhere.example").0, server("localhost", None, Taker::Rings).await);
    let probed = probe(stranger.at, true, None).run(TrustedBy::Only(vec![mine])).await.unwrap();
    assert_eq!(seen(&probed).chain, Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)));
    assert!(seen(&probed).name.is_ok());
    assert_eq!(stranger.heard.await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_of_ours_is_told() {
    let (authority, chain, key) = certificates("localhost");
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone()).unwrap();
    let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
    );
    let config = ServerConfig::builder().with_client_cert_verifier(clients.build().unwrap()).with_single_cert(chain, key).unwrap();
    let server = serve(config, authority, None, Taker::Rings).await;
    let probed = look(&server, true, None).await;
    assert!(seen(&probed).wants_ours);
    assert!(matches!(probed.options, Some(OptionsSeen::Lost(_))), "{probed:?}");
    assert_eq!(probed.invite, None);
}

#[tokio::test]
async fn what_is_no_tls_and_what_is_nothing_are_told_apart() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = plain.local_addr().unwrap();
    let answers = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"SIP/2.0 400 Bad Request\r\n\r\n").await.unwrap();
        drop(plain);
        let _ = stream.read(&mut [0; 1024]).await;
    });
    let (root, ..) = certificates("localhost");
    let probed = probe(at, false, None).run(TrustedBy::Only(vec![root.clone()])).await.unwrap();
    let why = probed.ways.iter().find_map(|way| way.tls.as_ref()).unwrap().as_ref().unwrap_err();
    assert!(why.contains("does not speak TLS"), "{why}");
    answers.await.unwrap();
    let probed = probe(at, false, None).run(TrustedBy::Only(vec![root.clone()])).await.unwrap();
    assert!(probed.ways.iter().all(|way| way.unreachable.is_some()), "{probed:?}");
    let nowhere = SipProbe { target: SipTarget::new("no.such.host.invalid", 5061, vec![]).unwrap(), ..probe(at, false, None) };
    assert!(nowhere.run(TrustedBy::Only(vec![root])).await.unwrap().unresolved.is_some());
}
