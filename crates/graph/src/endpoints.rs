//! One file per endpoint, and where each is found.

use crate::operation::Route;

pub(crate) mod access_token;
pub(crate) mod add_phone_number;
pub(crate) mod businesses;
pub(crate) mod call_permissions;
pub(crate) mod calls;
pub(crate) mod credit_lines;
pub(crate) mod debug_token;
pub(crate) mod deregister;
pub(crate) mod message_templates;
pub(crate) mod messages;
pub(crate) mod node;
pub(crate) mod number;
pub(crate) mod phone_numbers;
pub(crate) mod register;
pub(crate) mod request_code;
pub(crate) mod root;
pub(crate) mod routing_roles;
pub(crate) mod settings;
pub(crate) mod solutions;
pub(crate) mod subscribed_apps;
pub(crate) mod subscriptions;
pub(crate) mod template;
pub(crate) mod thread_control;
pub(crate) mod verify_code;
pub(crate) mod waba;

/// Every path, after the version.
pub(crate) fn routes() -> Vec<Route> {
    let route = |path, id, operations| Route { path, id, operations };
    let published = vec![
        route("/", "", root::operations()),
        route("/debug_token", "", debug_token::operations()),
        route("/{id}", "id", node::operations()),
        route("/{id}/calls", "phone_number_id", calls::operations()),
        route("/{id}/call_permissions", "phone_number_id", call_permissions::operations()),
        route("/{id}/messages", "phone_number_id", messages::operations()),
        route("/{id}/routing_roles", "phone_number_id", routing_roles::operations()),
        route("/{id}/thread_control", "phone_number_id", thread_control::operations()),
        route("/{id}/request_code", "phone_number_id", request_code::operations()),
        route("/{id}/verify_code", "phone_number_id", verify_code::operations()),
        route("/{id}/register", "phone_number_id", register::operations()),
        route("/{id}/deregister", "phone_number_id", deregister::operations()),
        route("/{id}/settings", "phone_number_id", settings::operations()),
        route(
            "/{id}/phone_numbers",
            "waba_id",
            [phone_numbers::operations(), add_phone_number::operations()].into_iter().flatten().collect(),
        ),
        route("/{id}/message_templates", "waba_id", message_templates::operations()),
        route("/{id}/subscribed_apps", "waba_id", subscribed_apps::operations()),
        route("/{id}/subscriptions", "app_id", subscriptions::operations()),
    ];
    [published, solutions::routes(), credit_lines::routes(), businesses::routes()].into_iter().flatten().collect()
}
