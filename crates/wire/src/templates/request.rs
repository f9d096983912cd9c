//! POST makes a template, DELETE removes it.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Components, LANGUAGE_MAX_CHARS, NAME_MAX_CHARS, ParameterFormat};
use crate::params::{Malformed, Params};
use crate::words::words;

words! {
    /// What a template is for, and so what it costs.
    Category {
        /// Offers and news.
        Marketing = "MARKETING",
        /// About something that the user asked for.
        Utility = "UTILITY",
        /// One-time passwords. Never about calling.
        Authentication = "AUTHENTICATION",
    }
}

/// The body of POST.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTemplate {
    /// 1 to 512 lower-case letters, digits and underscores.
    pub name: String,
    /// `en`, `pt_BR`.
    pub language: String,
    /// Marketing or utility where the template is about calling.
    pub category: Category,
    /// How its placeholders are told apart.
    pub parameter_format: ParameterFormat,
    /// What it is made of.
    pub components: Components,
    /// The same as it was sent, for lists and for reading it again with [`Components::read`].
    pub as_sent: Vec<Value>,
}

impl NewTemplate {
    /// Reads a request body.
    ///
    /// # Errors
    /// The first member that is missing or wrong, in words.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(body);
        let name = read_name(params)?;
        let language = read_language(params)?;
        let category = params.word::<Category>("category")?.ok_or_else(|| Malformed::missing("category"))?;
        let parameter_format = params.word("parameter_format")?.unwrap_or(ParameterFormat::Positional);
        let as_sent = params.list("components")?.ok_or_else(|| Malformed::missing("components"))?;
        let components = Components::read(as_sent, parameter_format)?;
        if category == Category::Authentication && components.is_about_calling() {
            return Err(Malformed::wrong("category", "must be MARKETING or UTILITY for a template about calling"));
        }
        Ok(Self { name, language, category, parameter_format, components, as_sent: as_sent.to_vec() })
    }
}

fn read_name(params: Params<'_>) -> Result<String, Malformed> {
    let name = params.required_bounded_text("name", NAME_MAX_CHARS)?;
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Ok(name.to_owned());
    }
    Err(Malformed::wrong("name", "must be of lower-case letters, digits and underscores"))
}

fn read_language(params: Params<'_>) -> Result<String, Malformed> {
    let language = params.required_bounded_text("language", LANGUAGE_MAX_CHARS)?;
    if language.starts_with(|first: char| first.is_ascii_alphabetic())
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Ok(language.to_owned());
    }
    Err(Malformed::wrong("language", "must be a language code such as en or pt_BR"))
}

impl Serialize for NewTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("NewTemplate", 5)?;
        body.serialize_field("name", &self.name)?;
        body.serialize_field("language", &self.language)?;
        body.serialize_field("category", &self.category)?;
        match self.parameter_format {
            ParameterFormat::Positional => body.skip_field("parameter_format")?,
            ParameterFormat::Named => body.serialize_field("parameter_format", &self.parameter_format)?,
        }
        body.serialize_field("components", &self.as_sent)?;
        body.end()
    }
}

/// What DELETE removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateDeletion {
    /// Every language of this template.
    pub name: String,
    /// Only the one with this id.
    pub hsm_id: Option<String>,
}

impl TemplateDeletion {
    /// Reads the query.
    ///
    /// # Errors
    /// When no name is there.
    pub fn read(query: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(query);
        let hsm_id = params.text_or_number("hsm_id")?.filter(|id| !id.is_empty());
        Ok(Self { name: params.required_bounded_text("name", NAME_MAX_CHARS)?.to_owned(), hsm_id })
    }
}

#[cfg(test)]
mod tests;
