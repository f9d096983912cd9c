//! Chance that is the same in every run.

use callport_engine::ports::Random;
use parking_lot::Mutex;

/// Different bytes every time, the same in every run: Knuth's linear congruential generator.
#[derive(Debug, Default)]
pub struct Counting(Mutex<u64>);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock();
        for byte in bytes {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (*state >> 33) as u8;
        }
    }
}
