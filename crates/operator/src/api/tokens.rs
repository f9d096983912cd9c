//! Access tokens. Their values are told once, at the making; afterwards a token is known by its hash.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::AppId;
use callport_core::scope::Scope;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::Grant;
use callport_engine::records::Token;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::apps;
use super::paged::{Paged, Turn};
use crate::asked::{At, Body, Filter, secret_id, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, Moment, ScopeWord, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, mint)).routes(routes!(revoke))
}

/// An access token, without its value.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenView {
    /// SHA-256 of the value, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    id: String,
    app_id: AppRef,
    scopes: Vec<ScopeWord>,
    /// The accounts that it is made for. `null`: all there are in test mode, all that its app was granted in live mode.
    waba_ids: Option<Vec<WabaRef>>,
    issued_at: Moment,
    /// `null`: never.
    expires_at: Option<Moment>,
    /// Not expired.
    valid: bool,
}

/// A token that was made, with its value: it is not told again.
#[derive(Serialize, ToSchema)]
struct MintedToken {
    #[serde(flatten)]
    token: TokenView,
    /// Sent by the app as `Authorization: Bearer …`.
    #[schema(example = "EAA…")]
    value: String,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    app_id: AppRef,
    /// Default: messaging and management.
    scopes: Option<Vec<ScopeWord>>,
    /// The accounts that it is made for, one at least: its app is granted so much of them. In live mode they must be said; in test mode the default is all.
    waba_ids: Option<Vec<WabaRef>>,
    /// At most a hundred years. Default: for ever.
    #[schema(minimum = 1, maximum = 3_155_760_000_u64)]
    lifetime_seconds: Option<u64>,
}

/// Which tokens.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this app: all of them.
    app_id: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 500, default 50. A page holds whole apps: as many as bring it to so many tokens, and no more apps than that.
    limit: Option<u32>,
}

/// A hundred years, in seconds.
const CENTURY: u64 = 100 * 31_557_600;

fn view(token: Token, now: WallTime) -> TokenView {
    TokenView {
        id: hex::encode(token.hash.as_bytes()),
        valid: token.valid_at(now),
        app_id: AppRef(token.app),
        scopes: token.scopes.into_iter().map(ScopeWord).collect(),
        waba_ids: token.wabas.map(|wabas| wabas.into_iter().map(WabaRef).collect()),
        issued_at: Moment(token.issued_at),
        expires_at: token.expires_at.map(Moment),
    }
}

/// Every token, by app and age, without its value.
#[utoipa::path(get, path = "/admin/v1/tokens", tag = "objects", operation_id = "list_tokens", params(Which), responses((status = 200, body = Paged<TokenView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<Paged<TokenView>>, Problem> {
    let (store, now) = (state.engine.store(), state.engine.now());
    let page = Turn { cursor: which.cursor, limit: which.limit }.page(AppId::parse)?;
    let most = page.limit.saturating_sub(1) as usize;
    let apps = match which.app_id {
        Some(id) => vec![apps::find(&state, &id).await?],
        None => store.apps(page).await?,
    };
    let (mut tokens, mut next) = (Vec::new(), None);
    for (nth, app) in (1..).zip(&apps) {
        tokens.extend(store.tokens(&app.id).await?);
        if nth < apps.len() && (nth == most || tokens.len() >= most) {
            next = Some(app.id.to_string());
            break;
        }
    }
    Ok(Paged::whole(tokens, next, |token| view(token, now)))
}

/// Makes a token and tells its value, this once.
#[utoipa::path(post, path = "/admin/v1/tokens", tag = "objects", operation_id = "create_token", request_body = NewToken, responses((status = 201, body = MintedToken), Problem))]
async fn mint(State(state): State<OperatorState>, Body(asked): Body<NewToken>) -> Result<(StatusCode, Json<MintedToken>), Problem> {
    let engine = &state.engine;
    let wabas = match asked.waba_ids {
        Some(named) if named.is_empty() => return Err(Problem::malformed("waba_ids: name one account at least")),
        Some(named) => Some(accounts(&state, named).await?),
        None => None,
    };
    let scopes = match asked.scopes {
        Some(words) => words.into_iter().map(|word| word.0).collect(),
        None => BTreeSet::from([Scope::Messaging, Scope::Management]),
    };
    if asked.lifetime_seconds.is_some_and(|seconds| !(1..=CENTURY).contains(&seconds)) {
        return Err(Problem::malformed(format!("lifetime_seconds: from one second to a hundred years ({CENTURY}); without it, for ever")));
    }
    let lifetime = asked.lifetime_seconds.map(Duration::from_secs);
    let value = engine.mint_token(Grant { app: asked.app_id.0, scopes, wabas, lifetime }).await?;
    let token = there("token", engine.store().token(&SecretHash::of(&value)).await?)?;
    Ok((StatusCode::CREATED, Json(MintedToken { token: view(token, engine.now()), value })))
}

/// Ends a token, known by its `id`.
#[utoipa::path(delete, path = "/admin/v1/tokens/{token}", tag = "objects", operation_id = "delete_token", params(("token" = String, Path, description = "The token's `id`.")), responses((status = 204), Problem))]
async fn revoke(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let token = there("token", state.engine.store().token(&secret_id("token", "value", &id)?).await?)?;
    state.engine.revoke_token(token.hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn accounts(state: &OperatorState, named: Vec<WabaRef>) -> Result<BTreeSet<callport_core::ids::WabaId>, Problem> {
    let mut found = BTreeSet::new();
    for WabaRef(id) in named {
        let missing = || Problem::refused(format!("waba_ids: there is no WhatsApp Business Account {id}"));
        state.engine.store().waba(&id).await?.ok_or_else(missing)?;
        found.insert(id);
    }
    Ok(found)
}
