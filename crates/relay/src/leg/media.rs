//! Media of a leg: SRTP and SRTCP in and out.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Instant;

use super::{Leg, LegEvent, Received};
use crate::outgoing::{Outgoing, Path};
use crate::packet_time::units_of;
use crate::reception::QUIET_AFTER;
use crate::rtcp::Sent;
use crate::rtp::{HEADER_LEN, Header};
use crate::srtp::{MAX_OVERHEAD, Srtp, SrtpError};
use crate::statistics::DropReason;
use crate::timeline::units;

/// The one source that a leg listens to.
#[derive(Clone, Copy)]
pub(super) struct Source {
    ssrc: u32,
    address: SocketAddr,
    /// Its latest packet of use.
    pub(super) last: Instant,
}

impl Leg {
    pub(super) fn receive_rtp(&mut self, now: Instant, path: Path, datagram: &mut [u8]) -> Received {
        let opened = self.unprotect(now, path, datagram, |session, packet| session.unprotect_rtp(packet));
        let header = Header::read_fixed(datagram);
        let (len, header) = match (opened, header) {
            (Ok(len), Some(header)) => (len, header),
            (opened, header) => {
                let reason = opened.err().unwrap_or(DropReason::MalformedMedia);
                if let Some(header) = header.filter(|_| reason == DropReason::Replay) {
                    self.numbering.refused_as_replay(now, &header);
                }
                return self.drop_rtp(now, reason);
            }
        };
        self.counts.packets_in += 1;
        self.note(now, &header);
        if self.latches {
            self.latch(now, path, &header);
        }
        match self.accept_rtp(now, path, &header, &datagram[..len]) {
            Ok(payload) => Received::Rtp { header, payload },
            Err(reason) => {
                // A sign of life all the same, as RTCP is.
                if self.activity.packet(now, false) {
                    self.report(LegEvent::Heard);
                }
                let dropped = self.drop_rtp(now, reason);
                let is_ours = self.source.is_some_and(|source| source.ssrc == header.ssrc);
                if is_ours { Received::Unusable { header } } else { dropped }
            }
        }
    }

    /// Lets the way follow an authentic packet; see the [rule](crate::transport::SdesConfig).
    fn latch(&mut self, now: Instant, path: Path, header: &Header) {
        match self.path {
            None => self.latch_first(now, path),
            Some(known) if known.remote == path.remote => {
                if std::mem::take(&mut self.moving) {
                    self.cold.transport.settle();
                }
            }
            Some(_) => {
                let newest = self.source.is_none_or(|source| source.ssrc != header.ssrc) || self.reception.is_ahead(header);
                if newest && self.cold.transport.contends(path.remote) {
                    self.go(now, path);
                    self.cold.transport.settle();
                } else {
                    self.moving |= newest;
                }
            }
        }
    }

    fn latch_first(&mut self, now: Instant, path: Path) {
        self.cold.checklist.latched.get_or_insert(now);
        self.go(now, path);
    }

    fn drop_rtp(&mut self, now: Instant, reason: DropReason) -> Received {
        self.last_drop = Some((reason, now));
        self.count_drop(reason);
        Received::Nothing
    }

    /// Takes an authentic packet, or says why it is of no use. Either way one of the present source is counted as received.
    fn accept_rtp(&mut self, now: Instant, path: Path, header: &Header, packet: &[u8]) -> Result<Range<usize>, DropReason> {
        let is_audio = header.payload_type == self.format.audio;
        let usable = match Header::read(packet) {
            None => Err(DropReason::MalformedMedia),
            Some(_) if !is_audio && header.payload_type != self.format.dtmf => Err(DropReason::WrongPayloadType),
            Some((_, payload)) if payload.is_empty() => Err(DropReason::EmptyPayload),
            Some((_, payload)) => Ok(payload),
        };
        if usable.is_ok() {
            self.listen_to(now, path, header)?;
        }
        if self.source.is_some_and(|source| source.ssrc == header.ssrc) {
            let audio = usable.as_ref().ok().filter(|_| is_audio).map(|payload| &packet[payload.clone()]);
            self.reception.count(now.saturating_duration_since(self.epoch), header, audio.is_some());
            let length = audio.and_then(|payload| units_of(&self.format, payload));
            self.numbering.count(now, header, self.format.clock_hz, length);
        }
        let payload = usable?;
        self.counts.octets_in += payload.len() as u64;
        if self.activity.packet(now, true) {
            self.report(LegEvent::Heard);
        }
        if !is_audio && let Some(digit) = self.cold.ear.hear(header, &packet[payload.clone()]) {
            self.counts.digits_in += 1;
            self.report(LegEvent::Digit(digit));
        }
        Ok(payload)
    }

