//! `X-Hub-Signature-256`: a keyed digest over the body, byte for byte as sent.
//!
//! Platform docs, Graph API, Webhooks, Getting started, "Validating payloads". The key is the secret of the app that receives, also
//! where an override sends its webhooks elsewhere. The SHA-1 header is older; some receivers still read it.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// Header of the current signature.
pub const HEADER: &str = "X-Hub-Signature-256";
/// Header of the legacy one.
pub const LEGACY_HEADER: &str = "X-Hub-Signature";

/// Value of [`HEADER`]: `sha256=` and 64 lower-case hex digits.
pub fn sha256(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", digest::<Hmac<Sha256>>(secret, body))
}

/// Value of [`LEGACY_HEADER`]: `sha1=` and 40 lower-case hex digits.
pub fn sha1(secret: &str, body: &[u8]) -> String {
    format!("sha1={}", digest::<Hmac<Sha1>>(secret, body))
}

fn digest<M: Mac + KeyInit>(secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of every length (RFC 2104 §3), so this cannot fail.
    let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "test_app_secret";

    #[test]
    fn published_vectors() {
        for (body, expected) in [
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
        ] {
            assert_eq!(sha256(SECRET, body.as_bytes()), format!("sha256={expected}"), "{body}");
        }
    }

    /// RFC 2202 §3, test case 2.
    #[test]
    fn legacy_signature_is_hmac_sha1() {
        assert_eq!(sha1("Jefe", b"what do ya want for nothing?"), "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn every_byte_and_the_secret_count() {
        let signed = sha256(SECRET, b"{}");
        assert_ne!(signed, sha256(SECRET, b"{ }"));
        assert_ne!(signed, sha256("another", b"{}"));
    }
}
