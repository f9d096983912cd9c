//! What a window was opened with: the parameters of `/dialog/oauth`, and whether that app may be opened from there.

use std::collections::BTreeMap;

use callport_core::ids::{AppId, SignUpId};
use callport_engine::records::{App, SignUpClient, SignUpOpener, SignUpStep, SignUpWalk, SignUpWishes};
use callport_engine::{Fault, WalkRefusal};
use url::{Origin, Url};

use crate::{SignUp, wishes};

/// Longest query that is read, in bytes.
const MAX_QUERY: usize = 16 * 1024;

/// Longest `state` and `channel`, in bytes.
const MAX_TEXT: usize = 1_024;

/// Why a sign-up does not begin, or does not go on, as a sentence for the person who looks at it, and for the developer of the page that they came from.
pub(crate) struct Trouble {
    pub(crate) says: String,
    pub(crate) blame: Blame,
    /// Where that can be told, when the opener is known to be the app's.
    pub(crate) opener: Option<SignUpOpener>,
    /// How far it had come.
    pub(crate) step: SignUpStep,
    /// The walk, if it had begun.
    pub(crate) walk: Option<SignUpId>,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// What was asked for cannot be served.
    Asked,
    /// Our side failed.
    Ours,
}

impl Trouble {
    pub(crate) fn of(says: impl Into<String>) -> Self {
        Self { says: says.into(), blame: Blame::Asked, opener: None, step: SignUpStep::Portfolio, walk: None }
    }

    /// Our side failed; the cause is for the log only.
    pub(crate) fn fault(fault: &Fault) -> Self {
        tracing::error!(%fault, "a sign-up failed on our side");
        Self { blame: Blame::Ours, ..Self::of("Something went wrong on our side. Try again in a moment.") }
    }

    /// What a rule says of a walk.
    pub(crate) fn rule(why: &WalkRefusal) -> Self {
        Self::of(format!("{}.", capital(&why.to_string())))
    }

    /// Its opener can be told.
    pub(crate) fn told_to(self, opener: SignUpOpener) -> Self {
        Self { opener: Some(opener), ..self }
    }

    /// It came up on this walk.
    pub(crate) fn on(self, walk: &SignUpWalk) -> Self {
        Self { step: walk.step, walk: Some(walk.id.clone()), ..self.told_to(walk.opener.clone()) }
    }
}

/// As a sentence begins.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A window that may begin.
pub(crate) struct Asked {
    pub(crate) app: App,
    pub(crate) opener: SignUpOpener,
    pub(crate) wishes: SignUpWishes,
}

/// Reads the query of a window, and judges it.
pub(crate) async fn read(sign_up: &SignUp, query: &str) -> Result<Asked, Trouble> {
    if query.len() > MAX_QUERY {
        return Err(Trouble::of("The address of this page is too long."));
    }
    let params: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let given = |name: &str| params.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let id = given("client_id").or(given("app_id")).ok_or_else(|| Trouble::of("The parameter client_id, the id of an app, is missing."))?;
    let store = sign_up.engine.store();
    let app = match AppId::parse(id) {
        Ok(id) => store.app(&id).await.map_err(|fault| Trouble::fault(&fault))?,
        Err(_) => None,
    };
    let app = app.ok_or_else(|| Trouble::of("There is no app with the id in client_id."))?;
    let client = sign_up.engine.enrolment::<SignUpClient>(app.id.as_str()).await.map_err(|fault| Trouble::fault(&fault))?;
    let opener = opener(client.as_ref(), sign_up.config.open, given("origin"), given("channel"), given("redirect_uri"), given("state"))?;
    let told = |says: String| Trouble::of(says).told_to(opener.clone());
    if given("response_type").is_some_and(|kind| !kind.split([',', ' ']).any(|kind| kind == "code")) {
        return Err(told("response_type must be code: this page gives codes, and no tokens.".to_owned()));
    }
    let known =
        |config: &&str| client.as_ref().is_none_or(|client| client.configurations.is_empty() || client.configurations.contains(*config));
    match given("config_id") {
        Some(config) if !known(&config) => return Err(told("config_id is not a login configuration of this app.".to_owned())),
        None if client.as_ref().is_some_and(|client| !client.configurations.is_empty()) => {
            return Err(told("The parameter config_id, the id of a login configuration, is missing.".to_owned()));
        }
        _ => {}
    }
    let wishes = wishes::read(given("extras")).map_err(told)?;
    Ok(Asked { app, opener, wishes })
}

