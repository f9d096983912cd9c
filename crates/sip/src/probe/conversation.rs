//! What is said to a server by SIP: OPTIONS, and an INVITE that nobody is to talk on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use callport_sip_proto::agent::{AgentConfig, AgentEvent, OutgoingRequest, SipSession, UserAgent};
use callport_sip_proto::transaction::table::{ConnectionId, Destination};
use callport_sip_proto::{
    AskedBy, Chance, DigestChallenge, DigestLogin, DigestUri, Outline, OwnLine, SipBody, SipMessage, SipMethod, ViaText,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::SipProbe;
use crate::lines::{ALLOW, Lines, USER_AGENT, quoted};

/// Who seems to call: a number of those that are set apart for fiction.
const CALLER: &str = "15550100199";
/// Bytes read at once.
const CHUNK: usize = 16 * 1024;
/// Longest wait for what follows a CANCEL or BYE.
const FAREWELL: Duration = Duration::from_secs(5);
const CONNECTION: ConnectionId = ConnectionId(1);

/// What came of OPTIONS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionsSeen {
    /// A final response: status and reason phrase.
    Answered(u16, String),
    /// Nothing within the patience.
    Silent,
    /// The connection did not hold; in words.
    Lost(String),
}

/// What came of an INVITE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteSeen {
    /// The challenge, where one came: 401 or 407, realm, and the algorithms in their order.
    pub challenge: Option<ChallengeSeen>,
    /// Credentials went out, for there were a challenge that can be answered and a password.
    pub had_credentials: bool,
    /// How it ended, the withdrawal aside.
    pub came_to: InviteEnd,
}

/// A challenge to an INVITE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeSeen {
    /// 401 or 407.
    pub status: u16,
    /// Of the first challenge.
    pub realm: String,
    /// Of all, MD5 where none is named.
    pub algorithms: Vec<String>,
}

/// How an INVITE ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteEnd {
    /// It was let in, as this provisional or successful response says, and was withdrawn.
    LetIn(u16),
    /// Refused: status and reason phrase.
    Refused(u16, String),
    /// No response, or 100 alone.
    Silent,
    /// The connection did not hold; in words.
    Lost(String),
}

/// Asks everything that there is to ask over one connection.
pub(super) async fn talk(
    probe: &SipProbe,
    stream: TlsStream<TcpStream>,
    (here, there): (SocketAddr, SocketAddr),
) -> (Option<OptionsSeen>, Option<InviteSeen>) {
    let now = Instant::now();
    let config = AgentConfig {
        tells_messages: true,
        ..AgentConfig::new(ViaText::new(&format!("SIP/2.0/TLS {here};rport"), ";alias"), &probe.domain)
    };
    let mut chance = Chance::from_seed(probe.seed.map(|byte| !byte)); // the agent's own chance comes of the seed as it is
    let mut agent = UserAgent::new(config, probe.seed, now);
    agent.connected(CONNECTION, Some(here), there);
    let mut line = Line { agent, stream, chunk: vec![0; CHUNK] };
    let options = line.options(probe, &chance.uuid()).await;
    if matches!(options, OptionsSeen::Lost(_)) || probe.number.is_none() {
        return (Some(options), None);
    }
    let invite = line.invite(probe, &chance.uuid()).await;
    let _ = line.stream.shutdown().await; // it may be gone already
    (Some(options), invite)
}

/// An agent with its one connection.
struct Line {
    agent: UserAgent,
    stream: TlsStream<TcpStream>,
    chunk: Vec<u8>,
}

/// Why there is no event.
enum Nothing {
    InTime,
    ForGood(String),
}

impl Line {
    async fn options(&mut self, probe: &SipProbe, id: &str) -> OptionsSeen {
        let Ok(question) = self.agent.ask(SipMethod::Options, &request(probe, id), Instant::now()) else { return OptionsSeen::Silent };
        let until = Instant::now() + probe.patience;
        loop {
            match self.next(until).await {
                Ok(AgentEvent::Replied { question: replied, response }) if replied == question => return answered(response.as_deref()),
                Ok(_) => {}
                Err(Nothing::InTime) => return OptionsSeen::Silent,
                Err(Nothing::ForGood(why)) => return OptionsSeen::Lost(why),
            }
        }
    }

