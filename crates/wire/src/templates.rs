//! `/{version}/{waba-id}/message_templates`: messages agreed on beforehand, which may be sent at any time.
//!
//! Platform docs, Calling, Call buttons and deep links, "Template"; Obtain user call permissions, "Template"; Cloud API,
//! Message templates. Text templates with calling components are read whole; media headers, carousels and the other
//! kinds of button are refused, because nothing here could show them.

pub mod buttons;
pub mod components;
pub mod placeholders;
pub mod reply;
pub mod request;

pub use buttons::TemplateButton;
pub use components::Components;
pub use placeholders::{ParameterFormat, TemplateText};
pub use reply::{TemplateCreated, TemplateList, TemplateStatus, TemplateSummary, TemplateView};
pub use request::{Category, NewTemplate, TemplateDeletion};

/// Most characters of a template's name.
pub const NAME_MAX_CHARS: usize = 512;

/// Most characters of a language code.
pub const LANGUAGE_MAX_CHARS: usize = 20;

/// Most characters of a header and of a footer.
pub const HEADER_AND_FOOTER_MAX_CHARS: usize = 60;

/// Most characters of a body.
pub const BODY_MAX_CHARS: usize = 1_024;

/// Most buttons of a template.
pub const BUTTONS_MAX: usize = 10;

/// Most characters on a button.
pub const BUTTON_TEXT_MAX_CHARS: usize = 25;

/// Most characters of the address behind a button.
pub const URL_MAX_CHARS: usize = 2_000;

/// How long a template's call button may work, in minutes: 1 to 30 days. Sending may choose less.
pub const TTL_MINUTES: std::ops::RangeInclusive<u32> = 1_440..=43_200;
