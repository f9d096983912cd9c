//! What the page that opened the window is told, and the last page, which tells it.
//!
//! Platform docs, Embedded Signup, version 4, "Session information": `message` events whose data is a JSON text. Beside them the window tells the script
//! that opened it what `FB.login` answers with.

use axum::http::StatusCode;
use callport_core::ids::SignUpId;
use callport_core::time::WallTime;
use callport_engine::records::{SignUpOpener, SignUpStep, SignUpWalk};
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::asked::{Blame, Trouble};
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

/// `CANCEL`, with an error that the person reported.
pub(crate) fn reported(says: &str, session: &str, at: WallTime) -> String {
    event("CANCEL", error(says, OURS, session, at))
}

/// `ERROR`, which is published by its name alone: an error as `CANCEL` has it, and the step at which it came up.
fn error_event(why: &Trouble, at: WallTime) -> String {
    let code = match why.blame {
        Blame::Asked => ASKED,
        Blame::Ours => OURS,
    };
    let session = why.walk.as_ref().map_or("0", SignUpId::as_str);
    let mut data = error(&why.says, code, session, at);
    data["current_step"] = step_word(why.step).into();
    event("ERROR", data)
}

fn error(says: &str, code: &str, session: &str, at: WallTime) -> Value {
    json!({ "error_message": says, "error_code": code, "session_id": session, "timestamp": at.unix_seconds().to_string() })
}

/// `error_code` of what cannot be served as it was asked for, as the Graph API says it.
const ASKED: &str = "100";

/// `error_code` of everything else, as the Graph API says it.
const OURS: &str = "131000";

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
    /// It failed: who is to blame, and why.
    Failed(Blame, &'a str),
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
                Outcome::Nothing | Outcome::Failed(..) => json!({ "authResponse": null, "status": "unknown" }),
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
            // The words of RFC 6749, §4.1.2.1.
            Outcome::Failed(Blame::Asked, why) => drop(pairs.append_pair("error", "invalid_request").append_pair("error_description", why)),
            Outcome::Failed(Blame::Ours, why) => drop(pairs.append_pair("error", "server_error").append_pair("error_description", why)),
        }
        if let Some(state) = state {
            pairs.append_pair("state", state);
        }
    }
    url.into()
}

/// A page that says why nothing begins or goes on. The opener is told at once, if it is known; the window stays open, so that the person can read why.
pub(crate) fn trouble(why: &Trouble, at: WallTime) -> Page {
    let mut page = Page::new("This did not work", format!("<p>{}</p>", escaped(&why.says))).status(StatusCode::BAD_REQUEST);
    if let Some(walk) = why.walk.as_ref().filter(|_| why.blame == Blame::Ours) {
        page.body += &format!("<p><a href=\"/dialog/oauth/{walk}\">Try again</a></p>");
    }
    match &why.opener {
        Some(SignUpOpener::Redirect { uri, state }) => {
            let redirect = redirect(uri, state.as_deref(), &Outcome::Failed(why.blame, &why.says));
            page.body += &format!("<p><a href=\"{}\">Go back</a></p>", escaped(&redirect));
        }
        Some(SignUpOpener::Window { origin, .. }) => {
            page.data = vec![("origin", origin.clone()), ("error", error_event(why, at))];
            page.body += "<p class=\"small\">You can close this window.</p>";
        }
        None => page.body += "<p class=\"small\">You can close this window.</p>",
    }
    page
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
        let at = WallTime::from_unix_seconds(9);
        let told: Value = serde_json::from_str(&reported("It broke", "7", at)).unwrap();
        let error = json!({ "error_message": "It broke", "error_code": "131000", "session_id": "7", "timestamp": "9" });
        assert_eq!((&told["event"], &told["data"]), (&json!("CANCEL"), &error));
        let why = Trouble { step: SignUpStep::Code, ..Trouble::of("No such thing.") };
        assert_eq!(
            error_event(&why, at),
            r#"{"type":"WA_EMBEDDED_SIGNUP","event":"ERROR","data":{"error_message":"No such thing.","error_code":"100","session_id":"0","timestamp":"9","current_step":"PHONE_NUMBER_VERIFICATION"}}"#
        );
    }

    #[test]
    fn a_code_goes_to_the_address_and_a_refusal_too() {
        let to = |outcome: &Outcome<'_>| redirect("https://isv.example/done?x=1", Some("s&t"), outcome);
        assert_eq!(to(&Outcome::Code(Some("AQ"))), "https://isv.example/done?x=1&code=AQ&state=s%26t");
        assert_eq!(to(&Outcome::Nothing), "https://isv.example/done?x=1&error=access_denied&error_reason=user_denied&state=s%26t");
        let failed = to(&Outcome::Failed(Blame::Ours, "It broke."));
        assert_eq!(failed, "https://isv.example/done?x=1&error=server_error&error_description=It+broke.&state=s%26t");
    }
}
