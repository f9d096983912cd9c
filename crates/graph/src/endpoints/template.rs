//! `GET /{version}/{template-id}`: a template's node.
//!
//! Platform docs, WhatsApp Business Management API, Message templates.

use crate::Graph;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::templates;

/// What a node, and each template of a list, shows when nobody asks for less.
pub(super) const DEFAULT_FIELDS: [&str; 6] = ["name", "status", "category", "language", "id", "components"];

/// The node.
pub(crate) async fn get(graph: &Graph, mut caller: Caller, id: &str, asked: &Asked) -> Reply {
    let template = graph.template(&mut caller, id, &asked.method).await?;
    Answer::new(&Fields::asked(asked.fields()?.as_deref(), &DEFAULT_FIELDS).of(&templates::view(&template)?), caller.usage)
}
