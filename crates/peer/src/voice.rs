//! Between packets and sound: the listener turns arriving audio into a recording without gaps, the speaker turns a source
//! into packets.

use std::time::Instant;

use callport_audio::{CodecError, FRAME_SAMPLES, Frame, SILENT_FRAME, Silence, Source, VoiceDecoder, VoiceEncoder};
use callport_relay::dtmf::{Digit, Keypad};
use callport_relay::rtp::Header;

use crate::ear::Ear;
use crate::reorder::{Reorder, Step};

/// Gaps in the timestamps up to this are filled with silence (10 s); beyond it the far end has started a new timeline.
const LONGEST_GAP: u32 = 10 * callport_audio::SAMPLE_RATE;

/// One packet as the listener keeps it.
struct Arrived {
    timestamp: u32,
    /// Empty for keypad events, which take a sequence number but bring no sound.
    payload: Vec<u8>,
}

/// The receiving half.
pub(crate) struct Listener {
    ear: Ear,
    decoder: VoiceDecoder,
    reorder: Reorder<Arrived>,
    next_timestamp: Option<u32>,
    lost: u32,
}

impl Listener {
    pub(crate) fn new(ear: Ear) -> Result<Self, CodecError> {
        Ok(Self { ear, decoder: VoiceDecoder::new()?, reorder: Reorder::default(), next_timestamp: None, lost: 0 })
    }

    /// Takes one authenticated packet; `audio` is false for keypad events.
    pub(crate) fn receive(&mut self, now: Instant, header: &Header, payload: &[u8], audio: bool) {
        if audio {
            self.ear.start(now);
        }
        if !self.ear.wants_sound() {
            return;
        }
        let payload = if audio { payload.to_vec() } else { Vec::new() };
        let mut ready = Vec::with_capacity(1);
        self.reorder.push(header.sequence, Arrived { timestamp: header.timestamp, payload }, |step| ready.push(step));
        for step in ready {
            match step {
                Step::Lost(count) => self.lost += count,
                Step::Packet(packet) if packet.payload.is_empty() => {}
                Step::Packet(packet) => self.play(&packet),
            }
        }
    }

    fn play(&mut self, packet: &Arrived) {
        self.fill_gap(packet);
        let samples = match self.decoder.decode(&packet.payload) {
            Ok(samples) => samples,
            // Not Opus: the transport counts it, the recording keeps its time.
            Err(_) => &SILENT_FRAME,
        };
        self.next_timestamp = Some(packet.timestamp.wrapping_add(samples.len() as u32));
        self.ear.hear(samples);
    }

    /// Makes up for what is missing before `packet`: lost packets are concealed, pauses are silent.
    fn fill_gap(&mut self, packet: &Arrived) {
        let lost = std::mem::take(&mut self.lost);
        let Some(next) = self.next_timestamp else { return };
        let gap = packet.timestamp.wrapping_sub(next);
        if gap > LONGEST_GAP {
            return;
        }
        let frames = gap / FRAME_SAMPLES as u32;
        let concealed = lost.min(frames);
        for _ in concealed..frames {
            self.ear.hear(&SILENT_FRAME);
        }
        for missing in (0..concealed).rev() {
            let guess = if missing == 0 { self.decoder.recover_before(&packet.payload) } else { self.decoder.conceal() };
            self.ear.hear(guess.unwrap_or(&SILENT_FRAME));
        }
    }
}

/// What one beat of 20 ms brought.
pub(crate) struct Spoken {
    /// A packet to send: its header (without SSRC, which the leg sets) and payload. None while a key is pressed.
    pub packet: Option<(Header, Vec<u8>)>,
    /// The source ended with the frame before this one.
    pub source_ended: bool,
}

/// The sending half. It is asked once every 20 ms for sound, and whenever a key is due.
pub(crate) struct Speaker {
    encoder: VoiceEncoder,
    source: Box<dyn Source>,
    speaking: bool,
    /// When the first frame of the current source was sent.
    source_started_at: Option<Instant>,
    keypad: Keypad,
    sequence: u16,
    timestamp: u32,
    /// The next audio packet begins a talk spurt.
    marker: bool,
}

