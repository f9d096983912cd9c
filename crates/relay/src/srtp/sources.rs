//! Packet indexes and replay protection per SSRC (RFC 3711 §3.3).

use super::SrtpError;

/// How many SSRCs one direction of a leg may use in its life. The contract allows one; the rest is
/// for peers that start over. State is kept only for those that authenticated, so a flood of
/// invented SSRCs takes no memory.
pub(super) const MAX_SOURCES: usize = 8;

/// How far back a late packet may come, in packets: 2.5 s of audio.
const WINDOW: u64 = 128;

/// What was seen of one SSRC.
#[derive(Clone, Copy, Default)]
pub(super) struct Window {
    /// Highest index so far; `None` before the first packet.
    highest: Option<u64>,
    /// Bit n: the packet `highest - n` was seen.
    seen: u128,
}

impl Window {
    /// The index that a sequence number most likely stands for (RFC 3711 §3.3.1, appendix A).
    pub(super) fn guess(&self, sequence: u16) -> u64 {
        let Some(highest) = self.highest else { return u64::from(sequence) };
        let step = i64::from(sequence.wrapping_sub(highest as u16) as i16);
        // Before the very first wrap there is no older cycle: take the number as it stands.
        highest.checked_add_signed(step).unwrap_or(u64::from(sequence))
    }

    pub(super) fn is_fresh(&self, index: u64) -> bool {
        match self.highest {
            None => true,
            Some(highest) if index > highest => true,
            Some(highest) => highest - index < WINDOW && self.seen >> (highest - index) & 1 == 0,
        }
    }

    fn accept(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {
                if highest - index < WINDOW {
                    self.seen |= 1 << (highest - index);
                }
            }
            before => {
                let step = before.map_or(WINDOW, |highest| index - highest);
                self.seen = if step >= WINDOW { 1 } else { self.seen << step | 1 };
                self.highest = Some(index);
            }
        }
    }
}

/// The windows of all SSRCs of one direction.
#[derive(Default)]
pub(super) struct Sources {
    first: (u32, Window),
    others: Vec<(u32, Window)>,
}

impl Sources {
    /// What is known of `ssrc`: nothing, for one never met.
    pub(super) fn window(&self, ssrc: u32) -> Result<Window, SrtpError> {
        if self.first.1.highest.is_none() || self.first.0 == ssrc {
            return Ok(self.first.1);
        }
        match self.others.iter().find(|(other, _)| *other == ssrc) {
            Some((_, window)) => Ok(*window),
            None if self.others.len() + 1 < MAX_SOURCES => Ok(Window::default()),
            None => Err(SrtpError::TooManySources),
        }
    }

    /// Notes an index whose packet has authenticated.
    pub(super) fn accept(&mut self, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        if self.first.1.highest.is_none() {
            self.first.0 = ssrc;
        }
        if self.first.0 == ssrc {
            self.first.1.accept(index);
            return Ok(());
        }
        if let Some((_, window)) = self.others.iter_mut().find(|(other, _)| *other == ssrc) {
            window.accept(index);
            return Ok(());
        }
        if self.others.len() + 1 >= MAX_SOURCES {
            return Err(SrtpError::TooManySources);
        }
        let mut window = Window::default();
        window.accept(index);
        self.others.push((ssrc, window));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(highest: u64) -> Window {
        Window { highest: Some(highest), seen: 1 }
    }

    #[test]
    fn guesses_across_the_wrap_both_ways() {
        for (highest, sequence, index) in [
            (0xffff, 0, 0x1_0000),
            (0x1_0000, 0xffff, 0xffff),
            (0x1_0005, 0xfff0, 0xfff0),
            (0x2_8000, 0x7fff, 0x2_7fff),
            (0x2_8000, 0x8001, 0x2_8001),
            (5, 2, 2),
            (5, 0xffff, 0xffff),
        ] {
            assert_eq!(at(highest).guess(sequence), index, "{highest:#x} {sequence:#x}");
        }
        assert_eq!(Window::default().guess(40_000), 40_000);
    }

    #[test]
    fn takes_each_index_once_within_the_window() {
        let mut window = Window::default();
        for index in [10, 12, 11, 300] {
            assert!(window.is_fresh(index), "{index}");
            window.accept(index);
            assert!(!window.is_fresh(index), "{index} again");
        }
        assert!(window.is_fresh(300 - WINDOW + 1));
        assert!(!window.is_fresh(300 - WINDOW));
    }

    #[test]
    fn keeps_no_more_sources_than_it_may() {
        let mut sources = Sources::default();
        for ssrc in 0..MAX_SOURCES as u32 {
            sources.accept(ssrc, 7).unwrap();
        }
        assert_eq!(sources.accept(99, 7), Err(SrtpError::TooManySources));
        assert!(sources.window(99).is_err());
        assert!(!sources.window(3).unwrap().is_fresh(7));
    }
}
