//! A SIP line that keeps what it was told.

use std::sync::{Mutex, PoisonError};

use callport_engine::ports::{Notice, SipLine};

/// What SIP servers were told, in order.
#[derive(Default)]
pub struct FakeSip(Mutex<Vec<Notice>>);

impl FakeSip {
    /// Everything since the last look.
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The events of everything since the last look.
    pub fn events(&self) -> Vec<&'static str> {
        self.take().iter().map(Notice::event).collect()
    }
}

impl SipLine for FakeSip {
    fn told(&self, notice: Notice) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }
}