    /// One source at a time: another SSRC is taken only when the present one has fallen silent
    /// (platform docs: one audio SSRC for the whole call; two would be merged and corrupted).
    fn listen_to(&mut self, now: Instant, path: Path, header: &Header) -> Result<(), DropReason> {
        let Some(mut source) = self.source else {
            self.cold.checklist.first_packet_in = Some(now);
            self.begin_to_listen(now, path, header);
            return Ok(());
        };
        let unheard = now.saturating_duration_since(source.last);
        if source.ssrc != header.ssrc {
            if unheard < QUIET_AFTER {
                self.contested = true;
                return Err(DropReason::SecondSource);
            }
            self.counts.source_changes += 1;
            let longest = &mut self.cold.checklist.source_change;
            *longest = Some(longest.unwrap_or_default().max(unheard));
            self.begin_to_listen(now, path, header);
            self.report(LegEvent::OtherSource { unheard });
            return Ok(());
        }
        if self.contested {
            self.contested = false;
            self.cold.checklist.sources_at_once += 1;
        }
        source.last = now;
        if source.address != path.remote {
            source.address = path.remote;
            self.report(LegEvent::OtherAddress { unheard });
        }
        self.source = Some(source);
        Ok(())
    }

    fn begin_to_listen(&mut self, now: Instant, path: Path, header: &Header) {
        self.source = Some(Source { ssrc: header.ssrc, address: path.remote, last: now });
        self.contested = false;
        self.reception.restart(header, self.format.clock_hz);
        self.numbering.restart();
        self.cold.ear = Default::default();
    }

    pub(super) fn receive_rtcp(&mut self, now: Instant, path: Path, datagram: &mut [u8]) -> Received {
        let len = match self.unprotect(now, path, datagram, |session, packet| session.unprotect_rtcp(packet)) {
            Ok(len) => len,
            Err(reason) => {
                self.count_drop(reason);
                return Received::Nothing;
            }
        };
        self.counts.rtcp_in += 1;
        self.cold.checklist.srtp_authenticated.get_or_insert(now);
        self.cold.checklist.first_rtcp_in.get_or_insert(now);
        if self.latches && self.cold.transport.heard_rtcp(path) && self.path.is_none() {
            self.latch_first(now, path);
        }
        let goodbye = self.reporter.read(now, self.source.map(|source| source.ssrc), &datagram[..len]);
        self.counts.goodbyes_in += u32::from(goodbye);
        if self.activity.packet(now, false) {
            self.report(LegEvent::Heard);
        }
        Received::Rtcp
    }

    fn unprotect(
        &mut self,
        now: Instant,
        path: Path,
        datagram: &mut [u8],
        open: impl FnOnce(&mut crate::srtp::SrtpSession, &mut [u8]) -> Result<usize, SrtpError>,
    ) -> Result<usize, DropReason> {
        let from_nominated = self.path.is_some_and(|nominated| nominated.remote == path.remote);
        if !from_nominated && !self.cold.transport.admits(path.remote) {
            return Err(DropReason::UnknownAddress);
        }
        let session = self.srtp.as_mut().ok_or(DropReason::NoKeys)?;
        match open(session, datagram) {
            Ok(len) => Ok(len),
            Err(SrtpError::Replay) => Err(DropReason::Replay),
            Err(SrtpError::TooManySources) => Err(DropReason::TooManySources),
            Err(SrtpError::Malformed) => Err(DropReason::MalformedMedia),
            Err(_) => {
                self.cold.checklist.srtp_failed.get_or_insert(now);
                Err(DropReason::Undecryptable)
            }
        }
    }

