//! Our ICE user name fragments: characters that lead a STUN check to its leg without a search.
//!
//! The platform's fragments are sixteen letters (as captured in published offers), those of its older generation twelve to fourteen
//! ice-chars. Eight letters of ours name the leg (which side of which
//! slot, and the slot's generation, so that a check for a call that is over finds nobody), hidden under a secret of the
//! process so that they tell an outsider nothing. The rest is random (24 to 45 bits); the password has 128 bits and more.

use std::ops::RangeInclusive;

use callport_relay::CallLeg;

/// Letters in a fragment; more than in any of the older generation.
pub(crate) const UFRAG_LETTERS: usize = 16;
/// Characters in a fragment of the older generation.
pub(crate) const OLDER_CHARACTERS: RangeInclusive<usize> = 12..=14;

/// A fragment as it stands in SDP and in STUN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ufrag {
    /// Zeros behind its end.
    characters: [u8; UFRAG_LETTERS],
    length: usize,
}

impl Ufrag {
    /// Its characters, all of them ASCII.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.characters[..self.length]
    }
}

/// A slot of one media thread and which of its successive calls is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SlotId {
    /// The slot, below [`MAX_SLOTS`].
    pub slot: u32,
    /// Its generation, below [`GENERATIONS`]; starts over when they are used up.
    pub generation: u32,
}

/// Slots that a tag can name.
pub(crate) const MAX_SLOTS: u32 = 1 << SLOT_BITS;
/// Generations that a tag can tell apart.
pub(crate) const GENERATIONS: u32 = 1 << GENERATION_BITS;

const SLOT_BITS: u32 = 20;
const GENERATION_BITS: u32 = 24;
const TAG_BITS: u32 = 1 + SLOT_BITS + GENERATION_BITS; // 45, and 52^8 is just above 2^45
const HALF: usize = UFRAG_LETTERS / 2;
/// Letters first, so that a name is made of letters alone.
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LETTERS: &[u8] = ICE_CHARS.split_at(52).0;

/// Writes and reads fragments.
#[derive(Clone, Copy)]
pub(crate) struct Tags {
    secret: u64,
}

impl Tags {
    /// With a random secret.
    pub(crate) fn new(secret: u64) -> Tags {
        Tags { secret: secret & ((1 << TAG_BITS) - 1) }
    }

    /// The fragment of a leg; `random` makes it one of 2^45.
    pub(crate) fn write(&self, id: SlotId, side: CallLeg, random: u64) -> Ufrag {
        let mut ufrag = self.name(id, side, UFRAG_LETTERS);
        write_digits(random, LETTERS, &mut ufrag.characters[HALF..]);
        ufrag
    }

    /// The same as the older generation writes it: shorter, and with any ice-char behind the name (RFC 8839 §5.4).
    pub(crate) fn write_older(&self, id: SlotId, side: CallLeg, random: u64) -> Ufrag {
        let (shortest, lengths) = (*OLDER_CHARACTERS.start() as u64, OLDER_CHARACTERS.count() as u64);
        let mut ufrag = self.name(id, side, (shortest + random % lengths) as usize);
        write_digits(random / lengths, ICE_CHARS, &mut ufrag.characters[HALF..ufrag.length]);
        ufrag
    }

    /// The half that names a leg.
    fn name(&self, id: SlotId, side: CallLeg, length: usize) -> Ufrag {
        let side = u64::from(side == CallLeg::Business);
        let tag = u64::from(id.generation % GENERATIONS) << (SLOT_BITS + 1) | u64::from(id.slot % MAX_SLOTS) << 1 | side;
        let mut characters = [0; UFRAG_LETTERS];
        write_digits(tag ^ self.secret, LETTERS, &mut characters[..HALF]);
        Ufrag { characters, length }
    }

    /// The leg that a fragment names, if it is one of ours. Whether the random half fits is the leg's to say.
    pub(crate) fn read(&self, ufrag: &[u8]) -> Option<(SlotId, CallLeg)> {
        if ufrag.len() != UFRAG_LETTERS && !OLDER_CHARACTERS.contains(&ufrag.len()) {
            return None;
        }
        let tag = read_letters(&ufrag[..HALF])? ^ self.secret;
        if tag >> TAG_BITS != 0 {
            return None;
        }
        let side = if tag & 1 == 0 { CallLeg::User } else { CallLeg::Business };
        let slot = (tag >> 1) as u32 % MAX_SLOTS;
        let generation = (tag >> (SLOT_BITS + 1)) as u32;
        Some((SlotId { slot, generation }, side))
    }
}

fn write_digits(mut number: u64, digits: &[u8], places: &mut [u8]) {
    for place in places {
        *place = digits[(number % digits.len() as u64) as usize];
        number /= digits.len() as u64;
    }
}

fn read_letters(letters: &[u8]) -> Option<u64> {
    letters.iter().rev().try_fold(0, |number, letter| {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            _ => return None,
        };
        Some(number * LETTERS.len() as u64 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_corner_leads_back_to_its_leg() {
        for secret in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
            let tags = Tags::new(secret);
            for slot in [0, 1, 4095, MAX_SLOTS - 1] {
                for generation in [0, 1, GENERATIONS - 1] {
                    for side in [CallLeg::User, CallLeg::Business] {
                        let id = SlotId { slot, generation };
                        let ufrag = tags.write(id, side, u64::MAX);
                        assert!(ufrag.as_bytes().iter().all(u8::is_ascii_alphabetic));
                        assert_eq!((ufrag.as_bytes().len(), tags.read(ufrag.as_bytes())), (16, Some((id, side))));
                        for (random, length) in [(0, 12), (1, 13), (2, 14), (u64::MAX, 12)] {
                            let older = tags.write_older(id, side, random);
                            assert!(older.as_bytes().iter().all(|character| ICE_CHARS.contains(character)));
                            assert_eq!((older.as_bytes().len(), tags.read(older.as_bytes())), (length, Some((id, side))));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn refuses_what_is_no_fragment_of_ours() {
        let tags = Tags::new(0);
        for foreign in [
            &b""[..],
            b"dqlh",
            b"NennAepWzpF",
            b"NennAepWzpFqHYy",
            b"NennAepWzpFqHYytt",
            b"NennAep/zpFqHYyt",
            b"zzzzzzzzzzzzzzzz",
            &[0xff; 16],
        ] {
            assert_eq!(tags.read(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn the_secret_hides_the_slot_and_chance_changes_the_rest() {
        let id = SlotId { slot: 3, generation: 0 };
        let halves = |secret, random| {
            let ufrag = Tags::new(secret).write(id, CallLeg::User, random);
            let (name, tail) = ufrag.as_bytes().split_at(HALF);
            (name.to_vec(), tail.to_vec())
        };
        assert_ne!(halves(77, 5).0, halves(78, 5).0);
        assert_ne!(halves(77, 5).1, halves(77, 6).1);
    }
}
