//! The conversation itself, whichever side placed the call: what is said, and what the other side's sound and keys lead to.

use std::time::{Duration, Instant};

use callport_audio::{Clip, Playlist, Signature, pipe};
use callport_peer::{Endpoint, News};

use crate::config::Mode;
use crate::menu::{Menu, Reply};
use crate::prompts::Voice;

/// What a user gets to hear.
#[derive(Debug, Clone, Default)]
pub enum Speech {
    /// Silence.
    Nothing,
    /// What the user says, back again.
    Echo,
    /// A known signal that the far end can recognise.
    #[default]
    Tone,
    /// A spoken menu that repeats each key and ends on `#` or `9`.
    Menu,
    /// A recording, once; then silence.
    Clip(Clip),
}

/// How a conversation ends from within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Everything was said that the menu has to say.
    Done,
    /// ICE or DTLS failed, in words.
    NoMedia(&'static str),
}

/// One conversation.
pub(crate) struct Talk {
    say: Speech,
    menu: Option<Menu>,
    too_quiet: Option<Instant>,
    quiet_within: Duration,
}

impl Talk {
    /// A conversation that bears `quiet_within` without any packet.
    pub(crate) fn new(say: Speech, quiet_within: Duration) -> Self {
        let menu = matches!(say, Speech::Menu).then(Menu::default);
        Self { say, menu, too_quiet: None, quiet_within }
    }

    /// Gives the mouth what there is to say, before it opens.
    pub(crate) async fn begin(&self, endpoint: &Endpoint, voice: &Voice) {
        let mouth = endpoint.mouth();
        match &self.say {
            Speech::Nothing => {}
            Speech::Echo => {
                let (heard, said) = pipe();
                endpoint.ear().pipe_to(heard);
                mouth.say(said).await;
            }
            Speech::Tone => mouth.say(Signature::BUSINESS.source()).await,
            Speech::Menu => mouth.say(voice.say(&Menu::greeting())).await,
            Speech::Clip(clip) => mouth.say(Playlist::new([clip.clone()])).await,
        }
    }

    /// When the other side will have been gone for too long; none while it is heard.
    pub(crate) fn too_quiet(&self) -> Option<Instant> {
        self.too_quiet
    }

    /// What a media milestone leads to.
    pub(crate) async fn hear(&mut self, news: &News, endpoint: &Endpoint, voice: &Voice) -> Option<Over> {
        match news {
            News::Failed(why) => return Some(Over::NoMedia(why)),
            News::Quiet => self.too_quiet = Some(Instant::now() + self.quiet_within),
            News::HeardAgain => self.too_quiet = None,
            News::Digit(key) => {
                let reply = self.menu.as_mut().and_then(|menu| menu.press(*key));
                if let Some(Reply::Say(prompts) | Reply::Leave(prompts)) = reply {
                    endpoint.mouth().say(voice.say(&prompts)).await;
                }
            }
            News::Said if self.menu.as_ref().is_some_and(Menu::said) => return Some(Over::Done),
            _ => {}
        }
        None
    }
}

impl From<Mode> for Speech {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Echo => Self::Echo,
            Mode::Tone => Self::Tone,
            Mode::Menu => Self::Menu,
            Mode::Reject => Self::Nothing,
        }
    }
}
