//! What a token allows and what a webhook field needs (platform docs, Access tokens; Webhooks).

use crate::words::words;

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

words!(Scope {
    Messaging = "whatsapp_business_messaging",
    Management = "whatsapp_business_management",
    Business = "business_management",
});

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
    /// `messaging_handovers`: a thread has another owner.
    MessagingHandovers,
    /// `standby`: what goes on in a thread that another partner owns.
    Standby,
    /// `partner_solutions`.
    PartnerSolutions,
}

words!(Field {
    Calls = "calls",
    Messages = "messages",
    AccountUpdate = "account_update",
    AccountSettingsUpdate = "account_settings_update",
    MessageTemplateStatusUpdate = "message_template_status_update",
    MessagingHandovers = "messaging_handovers",
    Standby = "standby",
    PartnerSolutions = "partner_solutions",
});

impl Field {
    /// Whether a phone-level or WABA-level override applies; the rest always go to the app's own callback.
    pub fn overridable(self) -> bool {
        match self {
            Field::Calls | Field::Messages | Field::MessagingHandovers | Field::AccountSettingsUpdate => true,
            Field::AccountUpdate | Field::PartnerSolutions | Field::MessageTemplateStatusUpdate | Field::Standby => false,
        }
    }

    /// The scope that an app must hold for the WABA to receive this field.
    pub fn needs(self) -> Scope {
        match self {
            Field::Calls | Field::Messages => Scope::Messaging,
            Field::AccountUpdate
            | Field::AccountSettingsUpdate
            | Field::MessageTemplateStatusUpdate
            | Field::MessagingHandovers
            | Field::PartnerSolutions
            | Field::Standby => Scope::Management,
        }
    }
}
