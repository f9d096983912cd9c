//! Platform objects: who may do what, who is told, what is set.

mod auth;
mod callbacks;
mod invitations;
mod people;
mod provision;
mod recipients;
mod restrictions;
mod secrets;
mod sessions;
mod settings;
mod templates;

pub use auth::{Actor, AuthRefusal};
pub use callbacks::CallbackRefusal;
pub use invitations::EntryRefusal;
pub use provision::{Grant, ProvisionRefusal};
pub use recipients::To;
pub use restrictions::PAUSE;
pub use secrets::ShortestSecrets;
pub use sessions::{MAX_SESSIONS, SignedIn};
pub use settings::SettingsError;
pub use templates::{MAX_TEMPLATES, NewTemplate, TemplateRefusal};