    async fn invite(&mut self, probe: &SipProbe, id: &str) -> Option<InviteSeen> {
        let number = probe.number.as_deref()?;
        let login = probe.password.as_ref().map(|password| DigestLogin::new(number, password, DigestUri::WithoutParameters));
        let request = OutgoingRequest { login, body: Some(SipBody::sdp(probe.offer.as_bytes())), ..request(probe, id) };
        let session = self.agent.invite(request, Instant::now()).ok()?;
        let until = Instant::now() + probe.patience;
        let mut challenge = None;
        let mut challenges = 0;
        let came_to = loop {
            match self.next(until).await {
                Ok(AgentEvent::Received { message, .. }) => {
                    if let Some(seen) = challenged(&message) {
                        challenges += 1;
                        challenge.get_or_insert(seen);
                    }
                }
                Ok(AgentEvent::Provisional { response, .. }) if response.status().is_some_and(|status| status > 100) => {
                    break InviteEnd::LetIn(response.status().unwrap_or_default());
                }
                Ok(AgentEvent::Answered { response, .. }) => break InviteEnd::LetIn(response.status().unwrap_or_default()),
                Ok(AgentEvent::Rejected { response, .. }) => {
                    let (status, phrase) = said(&response);
                    break InviteEnd::Refused(status, phrase);
                }
                Ok(AgentEvent::Unanswered { .. }) | Err(Nothing::InTime) => break InviteEnd::Silent,
                Ok(_) => {}
                Err(Nothing::ForGood(why)) => break InviteEnd::Lost(why),
            }
        };
        if matches!(came_to, InviteEnd::LetIn(_) | InviteEnd::Silent) {
            self.withdraw(session).await;
        }
        let passed = challenge.is_some() && !matches!(came_to, InviteEnd::Refused(401 | 407, _));
        Some(InviteSeen { challenge, had_credentials: challenges > 1 || passed, came_to })
    }

    /// CANCEL, or BYE where it is answered, and what follows it.
    async fn withdraw(&mut self, session: SipSession) {
        let now = Instant::now();
        if self.agent.cancel(session, &Outline::new(), now).is_err() && self.agent.bye(session, &Outline::of_request(), now).is_err() {
            return;
        }
        let until = now + FAREWELL;
        while let Ok(event) = self.next(until).await {
            if matches!(event, AgentEvent::Rejected { .. } | AgentEvent::Unanswered { .. } | AgentEvent::Ended { .. }) {
                let _ = self.flush().await; // the ACK of a 487
                return;
            }
        }
    }

    /// The next thing that happens.
    async fn next(&mut self, until: Instant) -> Result<AgentEvent, Nothing> {
        loop {
            self.flush().await.map_err(|error| Nothing::ForGood(error.to_string()))?;
            if let Some(event) = self.agent.poll_event() {
                return Ok(event);
            }
            if Instant::now() >= until {
                return Err(Nothing::InTime);
            }
            let due = self.agent.next_deadline().map_or(until, |at| at.min(until));
            tokio::select! {
                read = self.stream.read(&mut self.chunk) => match read {
                    Ok(0) => return Err(Nothing::ForGood("it closed the connection".to_owned())),
                    Ok(count) => self.agent.received(CONNECTION, &self.chunk[..count], Instant::now()),
                    Err(error) => return Err(Nothing::ForGood(error.to_string())),
                },
                () = tokio::time::sleep_until(due.into()) => self.agent.handle_timeout(Instant::now()),
            }
        }
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        while let Some(transmit) = self.agent.poll_transmit() {
            self.stream.write_all(&transmit.bytes).await?;
        }
        self.stream.flush().await
    }
}

/// A request as the platform writes it, without what tells of a call.
fn request(probe: &SipProbe, id: &str) -> OutgoingRequest {
    let (host, domain) = (&probe.target.host, &probe.domain);
    let (uri, to) = match &probe.number {
        Some(number) => (Lines::request_uri(number, &probe.target), Lines::to(number, &probe.target)),
        None => (format!("sip:{host};transport=tls"), format!("<sip:{host}>")),
    };
    let outline = Outline::new()
        .owns(&[OwnLine::Via, OwnLine::MaxForwards, OwnLine::From, OwnLine::To])
        .fixed("Contact", &format!("<sip:+{CALLER}@{domain};transport=tls;ob>;isfocus"))
        .owns(&[OwnLine::CallId, OwnLine::CSeq, OwnLine::Credentials])
        .fixed("X-FB-External-Domain", domain)
        .fixed("Allow", ALLOW)
        .fixed("User-Agent", USER_AGENT);
    OutgoingRequest {
        uri,
        from: format!("{} <sip:+{CALLER}@{domain}>", quoted(CALLER)),
        from_tag: None,
        to,
        call_id: format!("outgoing:doctor-{id}"),
        outline,
        body: None,
        login: None,
        destination: Destination::Connection(CONNECTION),
    }
}

fn answered(response: Option<&SipMessage>) -> OptionsSeen {
    response.map_or(OptionsSeen::Silent, |response| {
        let (status, phrase) = said(response);
        OptionsSeen::Answered(status, phrase)
    })
}

fn said(response: &SipMessage) -> (u16, String) {
    (response.status().unwrap_or_default(), response.reason_phrase().unwrap_or_default().into_owned())
}

/// The challenge of a 401 or 407 to an INVITE.
fn challenged(message: &SipMessage) -> Option<ChallengeSeen> {
    let status = message.status()?;
    let asked_by = AskedBy::of_code(status)?;
    message.cseq().ok().filter(|cseq| cseq.method == SipMethod::Invite)?;
    let all: Vec<_> = message.all(asked_by.challenge_header()).filter_map(|line| DigestChallenge::parse(&line.text())).collect();
    let realm = all.first().map(|one| one.realm.clone()).unwrap_or_default();
    let algorithms = all.iter().map(|one| one.effective_algorithm().as_str().to_owned()).collect();
    Some(ChallengeSeen { status, realm, algorithms })
}
