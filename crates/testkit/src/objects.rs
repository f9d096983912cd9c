//! The business and the user that most tests have: Acme, whose number 4001 of account 2001 has app 1001, and Nadia.

use callport_core::eligibility::InUseWith;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::scope::Field;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit, Switch};
use callport_engine::records::{App, Callback, Number, Portfolio, User, Waba};

/// Acme's number.
pub fn acme() -> PhoneNumberId {
    PhoneNumberId::parse("4001").unwrap()
}

/// The user: id 9001, of Brazil.
pub fn nadia() -> User {
    User {
        id: UserId::parse("9001").unwrap(),
        number: PhoneNumber::parse("+5511955501234").unwrap(),
        name: "Nadia".into(),
        username: None,
        outdated_app: false,
        numbers_before: 0,
    }
}

/// Portfolio 3001.
pub fn portfolio() -> Portfolio {
    Portfolio { verified: false, id: PortfolioId::parse("3001").unwrap(), name: "Acme".into() }
}

/// An account of [`portfolio`] that can pay.
pub fn waba(id: &str, name: &str) -> Waba {
    Waba {
        timezone_id: None,
        country: None,
        id: WabaId::parse(id).unwrap(),
        portfolio: portfolio().id,
        name: name.into(),
        currency: "USD".into(),
        timezone: "Asia/Jakarta".into(),
        payment_method: true,
    }
}

/// An app with the callback `https://{id}.example/hook` that subscribed to everything; its secret is `test_app_secret`.
pub fn app(id: &str, name: &str) -> App {
    let fields = Field::ALL.map(Field::name);
    App {
        business: None,
        graph_version: None,
        id: AppId::parse(id).unwrap(),
        name: name.into(),
        secret: "test_app_secret".into(),
        callback: Some(Callback { url: format!("https://{id}.example/hook"), verify_token: "s3cr3t".into() }),
        tech_partner: true,
        fields: fields.map(str::to_owned).into(),
    }
}

/// A number that takes calls.
pub fn number(id: &str, waba: &str, digits: &str, name: &str) -> Number {
    Number {
        quality: callport_core::quality::Quality::default(),
        id: PhoneNumberId::parse(id).unwrap(),
        waba: WabaId::parse(waba).unwrap(),
        number: PhoneNumber::parse(digits).unwrap(),
        name: name.into(),
        in_use_with: InUseWith::CloudApi,
        account_mode: AccountMode::Live,
        messaging_limit: MessagingLimit::Tier2K,
        settings: CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() },
        allowed_recipients: None,
        restrictions: Vec::new(),
        onboarding: callport_core::registration::Onboarding::default(),
    }
}
