//! The octets of compound RTCP packets (RFC 3550 §6.4 to §6.6): the four kinds that we send, and what we read of those that come.
//!
//! Written here because the libraries at hand fill SDES chunks and BYE up with something else than null octets, and strict readers
//! then throw the whole compound away.

use crate::reception::Report;

/// Packets read of one compound.
const MAX_PACKETS: usize = 16;
/// Longest text of one SDES item: its length is one octet.
const MAX_ITEM: usize = 255;
const BLOCK_LEN: usize = 24;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const CNAME: u8 = 1;

/// One report block (RFC 3550 §6.4.1), about a stream of whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) source: u32,
    pub(super) report: Report,
    /// The middle of the NTP time of the latest sender report; 0 for none.
    pub(super) last_sender_report: u32,
    /// Since then, in 1/65536 s.
    pub(super) delay: u32,
}

/// What a sender report says beyond its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SenderInfo {
    pub(super) ntp: u64,
    pub(super) timestamp: u32,
    pub(super) packets: u32,
    pub(super) octets: u32,
}

/// A compound in the making: a report first, as RFC 3550 §6.1 wants it.
pub(super) struct Compound(Vec<u8>);

impl Compound {
    /// Begins with a sender report, or with a receiver report if nothing was sent.
    pub(super) fn report(ssrc: u32, sender: Option<SenderInfo>, block: Option<Block>) -> Compound {
        let mut compound = Compound(Vec::with_capacity(128));
        let kind = if sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
        compound.packet(kind, u8::from(block.is_some()), |octets| {
            octets.extend(ssrc.to_be_bytes());
            if let Some(SenderInfo { ntp, timestamp, packets, octets: sent }) = sender {
                octets.extend(ntp.to_be_bytes());
                [timestamp, packets, sent].iter().for_each(|word| octets.extend(word.to_be_bytes()));
            }
            if let Some(block) = block {
                block.write(octets);
            }
        });
        compound
    }

    /// Names the source: one chunk with the CNAME, closed and filled up by null octets (RFC 3550 §6.5).
    pub(super) fn describe(mut self, ssrc: u32, cname: &str) -> Compound {
        let text = &cname.as_bytes()[..cname.floor_char_boundary(MAX_ITEM)];
        self.packet(SOURCE_DESCRIPTION, 1, |octets| {
            octets.extend(ssrc.to_be_bytes());
            octets.extend([CNAME, text.len() as u8]);
            octets.extend(text);
            octets.push(0);
            octets.resize(octets.len().next_multiple_of(4), 0);
        });
        self
    }

    /// The source leaves (RFC 3550 §6.6): no reason, so no padding either.
    pub(super) fn goodbye(mut self, ssrc: u32) -> Compound {
        self.packet(GOODBYE, 1, |octets| octets.extend(ssrc.to_be_bytes()));
        self
    }

    pub(super) fn into_octets(self) -> Vec<u8> {
        self.0
    }

    /// A packet whose body is whole words; every one before it is, too, so that its place in the compound is its place among words.
    fn packet(&mut self, kind: u8, count: u8, body: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend([2 << 6 | count, kind, 0, 0]);
        body(&mut self.0);
        let words = ((self.0.len() - start) / 4 - 1) as u16;
        self.0[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }
}

impl Block {
    fn write(&self, octets: &mut Vec<u8>) {
        let Report { fraction_lost, total_lost, highest_sequence, jitter } = self.report;
        octets.extend(self.source.to_be_bytes());
        octets.push(fraction_lost);
        octets.extend(&total_lost.to_be_bytes()[1..]); // 24 bits, signed
        [highest_sequence, jitter, self.last_sender_report, self.delay].iter().for_each(|word| octets.extend(word.to_be_bytes()));
    }

    fn read(octets: &[u8; BLOCK_LEN]) -> Block {
        Block {
            source: word(octets, 0),
            report: Report {
                fraction_lost: octets[4],
                total_lost: (word(octets, 4) << 8).cast_signed() >> 8,
                highest_sequence: word(octets, 8),
                jitter: word(octets, 12),
            },
            last_sender_report: word(octets, 16),
            delay: word(octets, 20),
        }
    }
}

/// What one packet of a compound says, as far as it is of use.
pub(super) enum Part<'a> {
    /// Of whom, when (the NTP time), and what it hears.
    SenderReport {
        source: u32,
        ntp: u64,
        blocks: Blocks<'a>,
    },
    ReceiverReport {
        blocks: Blocks<'a>,
    },
    Goodbye,
    /// A kind that we have no use for, or too short for what it claims to be.
    Other,
}