impl Speaker {
    pub(crate) fn new(sequence: u16, timestamp: u32) -> Result<Self, CodecError> {
        Ok(Self {
            encoder: VoiceEncoder::new()?,
            source: Box::new(Silence),
            speaking: false,
            source_started_at: None,
            keypad: Keypad::default(),
            sequence,
            timestamp,
            marker: true,
        })
    }

    /// Replaces what is being said.
    pub(crate) fn say(&mut self, source: Box<dyn Source>) {
        self.source = source;
        self.speaking = true;
        self.source_started_at = None;
    }

    pub(crate) fn source_started_at(&self) -> Option<Instant> {
        self.source_started_at
    }

    /// Queues keys; says how many were taken.
    pub(crate) fn press(&mut self, now: Instant, digits: impl IntoIterator<Item = Digit>) -> usize {
        digits.into_iter().filter(|&digit| self.keypad.press(digit, now)).count()
    }

    /// When [`Self::next_key_packets`] has something.
    pub(crate) fn key_deadline(&self) -> Option<Instant> {
        self.keypad.deadline()
    }

    /// The next packets of a key press that are due, if any: the last one of a press comes several times.
    pub(crate) fn next_key_packets(&mut self, now: Instant, event_type: u8) -> Option<Vec<(Header, Vec<u8>)>> {
        let timestamp = self.timestamp;
        let event = self.keypad.next_packet(now, || timestamp)?;
        self.marker = true;
        let packets = (0..event.copies).map(|_| (self.header(event.marker, event_type, event.timestamp), event.payload.to_vec()));
        Some(packets.collect())
    }

    /// Lets so many frames pass unsent; the timestamp goes on, the source waits.
    pub(crate) fn skip(&mut self, frames: u32) {
        self.timestamp = self.timestamp.wrapping_add(frames.wrapping_mul(FRAME_SAMPLES as u32));
    }

    /// The next 20 ms. Under a key press the source goes on: its time passes, its sound is not sent.
    pub(crate) fn speak(&mut self, now: Instant, audio_type: u8) -> Result<Spoken, CodecError> {
        let (frame, source_ended) = self.next_frame(now);
        let packet = if self.keypad.is_sounding(now) {
            None
        } else {
            let marker = std::mem::take(&mut self.marker);
            Some((self.header(marker, audio_type, self.timestamp), self.encoder.encode(&frame)?))
        };
        self.skip(1);
        Ok(Spoken { packet, source_ended })
    }

    fn next_frame(&mut self, now: Instant) -> (Frame, bool) {
        match self.source.next_frame() {
            Some(frame) => {
                self.source_started_at.get_or_insert(now);
                (frame, false)
            }
            None => (SILENT_FRAME, std::mem::take(&mut self.speaking)),
        }
    }

