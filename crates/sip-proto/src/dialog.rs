//! Dialogs: RFC 3261 §12. Who is meant by a request inside of one, where our requests go, and what they say.
//!
//! Requests of the peer are found by Call-ID and tags alone: proxies and PBXs that spoil the route set still mean this call. Of the route set that
//! the peer gives back, entries that are ours, or point at our own address, are left out: with them we would send to ourselves.

use std::net::{IpAddr, SocketAddr};

use crate::message::SipMessage;
use crate::method::{HeaderName, SipMethod};
use crate::name_addr::NameAddr;
use crate::outline::ViaText;
use crate::syntax::SyntaxFault;
use crate::transaction::table::Destination;
use crate::uri::SipUri;
use crate::write::RequestParts;

/// By what a dialog is known, from our side (RFC 3261 §12).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DialogId {
    /// Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// The peer's tag; empty for a peer that knows RFC 2543 only.
    pub remote_tag: String,
}

impl DialogId {
    /// The dialog that a request of the peer is inside of; `None` where its To has no tag.
    ///
    /// # Errors
    /// Says what cannot be read.
    pub fn of_request(request: &SipMessage) -> Result<Option<DialogId>, SyntaxFault> {
        let Some(local_tag) = request.to()?.tag().map(str::to_owned) else { return Ok(None) };
        let remote_tag = request.from()?.tag().unwrap_or_default().to_owned();
        Ok(Some(DialogId { call_id: request.call_id()?, local_tag, remote_tag }))
    }

    /// The dialog that a response to us is inside of.
    ///
    /// # Errors
    /// Says what cannot be read.
    pub fn of_response(response: &SipMessage) -> Result<DialogId, SyntaxFault> {
        let tag = |address: NameAddr| address.tag().unwrap_or_default().to_owned();
        Ok(DialogId { call_id: response.call_id()?, local_tag: tag(response.from()?), remote_tag: tag(response.to()?) })
    }
}

/// Ids of calls are private.
impl std::fmt::Debug for DialogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DialogId(…)")
    }
}

/// Which route entries are ours.
#[derive(Clone, Default, Debug)]
pub struct OwnRoutes {
    /// Host names that we write into Record-Route, at any port.
    pub hosts: Vec<String>,
    /// Addresses that peers reach us at.
    pub addresses: Vec<SocketAddr>,
}

impl OwnRoutes {
    /// Whether a Route or Record-Route entry points at us; `here` is our end of the connection that it came over.
    fn contains(&self, entry: &str, here: Option<SocketAddr>) -> bool {
        let Some(uri) = NameAddr::read(entry, "Route").ok().and_then(|entry| entry.sip_uri()) else { return false };
        if self.hosts.iter().any(|host| host.eq_ignore_ascii_case(&uri.host)) {
            return true;
        }
        let Ok(ip) = uri.host.trim_matches(['[', ']']).parse::<IpAddr>() else { return false };
        let at = SocketAddr::new(ip, uri.effective_port());
        self.addresses.iter().copied().chain(here).any(|ours| ours == at)
    }
}

/// One dialog.
#[derive(Clone)]
pub struct Dialog {
    id: DialogId,
    is_confirmed: bool,
    local_number: u32,
    remote_number: Option<u32>,
    /// The value of From in our requests, tag included.
    local: Vec<u8>,
    /// The value of To in our requests.
    remote: Vec<u8>,
    target: String,
    routes: Vec<String>,
}

/// Where the numbers and the state stand; nobody's address.
impl std::fmt::Debug for Dialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Dialog { is_confirmed, local_number, remote_number, .. } = self;
        write!(f, "Dialog(confirmed: {is_confirmed}, ours: {local_number}, theirs: {remote_number:?}, {} routes)", self.routes.len())
    }
}

impl Dialog {
    /// The dialog that a response (101–299) to an INVITE of ours opens (§12.1.2).
    ///
    /// # Errors
    /// Says what cannot be read.
    pub fn of_client(invite: &SipMessage, response: &SipMessage, own: &OwnRoutes, here: Option<SocketAddr>) -> Result<Dialog, SyntaxFault> {
        let raw = |message: &SipMessage, name| message.first(name).map(|line| line.raw().to_vec()).unwrap_or_default();
        let mut routes = route_set(response, own, here);
        routes.reverse();
        let fallback = invite.request_uri().unwrap_or_default().into_owned();
        Ok(Dialog {
            id: DialogId::of_response(response)?,
            is_confirmed: response.status().is_some_and(|code| code >= 200),
            local_number: invite.cseq()?.number,
            remote_number: None,
            local: raw(invite, HeaderName::From),
            remote: raw(response, HeaderName::To),
            target: contact_of(response).unwrap_or(fallback),
            routes,
        })
    }

