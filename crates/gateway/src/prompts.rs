//! The menu's voice: short files inside the binary, made by `scripts/make-sounds`.

use std::sync::{Arc, OnceLock};

use callport_audio::{Clip, Playlist, wav};

/// A pause between two prompts.
const PAUSE_MS: u64 = 120;

/// Something the menu can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompt {
    Welcome,
    Pressed,
    Goodbye,
    Digit(u8),
    Star,
    Hash,
}

impl Prompt {
    /// The name of a key of the dialpad.
    pub(crate) fn key(key: char) -> Option<Self> {
        match key {
            '0'..='9' => Some(Self::Digit(key as u8 - b'0')),
            '*' => Some(Self::Star),
            '#' => Some(Self::Hash),
            _ => None,
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Digit(digit) => digit as usize,
            Self::Star => 10,
            Self::Hash => 11,
            Self::Welcome => 12,
            Self::Pressed => 13,
            Self::Goodbye => 14,
        }
    }
}

/// The files in the order of [`Prompt::place`].
const FILES: [&[u8]; 15] = [
    include_bytes!("../sounds/0.wav"),
    include_bytes!("../sounds/1.wav"),
    include_bytes!("../sounds/2.wav"),
    include_bytes!("../sounds/3.wav"),
    include_bytes!("../sounds/4.wav"),
    include_bytes!("../sounds/5.wav"),
    include_bytes!("../sounds/6.wav"),
    include_bytes!("../sounds/7.wav"),
    include_bytes!("../sounds/8.wav"),
    include_bytes!("../sounds/9.wav"),
    include_bytes!("../sounds/star.wav"),
    include_bytes!("../sounds/hash.wav"),
    include_bytes!("../sounds/welcome.wav"),
    include_bytes!("../sounds/pressed.wav"),
    include_bytes!("../sounds/goodbye.wav"),
];

/// All prompts, read on first use and shared by every call.
#[derive(Clone, Default)]
pub(crate) struct Voice(Arc<[OnceLock<Clip>; FILES.len()]>);

impl Voice {
    /// The prompts one after the other.
    pub(crate) fn say(&self, prompts: &[Prompt]) -> Playlist {
        Playlist::new(prompts.iter().flat_map(|&prompt| [self.clip(prompt), Clip::silence(PAUSE_MS)]))
    }

    fn clip(&self, prompt: Prompt) -> Clip {
        let place = prompt.place();
        // The files are part of the binary and a test reads each: an unreadable one would be silent.
        self.0[place].get_or_init(|| wav::read(FILES[place]).unwrap_or_default()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_audio::{Heard, Source, rms_dbfs};

    #[test]
    fn every_prompt_is_audible_speech_of_sensible_length() {
        let voice = Voice::default();
        let keys = "0123456789*#".chars().map(|key| Prompt::key(key).unwrap());
        for prompt in keys.chain([Prompt::Welcome, Prompt::Pressed, Prompt::Goodbye]) {
            let clip = voice.clip(prompt);
            assert!((150..5_000).contains(&clip.duration_ms()), "{prompt:?}: {clip:?}");
            assert!(rms_dbfs(clip.samples()) > -30.0, "{prompt:?} is too quiet");
        }
    }

    #[test]
    fn each_prompt_has_its_own_file() {
        let mut places: Vec<usize> = (0..=9).map(|d| Prompt::Digit(d).place()).collect();
        places.extend([Prompt::Star, Prompt::Hash, Prompt::Welcome, Prompt::Pressed, Prompt::Goodbye].map(Prompt::place));
        assert_eq!(places, (0..FILES.len()).collect::<Vec<_>>());
    }

    #[test]
    fn prompts_follow_each_other() {
        let mut list = Voice::default().say(&[Prompt::Pressed, Prompt::Digit(5)]);
        let said = Clip::of(&mut list, 500);
        assert!(list.next_frame().is_none());
        assert!(Heard::any_sound(said.samples()).found);
        let one = Voice::default().clip(Prompt::Pressed).duration_ms();
        assert!(said.duration_ms() > one + 2 * PAUSE_MS);
    }

    #[test]
    fn all_files_together_stay_small() {
        let bytes: usize = FILES.iter().map(|file| file.len()).sum();
        assert!(bytes < 400 * 1024, "{bytes}");
    }
}
