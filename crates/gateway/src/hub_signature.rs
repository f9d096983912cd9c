//! `X-Hub-Signature-256`: whether a webhook comes from someone who knows the app secret.
//!
//! `sha256=` and the lower-case hex of HMAC-SHA256 over the raw body, keyed with the secret of the receiving app (platform docs,
//! Graph API Webhooks, Validating payloads). Verified over the bytes as they came, before anything parses them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header's name.
pub(crate) const HEADER: &str = "x-hub-signature-256";

/// Why a body is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAuthentic {
    #[error("no X-Hub-Signature-256 header")]
    Unsigned,
    #[error("X-Hub-Signature-256 is not sha256= and 64 hex digits")]
    Malformed,
    #[error("X-Hub-Signature-256 does not fit body and app secret")]
    Wrong,
}

/// Checks a header against a body, in a time that does not depend on where they differ.
pub(crate) fn check(app_secret: &str, header: Option<&[u8]>, body: &[u8]) -> Result<(), NotAuthentic> {
    let header = header.ok_or(NotAuthentic::Unsigned)?;
    let digits = header.strip_prefix(b"sha256=").ok_or(NotAuthentic::Malformed)?;
    let mut claimed = [0u8; 32];
    hex::decode_to_slice(digits, &mut claimed).map_err(|_| NotAuthentic::Malformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).map_err(|_| NotAuthentic::Wrong)?;
    mac.update(body);
    mac.verify_slice(&claimed).map_err(|_| NotAuthentic::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test_app_secret";

    /// Bodies and their signatures, computed independently.
    const VECTORS: [(&str, &str); 5] = [
        (r#"{"object":"whatsapp_business_account","entry":[]}"#, "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"),
        (r#"{"object": "whatsapp_business_account", "entry": []}"#, "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"),
        (
            r#"{"object":"whatsapp_business_account","entry":[{"id":"900100200300400","changes":[{"value":{"messaging_product":"whatsapp"},"field":"calls"}]}]}"#,
            "5d85a06c2d15090601064779aa314507fc6a5a16da481ab4a2ec0e223043bf52",
        ),
        (
            r#"{"object":"whatsapp_business_account","entry":[{"id":"900100200300400","time":1790000000,"changes":[{"value":{"note":"\u00e4\u00f6\u00e5"},"field":"calls"}]}]}"#,
            "157bbfe2003665f738de1f705433abd5725a985d93b295661189fc67e31f572f",
        ),
        (
            r#"{"object":"whatsapp_business_account","entry":[{"id":"900100200300400","time":1790000000,"changes":[{"value":{"note":"äöå"},"field":"calls"}]}]}"#,
            "e9f30dfd659bf11a747db2ea5aa3a1d76c6a0dfefb1c1ed616dec4e7b0a16a23",
        ),
    ];

    fn verdict(header: &str, body: &str) -> Result<(), NotAuthentic> {
        check(SECRET, Some(header.as_bytes()), body.as_bytes())
    }

    #[test]
    fn known_signatures_are_believed_and_fit_one_body_only() {
        for (signed, (_, digits)) in VECTORS.iter().enumerate() {
            for (sent, (body, _)) in VECTORS.iter().enumerate() {
                let expected = if signed == sent { Ok(()) } else { Err(NotAuthentic::Wrong) };
                assert_eq!(verdict(&format!("sha256={digits}"), body), expected, "{signed} {sent}");
            }
        }
    }

    #[test]
    fn another_secret_is_not_believed() {
        let (body, digits) = VECTORS[0];
        let header = format!("sha256={digits}");
        assert_eq!(check("other", Some(header.as_bytes()), body.as_bytes()), Err(NotAuthentic::Wrong));
    }

    #[test]
    fn refuses_what_is_no_signature() {
        let (body, digits) = VECTORS[0];
        assert_eq!(check(SECRET, None, body.as_bytes()), Err(NotAuthentic::Unsigned));
        for header in ["", "sha256=", digits, &format!("sha1={digits}"), &format!("sha256={}", &digits[1..]), &format!("sha256={digits}00")]
        {
            assert_eq!(verdict(header, body), Err(NotAuthentic::Malformed), "{header:?}");
        }
        assert_eq!(verdict(&format!("sha256=zz{}", &digits[2..]), body), Err(NotAuthentic::Malformed));
    }
}
