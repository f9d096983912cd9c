//! The operator's side: admin API, OpenAPI, why a call failed, health and metrics.
