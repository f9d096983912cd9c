//! Texts with placeholders: `{{1}}`, `{{2}}`, or `{{first_name}}`.

use crate::params::Malformed;
use crate::quiet::quiet_debug;
use crate::words::words;

words! {
    /// How the placeholders of a template are told apart.
    ParameterFormat {
        /// By numbers from 1 on without gaps; the default.
        Positional = "POSITIONAL",
        /// By names of lower-case letters, digits and underscores.
        Named = "NAMED",
    }
}

/// A text and its placeholders.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateText {
    text: String,
    placeholders: Vec<String>,
}

quiet_debug! { TemplateText { placeholders } }

impl TemplateText {
    /// The text, known as `parameter` in errors.
    pub(super) fn read(text: &str, format: ParameterFormat, parameter: &str) -> Result<Self, Malformed> {
        let mut placeholders: Vec<String> = Vec::new();
        for name in names(text) {
            if !placeholders.iter().any(|known| known == name) {
                placeholders.push(name.to_owned());
            }
        }
        match format {
            ParameterFormat::Positional => check_numbers(&mut placeholders, parameter)?,
            ParameterFormat::Named => check_names(&placeholders, parameter)?,
        }
        Ok(Self { text: text.to_owned(), placeholders })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands between the braces, each once: numbers in order, names in order of appearance.
    pub fn placeholders(&self) -> &[String] {
        &self.placeholders
    }
}

/// Sorts the numbers. One of 1 to n each means no gap, no other spelling and no name.
fn check_numbers(placeholders: &mut [String], parameter: &str) -> Result<(), Malformed> {
    placeholders.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    let gapless = placeholders.iter().enumerate().all(|(at, number)| *number == (at + 1).to_string());
    if gapless { Ok(()) } else { Err(Malformed::wrong(parameter, "must number its placeholders {{1}}, {{2}} and so on")) }
}

fn check_names(placeholders: &[String], parameter: &str) -> Result<(), Malformed> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_name = |name: &String| name.bytes().next().is_some_and(letter) && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit());
    if placeholders.iter().all(is_name) {
        return Ok(());
    }
    Err(Malformed::wrong(parameter, "must name its placeholders with lower-case letters, digits and underscores"))
}

/// What stands between the braces, in order. Braces that are never closed are text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, behind) = rest.split_once("{{")?;
        let (name, after) = behind.split_once("}}")?;
        rest = after;
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParameterFormat::{Named, Positional};

    #[test]
    fn finds_each_placeholder_once() {
        for (text, format, expected) in [
            ("No placeholder { } }} {{", Positional, &[][..]),
            ("{{1}}", Positional, &["1"]),
            ("{{2}} and {{1}} and {{2}}", Positional, &["1", "2"]),
            ("{{1}}{{2}}{{3}}{{4}}{{5}}{{6}}{{7}}{{8}}{{9}}{{10}}", Positional, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
            ("Hi {{first_name}}, ticket {{ticket_2}}.", Named, &["first_name", "ticket_2"]),
        ] {
            let read = TemplateText::read(text, format, "text").unwrap();
            assert_eq!(read.placeholders(), expected, "{text}");
            assert_eq!(read.as_str(), text);
        }
    }

    #[test]
    fn refuses_gaps_and_the_other_format() {
        for (text, format) in [
            ("{{0}}", Positional),
            ("{{2}}", Positional),
            ("{{1}} {{3}}", Positional),
            ("{{01}}", Positional),
            ("{{ 1 }}", Positional),
            ("{{}}", Positional),
            ("{{first_name}}", Positional),
            ("{{1}}", Named),
            ("{{First}}", Named),
            ("{{}}", Named),
            ("{{größe}}", Named),
        ] {
            assert!(TemplateText::read(text, format, "text").is_err(), "{text}");
        }
    }
}