    /// The dialog that our response with this tag to the peer's INVITE opens (§12.1.1). Our own first request in it has `local_number + 1`.
    ///
    /// # Errors
    /// Says what cannot be read.
    pub fn of_server(
        invite: &SipMessage,
        local_tag: &str,
        local_number: u32,
        own: &OwnRoutes,
        here: Option<SocketAddr>,
    ) -> Result<Dialog, SyntaxFault> {
        let from = invite.from()?;
        let raw = |name| invite.first(name).map(|line| line.raw().to_vec()).unwrap_or_default();
        let mut local = raw(HeaderName::To);
        local.extend_from_slice(format!(";tag={local_tag}").as_bytes());
        Ok(Dialog {
            id: DialogId {
                call_id: invite.call_id()?,
                local_tag: local_tag.to_owned(),
                remote_tag: from.tag().unwrap_or_default().to_owned(),
            },
            is_confirmed: false,
            local_number,
            remote_number: Some(invite.cseq()?.number),
            local,
            remote: raw(HeaderName::From),
            target: contact_of(invite).unwrap_or(from.uri),
            routes: route_set(invite, own, here),
        })
    }

    /// By what it is known.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Whether a 2xx was sent or received.
    pub fn is_confirmed(&self) -> bool {
        self.is_confirmed
    }

    /// A 2xx was sent.
    pub fn confirm(&mut self) {
        self.is_confirmed = true;
    }

    /// Where the peer's requests go: its Contact.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The route set, ours left out.
    pub fn routes(&self) -> &[String] {
        &self.routes
    }

    /// A request or response that refreshes the target came (§12.2.1.2).
    pub fn refresh_target(&mut self, message: &SipMessage) {
        if let Some(target) = contact_of(message) {
            self.target = target;
        }
    }

    /// Whether a request of the peer is in order (§12.2.2): its number is higher than any before. Notes it.
    ///
    /// # Errors
    /// The highest number before.
    pub fn take_number(&mut self, number: u32) -> Result<(), u32> {
        match self.remote_number {
            Some(before) if number <= before => Err(before),
            _ => {
                self.remote_number = Some(number);
                Ok(())
            }
        }
    }

    /// The number of our next request, or with `ack_of` that of the INVITE that is acknowledged.
    fn next_number(&mut self, ack_of: Option<u32>) -> u32 {
        ack_of.unwrap_or_else(|| {
            self.local_number = self.local_number.saturating_add(1);
            self.local_number
        })
    }

    /// The parts of a request inside of the dialog (§12.2.1.1): URI and Route by loose or strict routing. `ack_of` is the number of the INVITE
    /// whose 2xx an ACK acknowledges.
    pub(crate) fn request(
        &mut self,
        method: SipMethod,
        ack_of: Option<u32>,
        via: ViaText,
        branch: String,
        max_forwards: u8,
    ) -> RequestParts {
        let (uri, routes) = self.way();
        RequestParts {
            uri,
            routes,
            via,
            branch,
            max_forwards,
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.id.call_id.clone(),
            cseq: self.next_number(ack_of),
            method,
            credentials: Vec::new(),
        }
    }

    /// Request-URI and Route of our requests. With a first entry that is no loose router, that entry becomes the URI and the target goes last.
    fn way(&self) -> (String, Vec<String>) {
        let Some(first) = self.routes.first() else { return (self.target.clone(), Vec::new()) };
        let Ok(entry) = NameAddr::read(first, "Route") else { return (self.target.clone(), self.routes.clone()) };
        // Without brackets `lr` is read as the header's.
        let is_loose = entry.params.has("lr") || SipUri::parse(&entry.uri).is_ok_and(|uri| uri.params.has("lr"));
        if is_loose {
            return (self.target.clone(), self.routes.clone());
        }
        let uri = entry.uri;
        let mut routes = self.routes[1..].to_vec();
        routes.push(format!("<{}>", self.target));
        let without_headers = uri.split('?').next().unwrap_or_default().to_owned();
        (without_headers, routes)
    }

    /// Where our requests go if the connection of the dialog is gone: the first route, else the target (§12.2.1.1, §8.1.2).
    pub fn destination(&self) -> Option<Destination> {
        let next = match self.routes.first() {
            Some(entry) => NameAddr::read(entry, "Route").ok()?.uri,
            None => self.target.clone(),
        };
        let uri = SipUri::parse(&next).ok()?;
        Some(Destination::target(&uri.host, uri.port))
    }
}

/// The entries of Record-Route that can be read and are not ours. One that cannot be read must not keep an ACK from being sent.
fn route_set(message: &SipMessage, own: &OwnRoutes, here: Option<SocketAddr>) -> Vec<String> {
    let mut entries = message.tokens(HeaderName::RecordRoute);
    entries.truncate(MAX_ROUTES);
    entries.retain(|entry| NameAddr::read(entry, "Record-Route").is_ok() && !own.contains(entry, here));
    entries
}

/// Most entries of Record-Route that are looked at.
const MAX_ROUTES: usize = 32;

/// The first address of Contact, unless it is one that cannot be written into a start line.
fn contact_of(message: &SipMessage) -> Option<String> {
    let contacts = message.contacts().ok()?;
    let uri = &contacts.first()?.uri;
    (!uri.is_empty() && !uri.contains(|char: char| char.is_whitespace() || char.is_control() || "<>\"".contains(char))).then(|| uri.clone())
}

#[cfg(test)]
mod tests;