    /// Notes what is new about an authentic packet. What is not stays off the operator's list, and so
    /// an ordinary packet touches no cold memory.
    fn note(&mut self, now: Instant, header: &Header) {
        let latest = (header.payload_type, header.ssrc);
        if self.noted != Some(latest) {
            self.noted = Some(latest);
            let list = &mut self.cold.checklist;
            list.srtp_authenticated.get_or_insert(now);
            list.payload_types_seen.note(header.payload_type);
            list.ssrcs_seen.note(header.ssrc);
        }
    }

    /// Sends one RTP packet; its SSRC is replaced by ours. False when the leg is not connected, the
    /// packet is too long for one datagram, or its sequence number was used before.
    pub fn send_rtp(&mut self, now: Instant, header: Header, payload: &[u8], out: &mut impl Outgoing) -> bool {
        let (Some(session), Some(path)) = (&mut self.srtp, self.path) else { return false };
        let len = HEADER_LEN + payload.len();
        let buffer = out.buffer();
        if len + MAX_OVERHEAD > buffer.len() {
            return false;
        }
        let Some((room, behind)) = buffer.split_first_chunk_mut() else { return false };
        Header { ssrc: self.ssrc, ..header }.write(room);
        behind[..payload.len()].copy_from_slice(payload);
        let Ok(sealed) = session.protect_rtp(buffer, len) else { return false };
        out.commit(sealed, path);
        self.counts.packets_out += 1;
        self.counts.octets_out += payload.len() as u64;
        // An event's timestamp stands still while it lasts, so it is no clock.
        if header.payload_type == self.format.audio {
            self.sent = Some((header.timestamp, now));
        }
        if self.counts.packets_out == 1 {
            self.cold.checklist.first_packet_out = Some(now);
        }
        true
    }

    /// Counts a digit sent through [`send_rtp`](Self::send_rtp).
    pub(crate) fn count_digit_out(&mut self) {
        self.counts.digits_out += 1;
    }

    pub(super) fn send_report(&mut self, now: Instant, out: &mut impl Outgoing) {
        let (sent, source) = (self.sent_so_far(now), self.source);
        let reception = &mut self.reception;
        let heard = || Some((source?.ssrc, reception.report()?));
        if let Some(report) = self.reporter.due(now, &self.cold.cname, sent, heard) {
            self.send_rtcp(&report, out);
        }
    }

    /// Sends the last report with a BYE. Nothing more is reported afterwards.
    pub fn close(&mut self, now: Instant, out: &mut impl Outgoing) {
        let sent = self.sent_so_far(now);
        let heard = self.source.and_then(|source| Some((source.ssrc, self.reception.report()?)));
        let report = self.reporter.goodbye(now, &self.cold.cname, sent, heard);
        self.send_rtcp(&report, out);
    }

    fn send_rtcp(&mut self, compound: &[u8], out: &mut impl Outgoing) {
        let (Some(session), Some(path)) = (&mut self.srtp, self.path) else { return };
        let path = if self.latches { self.cold.transport.rtcp_path(path) } else { path };
        let buffer = out.buffer();
        let Some(room) = buffer.get_mut(..compound.len()) else { return };
        room.copy_from_slice(compound);
        if let Ok(sealed) = session.protect_rtcp(buffer, compound.len()) {
            out.commit(sealed, path);
            self.counts.rtcp_out += 1;
        }
    }

    fn sent_so_far(&self, now: Instant) -> Sent {
        let timestamp =
            self.sent.map_or(0, |(timestamp, at)| timestamp.wrapping_add(units(now.saturating_duration_since(at), self.format.clock_hz)));
        Sent { packets: self.counts.packets_out, octets: self.counts.octets_out, timestamp }
    }
}
