//! Where a window begins: who asks for what, and who is there.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use callport_engine::door::ClientNetwork;
use callport_engine::records::BusinessOwner;
use callport_engine::{Failed, OwnerRefusal};

use crate::SignUp;
use crate::asked::{self, Asked, Trouble};
use crate::fields::{Fields, is_ours};
use crate::html::{Page, escaped, field, hidden, note};
use crate::outcome::{left, trouble};
use crate::session;

/// Longest name of a person, in characters.
const NAME_MAX: usize = 60;

/// Longest invitation, in bytes.
const INVITATION_MAX: usize = 64;

/// `GET /dialog/oauth`.
pub(crate) async fn page(State(sign_up): State<SignUp>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    match asked::read(&sign_up, &query).await {
        Ok(asked) => first(&sign_up, &headers, &query, &asked, None).await,
        Err(why) => told(&sign_up, &why),
    }
}

/// `GET /v25.0/dialog/oauth`: the version changes nothing, and the cookie goes to the other path only.
pub(crate) async fn versioned(Path(version): Path<String>, RawQuery(query): RawQuery) -> Response {
    let digits = version.strip_prefix('v').unwrap_or_default();
    let known = digits.split_once('.').is_some_and(|(major, minor)| {
        let number = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        number(major) && number(minor)
    });
    match known {
        true => to(&format!("/dialog/oauth?{}", query.unwrap_or_default())),
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn first(sign_up: &SignUp, headers: &HeaderMap, query: &str, asked: &Asked, problem: Option<&str>) -> Response {
    let owner = match here(sign_up, headers).await {
        Ok(owner) => owner,
        Err(why) => return told(sign_up, &why.told_to(asked.opener.clone())),
    };
    let app = escaped(&asked.app.name);
    let mut body = format!(
        "<p><strong>{app}</strong> would like to work with your WhatsApp Business account: you choose which, and what it may do.</p>"
    );
    body += &problem.map(note).unwrap_or_default();
    match owner {
        Some(owner) => {
            body += &format!(
                "<form method=\"post\" action=\"/dialog/oauth/begin\">{}<button>Continue as {}</button></form>\
                 <form method=\"post\" action=\"/dialog/oauth/leave\">{}<button class=\"plain\">Somebody else</button></form>",
                hidden("q", query),
                escaped(&owner.name),
                hidden("q", query)
            );
        }
        None => {
            let invitation = match sign_up.config.open {
                true => String::new(),
                false => {
                    field("text", "invitation", "Invitation code, from the operator of this platform", "", "required autocomplete=\"off\"")
                }
            };
            let more = format!("required autofocus autocomplete=\"name\" maxlength=\"{NAME_MAX}\"");
            body += &format!(
                "<form method=\"post\" action=\"/dialog/oauth/enter\">{}{}{invitation}<button>Continue</button></form>",
                hidden("q", query),
                field("text", "name", "Your name", "", &more)
            );
            if sign_up.config.open {
                body += "<p class=\"small\">This is a test platform: a name is enough, and brings you back to what you made under it.</p>";
            }
        }
    }
    let mut page = Page::new(format!("Sign up for {}", asked.app.name), body);
    page.data = crate::walk::data(&asked.opener, Some(left(callport_engine::records::SignUpStep::Portfolio)));
    page.into_response()
}

/// Who is signed in here.
pub(crate) async fn here(sign_up: &SignUp, headers: &HeaderMap) -> Result<Option<BusinessOwner>, Trouble> {
    match session::presented(headers) {
        Some(secret) => sign_up.engine.owner_of(secret).await.map_err(|fault| Trouble::fault(&fault)),
        None => Ok(None),
    }
}

/// `POST /dialog/oauth/enter`: a person comes in, and the walk begins.
pub(crate) async fn enter(State(sign_up): State<SignUp>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let (query, asked) = match again(&sign_up, &headers, &fields).await {
        Ok(asked) => asked,
        Err(why) => return told(&sign_up, &why),
    };
    let Some(name) = fields.name("name", NAME_MAX) else {
        let text = format!("Enter your name: up to {NAME_MAX} characters.");
        return first(&sign_up, &headers, &query, &asked, Some(&text)).await;
    };
    let invitation = fields.text("invitation").filter(|code| code.len() <= INVITATION_MAX);
    if !sign_up.config.open && invitation.is_none() {
        return first(&sign_up, &headers, &query, &asked, Some("Enter the invitation code that the operator of this platform gave you."))
            .await;
    }
    let entered = sign_up.engine.enter_owner(invitation.filter(|_| !sign_up.config.open), name).await;
    let (secret, owner) = match entered {
        Ok(entered) => entered,
        Err(Failed::Fault(fault)) => return told(&sign_up, &Trouble::fault(&fault).told_to(asked.opener)),
        Err(Failed::Refused(why)) => {
            let text = match why {
                OwnerRefusal::UnknownCode => "This invitation does not exist, or is over. Ask the operator of this platform for a new one.",
                OwnerRefusal::OtherPerson => {
                    "This invitation is another person's. Check your name, or ask the operator for one of your own."
                }
                OwnerRefusal::TooMany => "There are too many people here. Use a name that you used before.",
            };
            let mut refused = first(&sign_up, &headers, &query, &asked, Some(text)).await;
            *refused.status_mut() = StatusCode::FORBIDDEN;
            return refused;
        }
    };
    let mut response = walk(&sign_up, &owner, asked).await;
    if let Some(cookie) = session::opened(&secret, sign_up.config.secure) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// `POST /dialog/oauth/begin`: the walk of somebody who is here begins.
pub(crate) async fn begin(State(sign_up): State<SignUp>, headers: HeaderMap, body: Bytes) -> Response {
    let (query, asked) = match again(&sign_up, &headers, &Fields::read(&body)).await {
        Ok(asked) => asked,
        Err(why) => return told(&sign_up, &why),
    };
    match here(&sign_up, &headers).await {
        Ok(Some(owner)) => walk(&sign_up, &owner, asked).await,
        Ok(None) => first(&sign_up, &headers, &query, &asked, None).await,
        Err(why) => told(&sign_up, &why.told_to(asked.opener)),
    }
}

/// `POST /dialog/oauth/leave`: somebody else shall come in.
pub(crate) async fn leave(State(sign_up): State<SignUp>, headers: HeaderMap, body: Bytes) -> Response {
    let (query, asked) = match again(&sign_up, &headers, &Fields::read(&body)).await {
        Ok(asked) => asked,
        Err(why) => return told(&sign_up, &why),
    };
    if let Some(secret) = session::presented(&headers)
        && let Err(fault) = sign_up.engine.leave_owner(secret).await
    {
        return told(&sign_up, &Trouble::fault(&fault).told_to(asked.opener));
    }
    let mut response = first(&sign_up, &HeaderMap::new(), &query, &asked, None).await;
    if let Some(cookie) = session::closed(sign_up.config.secure) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// What the window was opened with, as its form says it again.
async fn again(sign_up: &SignUp, headers: &HeaderMap, fields: &Fields) -> Result<(String, Asked), Trouble> {
    if !is_ours(headers) {
        return Err(Trouble::of("This form came from another page."));
    }
    let query = fields.text("q").unwrap_or_default().to_owned();
    let asked = asked::read(sign_up, &query).await?;
    Ok((query, asked))
}

async fn walk(sign_up: &SignUp, owner: &BusinessOwner, asked: Asked) -> Response {
    let Asked { app, opener, wishes } = asked;
    match sign_up.engine.begin_sign_up(&owner.id, &app.id, opener.clone(), wishes).await {
        Ok(walk) => to(&format!("/dialog/oauth/{}", walk.id)),
        Err(Failed::Refused(why)) => told(sign_up, &Trouble::rule(&why).told_to(opener)),
        Err(Failed::Fault(fault)) => told(sign_up, &Trouble::fault(&fault).told_to(opener)),
    }
}

/// The browser asks for that page next.
pub(crate) fn to(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

pub(crate) fn told(sign_up: &SignUp, why: &Trouble) -> Response {
    trouble(why, sign_up.engine.now()).into_response()
}

/// Layer around the form of those who come in: how often one source may, and may be wrong. A reply of 403 says that an invitation was wrong.
pub(crate) async fn slowed(State(sign_up): State<SignUp>, request: Request, next: Next) -> Response {
    let source = request.extensions().get().copied().unwrap_or(ClientNetwork::UNKNOWN);
    let floods = &sign_up.config.floods;
    let attempt = match floods.attempt(source, None).and_then(|attempt| floods.sign_up(source).map(|()| attempt)) {
        Ok(attempt) => attempt,
        Err(wait) => {
            let seconds = wait.seconds();
            let text = format!("<p>There were too many tries from your network. Try again in {seconds} seconds.</p>");
            let page = Page::new("Too many tries", text).status(StatusCode::TOO_MANY_REQUESTS);
            return ([(RETRY_AFTER, HeaderValue::from(seconds))], page).into_response();
        }
    };
    let response = next.run(request).await;
    match response.status() {
        StatusCode::FORBIDDEN => attempt.was_wrong(),
        _ => attempt.was_not_wrong(),
    }
    response
}
