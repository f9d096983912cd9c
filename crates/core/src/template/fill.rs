//! How a template becomes a message: each placeholder takes its argument, and buttons take what the sender says.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::check::is_plain;
use super::placeholders::{Piece, names, pieces};
use super::{LIFE_AT_SENDING_MINUTES, MAX_URL, ParameterFormat, Part, Template, TemplateButton};
use crate::limits::MAX_PAYLOAD;
use crate::message::{Button, Content};
use crate::time::WallTime;

/// What a sender gives for the placeholders and buttons of a template. Buttons are told by their place, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arguments {
    /// Parameters of the component `header`.
    pub header: Vec<Argument>,
    /// Parameters of the component `body`.
    pub body: Vec<Argument>,
    /// Parameters of the button `voice_call`. A template has at most one, so its place does not matter.
    pub call_button: Option<CallButtonArguments>,
    /// What a quick reply brings back instead of its text.
    pub reply_payloads: BTreeMap<usize, String>,
    /// What ends the address of a URL button.
    pub url_suffixes: BTreeMap<usize, String>,
}

/// A parameter of the type `text`.
#[derive(Clone, PartialEq, Eq)]
pub struct Argument {
    /// `parameter_name`, in the named format.
    pub name: Option<String>,
    /// What stands in place of the placeholder.
    pub text: String,
}

/// People's words: never in a log.
impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "argument {:?} of {} characters", self.name.as_deref().unwrap_or_default(), self.text.chars().count())
    }
}

/// What a sender says of the call button.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallButtonArguments {
    /// `ttl_minutes`, instead of the template's.
    pub life_minutes: Option<u32>,
    /// Comes back as `cta_payload` of the call.
    pub payload: Option<String>,
}

/// Which code a refused argument is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FillKind {
    /// 132000: too many or too few parameters.
    Count,
    /// 132005: the text is too long once filled.
    TooLong,
    /// 132012: a parameter has not the form that the template asks for.
    Format,
    /// 132018: a parameter has blanks that it may not have.
    Text,
}

/// Why a template cannot be sent with these arguments. The first reason found is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillRefusal {
    /// As many parameters as placeholders, no more and no fewer.
    #[error("the {part} of this template takes {expected} parameters, and {given} were given")]
    Count {
        /// Where.
        part: Part,
        /// Placeholders, each counted once.
        expected: usize,
        /// Parameters.
        given: usize,
    },
    /// The address of a button has a placeholder and nothing for it.
    #[error("the URL button at index {0} takes one parameter, and none was given")]
    SuffixMissing(usize),
    /// Header or body.
    #[error("the {0} of this template is longer than {limit} characters once its parameters are filled in", limit = .0.limit())]
    TooLong(Part),
    /// The address of a button.
    #[error("the address of the URL button at index {0} is longer than {MAX_URL} characters once its parameter is filled in")]
    UrlTooLong(usize),
    /// Positional template, named parameters.
    #[error("the placeholders of this template are numbered: leave out `parameter_name` in the {0}")]
    NameGiven(Part),
    /// Named template, positional parameters.
    #[error("the placeholders of this template are named: give each parameter of the {0} its `parameter_name`")]
    NameMissing(Part),
    /// Named template: as many parameters as placeholders, but others.
    #[error("no parameter of the {part} has the `parameter_name` {name}")]
    NotNamed {
        /// Where.
        part: Part,
        /// The placeholder that is left over.
        name: String,
    },
    /// A parameter without text.
    #[error("each parameter of the {0} needs a text")]
    Empty(Part),
    /// Line breaks, tabs, or many blanks in a row: they would break the layout that was agreed on.
    #[error(
        "the text of a parameter of the {0} cannot have new-line or tab characters, or more than four blanks in a row (4 consecutive spaces)"
    )]
    Layout(Part),
    /// Arguments for a call button that is not there.
    #[error("this template has no call button")]
    NoCallButton,
    /// `ttl_minutes` out of range.
    #[error("`ttl_minutes` of a call button is {} to {} minutes", LIFE_AT_SENDING_MINUTES.start(), LIFE_AT_SENDING_MINUTES.end())]
    ButtonLife,
    /// The payload of a button is too long.
    #[error("the payload of a button has at most {MAX_PAYLOAD} characters")]
    PayloadTooLong,
    /// A payload for something that is no quick reply.
    #[error("the button at index {0} is no quick reply")]
    NoReply(usize),
    /// A parameter for something that is no URL button with a placeholder.
    #[error("the button at index {0} is no URL button with a placeholder")]
    NoUrlPlaceholder(usize),
    /// The parameter of an address has blanks, or is empty.
    #[error("the parameter of the URL button at index {0} needs a text without blanks")]
    BadSuffix(usize),
}

impl FillRefusal {
    /// The group that it belongs to: one row of the code table.
    pub fn kind(&self) -> FillKind {
        match self {
            Self::Count { .. } | Self::SuffixMissing(_) => FillKind::Count,
            Self::TooLong(_) | Self::UrlTooLong(_) => FillKind::TooLong,
            Self::Layout(_) => FillKind::Text,
            Self::NameGiven(_)
            | Self::NameMissing(_)
            | Self::NotNamed { .. }
            | Self::Empty(_)
            | Self::NoCallButton
            | Self::ButtonLife
            | Self::PayloadTooLong
            | Self::NoReply(_)
            | Self::NoUrlPlaceholder(_)
            | Self::BadSuffix(_) => FillKind::Format,
        }
    }
}

