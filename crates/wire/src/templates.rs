//! `/{version}/{waba-id}/message_templates`: messages agreed on beforehand, which may be sent at any time.

/// Most characters of a template's name.
pub const NAME_MAX_CHARS: usize = 512;

/// Most buttons of a template.
pub const BUTTONS_MAX: usize = 10;
