//! Payloads of one codec, heard as sound at 8 kHz.

use callport_audio::{Bridge, Law, NARROWBAND_FRAME, NarrowbandDecoder};
use callport_relay::DropReason;

/// 120 ms of G.711, as much as Opus may hold. Businesses are asked for 20 and forgiven anything up to this.
const MAX_G711: usize = 960;

/// Pieces in which lost G.711 is made up for.
const PIECE: usize = 80;

/// What packets are heard with.
pub(super) enum Listener {
    Opus(NarrowbandDecoder),
    G711(Law, Box<Bridge>),
}

impl Listener {
    /// Units of the RTP clock in one sample at 8 kHz.
    pub(super) fn units(&self) -> u32 {
        match self {
            Listener::Opus(_) => 6,
            Listener::G711(..) => 1,
        }
    }

    /// How many samples a payload holds.
    pub(super) fn samples_of(&self, payload: &[u8]) -> Result<usize, DropReason> {
        match self {
            Listener::Opus(_) => NarrowbandDecoder::samples_of(payload).map_err(|_| DropReason::Undecodable),
            Listener::G711(..) if (1..=MAX_G711).contains(&payload.len()) => Ok(payload.len()),
            Listener::G711(..) => Err(DropReason::Undecodable),
        }
    }

    /// Another source: what was heard of the one before says nothing about it.
    pub(super) fn restart(&mut self) {
        match self {
            Listener::Opus(decoder) => decoder.reset(),
            Listener::G711(_, bridge) => **bridge = Bridge::default(),
        }
    }

    /// Hears a payload. One that cannot be decoded is made up for like a lost one.
    pub(super) fn hear(&mut self, payload: &[u8], samples: usize, take: &mut impl FnMut(&[i16])) -> Result<(), DropReason> {
        match self {
            Listener::Opus(decoder) => match decoder.decode(payload) {
                Ok(sound) => take(sound),
                Err(_) => {
                    decoder.conceal(samples).into_iter().for_each(take);
                    return Err(DropReason::Undecodable);
                }
            },
            Listener::G711(law, bridge) => {
                let mut sound = [0; MAX_G711];
                let sound = &mut sound[..payload.len().min(MAX_G711)];
                law.decode_into(payload, sound);
                bridge.hear(sound);
                take(sound);
            }
        }
        Ok(())
    }

    /// Makes up for samples that were lost before `next`; says how many it made.
    pub(super) fn make_up(&mut self, samples: usize, next: &[u8], take: &mut impl FnMut(&[i16])) -> usize {
        let mut left = samples;
        while left > 0 {
            let made = match self {
                // The last 20 ms may lie in the packet behind them, as error correction.
                Listener::Opus(decoder) => {
                    let guess =
                        if left == NARROWBAND_FRAME { decoder.recover_before(next) } else { decoder.conceal(left.min(NARROWBAND_FRAME)) };
                    guess.map_or(0, |guess| {
                        take(guess);
                        guess.len()
                    })
                }
                Listener::G711(_, bridge) => {
                    let mut sound = [0; PIECE];
                    let sound = &mut sound[..left.min(PIECE)];
                    bridge.fill(sound);
                    take(sound);
                    sound.len()
                }
            };
            if made == 0 {
                break;
            }
            left = left.saturating_sub(made);
        }
        samples - left
    }
}
