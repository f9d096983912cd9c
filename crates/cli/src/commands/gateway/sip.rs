//! `callport gateway sip`: the sample backend as a business's SIP server.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use callport_core::number::PhoneNumber;
use callport_engine::ports::Random as _;
use callport_gateway::{Callee, Mode, SipBackendConfig, SipCallOrder, SipGateway};
use callport_peer::Identity;
use callport_sdp::Keying;
use callport_sip::tls::{TrustedBy, client, server};
use clap::Args;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use super::call::{Story, record, span};
use super::{outcome, tell};
use crate::chance::SystemRandom;
use crate::commands::sip_words::{SipServerName, authorities, keying};
use crate::commands::{CommandOutcome, exit};
use crate::listener::tls::{self, Certificate};
use crate::output;
use crate::signals;

/// Be a business's SIP server: take the platform's calls over TLS, and call users with --call.
///
/// Needs no Graph API: flags about it are passed over. Registers nowhere. The number's settings name --host and the port of --sip-listen as their SIP
/// server. Ends on Ctrl-C or SIGTERM, with BYE to every call; with --call when that call is over, with the exit codes below.
#[derive(Debug, Args)]
#[command(after_help = exit::table(&outcome::EXITS))]
pub struct GatewaySip {
    /// The business number.
    #[arg(long, value_name = "NUMBER", value_parser = number, env = "CALLPORT_GATEWAY_SIP_NUMBER")]
    number: PhoneNumber,
    /// The host that the number's settings name for this server; also the domain of our From.
    #[arg(long, value_name = "HOST", default_value = "localhost", env = "CALLPORT_GATEWAY_SIP_HOST")]
    host: String,
    /// Where the platform's connections are taken; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5061", env = "CALLPORT_GATEWAY_SIP_LISTEN")]
    sip_listen: SocketAddr,
    /// The number's sip_user_password: GET settings?include_sip_credentials=true tells it.
    #[arg(long, env = "CALLPORT_SIP_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Challenge the platform's INVITEs for the password.
    #[arg(long, requires = "password")]
    ask_password: bool,
    /// Where the platform's SIP edge is, to call users: the sip_address of its first line.
    #[arg(long, value_name = "HOST[:PORT]", env = "CALLPORT_GATEWAY_SIP_PLATFORM")]
    platform: Option<SipServerName>,
    /// The platform's SIP domain, which its certificate must cover and its From must have.
    #[arg(long, default_value = "wa.meta.vc", env = "CALLPORT_GATEWAY_SIP_DOMAIN")]
    domain: String,
    /// A PEM file with authorities to trust beside the system's, when the platform's certificate is checked: its sip.pem.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Our certificate chain for --host, PEM.
    #[arg(long, value_name = "FILE", requires = "key_file")]
    chain_file: Option<PathBuf>,
    /// Its private key, PEM.
    #[arg(long, value_name = "FILE", requires = "chain_file")]
    key_file: Option<PathBuf>,
    /// Without --chain-file: a certificate for --host is made and kept here, its key beside it in FILE.key. The platform trusts it by sip.ca_file.
    #[arg(long, value_name = "FILE", default_value = "gateway-sip.pem")]
    self_made: PathBuf,
    /// What to do with callers, and what a called user hears: echo, tone, menu or reject.
    #[arg(long, default_value_t = Mode::Echo)]
    mode: Mode,
    /// dtls or sdes: how the keys of our own calls are exchanged, as the number's srtp_key_exchange_protocol says. The platform's calls say it themselves.
    #[arg(long, value_name = "WORD", default_value = "dtls", value_parser = keying)]
    keys: Keying,
    /// Call this user, and end with the call: a phone number with its country code, or a business-scoped user id.
    #[arg(long, value_name = "USER", requires_all = ["platform", "password"])]
    call: Option<Callee>,
    /// With --call: hang up so long after the pick-up, as 20 (seconds), 20s or 2m.
    #[arg(long = "for", value_name = "TIME", value_parser = span, requires = "call")]
    talk_for: Option<Duration>,
    /// With --call: how long to wait for the user to pick up.
    #[arg(long, value_name = "TIME", default_value = "90s", value_parser = span)]
    ring: Duration,
    /// With --call: write what was heard to this WAV file.
    #[arg(long, value_name = "FILE", requires = "call")]
    record: Option<PathBuf>,
    /// With --call: print one JSON object at the end and nothing else.
    #[arg(long, requires = "call")]
    json: bool,
}

