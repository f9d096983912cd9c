//! `GET /debug_token`: what a token is good for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DebugToken {
    /// Its only member.
    pub data: TokenData,
}

/// What stands under `data`, in the key order of the published sample.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct TokenData {
    /// The app it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// `SYSTEM_USER`, `APP` and others.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The app's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Unix seconds, 0 for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_access_expires_at: Option<i64>,
    /// Why it is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TokenError>,
    /// Unix seconds, 0 for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// Whether it works now.
    pub is_valid: bool,
    /// Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// What it allows.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What it allows on which objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub granular_scopes: Vec<GranularScope>,
    /// The system user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// One scope and the objects it is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GranularScope {
    /// The scope.
    pub scope: String,
    /// WABA ids; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_ids: Option<Vec<String>>,
}

/// Why a token is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenError {
    /// 190.
    pub code: u32,
    /// In words.
    pub message: String,
    /// 460, 463 and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcode: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn writes_the_published_sample() {
        let scopes = ["whatsapp_business_management", "whatsapp_business_messaging"];
        let data = TokenData {
            app_id: Some("5566778899001".into()),
            kind: Some("SYSTEM_USER".into()),
            application: Some("Acme Connect".into()),
            data_access_expires_at: Some(0),
            error: None,
            expires_at: Some(0),
            is_valid: true,
            issued_at: Some(1795000000),
            scopes: scopes.map(String::from).to_vec(),
            granular_scopes: scopes
                .map(|scope| GranularScope { scope: scope.into(), target_ids: Some(vec!["660017722334455".into()]) })
                .to_vec(),
            user_id: Some("122100000000001".into()),
        };
        golden::check(&DebugToken { data }, include_str!("../../samples/debug_token.json"));
    }

    #[test]
    fn an_invalid_token_shows_its_error() {
        let error = TokenError { code: 190, message: "m".into(), subcode: Some(463) };
        let data = TokenData { error: Some(error), ..TokenData::default() };
        golden::check(&DebugToken { data }, r#"{"data":{"error":{"code":190,"message":"m","subcode":463},"is_valid":false,"scopes":[]}}"#);
    }
}
