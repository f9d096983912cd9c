//! What each listener serves: the adapters' routers, told of each other's neighbours by nobody but this file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use callport_engine::Engine;
use callport_engine::door::{FloodLimits, Floods};
use callport_operator::{JournalReaders, OperatorAuth, OperatorState, TestMode};
use callport_store::SqliteStore;
use metrics_exporter_prometheus::PrometheusHandle;

use super::hosts::{self, Hosts};
use crate::clock::Stopwatch;
use crate::config::{Config, SignUpSetting};

/// The counters that all listeners share.
pub fn floods(config: &Config) -> Floods {
    let limits = FloodLimits {
        wrong_credentials: config.floods.wrong_credentials,
        wrong_app_secrets: config.floods.wrong_app_secrets,
        sign_ups: config.floods.sign_ups,
        loopback_signs_up_freely: config.is_test(),
        calls: config.floods.calls,
    };
    Floods::new(limits, Arc::new(Stopwatch::new()))
}

/// The phone page, call links and the sign-up page where their paths are, under our names; the front door and, everywhere else, the Graph API under every name.
pub fn public(config: &Config, engine: &Arc<Engine>, floods: &Floods, public_url: &str) -> Router {
    let sign_up = match config.phone.sign_up {
        Some(SignUpSetting::Open) => callport_phone::SignUpPolicy::Open,
        Some(SignUpSetting::Invitation) => callport_phone::SignUpPolicy::Invitation,
        None if config.is_test() => callport_phone::SignUpPolicy::Open,
        None => callport_phone::SignUpPolicy::Invitation,
    };
    let open = sign_up == callport_phone::SignUpPolicy::Open;
    let phone = callport_phone::PhoneConfig {
        abandoned_after: config.phone.abandoned_after,
        floods: floods.clone(),
        ping_every: config.phone.ping_every,
        silent_for: config.phone.silent_for,
        desktop_calls: config.is_test() && config.phone.desktop_calls,
        ..callport_phone::PhoneConfig::new(sign_up, public_url)
    };
    let graph = callport_graph::GraphConfig {
        body_max_bytes: config.public.body_bytes,
        body_timeout: config.public.body_timeout,
        token_requests_per_hour: config.graph.token_requests_per_hour,
        number_requests_per_hour: config.graph.number_requests_per_hour,
        management_requests_per_hour: config.graph.management_requests_per_hour,
        management_requests_without_number: config.graph.management_requests_without_number,
        permission_lookups_per_second: config.graph.permission_lookups_per_second,
        floods: floods.clone(),
        public_url: Some(public_url.to_owned()),
    };
    let api = callport_graph::router(engine.clone(), graph);
    let ours = from_fn_with_state(Hosts::new(config), hosts::only_ours);
    let sign_up = callport_signup::SignUpConfig { open, secure: public_url.starts_with("https:"), floods: floods.clone() };
    let pages = callport_phone::router(engine.clone(), phone).merge(callport_signup::router(engine.clone(), sign_up));
    pages
        .layer(ours)
        .merge(callport_phone::front_door(api.clone()))
        .route("/openapi.json", get(callport_graph::document))
        .fallback_service(api)
}

/// What the operator's side is lent.
pub struct Lent {
    pub token: String,
    pub floods: Floods,
    pub public_url: String,
    /// Of a test platform.
    pub test: Option<TestMode>,
    pub metrics: PrometheusHandle,
    pub store: Arc<SqliteStore>,
    /// Set once the process is asked to stop.
    pub stopping: Arc<AtomicBool>,
}

/// Admin API, metrics, health.
pub fn operator(config: &Config, engine: &Arc<Engine>, lent: Lent) -> Router {
    let Lent { token, public_url, floods, test, metrics, store, stopping } = lent;
    let ready = move || {
        if stopping.load(Ordering::Relaxed) {
            Err("the process is being stopped".to_owned())
        } else if !store.is_writing() {
            Err("the store's writer panicked: nothing is written until a restart".to_owned())
        } else {
            Ok(())
        }
    };
    callport_operator::router(OperatorState {
        engine: engine.clone(),
        access: OperatorAuth::Token(token),
        floods,
        public_url,
        test,
        metrics: Arc::new(move || metrics.render()),
        ready: Arc::new(ready),
        readers: JournalReaders::default(),
    })
    .layer(from_fn_with_state(Hosts::new(config), hosts::only_ours))
}
