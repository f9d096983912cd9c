//! Platform objects: who may do what, who is told, what is set.

mod auth;
mod callbacks;
mod people;
mod provision;
mod settings;

pub use auth::{Actor, AuthRefusal};
pub use callbacks::CallbackRefusal;
pub use provision::{Grant, ProvisionRefusal};
pub use settings::SettingsError;