/// Where the outcome goes: to a page of one of the app's origins, in a window or at an address.
fn opener(
    client: Option<&SignUpClient>,
    open: bool,
    origin: Option<&str>,
    channel: Option<&str>,
    redirect_uri: Option<&str>,
    state: Option<&str>,
) -> Result<SignUpOpener, Trouble> {
    let short = |text: Option<&str>| text.filter(|text| text.len() <= MAX_TEXT).map(str::to_owned);
    if let Some(origin) = origin {
        let origin = plain_origin(origin).filter(|plain| plain == origin.trim_end_matches('/'));
        let origin = origin.ok_or_else(|| Trouble::of("The parameter origin is no origin, as in https://isv.example."))?;
        admitted(client, open, &origin)?;
        return Ok(SignUpOpener::Window { origin, channel: short(channel).unwrap_or_default() });
    }
    let uri = redirect_uri.ok_or_else(|| {
        Trouble::of("This page was opened by nobody: it needs the parameter origin, which its script sends, or redirect_uri.")
    })?;
    let parsed = Url::parse(uri).ok().filter(|parsed| parsed.fragment().is_none() && parsed.username().is_empty());
    let origin = parsed.and_then(|parsed| plain_origin(parsed.as_str()));
    let origin = origin.ok_or_else(|| Trouble::of("The parameter redirect_uri is no address, as in https://isv.example/done."))?;
    admitted(client, open, &origin)?;
    Ok(SignUpOpener::Redirect { uri: uri.to_owned(), state: short(state) })
}

/// `https://isv.example`, of an address of the web.
fn plain_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    match url.origin() {
        origin @ Origin::Tuple(..) => Some(origin.ascii_serialization()),
        Origin::Opaque(_) => None,
    }
}

fn admitted(client: Option<&SignUpClient>, open: bool, origin: &str) -> Result<(), Trouble> {
    let origins = client.map(|client| &client.origins);
    match origins {
        Some(origins) if origins.contains(origin) => Ok(()),
        None if open => Ok(()),
        Some(origins) if open && origins.is_empty() => Ok(()),
        _ => Err(Trouble::of(format!(
            "The page at {origin} may not open this sign-up: it is not among the origins of the app. Its operator adds it: callport admin sign-up \
             client APP --origins {origin}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(origins: &[&str]) -> SignUpClient {
        SignUpClient {
            app: AppId::parse("1001").unwrap(),
            origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            configurations: Default::default(),
            token_lifetime_s: None,
        }
    }

    fn window(client: Option<&SignUpClient>, open: bool, origin: &str) -> bool {
        opener(client, open, Some(origin), Some("c"), None, None).is_ok()
    }

    #[test]
    fn only_pages_of_the_app_open_it_where_strangers_may_come() {
        let (none, isv) = (client(&[]), client(&["https://isv.example", "http://127.0.0.1:8080"]));
        assert!(window(Some(&isv), false, "https://isv.example") && window(Some(&isv), true, "http://127.0.0.1:8080"));
        for stranger in ["https://evil.example", "http://isv.example", "https://isv.example:8443", "https://isv.example.evil.example"] {
            assert!(!window(Some(&isv), true, stranger), "{stranger}");
        }
        assert!(window(Some(&none), true, "https://any.example") && window(None, true, "https://any.example"));
        assert!(!window(Some(&none), false, "https://any.example") && !window(None, false, "https://any.example"));
        for bad in ["null", "", "isv.example", "javascript:alert(1)", "https://isv.example/path", "data:text/html,x", "*"] {
            assert!(!window(Some(&isv), true, bad), "{bad}");
        }
    }

    #[test]
    fn a_code_is_sent_to_an_address_of_the_app_only() {
        let isv = client(&["https://isv.example"]);
        let to = |uri: &str| opener(Some(&isv), true, None, None, Some(uri), Some("s")).is_ok();
        assert!(to("https://isv.example/done?x=1"));
        for bad in [
            "https://evil.example/",
            "https://isv.example@evil.example/",
            "//isv.example/",
            "https://u@isv.example/",
            "https://isv.example/#f",
        ] {
            assert!(!to(bad), "{bad}");
        }
        assert!(opener(Some(&isv), true, None, None, None, None).is_err());
    }
}
