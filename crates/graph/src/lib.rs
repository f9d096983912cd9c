//! The HTTPS API, one file per endpoint: `/{version}/{id}/…` as published, with or without the version.
//!
//! A request goes through `front`, which takes the version off the path and dresses every reply (headers, error envelope), then through
//! `asked`, which asks who is calling (`auth`) and reads query and body, whatever form they have, then to its endpoint. The endpoint finds
//! the object in the path (`objects`), reads the parameters into a shape of `wire`, and hands a command to the engine. Refusals carry a published code; what the log keeps is written where it fails.
//! Each request has one entry in the journal (`requests`), also one that no endpoint ever saw.
//!
//! Order of checks, which the platform does not publish: token, permission, number, JSON shape, calling enabled, then what the endpoint
//! itself looks at, which stands at its head. Paths, parameters and codes: platform docs, Graph API and Calling API (dates beside each endpoint).
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod answer;
mod asked;
mod attempts;
mod auth;
mod batch;
mod callbacks;
mod document;
mod endpoints;
mod fields;
mod front;
mod headers;
mod health;
mod injected;
mod lists;
mod objects;
mod operation;
mod partners;
mod rates;
mod reach;
mod recipients;
mod registration;
mod requests;
mod templates;
mod usage;
mod version;

#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use callport_engine::Engine;
use callport_engine::door::Floods;

use crate::rates::Rates;

pub use document::served as document;

/// Limits of the API and what it says of itself.
#[derive(Debug, Clone)]
pub struct GraphConfig {
    /// Largest request body, in bytes. A long SDP has some ten thousand.
    pub body_max_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// Requests of one token in one hour; beyond it, error 4.
    pub token_requests_per_hour: u32,
    /// Requests about one number in one hour; beyond it, error 80007.
    pub number_requests_per_hour: u32,
    /// Management requests of one app about one account in one hour, once the account has a number; beyond it, error 80007.
    pub management_requests_per_hour: u32,
    /// The same while the account has no number.
    pub management_requests_without_number: u32,
    /// Look-ups of call permissions of one number in one second; beyond it, error 613.
    pub permission_lookups_per_second: u32,
    /// How often tokens may be wrong.
    pub floods: Floods,
    /// Where this API is reached from outside, without a slash at the end: `https://graph.example`. Links to further pages need it.
    pub public_url: Option<String>,
}

impl Default for GraphConfig {
    fn default() -> Self {
        Self {
            body_max_bytes: 256 * 1024,
            body_timeout: Duration::from_secs(30),
            token_requests_per_hour: 5_000_000,
            number_requests_per_hour: 5_000_000,
            management_requests_per_hour: 5_000,
            management_requests_without_number: 200,
            permission_lookups_per_second: 100,
            floods: Floods::default(),
            public_url: None,
        }
    }
}

/// What every endpoint holds.
struct Graph {
    engine: Arc<Engine>,
    config: GraphConfig,
    rates: Rates,
    strangers: asked::Strangers,
    refused_bodies: asked::RefusedBodies,
}

impl Graph {
    fn shared(engine: Arc<Engine>, config: GraphConfig) -> Shared {
        let rates = Rates::new(&config);
        Arc::new(Self { engine, config, rates, strangers: asked::Strangers::default(), refused_bodies: asked::RefusedBodies::default() })
    }
}

/// Shared by all requests.
type Shared = Arc<Graph>;

/// The API as a router that answers every path. Mount it as the fallback of a router that has other pages.
pub fn router(engine: Arc<Engine>, config: GraphConfig) -> Router {
    let graph = Graph::shared(engine, config);
    let mut paths = Router::new().fallback(front::unknown_path);
    for route in endpoints::routes() {
        let (shared, path) = (graph.clone(), route.path);
        let methods = route.methods().with_state(graph.clone());
        paths = paths.route(path, any(move |request: Request| asked::served(shared, methods, request)));
    }
    // The one path that shows no token: it is there to get one.
    let exchange = any(endpoints::access_token::any).with_state(graph.clone());
    front::mount(graph, paths.route("/oauth/access_token", exchange))
}
