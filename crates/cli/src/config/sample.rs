//! `callport.sample.toml`, and the listing of a configuration in force: both written from the tree, never by hand.

use std::collections::BTreeMap;

use super::Config;
use super::section::ConfigSection;

/// The sample: every key with its explanation, commented out at its default.
pub fn sample() -> String {
    render(&Config::default(), Keys::Explained(&BTreeMap::new()))
}

/// The sample with some keys in force: full name and value as TOML.
pub fn sample_with(told: &BTreeMap<String, String>) -> String {
    render(&Config::default(), Keys::Explained(told))
}

/// How keys are written.
#[derive(Clone, Copy)]
enum Keys<'a> {
    /// With what they mean; commented out but for those that were told.
    Explained(&'a BTreeMap<String, String>),
    /// All in force.
    Listed,
}

impl Config {
    /// Full name and value of every key, as the file would have them; secrets hidden.
    pub fn values(&self) -> BTreeMap<String, String> {
        let keys =
            self.sections().into_iter().flat_map(|section| section.keys().into_iter().map(|key| (section.path(key.name), key.value)));
        keys.collect()
    }

    /// The configuration in force, secrets hidden.
    pub fn listing(&self) -> String {
        render(self, Keys::Listed)
    }
}

fn render(config: &Config, keys: Keys<'_>) -> String {
    let explain = matches!(keys, Keys::Explained(_));
    let mut text = String::new();
    for section in config.sections() {
        if explain {
            comment(&mut text, section.doc());
        }
        heading(&mut text, section);
        for key in section.keys() {
            if explain {
                text.push('\n');
                comment(&mut text, key.doc);
            }
            let path = section.path(key.name);
            let told = match keys {
                Keys::Explained(told) => told.get(&path),
                Keys::Listed => Some(&key.value),
            };
            let (before, value) = told.map_or(("#", &key.value), |value| ("", value));
            text.push_str(&format!("{before}{} = {value}\n", key.name));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn heading(text: &mut String, section: &dyn ConfigSection) {
    if !section.name().is_empty() {
        text.push_str(&format!("[{}]\n", section.name()));
    }
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        text.push_str(&format!("#{line}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    /// The checked-in sample, so that it can be read without building anything.
    const CHECKED_IN: &str = include_str!("../../../../callport.sample.toml");

    /// The sample with its keys in force: `#key = …` is a key, `# words` an explanation.
    fn uncommented() -> String {
        sample()
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n")
    }

    #[test]
    fn the_checked_in_sample_is_this_one() {
        assert!(CHECKED_IN == sample(), "callport.sample.toml is old: callport config sample > callport.sample.toml");
    }

    #[test]
    fn told_keys_stand_in_the_sample_in_force() {
        let told = BTreeMap::from([("mode".to_owned(), "\"live\"".to_owned()), ("tls.names".to_owned(), "[\"a\"]".to_owned())]);
        let text = sample_with(&told);
        assert!(text.contains("\nmode = \"live\"\n") && text.contains("\nnames = [\"a\"]\n"), "{text}");
        assert_eq!(text.lines().count(), sample().lines().count());
    }

    #[test]
    fn the_sample_uncommented_is_the_defaults() {
        let text = uncommented();
        assert!(text.contains("\nlisten = \"127.0.0.1:8080\""), "{text}");
        let layers = Layers { file: Some(("sample".to_owned(), text)), ..Layers::default() };
        assert_eq!(layers.load().unwrap().listing(), Config::default().listing());
    }

    #[test]
    fn the_listing_can_be_loaded_and_shows_no_secret() {
        let layers = Layers { flags: vec!["operator.token=a-token-that-stays-here".to_owned()], ..Layers::default() };
        let listing = layers.load().unwrap().listing();
        assert!(listing.contains("token = \"(hidden)\"") && !listing.contains("stays-here"), "{listing}");
    }
}
