//! What an endpoint hears: a recording of bounded length, the keys the other side pressed, and whoever listens live.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use callport_audio::{Heard, PipeStart, SAMPLE_RATE, Signature, ms_to_samples};
use tokio::sync::watch;

/// Digits that are remembered; later ones are reported as events only.
pub const MAX_DIGITS: usize = 256;

/// The ear of an endpoint. Cheap to clone; outlives the endpoint, so that a call can be judged after its end.
#[derive(Clone)]
pub struct Ear {
    hearing: Arc<Mutex<Hearing>>,
    /// Samples recorded so far, for those who wait.
    recorded: watch::Sender<usize>,
}

#[derive(Default)]
struct Hearing {
    recording: Vec<i16>,
    bound: usize,
    started_at: Option<Instant>,
    digits: String,
    live: Option<PipeStart>,
}

impl Ear {
    /// An ear that records the first `seconds` it hears; zero records nothing.
    pub(crate) fn new(seconds: u32) -> Self {
        let bound = seconds as usize * SAMPLE_RATE as usize;
        Self { hearing: Arc::new(Mutex::new(Hearing { bound, ..Hearing::default() })), recorded: watch::Sender::new(0) }
    }

    fn hearing(&self) -> MutexGuard<'_, Hearing> {
        self.hearing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy of the recording: 48 kHz mono, without gaps, beginning with the first audio packet that arrived.
    pub fn recording(&self) -> Vec<i16> {
        self.hearing().recording.clone()
    }

    /// When the recording begins: the arrival of the first audio packet.
    pub fn started_at(&self) -> Option<Instant> {
        self.hearing().started_at
    }

    /// The moment at which the recording is `ms` milliseconds old.
    pub fn moment(&self, ms: u64) -> Option<Instant> {
        Some(self.started_at()? + Duration::from_millis(ms))
    }

    /// Returns once the recording is `ms` long, or as long as it can get. It may never: put a time limit around it.
    pub async fn until_recorded(&self, ms: u64) {
        let wanted = ms_to_samples(ms).min(self.hearing().bound);
        // The sender lives in this very ear, so waiting cannot fail.
        let _ = self.recorded.subscribe().wait_for(|samples| *samples >= wanted).await;
    }

    /// Looks for a signature in the recording. Takes some milliseconds for each minute.
    pub fn heard(&self, signature: &Signature) -> Heard {
        Heard::signature(&self.recording(), signature)
    }

    /// How late a signature arrives: from the moment its source was started at the far end (by the same clock, see
    /// [`crate::Mouth::started_at`]) to its place in the recording. It repeats, so the answer is below one period; the codec's
    /// own delay (about 7 ms) is part of it.
    pub fn delay_of(&self, signature: &Signature, started_at: Instant) -> Option<Duration> {
        let heard_at = self.moment(self.heard(signature).first_heard_at_ms?)?;
        let late_ms = heard_at.checked_duration_since(started_at)?.as_millis() as u64;
        Some(Duration::from_millis(late_ms % Signature::PERIOD_MS))
    }

    /// Looks for any sound in the recording.
    pub fn heard_anything(&self) -> Heard {
        Heard::any_sound(&self.recording())
    }

    /// The keys pressed so far, each once, in order; at most [`MAX_DIGITS`].
    pub fn digits(&self) -> String {
        self.hearing().digits.clone()
    }

    /// From now on also writes what is heard into `pipe`; replaces an earlier one. An echo is the other end of such a pipe.
    pub fn pipe_to(&self, pipe: PipeStart) {
        self.hearing().live = Some(pipe);
    }

    /// Whether anybody wants samples: if not, packets need no decoding.
    pub(crate) fn wants_sound(&self) -> bool {
        let hearing = self.hearing();
        hearing.live.is_some() || hearing.recording.len() < hearing.bound
    }

    pub(crate) fn start(&self, now: Instant) {
        self.hearing().started_at.get_or_insert(now);
    }

    pub(crate) fn hear(&self, samples: &[i16]) {
        let mut hearing = self.hearing();
        let room = hearing.bound.saturating_sub(hearing.recording.len());
        hearing.recording.extend_from_slice(&samples[..samples.len().min(room)]);
        if let Some(live) = &hearing.live {
            live.write(samples);
        }
        if room > 0 {
            self.recorded.send_replace(hearing.recording.len());
        }
    }

    pub(crate) fn note_digit(&self, digit: char) {
        let mut hearing = self.hearing();
        if hearing.digits.len() < MAX_DIGITS {
            hearing.digits.push(digit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_audio::{Source, pipe};

    #[test]
    fn records_up_to_its_bound_and_pipes_on_beyond_it() {
        let ear = Ear::new(1);
        let (start, mut end) = pipe();
        ear.hear(&[1; 40_000]);
        ear.pipe_to(start);
        ear.hear(&[2; 20_000]);
        assert_eq!(ear.recording().len(), 48_000);
        assert!(ear.wants_sound());
        assert_eq!(end.next_frame(), Some([2; 960]));
    }

    #[test]
    fn an_ear_that_is_full_wants_no_more() {
        let ear = Ear::new(1);
        assert!(ear.wants_sound());
        ear.hear(&[0; 48_000]);
        assert!(!ear.wants_sound());
        assert!(!Ear::new(0).wants_sound());
    }

    #[test]
    fn the_delay_is_counted_from_the_nearest_repetition() {
        let ear = Ear::new(5);
        let said = Instant::now();
        // The first audio packet came 2.9 s after the far end began; the next repetition was heard 140 ms into the recording.
        ear.start(said + Duration::from_millis(2_900));
        ear.hear(&vec![0; ms_to_samples(140)]);
        ear.hear(Signature::USER.period().samples());
        let delay = ear.delay_of(&Signature::USER, said).unwrap();
        assert!(delay.abs_diff(Duration::from_millis(40)) <= Duration::from_millis(2), "{delay:?}");
        assert_eq!(ear.delay_of(&Signature::BUSINESS, said), None);
        assert_eq!(ear.delay_of(&Signature::USER, said + Duration::from_secs(60)), None, "heard before it was said");
    }

    #[test]
    fn digits_are_bounded_and_the_start_is_the_first() {
        let ear = Ear::new(0);
        (0..MAX_DIGITS + 10).for_each(|_| ear.note_digit('5'));
        assert_eq!(ear.digits().len(), MAX_DIGITS);
        let first = Instant::now();
        ear.start(first);
        ear.start(first + Duration::from_secs(1));
        assert_eq!(ear.moment(500), Some(first + Duration::from_millis(500)));
    }
}
