//! What a template may hold when it is made.

use std::time::Duration;

use super::placeholders::{is_name, names, position, stray_braces};
use super::{Category, LIFE_AT_CREATION_MINUTES, MAX_BUTTON_TEXT, MAX_BUTTONS, MAX_URL, ParameterFormat, Part, Template, TemplateButton};

/// Why a template cannot be made, with what to change. The first reason found is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateRefusal {
    /// The text is missing, or blank.
    #[error("give the {0} a text")]
    Empty(Part),
    /// The text is too long.
    #[error("shorten the {0} to at most {limit} characters", limit = .0.limit())]
    TooLong(Part),
    /// A placeholder in the footer.
    #[error("write the footer without placeholders and double braces")]
    FooterPlaceholder,
    /// Braces that do not pair.
    #[error("close each `{{{{` of the {0} by `}}}}`, with the placeholder alone between them")]
    StrayBraces(Part),
    /// Positional format: something other than a position, or positions that leave one out.
    #[error("number the placeholders of the {0} as {{{{1}}}}, {{{{2}}}} and so on, without a gap, or set `parameter_format` to `named`")]
    BadPosition(Part),
    /// Named format: something other than a name.
    #[error("name each placeholder of the {0} in lower-case letters, digits and underscores, a letter first, as in {{{{order_id}}}}")]
    BadName(Part),
    /// More than [`MAX_BUTTONS`].
    #[error("leave at most {MAX_BUTTONS} buttons")]
    TooManyButtons,
    /// Two call buttons.
    #[error("leave at most one button of the type VOICE_CALL")]
    SecondCallButton,
    /// A text that is empty, too long, or has placeholders.
    #[error("give each button a text of 1 to {MAX_BUTTON_TEXT} characters, without placeholders")]
    ButtonText,
    /// `ttl_minutes` out of range.
    #[error("set `ttl_minutes` of the call button to {} to {} minutes", LIFE_AT_CREATION_MINUTES.start(), LIFE_AT_CREATION_MINUTES.end())]
    ButtonLife,
    /// Another kind of button between quick replies.
    #[error("put the quick replies next to each other, with no other button between them")]
    RepliesScattered,
    /// Not a web address, or with a placeholder elsewhere than at its end.
    #[error(
        "give each URL button an address of at most {MAX_URL} characters that starts with http:// or https:// and a host; \
         its only placeholder may be {{{{1}}}} at the end"
    )]
    ButtonUrl,
    /// Permission component and buttons.
    #[error("remove the buttons, or the component `call_permission_request`: they cannot stand together")]
    PermissionBesideButtons,
    /// Calling in an authentication template.
    #[error("set the category to MARKETING or UTILITY: no other has call buttons and call permission requests")]
    WrongCategory,
}

impl Template {
    /// Whether a template of this category may be made.
    pub fn check(&self, category: Category) -> Result<(), TemplateRefusal> {
        check_text(Part::Body, &self.body, self.format)?;
        if let Some(header) = &self.header {
            check_text(Part::Header, header, self.format)?;
        }
        if let Some(footer) = &self.footer {
            check_footer(footer)?;
        }
        refuse_if(self.asks_permission && !self.buttons.is_empty(), TemplateRefusal::PermissionBesideButtons)?;
        check_buttons(&self.buttons)?;
        let calls = self.asks_permission || self.buttons.iter().any(is_call);
        refuse_if(calls && category == Category::Authentication, TemplateRefusal::WrongCategory)
    }
}

fn refuse_if(refused: bool, why: TemplateRefusal) -> Result<(), TemplateRefusal> {
    if refused { Err(why) } else { Ok(()) }
}

fn check_length(part: Part, text: &str) -> Result<(), TemplateRefusal> {
    refuse_if(text.trim().is_empty(), TemplateRefusal::Empty(part))?;
    refuse_if(text.chars().count() > part.limit(), TemplateRefusal::TooLong(part))
}

fn check_text(part: Part, text: &str, format: ParameterFormat) -> Result<(), TemplateRefusal> {
    check_length(part, text)?;
    refuse_if(stray_braces(text), TemplateRefusal::StrayBraces(part))?;
    let names = names(text);
    match format {
        // Each position stands once in `names`: without a gap if and only if none is beyond their count.
        ParameterFormat::Positional => {
            let contiguous = names.iter().all(|name| position(name).is_some_and(|position| position <= names.len()));
            refuse_if(!contiguous, TemplateRefusal::BadPosition(part))
        }
        ParameterFormat::Named => refuse_if(!names.into_iter().all(is_name), TemplateRefusal::BadName(part)),
    }
}

fn check_footer(footer: &str) -> Result<(), TemplateRefusal> {
    check_length(Part::Footer, footer)?;
    refuse_if(has_placeholder(footer), TemplateRefusal::FooterPlaceholder)
}

fn has_placeholder(text: &str) -> bool {
    stray_braces(text) || !names(text).is_empty()
}

fn check_buttons(buttons: &[TemplateButton]) -> Result<(), TemplateRefusal> {
    refuse_if(buttons.len() > MAX_BUTTONS, TemplateRefusal::TooManyButtons)?;
    refuse_if(buttons.iter().filter(|button| is_call(button)).count() > 1, TemplateRefusal::SecondCallButton)?;
    buttons.iter().try_for_each(check_button)?;
    refuse_if(!replies_grouped(buttons), TemplateRefusal::RepliesScattered)
}

fn check_button(button: &TemplateButton) -> Result<(), TemplateRefusal> {
    let text = button.text();
    let fits = !text.trim().is_empty() && text.chars().count() <= MAX_BUTTON_TEXT && !has_placeholder(text);
    refuse_if(!fits, TemplateRefusal::ButtonText)?;
    match button {
        TemplateButton::Call { life, .. } => refuse_if(!life_at_creation(*life), TemplateRefusal::ButtonLife),
        TemplateButton::Url { url, .. } => refuse_if(!is_address(url), TemplateRefusal::ButtonUrl),
        TemplateButton::Reply { .. } => Ok(()),
    }
}

fn is_call(button: &TemplateButton) -> bool {
    matches!(button, TemplateButton::Call { .. })
}

fn is_reply(button: &TemplateButton) -> bool {
    matches!(button, TemplateButton::Reply { .. })
}

fn life_at_creation(life: Duration) -> bool {
    let minutes = |minutes: &u32| Duration::from_secs(u64::from(*minutes) * 60);
    (minutes(LIFE_AT_CREATION_MINUTES.start())..=minutes(LIFE_AT_CREATION_MINUTES.end())).contains(&life)
}

/// Quick replies are one group: no reply begins another after it.
fn replies_grouped(buttons: &[TemplateButton]) -> bool {
    buttons.chunk_by(|a, b| is_reply(a) == is_reply(b)).filter(|group| group.first().is_some_and(is_reply)).count() <= 1
}

/// A placeholder may stand at the end only, and not in place of the host: nobody approves an address that could lead anywhere.
fn is_address(url: &str) -> bool {
    let fixed = url.strip_suffix("{{1}}").unwrap_or(url);
    let scheme =
        ["https://", "http://"].into_iter().find(|scheme| fixed.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
    let Some(rest) = scheme.map(|scheme| &fixed[scheme.len()..]) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let whole_host = fixed == url || host.len() < rest.len();
    !host.is_empty() && whole_host && !has_placeholder(fixed) && is_plain(url) && url.chars().count() <= MAX_URL
}

/// Addresses have no blanks and no control characters.
pub(super) fn is_plain(url: &str) -> bool {
    !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests;