/// The report blocks of one packet: as many as it announces and holds.
pub(super) struct Blocks<'a> {
    octets: &'a [u8],
    count: usize,
}

impl Blocks<'_> {
    pub(super) fn about(&self, source: u32) -> Option<Block> {
        self.octets.as_chunks().0.iter().take(self.count).map(Block::read).find(|block| block.source == source)
    }
}

/// The packets of a compound, in whatever order they stand and whichever comes first: feedback and reduced-size packets
/// (RFC 5506) are as good as whole compounds. Ends at the first that is no RTCP of version 2 or claims more than there is.
pub(super) fn parts(compound: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = compound;
    std::iter::from_fn(move || {
        let [first, kind, l0, l1, ..] = *rest else { return None };
        let length = 4 * (usize::from(u16::from_be_bytes([l0, l1])) + 1);
        let (packet, behind) = rest.split_at_checked(length).filter(|_| first >> 6 == 2)?;
        rest = behind;
        let count = usize::from(first & 0x1f);
        Some(match (kind, packet) {
            (SENDER_REPORT, [_, _, _, _, body @ ..]) if body.len() >= 24 => Part::SenderReport {
                source: word(body, 0),
                ntp: u64::from(word(body, 4)) << 32 | u64::from(word(body, 8)),
                blocks: Blocks { octets: &body[24..], count },
            },
            (RECEIVER_REPORT, [_, _, _, _, body @ ..]) if body.len() >= 4 => {
                Part::ReceiverReport { blocks: Blocks { octets: &body[4..], count } }
            }
            (GOODBYE, _) => Part::Goodbye,
            _ => Part::Other,
        })
    })
    .take(MAX_PACKETS)
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}

#[cfg(test)]
mod tests {
    use rtc_rtcp::goodbye::Goodbye;
    use rtc_rtcp::receiver_report::ReceiverReport;
    use rtc_rtcp::sender_report::SenderReport;
    use rtc_rtcp::source_description::{SdesType, SourceDescription};
    use rtc_shared::marshal::Unmarshal;

    use super::*;

    const SSRC: u32 = 0xacb3_4777;
    const SENDER: SenderInfo = SenderInfo { ntp: 0x8000_0001_4000_0000, timestamp: 48_000, packets: 50, octets: 6_000 };
    const BLOCK: Block = Block {
        source: 0x0102_0304,
        report: Report { fraction_lost: 25, total_lost: -3, highest_sequence: 0x1_0007, jitter: 90 },
        last_sender_report: 0x0001_4000,
        delay: 131_072,
    };

    /// The strict reader: what RFC 3550 §6.4 to §6.6 and A.2 demand, or a panic. Gives kind and body of each packet.
    fn strictly(compound: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let (mut rest, mut packets) = (compound, Vec::new());
        while !rest.is_empty() {
            let length = 4 * (usize::from(u16::from_be_bytes([rest[2], rest[3]])) + 1);
            let (packet, behind) = rest.split_at_checked(length).expect("the lengths add up to the compound");
            let (count, body) = (usize::from(packet[0] & 0x1f), &packet[4..]);
            assert_eq!(packet[0] >> 5, 0b100, "version 2, and no padding: none is needed for whole words");
            match packet[1] {
                200 => assert_eq!(body.len(), 24 + 24 * count),
                201 => assert_eq!(body.len(), 4 + 24 * count),
                202 => {
                    assert_eq!(count, 1);
                    let text = usize::from(body[5]);
                    let (item, fill) = body[4..].split_at(2 + text);
                    assert_eq!((item[0], fill.len().div_ceil(4)), (1, 1), "a CNAME, then one to four octets");
                    assert!(fill.iter().all(|octet| *octet == 0), "null octets end the chunk: {fill:?}");
                }
                203 => assert_eq!(body.len(), 4 * count),
                kind => panic!("kind {kind}"),
            }
            packets.push((packet[1], body.to_vec()));
            rest = behind;
        }
        assert!(matches!(packets[0].0, 200 | 201), "a report comes first");
        packets
    }

