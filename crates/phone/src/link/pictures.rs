//! QR codes as files: drawn beside the async workers, a few at a time, and kept for whoever asks next.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use tokio::sync::Semaphore;

use super::qr::Code;

/// Drawn at a time: a flood of codes takes so many cores at most.
const DRAWING: usize = 2;

/// That wait for their turn; more are sent away.
const WAITING: usize = 64;

/// All pictures that are kept, in bytes with their texts. The largest has about 200 KB.
const KEPT: usize = 4 * 1024 * 1024;

/// How a code is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Svg,
    Png,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDrawn {
    /// The text fits into no code.
    #[error("the text fits into no QR code")]
    TooLong,
    /// Too many are being drawn.
    #[error("too many QR codes are being drawn")]
    Busy,
    /// Our side failed.
    #[error("{0}")]
    Fault(String),
}

/// All pictures.
pub(crate) struct Pictures {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

/// What was drawn last.
#[derive(Default)]
struct Kept {
    pictures: HashMap<(Kind, String), Bytes>,
    order: VecDeque<(Kind, String)>,
    bytes: usize,
}

impl Default for Pictures {
    fn default() -> Self {
        let permits = |count| Arc::new(Semaphore::new(count));
        Self { turns: permits(DRAWING), places: permits(DRAWING + WAITING), kept: Mutex::default() }
    }
}

impl Pictures {
    /// The picture of a text.
    pub(crate) async fn of(&self, kind: Kind, text: String) -> Result<Bytes, NotDrawn> {
        let key = (kind, text);
        if let Some(picture) = self.kept().pictures.get(&key) {
            return Ok(picture.clone());
        }
        let _place = self.places.try_acquire().map_err(|_| NotDrawn::Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| NotDrawn::Busy)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _until_drawn = turn; // also when nobody waits for it any more
            draw(key.0, &key.1).map(|picture| (key, picture))
        });
        let (key, picture) = drawn.await.map_err(|error| NotDrawn::Fault(error.to_string()))??;
        self.kept().keep(key, picture.clone());
        Ok(picture)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The oldest make room.
    fn keep(&mut self, key: (Kind, String), picture: Bytes) {
        let size = |key: &(Kind, String), picture: &Bytes| key.1.len() + picture.len();
        if self.pictures.contains_key(&key) {
            return;
        }
        self.bytes += size(&key, &picture);
        self.order.push_back(key.clone());
        self.pictures.insert(key, picture);
        while self.bytes > KEPT {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(picture) = self.pictures.remove(&oldest) {
                self.bytes -= size(&oldest, &picture);
            }
        }
    }
}

fn draw(kind: Kind, text: &str) -> Result<Bytes, NotDrawn> {
    let code = Code::of(text).ok_or(NotDrawn::TooLong)?;
    match kind {
        Kind::Svg => Ok(code.svg().into_bytes().into()),
        Kind::Png => code.png().map(Bytes::from).map_err(|error| NotDrawn::Fault(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_drawn_is_kept_within_bounds() {
        let pictures = Pictures::default();
        let first = pictures.of(Kind::Svg, "text".into()).await.unwrap();
        let again = pictures.of(Kind::Svg, "text".into()).await.unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr(), "the same bytes");
        let mut kept = Kept::default();
        for n in 0..1000 {
            kept.keep((Kind::Png, n.to_string()), vec![0; 100_000].into());
            assert!(kept.bytes <= KEPT && kept.order.len() == kept.pictures.len());
        }
        assert!(kept.pictures.contains_key(&(Kind::Png, "999".into())) && !kept.pictures.contains_key(&(Kind::Png, "0".into())));
    }

    #[tokio::test]
    async fn one_too_many_is_sent_away_and_the_bound_outlives_who_asked() {
        let pictures = Pictures::default();
        let turns = pictures.turns.clone().acquire_many_owned(2).await.unwrap();
        let places = pictures.places.clone().acquire_many_owned(u32::try_from(DRAWING + WAITING).unwrap()).await.unwrap();
        assert!(matches!(pictures.of(Kind::Svg, "text".into()).await, Err(NotDrawn::Busy)));
        drop((turns, places));
        assert!(pictures.of(Kind::Svg, "text".into()).await.is_ok());
        assert!(matches!(pictures.of(Kind::Svg, "a".repeat(3000)).await, Err(NotDrawn::TooLong)));
    }
}
