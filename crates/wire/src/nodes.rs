//! Everything beside calls and settings: the objects of the platform as Graph nodes, and the webhook plumbing.

pub mod health;
pub mod page;
pub mod phone_number;
pub mod routing;
pub mod subscribed_apps;
pub mod subscriptions;
pub mod token;
pub mod waba;
pub mod webhook_configuration;
