//! What the page that opened the window is told, and the last page, which tells it.
//!
//! Platform docs, Embedded Signup, version 4, "Session information": `message` events whose data is a JSON text. Beside them the window tells the script
//! that opened it what `FB.login` answers with.

use axum::http::StatusCode;
use callport_core::time::WallTime;
use callport_engine::records::{SignUpOpener, SignUpStep, SignUpWalk};
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::html::{Page, escaped};

/// `current_step`, in published words.
pub(crate) fn step_word(step: SignUpStep) -> &'static str {
    match step {
        SignUpStep::Portfolio => "BUSINESS_ACCOUNT_SELECTION",
        SignUpStep::Account => "WABA_PHONE_PROFILE_PICKER",
        SignUpStep::Number => "PHONE_NUMBER_SETUP",
        SignUpStep::Code => "PHONE_NUMBER_VERIFICATION",
        SignUpStep::Consent | SignUpStep::Finished | SignUpStep::Cancelled => "PERMISSIONS",
    }
}

fn event(event: &str, data: Value) -> String {
    /// Members in the published order.
    #[derive(Serialize)]
    struct Event<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
        event: &'a str,
        data: Value,
    }
    serde_json::to_string(&Event { kind: "WA_EMBEDDED_SIGNUP", event, data }).unwrap_or_default()
}

/// `CANCEL`, left at that step.
pub(crate) fn left(step: SignUpStep) -> String {
    event("CANCEL", json!({ "current_step": step_word(step) }))
}

/// `CANCEL`, with an error that the person reported or met.
pub(crate) fn failed(says: &str, code: &str, session: &str, at: WallTime) -> String {
    event("CANCEL", json!({ "error_message": says, "error_code": code, "session_id": session, "timestamp": at.unix_seconds().to_string() }))
}

/// `FINISH` or one of its kin: what was chosen.
pub(crate) fn finished(walk: &SignUpWalk) -> String {
    let mut data = serde_json::Map::new();
    let mut put = |name: &str, id: Option<&str>| {
        data.extend(id.map(|id| (name.to_owned(), Value::from(id))));
    };
    put("phone_number_id", walk.number.as_ref().map(|id| id.as_str()));
    put("waba_id", walk.waba.as_ref().map(|id| id.as_str()));
    put("business_id", walk.portfolio.as_ref().map(|id| id.as_str()));
    let word = match (walk.wishes.app_only, &walk.number) {
        (true, _) => "FINISH_GRANT_ONLY_API_ACCESS",
        (false, Some(_)) => "FINISH",
        (false, None) => "FINISH_ONLY_WABA",
    };
    event(word, Value::Object(data))
}

/// What the script of the last page does.
#[derive(Serialize, Default)]
struct Script {
    /// For the opener's own listeners.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// For the script that opened the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// Where the window goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
}

/// What came of a walk.
pub(crate) enum Outcome<'a> {
    /// The app gets this code; none when it was installed without one.
    Code(Option<&'a str>),
    /// Nothing.
    Nothing,
}

/// The last page: says how it went, and tells the opener.
pub(crate) fn last_page(opener: &SignUpOpener, heading: &str, says: &str, message: String, outcome: &Outcome<'_>) -> Page {
    let mut page = Page::new(heading, format!("<p>{}</p>", escaped(says)));
    let script = match opener {
        SignUpOpener::Window { origin, channel } => {
            page.data.push(("origin", origin.clone()));
            page.body += "<p class=\"small\">You can close this window.</p>";
            let response = match outcome {
                Outcome::Code(Some(code)) => {
                    json!({ "authResponse": { "code": code, "userID": null, "expiresIn": null }, "status": "connected" })
                }
                Outcome::Code(None) => json!({ "authResponse": null, "status": "connected" }),
                Outcome::Nothing => json!({ "authResponse": null, "status": "unknown" }),
            };
            Script { message: Some(message), response: Some(response), channel: Some(channel.clone()), redirect: None }
        }
        SignUpOpener::Redirect { uri, state } => {
            let redirect = redirect(uri, state.as_deref(), outcome);
            page.body += &format!("<p><a href=\"{}\">Go on</a></p>", escaped(&redirect));
            Script { redirect: Some(redirect), ..Script::default() }
        }
    };
    page.data.push(("outcome", serde_json::to_string(&script).unwrap_or_default()));
    page
}

/// The address with `code`, or with `error`, and `state`.
fn redirect(uri: &str, state: Option<&str>, outcome: &Outcome<'_>) -> String {
    let Ok(mut url) = Url::parse(uri) else { return uri.to_owned() };
    {
        let mut pairs = url.query_pairs_mut();
        match outcome {
            Outcome::Code(Some(code)) => drop(pairs.append_pair("code", code)),
            Outcome::Code(None) => {}
            Outcome::Nothing => {
                pairs.append_pair("error", "access_denied").append_pair("error_reason", "user_denied");
            }
        }
        if let Some(state) = state {
            pairs.append_pair("state", state);
        }
    }
    url.into()
}

/// A page that says why nothing begins or goes on. The opener is told, if it is known.
pub(crate) fn trouble(says: &str, opener: Option<&SignUpOpener>, session: &str, at: WallTime) -> Page {
    let page = match opener {
        Some(opener) => last_page(opener, "This did not work", says, failed(says, "100", session, at), &Outcome::Nothing),
        None => Page::new("This did not work", format!("<p>{}</p><p class=\"small\">You can close this window.</p>", escaped(says))),
    };
    // The person shall read why: the window stays open, and the opener is told when it goes.
    let outcome = page.data.iter().find(|(name, _)| *name == "outcome").map(|(_, script)| script.clone());
    let message = outcome.and_then(|script| serde_json::from_str::<Value>(&script).ok()?["message"].as_str().map(str::to_owned));
    let mut data: Vec<_> = page.data.into_iter().filter(|(name, _)| *name != "outcome").collect();
    data.extend(message.map(|message| ("cancel", message)));
    Page { status: StatusCode::BAD_REQUEST, data, ..page }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_as_published() {
        assert_eq!(
            left(SignUpStep::Number),
            r#"{"type":"WA_EMBEDDED_SIGNUP","event":"CANCEL","data":{"current_step":"PHONE_NUMBER_SETUP"}}"#
        );
        let told: Value = serde_json::from_str(&failed("It broke", "100", "7", WallTime::from_unix_seconds(9))).unwrap();
        assert_eq!(told["data"], json!({ "error_message": "It broke", "error_code": "100", "session_id": "7", "timestamp": "9" }));
    }

    #[test]
    fn a_code_goes_to_the_address_and_a_refusal_too() {
        let to = |outcome: &Outcome<'_>| redirect("https://isv.example/done?x=1", Some("s&t"), outcome);
        assert_eq!(to(&Outcome::Code(Some("AQ"))), "https://isv.example/done?x=1&code=AQ&state=s%26t");
        assert_eq!(to(&Outcome::Nothing), "https://isv.example/done?x=1&error=access_denied&error_reason=user_denied&state=s%26t");
    }
}