impl Template {
    /// The message that a user sees when this template is sent at `now`. Braces in an argument are text like any other.
    pub fn fill(&self, arguments: &Arguments, now: WallTime) -> Result<Content, FillRefusal> {
        let header = self.filled(Part::Header, self.header.as_deref().unwrap_or_default(), &arguments.header)?;
        let body = self.filled(Part::Body, &self.body, &arguments.body)?;
        self.check_places(arguments)?;
        let buttons = self.buttons.iter().enumerate().map(|(index, button)| arguments.button(index, button, now));
        Ok(Content {
            header: self.header.is_some().then_some(header),
            body: Some(body),
            footer: self.footer.clone(),
            buttons: buttons.collect::<Result<_, _>>()?,
            asks_permission: self.asks_permission,
        })
    }

    fn filled(&self, part: Part, text: &str, arguments: &[Argument]) -> Result<String, FillRefusal> {
        check_form(part, self.format, arguments)?;
        let names = names(text);
        if names.len() != arguments.len() {
            return Err(FillRefusal::Count { part, expected: names.len(), given: arguments.len() });
        }
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Placeholder(name) => argument(part, name, arguments)?,
            });
        }
        if filled.chars().count() > part.limit() { Err(FillRefusal::TooLong(part)) } else { Ok(filled) }
    }

    /// Whatever is said of a button must be said of one that is there.
    fn check_places(&self, arguments: &Arguments) -> Result<(), FillRefusal> {
        if arguments.call_button.is_some() && !self.buttons.iter().any(|button| matches!(button, TemplateButton::Call { .. })) {
            return Err(FillRefusal::NoCallButton);
        }
        for index in arguments.reply_payloads.keys() {
            if !matches!(self.buttons.get(*index), Some(TemplateButton::Reply { .. })) {
                return Err(FillRefusal::NoReply(*index));
            }
        }
        for index in arguments.url_suffixes.keys() {
            if !matches!(self.buttons.get(*index), Some(TemplateButton::Url { url, .. }) if !names(url).is_empty()) {
                return Err(FillRefusal::NoUrlPlaceholder(*index));
            }
        }
        Ok(())
    }
}

fn check_form(part: Part, format: ParameterFormat, arguments: &[Argument]) -> Result<(), FillRefusal> {
    let named = |argument: &Argument| argument.name.is_some();
    match format {
        ParameterFormat::Positional if arguments.iter().any(named) => Err(FillRefusal::NameGiven(part)),
        ParameterFormat::Named if !arguments.iter().all(named) => Err(FillRefusal::NameMissing(part)),
        _ if arguments.iter().any(|argument| argument.text.is_empty()) => Err(FillRefusal::Empty(part)),
        _ if arguments.iter().any(|argument| breaks_layout(&argument.text)) => Err(FillRefusal::Layout(part)),
        _ => Ok(()),
    }
}

/// Published beside 132018: no new-line and tab characters, and no more than four blanks in a row.
fn breaks_layout(text: &str) -> bool {
    const BLANKS_TOO_MANY: &str = "     ";
    text.contains(['\n', '\r', '\t']) || text.contains(BLANKS_TOO_MANY)
}

/// The argument of a placeholder. With as many of them as placeholders, one that is missing shows a wrong name or one given twice.
fn argument<'a>(part: Part, name: &str, arguments: &'a [Argument]) -> Result<&'a str, FillRefusal> {
    let by_name = arguments.iter().find(|argument| argument.name.as_deref() == Some(name));
    let by_position = || super::placeholders::position(name).and_then(|position| arguments.get(position - 1));
    let found = by_name.or_else(by_position).ok_or_else(|| FillRefusal::NotNamed { part, name: name.to_owned() })?;
    Ok(&found.text)
}

impl Arguments {
    fn button(&self, index: usize, button: &TemplateButton, now: WallTime) -> Result<Button, FillRefusal> {
        match button {
            TemplateButton::Call { text, life } => self.call(text, *life, now),
            TemplateButton::Reply { text } => {
                let payload = within_bounds(self.reply_payloads.get(&index).unwrap_or(text))?;
                Ok(Button::Reply { text: text.clone(), payload })
            }
            TemplateButton::Url { text, url } => Ok(Button::Url { text: text.clone(), url: self.address(index, url)? }),
        }
    }

    fn call(&self, text: &str, life: Duration, now: WallTime) -> Result<Button, FillRefusal> {
        let said = self.call_button.clone().unwrap_or_default();
        let life = match said.life_minutes {
            Some(minutes) if LIFE_AT_SENDING_MINUTES.contains(&minutes) => Duration::from_secs(u64::from(minutes) * 60),
            Some(_) => return Err(FillRefusal::ButtonLife),
            None => life,
        };
        let payload = said.payload.as_deref().map(within_bounds).transpose()?;
        Ok(Button::Call { text: text.to_owned(), expires_at: now + life, payload })
    }

    fn address(&self, index: usize, url: &str) -> Result<String, FillRefusal> {
        let Some(fixed) = url.strip_suffix("{{1}}") else { return Ok(url.to_owned()) };
        let suffix = self.url_suffixes.get(&index).ok_or(FillRefusal::SuffixMissing(index))?;
        if suffix.is_empty() || !is_plain(suffix) {
            return Err(FillRefusal::BadSuffix(index));
        }
        let filled = format!("{fixed}{suffix}");
        if filled.chars().count() > MAX_URL { Err(FillRefusal::UrlTooLong(index)) } else { Ok(filled) }
    }
}

fn within_bounds(payload: &str) -> Result<String, FillRefusal> {
    if payload.chars().count() > MAX_PAYLOAD { Err(FillRefusal::PayloadTooLong) } else { Ok(payload.to_owned()) }
}

#[cfg(test)]
mod tests;
