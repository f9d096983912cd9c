//! What each listener serves: the adapters' routers, told of each other's neighbours by nobody but this file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use callport_engine::Engine;
use callport_operator::{Access, MovableClock, OperatorState, ScriptedPeople};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::clock::Calendar;
use crate::config::{Config, SignUp};

/// The phone page, call links and the front door where their paths are, the Graph API everywhere else.
pub fn public(config: &Config, engine: &Arc<Engine>, public_url: &str) -> Router {
    let sign_up = match config.phone.sign_up {
        Some(SignUp::Open) => callport_phone::SignUp::Open,
        Some(SignUp::Invitation) => callport_phone::SignUp::Invitation,
        None if config.is_test() => callport_phone::SignUp::Open,
        None => callport_phone::SignUp::Invitation,
    };
    let phone = callport_phone::Config {
        abandoned_after: config.phone.abandoned_after,
        desktop_calls: config.is_test() && config.phone.desktop_calls,
        ..callport_phone::Config::new(sign_up, public_url)
    };
    let graph = callport_graph::Config {
        body_max_bytes: config.public.body_bytes,
        body_timeout: config.public.body_timeout,
        token_requests_per_hour: config.graph.token_requests_per_hour,
        number_requests_per_hour: config.graph.number_requests_per_hour,
        permission_lookups_per_second: config.graph.permission_lookups_per_second,
        public_url: Some(public_url.to_owned()),
    };
    let api = callport_graph::router(engine.clone(), graph);
    callport_phone::router(engine.clone(), phone).merge(callport_phone::front_door(api.clone())).fallback_service(api)
}

/// What the operator's side is lent.
pub struct Lent {
    pub token: String,
    pub calendar: Arc<Calendar>,
    /// In test mode only.
    pub people: Option<Arc<dyn ScriptedPeople>>,
    pub metrics: PrometheusHandle,
    /// Set once the process is asked to stop.
    pub stopping: Arc<AtomicBool>,
}

/// Admin API, metrics, health. The calendar moves in test mode only.
pub fn operator(config: &Config, engine: &Arc<Engine>, lent: Lent) -> Router {
    let Lent { token, calendar, people, metrics, stopping } = lent;
    let ready = move || if stopping.load(Ordering::Relaxed) { Err("the process is being stopped".to_owned()) } else { Ok(()) };
    callport_operator::router(OperatorState {
        engine: engine.clone(),
        access: Access::Token(token),
        clock: config.is_test().then_some(calendar as Arc<dyn MovableClock>),
        people,
        metrics: Arc::new(move || metrics.render()),
        ready: Arc::new(ready),
    })
}
