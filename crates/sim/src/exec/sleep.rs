//! A sleep on the virtual clock.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Exec;

/// Returns once that moment has come, and never at once: even a sleep of nothing lets others go first.
pub(crate) struct Sleep {
    exec: Exec,
    at: u64,
    begun: bool,
    /// Its place among the sleepers.
    place: Option<(u64, u64)>,
}

impl Sleep {
    pub(super) fn new(exec: Exec, at: u64) -> Self {
        Self { exec, at, begun: false, place: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Sleep { exec, at, begun, place } = &mut *self;
        let mut state = exec.0.state.lock();
        let first = !std::mem::replace(begun, true);
        if state.now >= *at {
            if let Some(place) = place.take() {
                state.sleepers.remove(&place);
            }
            if !first {
                return Poll::Ready(());
            }
            drop(state);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        state.last_sleeper += 1;
        let place = *place.get_or_insert((*at, state.last_sleeper));
        state.sleepers.insert(place, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.exec.0.state.lock().sleepers.remove(&place);
        }
    }
}
