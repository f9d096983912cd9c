//! What the endpoint answers when it agrees.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MESSAGING_PRODUCT;
use crate::quiet::quiet_debug;

/// `{"messaging_product":"whatsapp","success":true}`: pre_accept, accept, reject, terminate. Readers test `success` only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Success {
    /// Absent on endpoints other than `/calls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_product: Option<String>,
    /// True.
    pub success: bool,
}

impl Success {
    /// The two-field form of `/calls`.
    pub fn of_call() -> Self {
        Self { messaging_product: Some(MESSAGING_PRODUCT.to_owned()), success: true }
    }

    /// The short form of every other endpoint.
    pub fn plain() -> Self {
        Self { messaging_product: None, success: true }
    }
}

/// The reply to `connect`: the new call's id. The SDP answer comes by webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallStarted {
    /// `whatsapp`.
    pub messaging_product: String,
    /// One element.
    pub calls: Vec<StartedCall>,
    /// True. Not in the published samples; a client that is in wide use (pywa) reads it here as in the other replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
}

/// The element of [`CallStarted::calls`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartedCall {
    /// `wacid.…`
    pub id: String,
}

quiet_debug! { StartedCall {} }

impl CallStarted {
    /// The reply that names `call_id`.
    pub fn new(call_id: impl Into<String>) -> Self {
        Self { messaging_product: MESSAGING_PRODUCT.to_owned(), calls: vec![StartedCall { id: call_id.into() }], success: Some(true) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn replies_as_published() {
        golden::check(&Success::of_call(), r#"{"messaging_product":"whatsapp","success":true}"#);
        golden::check(&Success::plain(), r#"{"success":true}"#);
        let started =
            CallStarted::new("wacid.HBgLMTU1NTcwMTAwNDIVAgARGCAzNkIzMjE2RkRBRUVCOTc1NzI5RkFFOTIzRDVBNEZEMRwYCzE1NTU5MDIwMDc3FQIAFQoA");
        assert_eq!(started.success, Some(true));
        golden::check(&CallStarted { success: None, ..started }, include_str!("../../samples/calls_connect_reply.json"));
    }
}
