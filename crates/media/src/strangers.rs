//! Who sends media from addresses that are no leg's.
//!
//! Such media reaches no call: nothing proves whose it is. But a business that goes over to another socket in mid-call is silent from
//! then on and has to learn why, and its SSRC, which SRTP leaves in clear, tells enough for a sentence.

use std::net::SocketAddr;
use std::time::Instant;

use callport_relay::demux::{DatagramKind, classify};
use callport_relay::rtp::Header;

/// Senders remembered; a new one takes the place of the one heard longest ago.
const MAX_STRANGERS: usize = 16;

/// A sender that no leg knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stranger {
    pub(crate) ssrc: u32,
    pub(crate) address: SocketAddr,
    pub(crate) packets: u32,
    pub(crate) first: Instant,
    pub(crate) last: Instant,
}

/// The latest of them.
#[derive(Default)]
pub(crate) struct Strangers([Option<Stranger>; MAX_STRANGERS]);

impl Strangers {
    /// Notes a datagram that reached no leg, if it is RTP.
    pub(crate) fn note(&mut self, now: Instant, address: SocketAddr, datagram: &[u8]) {
        let Some(Header { ssrc, .. }) = Header::read_fixed(datagram).filter(|_| classify(datagram) == DatagramKind::Rtp) else { return };
        let is_same = |known: &&mut Option<Stranger>| known.is_some_and(|known| (known.ssrc, known.address) == (ssrc, address));
        if let Some(Some(known)) = self.0.iter_mut().find(is_same) {
            (known.packets, known.last) = (known.packets.saturating_add(1), now);
        } else if let Some(place) = self.0.iter_mut().min_by_key(|known| known.map(|known| known.last)) {
            *place = Some(Stranger { ssrc, address, packets: 1, first: now, last: now });
        }
    }

    /// The one that sends with one of these SSRCs, and did so since.
    pub(crate) fn with(&self, ssrcs: &[u32], since: Instant) -> Option<Stranger> {
        let of_leg = self.0.iter().flatten().filter(|known| ssrcs.contains(&known.ssrc) && known.last >= since);
        of_leg.max_by_key(|known| known.last).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rtp(ssrc: u32) -> Vec<u8> {
        let mut packet = vec![0; 40];
        Header { marker: false, payload_type: 111, sequence: 1, timestamp: 2, ssrc }.write(packet.first_chunk_mut().unwrap());
        packet
    }

    #[test]
    fn remembers_the_latest_by_ssrc_and_no_more_than_it_may() {
        let (start, mut strangers) = (Instant::now(), Strangers::default());
        let at = |ms| start + Duration::from_millis(ms);
        let address = |port: u16| SocketAddr::from(([198, 51, 100, 7], port));
        for (ms, port) in [(0, 5000), (20, 5000), (40, 5001), (60, 5000)] {
            strangers.note(at(ms), address(port), &rtp(7));
        }
        let found = strangers.with(&[9, 7], start).unwrap();
        assert_eq!((found.address, found.packets, found.first, found.last), (address(5000), 3, at(0), at(60)));
        assert_eq!(strangers.with(&[7], at(61)), None, "not since then");
        assert_eq!(strangers.with(&[8], start), None);
        for datagram in [&[0x80, 200, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0][..], &[22; 40], &[], &[0x80, 111]] {
            strangers.note(at(80), address(9), datagram);
        }
        assert_eq!(strangers.0.iter().flatten().count(), 2, "only RTP is noted");
        for number in 0..MAX_STRANGERS as u32 {
            strangers.note(at(100), address(6000), &rtp(100 + number));
        }
        assert_eq!((strangers.0.iter().flatten().count(), strangers.with(&[7], start)), (MAX_STRANGERS, None));
    }
}
