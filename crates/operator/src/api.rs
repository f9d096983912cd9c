//! `/admin/v1`: one file for each kind of thing.

mod accounts;
mod acting;
mod apps;
mod behaviour;
mod call;
pub(crate) mod callback;
mod calls;
mod chats;
mod clock;
mod eligibility;
pub(crate) mod events;
mod faults;
mod grants;
mod graph_request;
mod invitations;
mod numbers;
mod overrides;
mod paged;
mod pairs;
mod partners;
mod platform;
mod portfolios;
mod registration;
mod restrictions;
mod routing;
mod scripted;
mod sessions;
mod settings;
mod sign_up;
mod sip_servers;
mod subscriptions;
mod templates;
mod tokens;
mod users;
mod wabas;
mod webhooks;

pub(crate) use apps::{fields, graph_version, secret};
pub(crate) use settings::CallHours;
pub(crate) use wabas::{currency, timezone, timezone_id};

use callport_engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::problem::Problem;
use crate::state::OperatorState;

pub(crate) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .merge(platform::routes())
        .merge(portfolios::routes())
        .merge(partners::routes())
        .merge(wabas::routes())
        .merge(numbers::routes())
        .merge(accounts::routes())
        .merge(routing::routes())
        .merge(eligibility::routes())
        .merge(registration::routes())
        .merge(restrictions::routes())
        .merge(overrides::routes())
        .merge(apps::routes())
        .merge(grants::routes())
        .merge(subscriptions::routes())
        .merge(tokens::routes())
        .merge(templates::routes())
        .merge(users::routes())
        .merge(invitations::routes())
        .merge(sessions::routes())
        .merge(sign_up::routes())
        .merge(sip_servers::routes())
        .merge(calls::routes())
        .merge(call::routes())
        .merge(pairs::routes())
        .merge(webhooks::routes())
        .merge(clock::routes())
        .merge(events::routes())
        .merge(faults::routes())
        .merge(scripted::routes())
        .merge(behaviour::routes())
        .merge(acting::routes())
}

/// A list that is short, or has a bound elsewhere.
#[derive(Serialize, ToSchema)]
struct List<T> {
    /// What there is.
    data: Vec<T>,
}

impl<T> List<T> {
    fn of<R>(rows: impl IntoIterator<Item = R>, shape: impl Fn(R) -> T) -> axum::Json<Self> {
        axum::Json(Self { data: rows.into_iter().map(shape).collect() })
    }
}

/// The id that was asked for, or a new one of the published form.
fn id_or_new<T, E: std::fmt::Display>(asked: Option<T>, engine: &Engine, read: fn(&str) -> Result<T, E>) -> Result<T, Problem> {
    match asked {
        Some(id) => Ok(id),
        None => read(&engine.new_object_id()).map_err(Problem::unavailable),
    }
}
