//! What a token allows and what a webhook field needs (platform docs, Access tokens; Webhooks).

/// A permission carried by a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// `whatsapp_business_messaging`: send, call, receive calls and messages.
    Messaging,
    /// `whatsapp_business_management`: settings, numbers, subscriptions, account webhooks.
    Management,
    /// `business_management`.
    Business,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Scope; 3] = [Scope::Messaging, Scope::Management, Scope::Business];

    /// The published name.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Messaging => "whatsapp_business_messaging",
            Scope::Management => "whatsapp_business_management",
            Scope::Business => "business_management",
        }
    }

    /// Reads a published name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// Webhook fields that this platform emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `calls`.
    Calls,
    /// `messages`.
    Messages,
    /// `account_update`.
    AccountUpdate,
    /// `account_settings_update`.
    AccountSettingsUpdate,
    /// `message_template_status_update`.
    MessageTemplateStatusUpdate,
}

impl Field {
    /// Every field that this platform emits.
    pub const ALL: [Field; 5] =
        [Field::Calls, Field::Messages, Field::AccountUpdate, Field::AccountSettingsUpdate, Field::MessageTemplateStatusUpdate];

    /// The published name.
    pub fn name(self) -> &'static str {
        match self {
            Field::Calls => "calls",
            Field::Messages => "messages",
            Field::AccountUpdate => "account_update",
            Field::AccountSettingsUpdate => "account_settings_update",
            Field::MessageTemplateStatusUpdate => "message_template_status_update",
        }
    }

    /// Reads a published name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether a phone-level or WABA-level override applies; the rest always go to the app's own callback.
    pub fn overridable(self) -> bool {
        !matches!(self, Field::AccountUpdate)
    }

    /// The scope that an app must hold for the WABA to receive this field.
    pub fn needs(self) -> Scope {
        match self {
            Field::Calls | Field::Messages => Scope::Messaging,
            Field::AccountUpdate | Field::AccountSettingsUpdate | Field::MessageTemplateStatusUpdate => Scope::Management,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.name()), Some(scope));
        }
        for field in Field::ALL {
            assert_eq!(Field::parse(field.name()), Some(field));
        }
        assert_eq!(Field::parse("flows"), None);
    }
}
