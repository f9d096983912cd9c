//! The phone a user holds: its page, its signalling socket, and scripted users without a browser.
//!
//! - [`router`]: `/phone` (the page), `/phone/assets`, `/phone/api/*` (sign-up, sign-in), `/phone/socket` (one WebSocket a window).
//! - `/call/{number}`: deep links, and their QR codes.
//! - [`front_door`]: `/` for people who open the bare address, and the icon that browsers ask for.
//! - [`protocol`]: what page and server say to each other; the page has the same types, made from it.
//! - [`scripted`]: people without a browser, with real media over real sockets.
//!
//! It decides nothing: who may call is `core`'s, what a call does is `engine`'s. What is ours is what a window needs: that a
//! dial said twice is one call, that a call's sound is in one window, and sentences in plain words.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod account;
mod attempts;
mod desk;
mod door;
mod files;
mod headers;
mod link;
mod page;
pub mod protocol;
mod reply;
pub mod scripted;
mod session;
mod socket;
mod view;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post};
use callport_engine::Engine;
use callport_engine::door::Floods;

use desk::Desks;
use link::Pictures;

pub use door::front_door;

/// Who may sign up on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpPolicy {
    /// Anybody with a number and a name (test mode).
    Open,
    /// Whoever has a code from the operator.
    Invitation,
}

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct PhoneConfig {
    /// Who may sign up.
    pub sign_up: SignUpPolicy,
    /// The page is reached over https: cookies are marked `Secure`.
    pub secure: bool,
    /// A call that nobody accepted yet is given up when its user has had no window for so long: longer than a page takes to
    /// come back, shorter than a business should be rung by nobody. 30 s.
    pub abandoned_after: Duration,
    /// Where the public listener is reached, as in `https://calls.example.org`: the beginning of every call link.
    pub public_url: Arc<str>,
    /// How often one source may be wrong or sign up, and one user place calls.
    pub floods: Floods,
    /// How often a window is asked whether it is still there. 30 s.
    pub ping_every: Duration,
    /// A window from which nothing came for so long is closed. 75 s.
    pub silent_for: Duration,
    /// A call link that is opened on a desktop offers to call from there. Only phones may by the published rules, so test mode only.
    pub desktop_calls: bool,
}

impl PhoneConfig {
    /// The defaults, for a listener that is reached at this address.
    pub fn new(sign_up: SignUpPolicy, public_url: &str) -> Self {
        let secure = public_url.starts_with("https:");
        Self {
            sign_up,
            secure,
            abandoned_after: Duration::from_secs(30),
            public_url: public_url.into(),
            floods: Floods::default(),
            ping_every: Duration::from_secs(30),
            silent_for: Duration::from_secs(75),
            desktop_calls: false,
        }
    }
}

/// Largest body of a request to `/phone/api`, in bytes. The forms have three short fields.
const MAX_BODY: usize = 4 * 1024;

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: PhoneConfig,
    pub(crate) desks: Desks,
    pub(crate) pictures: Arc<Pictures>,
}

/// Everything under `/phone` and `/call`.
pub fn router(engine: Arc<Engine>, config: PhoneConfig) -> Router {
    let desks = Desks::new(config.abandoned_after);
    let phone = Phone { engine, config, desks, pictures: Arc::default() };
    let slowed = || from_fn_with_state(phone.clone(), attempts::slowed);
    Router::new()
        .route("/phone", get(page::index))
        .route("/phone/", get(page::index))
        .route("/phone/offline", get(page::offline))
        .route("/phone/offline.js", get(page::offline_script))
        .route("/phone/{file}", get(page::named))
        .route("/phone/assets/{*path}", get(page::asset))
        .route("/phone/api/me", get(account::me))
        .route("/phone/api/sign-up", post(account::sign_up).route_layer(slowed()))
        .route("/phone/api/sign-in", post(account::sign_in).route_layer(slowed()))
        .route("/phone/api/sign-out", post(account::sign_out))
        .route("/phone/api/business/{number}", get(account::business))
        .route("/phone/socket", get(socket::upgrade))
        .route("/phone/link.css", get(link::style))
        .route("/call/{number}", get(link::open))
        .route("/call/{number}/qr.svg", get(link::svg))
        .route("/call/{number}/qr.png", get(link::png))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(headers::secure))
        .with_state(phone)
}
