//! UDP sockets and threads around the relay.
