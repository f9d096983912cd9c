//! The spoken menu as a machine: keys in, prompts out.

use crate::prompts::Prompt;

/// What to do about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Say this instead of whatever is being said, and go on listening.
    Say(Vec<Prompt>),
    /// Say this, then end the call.
    Leave(Vec<Prompt>),
}

/// One caller's place in the menu.
#[derive(Debug, Default)]
pub(crate) struct Menu {
    leaving: bool,
}

impl Menu {
    /// What a caller hears first.
    pub(crate) fn greeting() -> Vec<Prompt> {
        vec![Prompt::Welcome]
    }

    /// The caller pressed `key`. `#` and `9` end the call; after that further keys change nothing.
    pub(crate) fn press(&mut self, key: char) -> Option<Reply> {
        let key = Prompt::key(key).filter(|_| !self.leaving)?;
        let echo = vec![Prompt::Pressed, key];
        if !matches!(key, Prompt::Hash | Prompt::Digit(9)) {
            return Some(Reply::Say(echo));
        }
        self.leaving = true;
        Some(Reply::Leave([echo, vec![Prompt::Goodbye]].concat()))
    }

    /// What was to be said has been said: whether the call is to end now.
    pub(crate) fn said(&self) -> bool {
        self.leaving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_every_key_but_those_that_end() {
        let mut menu = Menu::default();
        for key in "012345678*".chars() {
            let spoken = Prompt::key(key).unwrap();
            assert_eq!(menu.press(key), Some(Reply::Say(vec![Prompt::Pressed, spoken])), "{key}");
            assert!(!menu.said());
        }
    }

    #[test]
    fn hash_and_nine_say_goodbye_and_end_the_call_once() {
        for (key, spoken) in [('#', Prompt::Hash), ('9', Prompt::Digit(9))] {
            let mut menu = Menu::default();
            assert_eq!(menu.press(key), Some(Reply::Leave(vec![Prompt::Pressed, spoken, Prompt::Goodbye])));
            assert!(menu.said());
            assert_eq!(menu.press('1'), None);
            assert_eq!(menu.press('#'), None);
            assert!(menu.said());
        }
    }

    #[test]
    fn what_is_no_key_is_passed_over() {
        let mut menu = Menu::default();
        for key in ['A', 'x', ' ', '٣'] {
            assert_eq!(menu.press(key), None);
        }
    }
}