    /// A header under the next sequence number.
    fn header(&mut self, marker: bool, payload_type: u8, timestamp: u32) -> Header {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        Header { marker, payload_type, sequence, timestamp, ssrc: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_audio::{Clip, Playlist, Signature, ms_to_samples};
    use std::time::Duration;

    const AUDIO: u8 = 111;
    const EVENT: u8 = 126;

    type Packet = (Header, Vec<u8>);

    /// What a listener hears of a speaker when packets travel through `road`.
    fn heard(mut speaker: Speaker, packets: usize, road: impl Fn(usize, Packet) -> Option<Packet>) -> Ear {
        let ear = Ear::new(60);
        let mut listener = Listener::new(ear.clone()).unwrap();
        let now = Instant::now();
        for n in 0..packets {
            if let Some((header, payload)) = road(n, sound(&mut speaker, now)) {
                listener.receive(now, &header, &payload, true);
            }
        }
        ear
    }

    fn sound(speaker: &mut Speaker, now: Instant) -> Packet {
        speaker.speak(now, AUDIO).unwrap().packet.unwrap()
    }

    fn signing() -> Speaker {
        let mut speaker = Speaker::new(65_500, u32::MAX - 5_000).unwrap();
        speaker.say(Box::new(Signature::USER.source()));
        speaker
    }

    #[test]
    fn a_signature_passes_through_wrapping_numbers() {
        let ear = heard(signing(), 200, |_, packet| Some(packet));
        assert_eq!(ear.recording().len(), 200 * FRAME_SAMPLES);
        assert_eq!(ear.heard(&Signature::USER).times, 4);
    }

    #[test]
    fn lost_packets_leave_the_recording_as_long_as_the_call() {
        let ear = heard(signing(), 200, |n, packet| (n % 11 != 5).then_some(packet));
        assert_eq!(ear.recording().len(), 200 * FRAME_SAMPLES);
        assert!(ear.heard(&Signature::USER).times >= 3);
    }

    #[test]
    fn a_pause_in_the_packets_is_a_pause_in_the_recording() {
        let mut speaker = signing();
        let (ear, now) = (Ear::new(60), Instant::now());
        let mut listener = Listener::new(ear.clone()).unwrap();
        for skipped in [0, 50, 0] {
            speaker.skip(skipped);
            let (header, payload) = sound(&mut speaker, now);
            listener.receive(now, &header, &payload, true);
        }
        assert_eq!(ear.recording().len(), 53 * FRAME_SAMPLES);
    }

    #[test]
    fn a_key_press_takes_the_place_of_sound_but_not_of_time() {
        let (mut speaker, start) = (signing(), Instant::now());
        let first = speaker.timestamp;
        assert_eq!(speaker.press(start, Digit::from_char('7')), 1);
        let mut sent: Vec<Header> = Vec::new();
        for beat in 0..8 {
            let now = start + Duration::from_millis(20 * beat);
            while let Some(packets) = speaker.next_key_packets(now, EVENT) {
                sent.extend(packets.iter().map(|(header, _)| *header));
            }
            sent.extend(speaker.speak(now, AUDIO).unwrap().packet.map(|(header, _)| header));
        }
        let types: Vec<u8> = sent.iter().map(|header| header.payload_type).collect();
        let (events, audio) = types.split_at(types.iter().position(|&kind| kind == AUDIO).unwrap());
        assert_eq!((events.len(), audio), (7, &[AUDIO; 3][..]), "100 ms of key, the rest sound");
        for (n, header) in sent.iter().enumerate() {
            assert_eq!(header.sequence, 65_500u16.wrapping_add(n as u16), "no number is left out");
        }
        assert!(sent[..7].iter().all(|header| header.timestamp == first));
        assert_eq!(sent[9].timestamp, first.wrapping_add(7 * 960), "the clock went on");
        assert_eq!(sent.iter().filter(|header| header.marker).count(), 2, "first event packet, first audio after it");
    }

    #[test]
    fn the_end_of_a_source_is_told_once_and_silence_follows() {
        let mut speaker = Speaker::new(0, 0).unwrap();
        let now = Instant::now();
        assert!(!speaker.speak(now, AUDIO).unwrap().source_ended, "nothing to say has no end");
        speaker.say(Box::new(Playlist::new([Clip::new(vec![9; ms_to_samples(40)])])));
        let ends: Vec<bool> = (0..5).map(|_| speaker.speak(now, AUDIO).unwrap().source_ended).collect();
        assert_eq!(ends, [false, false, true, false, false]);
        assert_eq!(speaker.source_started_at(), Some(now));
    }

    #[test]
    fn what_is_not_opus_does_no_harm() {
        let ear = heard(signing(), 20, |n, mut packet| {
            if n == 7 {
                packet.1 = vec![0xff, 0x3f, 1, 2];
            }
            Some(packet)
        });
        assert_eq!(ear.recording().len(), 20 * FRAME_SAMPLES);
    }

    #[test]
    fn a_jump_of_the_timestamp_is_not_filled() {
        let mut speaker = signing();
        let (ear, now) = (Ear::new(60), Instant::now());
        let mut listener = Listener::new(ear.clone()).unwrap();
        for skipped in [0, 1_000_000] {
            speaker.skip(skipped);
            let (header, payload) = sound(&mut speaker, now);
            listener.receive(now, &header, &payload, true);
        }
        assert_eq!(ear.recording().len(), 2 * FRAME_SAMPLES);
    }
}