fn number(text: &str) -> Result<PhoneNumber, String> {
    PhoneNumber::parse(text).map_err(|_| "a phone number is written with its country code, such as +6281255509999".to_owned())
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

impl GatewaySip {
    /// Takes calls until told to stop, or places one.
    pub async fn run(self, media_bind: SocketAddr) -> CommandOutcome {
        let config = self.config(media_bind)?;
        let listen = config.listen;
        let gateway = SipGateway::start(config).await.map_err(|error| format!("--sip-listen {listen}: {error}"))?;
        match self.call.clone() {
            Some(user) => self.place(gateway, user).await,
            None => self.attend(gateway).await,
        }
    }

    async fn attend(&self, gateway: SipGateway) -> CommandOutcome {
        let certificate = self.chain_file.as_ref().unwrap_or(&self.self_made);
        let started = json!({
            "sip_address": gateway.address().to_string(), "host": self.host, "certificate_file": certificate, "mode": self.mode.as_str(),
        });
        let mut events = gateway.events();
        let mut stop = signals::stop_asked()?;
        output::line(format_args!("{started}"));
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => tell(&event),
                    Err(RecvError::Lagged(missed)) => eprintln!("({missed} events were not shown)"),
                    Err(RecvError::Closed) => break,
                },
                _ = stop.recv() => break,
            }
        }
        gateway.stop().await;
        while let Ok(event) = events.try_recv() {
            tell(&event);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn place(&self, gateway: SipGateway, user: Callee) -> CommandOutcome {
        let mut asked = signals::stop_asked()?;
        let mut story = Story::begin(!self.json);
        let mut events = gateway.events();
        let mut call = gateway.place(SipCallOrder { user, say: self.mode.into(), talk_for: self.talk_for }).await;
        let report = loop {
            tokio::select! {
                biased;
                Ok(event) = events.recv() => story.tell(&event),
                report = call.finished() => break report,
                _ = asked.recv() => call.hang_up().await,
            }
        };
        gateway.stop().await; // the answer to our BYE
        while let Ok(event) = events.try_recv() {
            story.tell(&event);
        }
        record(self.record.as_deref(), &report)?;
        story.end(&report);
        Ok(outcome::exit(&report.outcome).into())
    }

    fn config(&self, media_bind: SocketAddr) -> Result<SipBackendConfig, Fault> {
        let (chain, key) = self.certificate()?;
        let roots = self.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
        let tls = (server(chain, key)?, client(TrustedBy::SystemAnd(roots))?);
        let random = Arc::new(|bytes: &mut [u8]| SystemRandom.fill(bytes));
        Ok(SipBackendConfig {
            listen: self.sip_listen,
            password: self.password.clone(),
            asks_password: self.ask_password,
            platform: self.platform.clone().map(|SipServerName { host, port }| (host, port)),
            domain: self.domain.clone(),
            keying: self.keys,
            mode: self.mode,
            media_bind,
            answer_within: self.ring,
            ..SipBackendConfig::new(&self.host, self.number.digits(), tls, Identity::self_signed()?, random)
        })
    }

    fn certificate(&self) -> Result<Certificate, Fault> {
        if let (Some(chain), Some(key)) = (&self.chain_file, &self.key_file) {
            return Ok(tls::read(chain, key)?);
        }
        let (chain, mut key) = (&self.self_made, self.self_made.clone().into_os_string());
        key.push(".key");
        let key = PathBuf::from(key);
        if !chain.exists() {
            let made = rcgen::generate_simple_self_signed(vec![self.host.clone()])?;
            write(&key, &made.signing_key.serialize_pem())?;
            write(chain, &made.cert.pem())?; // last: it vouches for the other
        }
        Ok(tls::read(chain, &key)?)
    }
}

/// A file that its owner alone reads.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let opened = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| format!("{}: {error}", path.display()))
}
