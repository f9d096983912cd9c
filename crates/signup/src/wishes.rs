//! `extras`: what an app asks the page to fill in (platform docs, Embedded Signup, version 4). All of it is optional; it skips no screen but those of an
//! app-only install. Members that this page has no field for are taken and ignored.

use callport_core::ids::{PhoneNumberId, PortfolioId, SolutionId, WabaId};
use callport_engine::records::SignUpWishes;
use serde_json::Value;

/// Longest texts, in characters, as published for the business's name.
const NAME_MAX: usize = 100;

/// Ids of one kind that are looked at.
const IDS_MAX: usize = 50;

/// Reads it, or says what is wrong with it.
pub(crate) fn read(extras: Option<&str>) -> Result<SignUpWishes, String> {
    let Some(text) = extras else { return Ok(SignUpWishes::default()) };
    let extras: Value = serde_json::from_str(text).map_err(|_| "The parameter extras is no JSON.".to_owned())?;
    if !extras.is_object() {
        return Err("The parameter extras is no JSON object.".to_owned());
    }
    match extras["featureType"].as_str() {
        None | Some("") => {}
        Some("whatsapp_business_app_onboarding") => {
            return Err(
                "featureType whatsapp_business_app_onboarding is not served here: the operator puts a number into coexistence.".to_owned()
            );
        }
        Some(other) => return Err(format!("featureType {other} is not one of version 4.")),
    }
    let names = extras["features"].as_array().map(Vec::as_slice).unwrap_or_default();
    let app_only = names.iter().any(|feature| feature["name"] == "app_only_install");
    let setup = &extras["setup"];
    let business = &setup["business"];
    Ok(SignUpWishes {
        portfolio: text_of(&business["id"]).and_then(|id| PortfolioId::parse(&id).ok()),
        business_name: text_of(&business["name"]),
        country: text_of(&business["address"]["country"]),
        phone: phone(&business["phone"]),
        display_name: text_of(&setup["phone"]["displayName"]),
        pre_verified: ids(&setup["preVerifiedPhone"]["ids"], |id| PhoneNumberId::parse(id).ok()),
        accounts: accounts(&setup["whatsAppBusinessAccount"]),
        solution: solution(&setup["solutionID"])?,
        app_only,
    })
}

/// A text, or a number that stands for one, of a sensible length.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control)).then_some(text)
}

fn ids<T>(value: &Value, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    value.as_array().into_iter().flatten().take(IDS_MAX).filter_map(|id| read(&text_of(id)?)).collect()
}

/// `ids`, or one as `id`.
fn accounts(value: &Value) -> Vec<WabaId> {
    let one = text_of(&value["id"]).and_then(|id| WabaId::parse(&id).ok());
    one.into_iter().chain(ids(&value["ids"], |id| WabaId::parse(id).ok())).collect()
}

/// `{"code":62,"number":"81255509999"}` as one number.
fn phone(value: &Value) -> Option<String> {
    let (code, number) = (text_of(&value["code"])?, text_of(&value["number"])?);
    Some(format!("+{}{number}", code.trim_start_matches('+')))
}

fn solution(value: &Value) -> Result<Option<SolutionId>, String> {
    match text_of(value) {
        Some(id) => SolutionId::parse(&id).map(Some).map_err(|_| "solutionID is no id of a multi-partner solution.".to_owned()),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sample_is_read() {
        let sample = r#"{ "setup": { "business": { "id": "330044005500660", "name": "Acme Repairs", "email": "it@acme.example",
            "address": { "streetAddress1": "Jalan Melati 7", "country": "ID" }, "phone": { "code": 62, "number": "81255509999" },
            "timezone": "UTC+07:00" }, "phone": { "displayName": "Acme Repairs", "category": "PROF_SERVICES" },
            "preVerifiedPhone": { "ids": ["881200345671299"] }, "whatsAppBusinessAccount": { "ids": ["660017722334455"] },
            "solutionID": "190055006600770" }, "featureType": "", "sessionInfoVersion": "3", "version": "v3" }"#;
        let wishes = read(Some(sample)).unwrap();
        assert_eq!(wishes.portfolio.unwrap().as_str(), "330044005500660");
        assert_eq!((wishes.business_name.as_deref(), wishes.phone.as_deref()), (Some("Acme Repairs"), Some("+6281255509999")));
        assert_eq!((wishes.pre_verified.len(), wishes.accounts.len(), wishes.solution.is_some(), wishes.app_only), (1, 1, true, false));
        assert!(read(Some(r#"{"features":[{"name":"app_only_install"}]}"#)).unwrap().app_only);
    }

    #[test]
    fn nonsense_is_ignored_or_named_and_never_kept() {
        assert!(read(None).unwrap() == SignUpWishes::default());
        for odd in [r#"{}"#, r#"{"setup":7}"#, r#"{"setup":{"business":{"id":"x","name":{"a":1}},"preVerifiedPhone":{"ids":"1"}}}"#] {
            assert!(read(Some(odd)).unwrap() == SignUpWishes::default(), "{odd}");
        }
        let long = format!(r#"{{"setup":{{"business":{{"name":"{}"}}}}}}"#, "a".repeat(101));
        assert_eq!(read(Some(&long)).unwrap().business_name, None);
        for bad in ["", "[]", "{", r#"{"featureType":"only_waba_sharing"}"#, r#"{"setup":{"solutionID":"x"}}"#] {
            assert!(read(Some(bad)).is_err(), "{bad}");
        }
    }
}
