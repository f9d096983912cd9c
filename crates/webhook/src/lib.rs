//! Carries the outbox over HTTPS: body, signature, verdict.
