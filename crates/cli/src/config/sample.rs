//! `callport.sample.toml`, and the listing of a configuration in force: both written from the tree, never by hand.

use super::Config;
use super::section::Section;

/// The sample: every key with its explanation, commented out at its default.
pub fn sample() -> String {
    render(&Config::default(), "#", true)
}

impl Config {
    /// The configuration in force, secrets hidden.
    pub fn listing(&self) -> String {
        render(self, "", false)
    }
}

fn render(config: &Config, before_key: &str, explain: bool) -> String {
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
            text.push_str(&format!("{before_key}{} = {}\n", key.name, key.value));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn heading(text: &mut String, section: &dyn Section) {
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
