//! One file per endpoint.

pub(crate) mod call_permissions;
pub(crate) mod calls;
pub(crate) mod debug_token;
pub(crate) mod message_templates;
pub(crate) mod messages;
pub(crate) mod node;
pub(crate) mod number;
pub(crate) mod phone_numbers;
pub(crate) mod settings;
pub(crate) mod subscribed_apps;
pub(crate) mod subscriptions;
pub(crate) mod template;
pub(crate) mod waba;
