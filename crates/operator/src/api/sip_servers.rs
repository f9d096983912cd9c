//! SIP servers of a business number, one for each app (platform docs, SIP Configuration Guide). An app names its own by the Graph API; the operator
//! sees all of them, and may name one for an app.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::settings::CallingSettings;
use callport_core::sip::{DEFAULT_PORT, SipTarget, UserParam};
use callport_engine::SipServerChange;
use callport_engine::records::SipServerRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, apps, numbers};
use crate::asked::{At, Body, form, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, NumberRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(put, remove))
}

/// An app's SIP server for one number. Its password is shown to the app alone: `GET /{phone_number_id}/settings?include_sip_credentials=true`.
#[derive(Serialize, ToSchema)]
#[schema(as = SipServer)]
struct SipServerView {
    app_id: AppRef,
    phone_number_id: NumberRef,
    #[schema(example = "pbx.acme.example")]
    hostname: String,
    #[schema(example = 5061, minimum = 1)]
    port: u16,
    request_uri_user_params: Vec<UserParamView>,
}

/// Written into the user part of the request URI, as in `;tgrp=wacall`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserParamView {
    #[schema(example = "tgrp", min_length = 1, max_length = 128)]
    key: String,
    #[schema(example = "wacall", min_length = 1, max_length = 128)]
    value: String,
}

/// Where it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSipServer {
    /// A host name, or an IP address. The certificate must cover it.
    #[schema(example = "pbx.acme.example", min_length = 1, max_length = 253)]
    hostname: String,
    /// TLS port; 5061 when absent.
    #[schema(minimum = 1)]
    port: Option<u16>,
    #[serde(default)]
    #[schema(max_items = 16)]
    request_uri_user_params: Vec<UserParamView>,
}

fn view(server: SipServerRecord) -> SipServerView {
    let params = server.target.user_params.into_iter().map(|param| UserParamView { key: param.key, value: param.value });
    SipServerView {
        app_id: AppRef(server.app),
        phone_number_id: NumberRef(server.number),
        hostname: server.target.host.as_str().to_owned(),
        port: server.target.port,
        request_uri_user_params: params.collect(),
    }
}

/// SIP servers of a number, by app.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}/sip-servers", tag = "objects", operation_id = "list_sip_servers", params(("phone_number_id" = String, Path)), responses((status = 200, body = List<SipServerView>), Problem))]
async fn list(State(state): State<OperatorState>, At(number): At<String>) -> Result<Json<List<SipServerView>>, Problem> {
    let number = numbers::find(&state, &number).await?;
    Ok(List::of(state.engine.store().sip_servers(&number.id).await?, view))
}

/// Sets an app's SIP server for a number. A first one gets a password; one that is changed keeps it.
#[utoipa::path(put, path = "/admin/v1/numbers/{phone_number_id}/sip-servers/{app_id}", tag = "objects", operation_id = "set_sip_server", params(("phone_number_id" = String, Path), ("app_id" = String, Path)), request_body = NewSipServer, responses((status = 200, body = SipServerView), Problem))]
async fn put(
    State(state): State<OperatorState>,
    At((number, app)): At<(String, String)>,
    Body(asked): Body<NewSipServer>,
) -> Result<Json<SipServerView>, Problem> {
    let (number, app) = (numbers::find(&state, &number).await?, apps::find(&state, &app).await?);
    let params = asked.request_uri_user_params.into_iter().map(|param| UserParam { key: param.key, value: param.value });
    let target = form("sip server", SipTarget::new(&asked.hostname, asked.port.unwrap_or(DEFAULT_PORT), params.collect()))?;
    let change = SipServerChange { app: app.id.clone(), target: Some(target) };
    state.engine.change_settings_and_server(&number.id, None, CallingSettings::default(), Some(change)).await?;
    let servers = state.engine.store().sip_servers(&number.id).await?;
    Ok(Json(view(there("SIP server", servers.into_iter().find(|server| server.app == app.id))?)))
}

/// Takes an app's SIP server for a number away, and its password. The last one stays while SIP is on.
#[utoipa::path(delete, path = "/admin/v1/numbers/{phone_number_id}/sip-servers/{app_id}", tag = "objects", operation_id = "delete_sip_server", params(("phone_number_id" = String, Path), ("app_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At((number, app)): At<(String, String)>) -> Result<StatusCode, Problem> {
    let (number, app) = (numbers::find(&state, &number).await?, apps::find(&state, &app).await?);
    let change = SipServerChange { app: app.id, target: None };
    state.engine.change_settings_and_server(&number.id, None, CallingSettings::default(), Some(change)).await?;
    Ok(StatusCode::NO_CONTENT)
}
