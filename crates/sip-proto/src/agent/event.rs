//! What a user agent tells, and what it wants sent.

use crate::framing::FramingFault;
use crate::message::SipMessage;
use crate::syntax::SyntaxFault;
use crate::transaction::ClientKey;
use crate::transaction::table::{ConnectionId, Destination};

/// One INVITE, sent or received, and the dialog that comes of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SipSession(pub(crate) u64);

impl SipSession {
    /// The session of a number, for a driver that keeps numbers. One that the agent never gave is a session that is not there.
    pub fn from_number(number: u64) -> SipSession {
        SipSession(number)
    }

    /// Its number; an agent gives none twice.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// A request of ours that is no call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SipQuestion(pub(crate) u64);

/// Bytes for the driver to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub to: Destination,
    /// One whole message, or the answer to a ping.
    pub bytes: Vec<u8>,
    /// Where sending may fail with consequence: what [`super::UserAgent::transport_failed`] is told then.
    pub client: Option<ClientKey>,
}

impl std::fmt::Debug for Transmit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transmit({} bytes to {:?})", self.bytes.len(), self.to)
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AgentEvent {
    /// A message came; only where [`super::AgentConfig::tells_messages`] asks for it.
    Received {
        /// Where it came over.
        connection: ConnectionId,
        /// As it came.
        message: Box<SipMessage>,
    },
    /// A peer calls. Where credentials are asked for, they stand in the request and wait to be checked.
    Invited {
        /// The new session.
        session: SipSession,
        /// Where it came over.
        connection: ConnectionId,
        /// The INVITE.
        request: Box<SipMessage>,
    },
    /// The peer withdrew its INVITE; it was answered 487. The session is over.
    Cancelled {
        /// The session.
        session: SipSession,
        /// The CANCEL.
        request: Box<SipMessage>,
    },
    /// The peer acknowledged our 2xx.
    Acknowledged {
        /// The session.
        session: SipSession,
    },
    /// A provisional response to our INVITE.
    Provisional {
        /// The session.
        session: SipSession,
        /// 100–199.
        response: Box<SipMessage>,
    },
    /// A 2xx to our INVITE. Its ACK is on its way.
    Answered {
        /// The session.
        session: SipSession,
        /// 200–299.
        response: Box<SipMessage>,
    },
    /// Our INVITE was refused, or came to nothing after a CANCEL (487). The session is over.
    Rejected {
        /// The session.
        session: SipSession,
        /// 300–699.
        response: Box<SipMessage>,
    },
    /// Nobody answered our INVITE. The session is over.
    Unanswered {
        /// The session.
        session: SipSession,
        /// Why.
        why: NoResponse,
    },
    /// The dialog is over.
    Ended {
        /// The session.
        session: SipSession,
        /// How.
        ending: SipEnding,
    },
    /// The final response to a question of ours.
    Replied {
        /// The question.
        question: SipQuestion,
        /// 200–699; `None` where nobody answered.
        response: Option<Box<SipMessage>>,
    },
    /// A request that the agent answered by itself, for the record.
    Served {
        /// Where it came over.
        connection: ConnectionId,
        /// The request.
        request: Box<SipMessage>,
        /// The status of the answer.
        code: u16,
    },
    /// A message that was not used.
    Noise {
        /// Where it came over.
        connection: ConnectionId,
        /// Why.
        fault: SyntaxFault,
    },
    /// The driver should close a connection, after what was to be sent.
    Close {
        /// Which.
        connection: ConnectionId,
        /// Why.
        reason: CloseReason,
    },
}

/// Why an INVITE had no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoResponse {
    /// Within 64 × T1.
    TimedOut,
    /// Its connection could not be opened, or was lost.
    TransportFailed,
}

/// How a dialog ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SipEnding {
    /// By a BYE of the peer.
    ByPeer(Box<SipMessage>),
    /// By our BYE; with the status of its answer, where one came.
    ByUs(Option<u16>),
    /// No ACK came to our 2xx within 64 × T1; a BYE was sent.
    NoAck,
    /// The peer answered an INVITE that was being cancelled; it was acknowledged and ended.
    AnsweredTooLate,
}

/// Why a connection should be closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseReason {
    /// Its bytes can no longer be cut into messages.
    Framing(FramingFault),
    /// Too many of its messages were unusable.
    Noise,
}
