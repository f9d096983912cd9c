//! Where messages go.

use crate::message::SipMessage;

/// A connection, as the endpoint's driver numbers them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub u64);

/// Where bytes go.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Destination {
    /// Over this connection.
    Connection(ConnectionId),
    /// To this host, over a connection that is open to it or is opened for it. Which address, port and transport that means is the driver's to
    /// find out (RFC 3263).
    Target {
        /// A name, or an address without brackets.
        host: String,
        /// The port, where one is written.
        port: Option<u16>,
    },
}

impl Destination {
    /// A host as it is written in a URI or a Via, and its port.
    pub(crate) fn target(host: &str, port: Option<u16>) -> Destination {
        Destination::Target { host: host.trim_matches(['[', ']']).to_owned(), port }
    }

    /// Where the response to a request goes if its connection is gone: `received`, else sent-by, with the port of sent-by (RFC 3261 §18.2.2).
    pub(crate) fn of_via(request: &SipMessage) -> Option<Destination> {
        let via = request.top_via().ok()?;
        Some(Destination::target(via.params.value("received").unwrap_or(&via.host), via.port))
    }
}
