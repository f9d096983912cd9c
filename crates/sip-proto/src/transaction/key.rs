//! By what a message finds its transaction: RFC 3261 §17.1.3 and §17.2.3, with RFC 2543's way for peers whose branch has no magic cookie.

use crate::message::SipMessage;
use crate::method::SipMethod;
use crate::syntax::SyntaxFault;

/// A client transaction: the branch that we wrote, and the method in CSeq.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ClientKey {
    pub(crate) branch: String,
    pub(crate) method: SipMethod,
}

impl ClientKey {
    /// Of a response.
    pub(crate) fn of_response(response: &SipMessage) -> Result<ClientKey, SyntaxFault> {
        let branch = response.top_via()?.branch().unwrap_or_default().to_owned();
        Ok(ClientKey { branch, method: response.cseq()?.method })
    }
}

/// A server transaction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerKey {
    /// The peer's branch, its sent-by, and the method; that of an ACK is INVITE.
    Branch {
        /// With the magic cookie.
        branch: String,
        /// `host:port` of the top Via.
        sent_by: String,
        /// The method of the transaction.
        method: SipMethod,
    },
    /// Of a peer that knows RFC 2543 only: what stays the same in a retransmission, the ACK and the CANCEL. The To tag is left out, which an
    /// ACK has and an INVITE does not.
    Old {
        /// The Request-URI.
        uri: String,
        /// The From tag, empty where there is none.
        from_tag: String,
        /// Call-ID.
        call_id: String,
        /// The number in CSeq.
        number: u32,
        /// The top Via as written.
        via: String,
        /// The method of the transaction.
        method: SipMethod,
    },
}

impl ServerKey {
    /// Of a request that passed [`crate::judge::judge_request`].
    pub(crate) fn of_request(request: &SipMessage) -> Result<ServerKey, SyntaxFault> {
        let cseq = request.cseq()?;
        let method = if cseq.method == SipMethod::Ack { SipMethod::Invite } else { cseq.method };
        let via = request.top_via()?;
        if let Some(branch) = via.proper_branch() {
            return Ok(ServerKey::Branch { branch: branch.to_owned(), sent_by: via.sent_by(), method });
        }
        Ok(ServerKey::Old {
            uri: request.request_uri().unwrap_or_default().into_owned(),
            from_tag: request.from()?.tag().unwrap_or_default().to_owned(),
            call_id: request.call_id()?,
            number: cseq.number,
            via: format!("{} {}", via.sent_by(), via.branch().unwrap_or_default()),
            method,
        })
    }

    /// The INVITE transaction that a CANCEL with this key is for (RFC 3261 §9.2).
    pub(crate) fn invite(&self) -> ServerKey {
        let mut key = self.clone();
        match &mut key {
            ServerKey::Branch { method, .. } | ServerKey::Old { method, .. } => *method = SipMethod::Invite,
        }
        key
    }

    /// The method of the transaction.
    pub fn method(&self) -> &SipMethod {
        match self {
            ServerKey::Branch { method, .. } | ServerKey::Old { method, .. } => method,
        }
    }
}

/// Without what is about people.
impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ServerKey::Branch { branch, sent_by, method } => write!(f, "{method} {branch} of {sent_by}"),
            ServerKey::Old { via, method, number, .. } => write!(f, "{method} {number} of {via}"),
        }
    }
}

/// By what a request that came over two ways is known as one (RFC 3261 §8.2.2.2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct MergeKey {
    from_tag: String,
    call_id: String,
    number: u32,
    method: SipMethod,
}

impl MergeKey {
    /// `None` inside of a dialog, where it does not apply.
    pub(crate) fn of_request(request: &SipMessage) -> Result<Option<MergeKey>, SyntaxFault> {
        if request.to()?.tag().is_some() {
            return Ok(None);
        }
        let cseq = request.cseq()?;
        let from_tag = request.from()?.tag().unwrap_or_default().to_owned();
        Ok(Some(MergeKey { from_tag, call_id: request.call_id()?, number: cseq.number, method: cseq.method }))
    }
}
