//! Our ICE user name fragments: sixteen letters that lead a STUN check to its leg without a search.
//!
//! The platform's fragments are sixteen letters (as captured in published offers). Eight of ours name the leg (which side of which
//! slot, and the slot's generation, so that a check for a call that is over finds nobody), hidden under a secret of the
//! process so that they tell an outsider nothing. The other eight are random (45 bits); the password has 128 bits more.

use callport_relay::Side;

/// Letters in a fragment.
pub const UFRAG_LETTERS: usize = 16;

/// A fragment as it stands in SDP and in STUN.
pub type Ufrag = [u8; UFRAG_LETTERS];

/// A slot of one media thread and which of its successive calls is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotId {
    /// The slot, below [`MAX_SLOTS`].
    pub slot: u32,
    /// Its generation, below [`GENERATIONS`]; starts over when they are used up.
    pub generation: u32,
}

/// Slots that a tag can name.
pub const MAX_SLOTS: u32 = 1 << SLOT_BITS;
/// Generations that a tag can tell apart.
pub const GENERATIONS: u32 = 1 << GENERATION_BITS;

const SLOT_BITS: u32 = 20;
const GENERATION_BITS: u32 = 24;
const TAG_BITS: u32 = 1 + SLOT_BITS + GENERATION_BITS; // 45, and 52^8 is just above 2^45
const HALF: usize = UFRAG_LETTERS / 2;
const LETTERS: u64 = 52;

/// Writes and reads fragments.
#[derive(Clone, Copy)]
pub struct Tags {
    secret: u64,
}

impl Tags {
    /// With a random secret.
    pub fn new(secret: u64) -> Tags {
        Tags { secret: secret & ((1 << TAG_BITS) - 1) }
    }

    /// The fragment of a leg; `random` makes it one of 2^45.
    pub fn write(&self, id: SlotId, side: Side, random: u64) -> Ufrag {
        let side = u64::from(side == Side::Business);
        let tag = u64::from(id.generation % GENERATIONS) << (SLOT_BITS + 1) | u64::from(id.slot % MAX_SLOTS) << 1 | side;
        let mut ufrag = [0; UFRAG_LETTERS];
        let (name, tail) = ufrag.split_at_mut(HALF);
        write_letters(tag ^ self.secret, name);
        write_letters(random, tail);
        ufrag
    }

    /// The leg that a fragment names, if it is one of ours. Whether the random half fits is the leg's to say.
    pub fn read(&self, ufrag: &[u8]) -> Option<(SlotId, Side)> {
        let ufrag: &Ufrag = ufrag.try_into().ok()?;
        let tag = read_letters(&ufrag[..HALF])? ^ self.secret;
        if tag >> TAG_BITS != 0 {
            return None;
        }
        let side = if tag & 1 == 0 { Side::User } else { Side::Business };
        let slot = (tag >> 1) as u32 % MAX_SLOTS;
        let generation = (tag >> (SLOT_BITS + 1)) as u32;
        Some((SlotId { slot, generation }, side))
    }
}

fn write_letters(mut number: u64, letters: &mut [u8]) {
    for letter in letters {
        let digit = (number % LETTERS) as u8;
        number /= LETTERS;
        *letter = if digit < 26 { b'A' + digit } else { b'a' + digit - 26 };
    }
}

fn read_letters(letters: &[u8]) -> Option<u64> {
    letters.iter().rev().try_fold(0, |number, letter| {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            _ => return None,
        };
        Some(number * LETTERS + u64::from(digit))
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
                    for side in [Side::User, Side::Business] {
                        let id = SlotId { slot, generation };
                        let ufrag = tags.write(id, side, u64::MAX);
                        assert!(ufrag.iter().all(u8::is_ascii_alphabetic));
                        assert_eq!(tags.read(&ufrag), Some((id, side)));
                    }
                }
            }
        }
    }

    #[test]
    fn refuses_what_is_no_fragment_of_ours() {
        let tags = Tags::new(0);
        for foreign in [&b""[..], b"dqlh", b"NennAepWzpFqHYy", b"NennAepWzpFqHYytt", b"NennAep/zpFqHYyt", b"zzzzzzzzzzzzzzzz", &[0xff; 16]]
        {
            assert_eq!(tags.read(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn the_secret_hides_the_slot_and_chance_changes_the_rest() {
        let id = SlotId { slot: 3, generation: 0 };
        let here = Tags::new(77).write(id, Side::User, 5);
        assert_ne!(here[..HALF], Tags::new(78).write(id, Side::User, 5)[..HALF]);
        assert_ne!(here[HALF..], Tags::new(77).write(id, Side::User, 6)[HALF..]);
    }
}