    fn kinds(compound: &[u8]) -> Vec<u8> {
        strictly(compound).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn every_compound_is_what_the_rfc_says_for_every_length_of_the_cname() {
        for length in 0..=300 {
            let cname = "c".repeat(length);
            for (sender, block) in [(None, None), (None, Some(BLOCK)), (Some(SENDER), None), (Some(SENDER), Some(BLOCK))] {
                let report = if sender.is_some() { 200 } else { 201 };
                let lasting = Compound::report(SSRC, sender, block).describe(SSRC, &cname).into_octets();
                let leaving = Compound::report(SSRC, sender, block).describe(SSRC, &cname).goodbye(SSRC).into_octets();
                assert_eq!(kinds(&lasting), [report, 202], "{length}");
                assert_eq!(kinds(&leaving), [report, 202, 203], "{length}");
                let named = &strictly(&leaving)[1].1;
                assert_eq!(&named[6..6 + length.min(255)], &cname.as_bytes()[..length.min(255)]);
            }
        }
        let long = Compound::report(SSRC, None, None).describe(SSRC, &"ä".repeat(200)).into_octets();
        assert_eq!(strictly(&long)[1].1[5], 254, "a letter is not cut in two");
    }

    #[test]
    fn the_octets_are_those_of_the_rfc() {
        let leaving = Compound::report(SSRC, None, None).describe(SSRC, "VoiceOfTheLineNumber").goodbye(SSRC).into_octets();
        let hex: String = leaving.iter().map(|octet| format!("{octet:02x}")).collect();
        let name: String = b"VoiceOfTheLineNumber".iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hex, format!("80c90001acb3477781ca0007acb347770114{name}000081cb0001acb34777"));
    }

    #[test]
    fn a_foreign_reader_finds_every_figure() {
        let octets = Compound::report(SSRC, Some(SENDER), Some(BLOCK)).describe(SSRC, "Audio").goodbye(SSRC).into_octets();
        let mut rest = octets.as_slice();
        let report = SenderReport::unmarshal(&mut rest).unwrap();
        assert_eq!((report.ssrc, report.ntp_time, report.rtp_time), (SSRC, SENDER.ntp, 48_000));
        assert_eq!((report.packet_count, report.octet_count), (50, 6_000));
        let block = &report.reports[0];
        assert_eq!((block.ssrc, block.fraction_lost, block.total_lost), (0x0102_0304, 25, 0xff_fffd));
        assert_eq!((block.last_sequence_number, block.jitter, block.last_sender_report, block.delay), (0x1_0007, 90, 0x0001_4000, 131_072));
        let mut alone = &octets[52..52 + 16];
        let description = SourceDescription::unmarshal(&mut alone).unwrap();
        assert_eq!(
            (description.chunks[0].items[0].sdes_type, &description.chunks[0].items[0].text[..]),
            (SdesType::SdesCname, &b"Audio"[..])
        );
        assert_eq!(Goodbye::unmarshal(&mut &octets[68..]).unwrap().sources, [SSRC]);
        let idle = Compound::report(SSRC, None, Some(BLOCK)).into_octets();
        assert_eq!(ReceiverReport::unmarshal(&mut idle.as_slice()).unwrap().reports.len(), 1);
    }

    #[test]
    fn reads_what_it_writes_wherever_it_stands_and_no_more_than_there_is() {
        let octets = Compound::report(SSRC, Some(SENDER), Some(BLOCK)).into_octets();
        let goodbye = Compound::report(SSRC, None, None).goodbye(SSRC).into_octets()[8..].to_vec();
        let reduced = [goodbye, octets.clone()].concat(); // RFC 5506: no report has to come first
        let mut found = parts(&reduced);
        assert!(matches!(found.next(), Some(Part::Goodbye)));
        let Some(Part::SenderReport { source, ntp, blocks }) = found.next() else { panic!("no report") };
        assert_eq!((source, ntp, blocks.about(0x0102_0304), blocks.about(9)), (SSRC, SENDER.ntp, Some(BLOCK), None));
        assert!(found.next().is_none());
        for length in 0..octets.len() {
            assert_eq!(parts(&octets[..length]).count(), 0, "{length}");
        }
        let mut claims_more = octets.clone();
        claims_more[0] |= 0x1f;
        assert!(matches!(parts(&claims_more).next(), Some(Part::SenderReport { blocks, .. }) if blocks.about(0).is_none()));
        assert_eq!(parts(&[0x80, 204, 0, 0].repeat(100)).count(), MAX_PACKETS);
    }
}
