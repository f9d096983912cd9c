//! One file per endpoint, and where each is found.

use axum::routing::{MethodRouter, any, get, post};

use crate::Shared;

pub(crate) mod call_permissions;
pub(crate) mod calls;
pub(crate) mod debug_token;
pub(crate) mod message_templates;
pub(crate) mod messages;
pub(crate) mod node;
pub(crate) mod number;
pub(crate) mod phone_numbers;
pub(crate) mod root;
pub(crate) mod routing_roles;
pub(crate) mod settings;
pub(crate) mod subscribed_apps;
pub(crate) mod subscriptions;
pub(crate) mod template;
pub(crate) mod thread_control;
pub(crate) mod waba;

/// Every path, after the version. A path that takes only POST or GET serves the others as 405.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shared>); 13] {
    [
        ("/", any(root::any)),
        ("/debug_token", get(debug_token::get)),
        ("/{id}", get(node::get).post(number::post)),
        ("/{id}/calls", post(calls::post)),
        ("/{id}/call_permissions", get(call_permissions::get)),
        ("/{id}/messages", post(messages::post)),
        ("/{id}/settings", get(settings::get).post(settings::post)),
        ("/{id}/routing_roles", get(routing_roles::get)),
        ("/{id}/thread_control", post(thread_control::post)),
        ("/{id}/phone_numbers", get(phone_numbers::get)),
        ("/{id}/message_templates", get(message_templates::get).post(message_templates::post).delete(message_templates::delete)),
        ("/{id}/subscribed_apps", get(subscribed_apps::get).post(subscribed_apps::post).delete(subscribed_apps::delete)),
        ("/{id}/subscriptions", get(subscriptions::get).post(subscriptions::post).delete(subscriptions::delete)),
    ]
}
