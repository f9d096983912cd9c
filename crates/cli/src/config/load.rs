//! Lays file, environment and flags over the defaults, and collects every mistake on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Config;
use super::section::Unset;
use super::value::{Raw, Secret, quote};

/// What every variable of ours starts with.
const ENVIRONMENT_PREFIX: &str = "CALLPORT_";

/// Variables with our prefix that are no keys: where the file is, where `callport admin` finds a platform.
const OTHER_VARIABLES: [&str; 2] = ["CALLPORT_CONFIG", "CALLPORT_OPERATOR_URL"];

/// The sample backend is a program of its own, with variables of its own.
const GATEWAY_PREFIX: &str = "CALLPORT_GATEWAY_";

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// File and line, variable or flag.
    pub place: String,
    /// What is wrong and what would be right.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// All mistakes of a configuration, told at once.
#[derive(Debug, Clone, thiserror::Error)]
pub struct ConfigMistakes(pub Vec<Mistake>);

impl fmt::Display for ConfigMistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} mistake{}", self.0.len(), if self.0.len() == 1 { "" } else { "s" })?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

/// What lies over the defaults.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Name and text of `callport.toml`.
    pub file: Option<(String, String)>,
    /// The environment; variables that are not ours are ignored.
    pub environment: Vec<(String, String)>,
    /// `--set` flags, as `section.key=value`.
    pub flags: Vec<String>,
}

impl Layers {
    /// The configuration, or everything that is wrong with it.
    pub fn load(&self) -> Result<Config, ConfigMistakes> {
        let mut loading = Loading::default();
        if let Some((name, text)) = &self.file {
            loading.file(name, text);
        }
        loading.environment(&self.environment);
        self.flags.iter().for_each(|flag| loading.flag(flag));
        loading.finish()
    }
}

impl Layers {
    /// What the flags alone say: full names of keys, and their values as the file would have them. Secrets stand there too.
    pub fn told(&self) -> Result<BTreeMap<String, String>, ConfigMistakes> {
        let mut loading = Loading::default();
        self.flags.iter().for_each(|flag| loading.flag(flag));
        if !loading.mistakes.is_empty() {
            return Err(ConfigMistakes(loading.mistakes));
        }
        let texts: BTreeMap<&str, &str> = self.flags.iter().filter_map(|flag| flag.split_once('=')).collect();
        let mut told = loading.config.values();
        told.retain(|path, _| texts.contains_key(path.as_str()));
        for (path, value) in &mut told {
            if *value == Secret::hidden() {
                *value = quote(texts.get(path.as_str()).copied().unwrap_or_default());
            }
        }
        Ok(told)
    }
}

/// A configuration on its way.
#[derive(Default)]
struct Loading {
    config: Config,
    /// Full names of the keys that some layer set.
    said: BTreeSet<String>,
    mistakes: Vec<Mistake>,
}

