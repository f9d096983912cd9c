//! The page that a business owner walks through to let an app in (platform docs, Embedded Signup, version 4), and the script that opens it.
//!
//! - `/dialog/oauth`, with or without a version before it: where a window begins, as the vendor's script opens it.
//! - `/dialog/oauth/{walk}`: the steps, one form each: portfolio, account, number, code, consent.
//! - `/sign-up/sdk.js`: `FB.init` and `FB.login` for a page that would include the vendor's script; `/sign-up/page.js`, `/sign-up/style.css`.
//!
//! It decides nothing: what a step does is `flow`'s. What is ours is who may open a window and where its outcome goes. A code is shown to the page that
//! opened the window, and by a browser that is told that page's origin, which must be one of the app's: a stranger's page gets nothing.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod asked;
mod fields;
mod files;
mod headers;
mod html;
mod outcome;
mod session;
mod start;
mod walk;
mod wishes;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post};
use callport_engine::Engine;
use callport_engine::door::Floods;

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct SignUpConfig {
    /// Anybody may come in with a name, and an app without origins may be opened from anywhere (test mode). Else by invitation, and from an app's
    /// own origins only.
    pub open: bool,
    /// The page is reached over https: cookies are marked `Secure`.
    pub secure: bool,
    /// How often one source may come in, or be wrong about an invitation.
    pub floods: Floods,
}

/// Largest form, in bytes.
const MAX_BODY: usize = 32 * 1024;

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct SignUp {
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: SignUpConfig,
}

/// Everything under `/dialog/oauth` and `/sign-up`.
pub fn router(engine: Arc<Engine>, config: SignUpConfig) -> Router {
    let state = SignUp { engine, config };
    let slowed = || from_fn_with_state(state.clone(), start::slowed);
    Router::new()
        .route("/dialog/oauth", get(start::page))
        .route("/{version}/dialog/oauth", get(start::versioned))
        .route("/dialog/oauth/enter", post(start::enter).route_layer(slowed()))
        .route("/dialog/oauth/leave", post(start::leave))
        .route("/dialog/oauth/begin", post(start::begin))
        .route("/dialog/oauth/{walk}", get(walk::page))
        .route("/dialog/oauth/{walk}/{deed}", post(walk::deed))
        .route("/sign-up/sdk.js", get(files::sdk))
        .route("/sign-up/page.js", get(files::script))
        .route("/sign-up/style.css", get(files::style))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(headers::secure))
        .with_state(state)
}
