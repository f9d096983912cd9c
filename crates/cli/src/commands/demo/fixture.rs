//! Who is on the stage: one company with three numbers, each with a backend of its own, and one scripted user.

use callport_gateway::Mode;

/// A business of the demo.
pub struct DemoBusiness {
    /// Its phone-number id.
    pub number_id: &'static str,
    /// Its number.
    pub number: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What its backend does with callers.
    pub mode: Mode,
    /// For the person who is invited to call.
    pub does: &'static str,
    app: &'static str,
    waba: &'static str,
}

/// The business that the scripted user calls, first; then those for a person.
pub const BUSINESSES: [DemoBusiness; 3] = [
    DemoBusiness {
        number_id: "4001",
        number: "+6281255509991",
        name: "Acme Signal",
        mode: Mode::Tone,
        does: "plays a row of tones",
        app: "1001",
        waba: "2001",
    },
    DemoBusiness {
        number_id: "4002",
        number: "+6281255509992",
        name: "Acme Echo",
        mode: Mode::Echo,
        does: "says back what you say",
        app: "1002",
        waba: "2002",
    },
    DemoBusiness {
        number_id: "4003",
        number: "+6281255509993",
        name: "Acme Menu",
        mode: Mode::Menu,
        does: "speaks a menu and repeats the keys you press",
        app: "1003",
        waba: "2003",
    },
];

/// The scripted user's number.
pub const USER: &str = "+5511955501234";

/// The scripted user's name.
pub const USER_NAME: &str = "Nadia";

/// Secrets of one business: made anew for each demo.
#[derive(Clone)]
pub struct Secrets {
    /// Signs webhooks.
    pub app_secret: String,
    /// Comes with the verification GET.
    pub verify_token: String,
    /// Opens the Graph API.
    pub access_token: String,
}

/// The fixture, with each business's callback and secrets.
pub fn text(backends: &[(String, Secrets)]) -> String {
    let mut text = format!("[[user]]\nnumber = \"{USER}\"\nname = \"{USER_NAME}\"\n");
    for (business, (callback, secrets)) in BUSINESSES.iter().zip(backends) {
        let DemoBusiness { number_id, number, name, app, waba, .. } = business;
        let Secrets { app_secret, verify_token, access_token } = secrets;
        text.push_str(&format!(
            r#"
[[app]]
id = "{app}"
name = "{name} backend"
secret = "{app_secret}"
callback_url = "{callback}"
verify_token = "{verify_token}"
fields = ["calls"]
verify = true

[[waba]]
id = "{waba}"
portfolio = "3001"
name = "{name}"
currency = "USD"
timezone = "Asia/Jakarta"
payment_method = true
apps = ["{app}"]

[[number]]
id = "{number_id}"
waba = "{waba}"
number = "{number}"
name = "{name}"
account_mode = "LIVE"
messaging_limit = "TIER_2K"
calling = "ENABLED"

[[token]]
value = "{access_token}"
app = "{app}"
scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
wabas = ["{waba}"]
"#
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_can_be_read() {
        let secrets = |app: &str| Secrets { app_secret: "s".repeat(32), verify_token: "v".to_owned(), access_token: format!("EAA{app}") };
        let backends = BUSINESSES.map(|business| (format!("http://127.0.0.1:9/{}", business.number_id), secrets(business.app)));
        assert_eq!(callport_operator::fixture::Fixture::parse(&text(&backends)).err().map(|mistakes| mistakes.to_string()), None);
    }
}