impl Loading {
    fn file(&mut self, name: &str, text: &str) {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = place_in(name, text, error.span().map_or(0, |span| span.start));
            self.mistake(place, error.message());
        }
        for (key, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::Table(section) => self.table(name, text, key, section),
                _ => self.value(name, text, "", key, value),
            }
        }
    }

    fn table(&mut self, name: &str, text: &str, section: &Spanned<std::borrow::Cow<'_, str>>, keys: &DeTable<'_>) {
        if section.get_ref().is_empty() || self.config.section_mut(section.get_ref()).is_none() {
            let known: Vec<_> = self.config.sections().iter().map(|known| known.name()).collect();
            let what = format!("there is no section [{}]{}", section.get_ref(), nearest(section.get_ref(), &known));
            return self.mistake(place_in(name, text, section.span().start), &what);
        }
        for (key, value) in keys {
            self.value(name, text, section.get_ref(), key, value);
        }
    }

    fn value(&mut self, name: &str, text: &str, section: &str, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let place = place_in(name, text, key.span().start);
        match raw(value.get_ref()) {
            Some(raw) => self.set(place, section, key.get_ref(), &raw),
            None => self.mistake(place, &format!("{} takes neither tables nor lists of lists", key.get_ref())),
        }
    }

    fn environment(&mut self, variables: &[(String, String)]) {
        let mut keys = Vec::new();
        for section in self.config.sections() {
            keys.extend(section.keys().into_iter().map(|key| (variable(section.name(), key.name), section.name(), key.name)));
        }
        for (name, text) in variables.iter().filter(|(name, _)| is_key(name)) {
            match keys.iter().find(|(variable, ..)| variable == name) {
                Some((_, section, key)) => self.set(name.clone(), section, key, &written(text)),
                None => {
                    let known: Vec<_> = keys.iter().map(|(variable, ..)| variable.as_str()).collect();
                    self.mistake(name.clone(), &format!("no key has this variable{}", nearest(name, &known)));
                }
            }
        }
    }

    fn flag(&mut self, flag: &str) {
        let place = format!("--set {}", flag.split('=').next().unwrap_or(flag));
        let Some((path, text)) = flag.split_once('=') else {
            return self.mistake(place, "write it as --set section.key=value");
        };
        let (section, key) = path.split_once('.').unwrap_or(("", path));
        if self.config.section_mut(section).is_none() {
            let known: Vec<_> = self.config.sections().iter().map(|known| known.name()).collect();
            return self.mistake(place, &format!("there is no section [{section}]{}", nearest(section, &known)));
        }
        self.set(place, section, key, &written(text));
    }

    fn set(&mut self, place: String, section: &str, key: &str, raw: &Raw) {
        let Some(section) = self.config.section_mut(section) else {
            return;
        };
        let path = section.path(key);
        let what = match section.set(key, raw) {
            Ok(()) => {
                self.said.insert(path);
                return;
            }
            Err(Unset::Unfit(expected)) => format!("{path} wants {expected}"),
            Err(Unset::Unknown) => {
                let known: Vec<_> = section.keys().iter().map(|key| key.name).collect();
                format!("there is no key {path}{}", nearest(key, &known))
            }
        };
        self.mistake(place, &what);
    }

    fn finish(mut self) -> Result<Config, ConfigMistakes> {
        let said = |key: &str| self.said.contains(key);
        let places: Vec<_> = self.config.contradictions(&said).collect();
        self.mistakes.extend(places.into_iter().map(|(key, what)| Mistake { place: key.to_owned(), what }));
        if self.mistakes.is_empty() { Ok(self.config) } else { Err(ConfigMistakes(self.mistakes)) }
    }

    fn mistake(&mut self, place: String, what: &str) {
        self.mistakes.push(Mistake { place, what: what.to_owned() });
    }
}

/// `callport.toml:12`.
fn place_in(name: &str, text: &str, at: usize) -> String {
    let line = 1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
    format!("{name}:{line}")
}

/// Whether a variable means to set a key.
fn is_key(variable: &str) -> bool {
    variable.starts_with(ENVIRONMENT_PREFIX) && !variable.starts_with(GATEWAY_PREFIX) && !OTHER_VARIABLES.contains(&variable)
}

/// The variable of a key.
fn variable(section: &str, key: &str) -> String {
    let separator = if section.is_empty() { "" } else { "_" };
    format!("{ENVIRONMENT_PREFIX}{section}{separator}{key}").to_uppercase()
}

/// What a flag or a variable says: a list or a quoted text as the file would have it, any other text as it is. An address such as
/// `[::1]:0` begins like a list and is none.
fn written(text: &str) -> Raw {
    let as_in_a_file = text.trim_start().starts_with(['[', '"', '\'']);
    let read = || raw(DeTable::parse(&format!("value = {text}")).ok()?.get_ref().get("value")?.get_ref());
    as_in_a_file.then(read).flatten().unwrap_or_else(|| Raw::One(text.to_owned()))
}

/// A TOML value in its text form; nothing for tables and lists of lists.
fn raw(value: &DeValue<'_>) -> Option<Raw> {
    match value {
        DeValue::Array(parts) => parts.iter().map(|part| scalar(part.get_ref())).collect::<Option<_>>().map(Raw::Many),
        other => scalar(other).map(Raw::One),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(moment) => Some(moment.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// `; did you mean listen?`, when one of the known names is near.
fn nearest(wrong: &str, known: &[&str]) -> String {
    let near = known.iter().map(|name| (distance(wrong, name), name)).min();
    match near {
        Some((steps, name)) if steps <= 1 + wrong.len() / 4 => format!("; did you mean {name}?"),
        _ => String::new(),
    }
}

/// How many letters must be added, dropped or changed to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let change = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests;
