//! The media plane over real sockets on the loopback, with far ends made of the relay's own legs.
#![allow(clippy::unwrap_used)]

mod business_calls;
mod calls;
mod descriptions;
mod floods;
mod odd_peers;
mod sdes;
mod shared_sockets;
#[cfg(feature = "transcode")]
mod transcoding;
mod world;
