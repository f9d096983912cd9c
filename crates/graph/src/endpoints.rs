//! One file per endpoint.

pub(crate) mod calls;
pub(crate) mod debug_token;
pub(crate) mod node;
pub(crate) mod number;
pub(crate) mod phone_numbers;
pub(crate) mod settings;
pub(crate) mod subscribed_apps;
pub(crate) mod subscriptions;
pub(crate) mod waba;
