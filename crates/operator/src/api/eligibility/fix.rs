//! The request that mends what is missing: as the app sends it to the Graph API, where an app can, and as the operator does it here.

use callport_core::call_id::Direction;
use callport_core::eligibility::Prerequisite;
use callport_core::ids::WabaId;
use callport_core::registration::Verification;
use callport_core::scope::{Field, Scope};
use callport_engine::records::{App, AppGrant, Number};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What mends it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Fix {
    /// By the app itself.
    pub(super) graph: Option<GraphFix>,
    /// By the operator: a command line. Words in capital letters are to be filled in.
    #[schema(example = "callport admin settings 4001 --status ENABLED")]
    pub(super) admin: Option<String>,
}

/// A request to the Graph API.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct GraphFix {
    #[schema(example = "POST")]
    method: String,
    /// Without the version.
    #[schema(example = "/4001/settings")]
    path: String,
    /// JSON. Words in capital letters are to be filled in.
    #[schema(value_type = Object)]
    body: Value,
    /// With which token.
    #[schema(example = "access token with whatsapp_business_management")]
    token: String,
}

const MANAGING: &str = "access token with whatsapp_business_management";
const OF_THE_APP: &str = "the app's own token, APP_ID|APP_SECRET";

fn post(path: String, body: Value, token: &str) -> Option<GraphFix> {
    Some(GraphFix { method: "POST".to_owned(), path, body, token: token.to_owned() })
}

/// Of a prerequisite that is not met; `app` is the one that was looked at, with its grant of `waba`, the account that is mended. `None`: nothing but another number helps.
pub(super) fn of(
    prerequisite: Prerequisite,
    directions: &[Direction],
    number: &Number,
    waba: &WabaId,
    app: Option<&App>,
    granted: Option<&AppGrant>,
) -> Option<Fix> {
    let admin = |rest: String| Some(format!("callport admin {rest}"));
    let Some(app) = app else {
        let rest = match prerequisite {
            Prerequisite::CallsField | Prerequisite::Callback => {
                "app create --name NAME --fields calls,messages --callback-url URL --verify-token TEXT".to_owned()
            }
            Prerequisite::Subscription => format!("subscription create --waba {waba} --app APP"),
            Prerequisite::MessagingScope | Prerequisite::ManagementScope => format!("grant create --waba {waba} --app APP"),
            Prerequisite::TechPartner => "app change APP --tech-partner true".to_owned(),
            _ => return of_number(prerequisite, directions, number, waba),
        };
        return Some(Fix { graph: None, admin: admin(rest) });
    };
    let subscribe = |url: &str| {
        let body =
            json!({ "object": "whatsapp_business_account", "callback_url": url, "verify_token": "TEXT", "fields": "calls,messages" });
        post(format!("/{}/subscriptions", app.id), body, OF_THE_APP)
    };
    let url = app.callback.as_ref().map_or("URL", |callback| callback.url.as_str());
    let (graph, rest) = match prerequisite {
        Prerequisite::CallsField => {
            let fields: Vec<_> = app.fields.iter().map(String::as_str).chain([Field::Calls.name()]).collect();
            (subscribe(url), format!("app change {} --fields {}", app.id, fields.join(",")))
        }
        Prerequisite::Callback => (subscribe(url), format!("app change {} --callback-url URL --verify-token TEXT", app.id)),
        Prerequisite::Subscription => {
            (post(format!("/{waba}/subscribed_apps"), json!({}), MANAGING), format!("subscription create --waba {waba} --app {}", app.id))
        }
        Prerequisite::MessagingScope | Prerequisite::ManagementScope => {
            let lacks = if prerequisite == Prerequisite::MessagingScope { Scope::Messaging } else { Scope::Management };
            let has = granted.iter().flat_map(|grant| grant.scopes.iter().copied()).filter(|scope| *scope != lacks);
            let scopes: Vec<_> = has.chain([lacks]).map(Scope::name).collect();
            (None, format!("grant create --waba {waba} --app {} --scopes {}", app.id, scopes.join(",")))
        }
        Prerequisite::TechPartner => (None, format!("app change {} --tech-partner true", app.id)),
        _ => return of_number(prerequisite, directions, number, waba),
    };
    Some(Fix { graph, admin: admin(rest) })
}

fn of_number(prerequisite: Prerequisite, directions: &[Direction], number: &Number, waba: &WabaId) -> Option<Fix> {
    let pnid = &number.id;
    let (graph, rest) = match prerequisite {
        Prerequisite::CloudApi => (None, format!("number change {pnid} --in-use-with CLOUD_API")),
        Prerequisite::Registered => (
            match number.onboarding.verification {
                Verification::Verified => {
                    post(format!("/{pnid}/register"), json!({ "messaging_product": "whatsapp", "pin": "SIX DIGITS" }), MANAGING)
                }
                _ => post(format!("/{pnid}/request_code"), json!({ "code_method": "SMS", "language": "en_US" }), MANAGING),
            },
            format!("number registration {pnid} --verified true --registered true"),
        ),
        Prerequisite::MessagingLimit => (None, format!("number change {pnid} --messaging-limit TIER_2K")),
        Prerequisite::CallingEnabled => (
            post(format!("/{pnid}/settings"), json!({ "calling": { "status": "ENABLED" } }), MANAGING),
            format!("settings {pnid} --status ENABLED"),
        ),
        Prerequisite::PaymentMethod => (None, format!("waba change {waba} --payment-method true")),
        Prerequisite::NotPaused => {
            let word = if directions == [Direction::UserInitiated] { "user_initiated" } else { "business_initiated" };
            (None, format!("number restrict {pnid} {word} --lift"))
        }
        Prerequisite::AllowedRecipients => (None, format!("number change {pnid} --allowed-recipients NUMBER")),
        _ => return None,
    };
    Some(Fix { graph, admin: Some(format!("callport admin {rest}")) })
}
