//! Bad weather on purpose: losing a share of media packets, the same ones for the same seed.

/// Decides which packets get lost.
pub(crate) struct Weather {
    lost_per_mille: u32,
    state: u64,
}

impl Weather {
    /// Loses `percent` of what it is asked about; 100 and more is everything.
    pub(crate) fn new(percent: f32, seed: u64) -> Self {
        // xorshift has one bad state, zero.
        Self { lost_per_mille: (percent.clamp(0.0, 100.0) * 10.0) as u32, state: seed | 1 }
    }

    /// Whether the next packet is lost.
    pub(crate) fn loses(&mut self) -> bool {
        if self.lost_per_mille == 0 {
            return false;
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 32) as u32 % 1000 < self.lost_per_mille
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost_of_10_000(percent: f32) -> usize {
        let mut weather = Weather::new(percent, 0x1234_5678_9abc);
        (0..10_000).filter(|_| weather.loses()).count()
    }

    #[test]
    fn loses_the_asked_share() {
        assert_eq!(lost_of_10_000(0.0), 0);
        assert!((350..650).contains(&lost_of_10_000(5.0)), "{}", lost_of_10_000(5.0));
        assert_eq!(lost_of_10_000(100.0), 10_000);
        assert_eq!(lost_of_10_000(400.0), 10_000);
        assert_eq!(lost_of_10_000(f32::NAN), 0);
    }
}
