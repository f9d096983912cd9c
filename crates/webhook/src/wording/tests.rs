//! The bytes of every kind of notice.

use super::*;
use callport_core::bsuid::Bsuid;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::{PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::settings::{CallingSettings, IconVisibility, Switch};
use callport_core::time::WallTime;

mod account;
mod calls;
mod messages;
mod partners;

const CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMx";

fn parties() -> Parties {
    let user = PhoneNumber::parse("15557010042").unwrap();
    Parties {
        waba: WabaId::parse("660017722334455").unwrap(),
        number_id: PhoneNumberId::parse("881200345671203").unwrap(),
        number: PhoneNumber::parse("15559020077").unwrap(),
        bsuid: Bsuid::derive(&PortfolioId::parse("3001").unwrap(), &UserId::parse("9001").unwrap(), &user, 0),
        user,
        user_name: "Nadia R. ä".into(),
        username: None,
    }
}

fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(seconds)
}

/// `expected` with `BSUID` for the user's business-scoped id.
fn check(notice: Notice, expected: &str) {
    let body = String::from_utf8(JsonWording.body(&notice, &parties().waba)).unwrap();
    assert_eq!(body.replace(parties().bsuid.as_str(), "BSUID"), expected);
}

const HEAD: &str = concat!(
    r#"{"object":"whatsapp_business_account","entry":[{"id":"660017722334455","changes":[{"value":{"messaging_product":"whatsapp","#,
    r#""metadata":{"display_phone_number":"15559020077","phone_number_id":"881200345671203"},"#,
    r#""contacts":[{"profile":{"name":"Nadia R. \u00e4"},"wa_id":"15557010042","user_id":"BSUID"}],"#,
);

#[test]
fn a_change_of_settings() {
    let settings = CallingSettings {
        status: Some(Switch::Enabled),
        call_icon_visibility: Some(IconVisibility::DisableAll),
        restrict_to_user_countries: Some(vec![]),
        additional_codecs: Some(vec![AdditionalCodec::Pcmu]),
        ..CallingSettings::default()
    };
    let notice = Notice::SettingsChanged {
        waba: parties().waba,
        number_id: parties().number_id,
        at: at(1_795_343_000),
        settings,
        servers: vec![],
        restrictions: vec![],
    };
    let expected = concat!(
        r#"{"object":"whatsapp_business_account","entry":[{"id":"660017722334455","changes":[{"value":{"messaging_product":"whatsapp","#,
        r#""timestamp":"1795343000","type":"phone_number_settings","phone_number_settings":{"phone_number_id":"881200345671203","#,
        r#""calling":{"status":"ENABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"NOT_SET","#,
        r#""call_icons":{"restrict_to_user_countries":[]},"audio":{"additional_codecs":["PCMU"]}}}},"field":"account_settings_update"}]}]}"#,
    );
    check(notice, expected);
}
