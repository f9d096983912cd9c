//! The HTTPS API, one file per endpoint.
