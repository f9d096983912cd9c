//! One file per endpoint, and where each is found.

use axum::routing::{MethodRouter, any, get, post};

use crate::Shared;

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
pub(crate) mod settings;
pub(crate) mod solutions;
pub(crate) mod subscribed_apps;
pub(crate) mod subscriptions;
pub(crate) mod template;
pub(crate) mod verify_code;
pub(crate) mod waba;

/// Every path, after the version. A path that takes only POST or GET serves the others as 405.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shared>); 35] {
    [
        ("/", any(root::any)),
        ("/debug_token", get(debug_token::get)),
        ("/{id}", get(node::get).post(number::post).delete(credit_lines::delete)),
        ("/{id}/calls", post(calls::post)),
        ("/{id}/call_permissions", get(call_permissions::get)),
        ("/{id}/messages", post(messages::post)),
        ("/{id}/request_code", post(request_code::post)),
        ("/{id}/verify_code", post(verify_code::post)),
        ("/{id}/register", post(register::post)),
        ("/{id}/deregister", post(deregister::post)),
        ("/{id}/whatsapp_business_solution", post(solutions::create)),
        ("/{id}/whatsapp_business_solutions", get(solutions::of_app)),
        ("/{id}/solutions", get(solutions::of_account)),
        ("/{id}/partners", get(solutions::partners)),
        ("/{id}/access_token", get(solutions::access_token)),
        ("/{id}/accept", post(solutions::accept)),
        ("/{id}/reject", post(solutions::reject)),
        ("/{id}/send_deactivation_request", post(solutions::ask_to_end)),
        ("/{id}/accept_deactivation_request", post(solutions::agree_to_end)),
        ("/{id}/reject_deactivation_request", post(solutions::refuse_to_end)),
        ("/{id}/extendedcredits", get(credit_lines::list)),
        ("/{id}/whatsapp_credit_sharing", post(credit_lines::share)),
        ("/{id}/whatsapp_credit_attach", post(credit_lines::attach)),
        ("/{id}/whatsapp_credit_sharing_and_attach", post(credit_lines::share_and_attach)),
        ("/{id}/owning_credit_allocation_configs", get(credit_lines::allocations)),
        ("/{id}/owned_whatsapp_business_accounts", get(businesses::owned)),
        ("/{id}/client_whatsapp_business_accounts", get(businesses::clients)),
        ("/{id}/add_phone_numbers", post(businesses::add_number)),
        ("/{id}/system_user_access_tokens", post(businesses::tokens)),
        ("/{id}/assigned_users", get(businesses::assigned).post(businesses::assign)),
        ("/{id}/settings", get(settings::get).post(settings::post)),
        ("/{id}/phone_numbers", get(phone_numbers::get).post(add_phone_number::post)),
        ("/{id}/message_templates", get(message_templates::get).post(message_templates::post).delete(message_templates::delete)),
        ("/{id}/subscribed_apps", get(subscribed_apps::get).post(subscribed_apps::post).delete(subscribed_apps::delete)),
        ("/{id}/subscriptions", get(subscriptions::get).post(subscriptions::post).delete(subscriptions::delete)),
    ]
}
