//! `/phone/api`: becoming a user, coming back, leaving.
//!
//! Where sign-up is open (test mode), knowing a number is enough to be its user: that is the point of a test platform. Elsewhere
//! both ways need a code that the operator made for this person, and each of its refusals says what to do next.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use callport_core::gate::DeviceKind;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_engine::door::BodyFault;
use callport_engine::records::User;
use callport_engine::{EntryRefusal, Failed, ProvisionRefusal};
use serde::{Deserialize, Serialize};

use crate::protocol::Person;
use crate::reply::Refused;
use crate::{Phone, SignUpPolicy, session, view};

/// Longest profile name, in characters.
const MAX_NAME: usize = 60;

/// Longest invitation code taken, in bytes.
const MAX_CODE: usize = 64;

/// Who we are to the server.
#[derive(Serialize)]
struct Me {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Person>,
    sign_up: &'static str,
}

#[derive(Deserialize)]
pub(crate) struct SignUpForm {
    number: String,
    name: String,
    invitation: Option<String>,
    device: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    number: String,
    invitation: Option<String>,
    device: Option<String>,
}

/// `GET /phone/api/me`.
pub(crate) async fn me(State(phone): State<Phone>, headers: HeaderMap) -> Result<Response, Refused> {
    let user = match session::presented(&headers) {
        Some(secret) => phone.engine.session_user(secret).await.map_err(Refused::fault)?.map(|signed_in| signed_in.user),
        None => None,
    };
    Ok(answer(&phone, user.as_ref(), None))
}

/// `GET /phone/api/business/{number}`: whom a call link leads to, for whoever is to sign up first. Link pages tell as much.
pub(crate) async fn business(State(phone): State<Phone>, Path(digits): Path<String>) -> Result<Response, Refused> {
    let nobody = || Refused::new(StatusCode::NOT_FOUND, "unknown_number", "No business has this number here.");
    let number = PhoneNumber::parse(&digits).map_err(|_| nobody())?;
    let found = phone.engine.store().number_by_digits(&number).await.map_err(Refused::fault)?.ok_or_else(nobody)?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(view::person(&found.number, found.name))).into_response())
}

/// `POST /phone/api/sign-up`.
pub(crate) async fn sign_up(State(phone): State<Phone>, form: Result<Json<SignUpForm>, JsonRejection>) -> Result<Response, Refused> {
    let Json(form) = form.map_err(unreadable)?;
    let number = number(&form.number)?;
    let device = device(form.device.as_deref())?;
    let name = name(&form.name)?;
    let user = match phone.config.sign_up {
        SignUpPolicy::Open => {
            if phone.engine.user_by_number(&number).await.map_err(Refused::fault)?.is_some() {
                return Err(taken("This number has a phone here already. Sign in instead."));
            }
            not_a_business(&phone, &number).await?;
            phone.engine.sign_up(number, name).await.map_err(Refused::fault)?
        }
        SignUpPolicy::Invitation => {
            let code = code(form.invitation)?;
            not_a_business(&phone, &number).await?;
            phone.engine.enter_invited(&code, number, Some(name)).await.map_err(not_invited)?
        }
    };
    enter(&phone, &user, device).await
}

/// `POST /phone/api/sign-in`.
pub(crate) async fn sign_in(State(phone): State<Phone>, form: Result<Json<SignInForm>, JsonRejection>) -> Result<Response, Refused> {
    let Json(form) = form.map_err(unreadable)?;
    let number = number(&form.number)?;
    let device = device(form.device.as_deref())?;
    let user = match phone.config.sign_up {
        SignUpPolicy::Open => phone.engine.user_by_number(&number).await.map_err(Refused::fault)?.ok_or_else(|| {
            Refused::new(StatusCode::NOT_FOUND, "unknown_number", "Nobody signed up with this number. Sign up first.").about("number")
        })?,
        SignUpPolicy::Invitation => phone.engine.enter_invited(&code(form.invitation)?, number, None).await.map_err(not_invited)?,
    };
    enter(&phone, &user, device).await
}

/// `POST /phone/api/sign-out`. Windows of this session are told.
pub(crate) async fn sign_out(State(phone): State<Phone>, headers: HeaderMap) -> Result<Response, Refused> {
    if let Some(secret) = session::presented(&headers) {
        phone.engine.end_session(SecretHash::of(secret)).await.map_err(Refused::fault)?;
    }
    Ok(answer(&phone, None, session::closed(phone.config.secure)))
}

async fn enter(phone: &Phone, user: &User, device: DeviceKind) -> Result<Response, Refused> {
    let secret = phone.engine.open_session(&user.id, device).await.map_err(removed_meanwhile)?;
    Ok(answer(phone, Some(user), session::opened(&secret, phone.config.secure)))
}

/// The person was there when this request began.
fn removed_meanwhile(why: Failed<ProvisionRefusal>) -> Refused {
    match why {
        Failed::Refused(_) => {
            Refused::new(StatusCode::NOT_FOUND, "unknown_number", "The phone with this number was just removed. Sign up again.")
                .about("number")
        }
        Failed::Fault(fault) => Refused::fault(fault),
    }
}

fn answer(phone: &Phone, user: Option<&User>, cookie: Option<HeaderValue>) -> Response {
    let sign_up = match phone.config.sign_up {
        SignUpPolicy::Open => "open",
        SignUpPolicy::Invitation => "invitation",
    };
    let mut response = Json(Me { user: user.map(view::user), sign_up }).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn number(text: &str) -> Result<PhoneNumber, Refused> {
    PhoneNumber::parse(text).map_err(|_| {
        let text = "Enter the whole number with its country code, as in +55 11 95550-1234.";
        Refused::new(StatusCode::BAD_REQUEST, "bad_number", text).about("number")
    })
}

fn name(text: &str) -> Result<String, Refused> {
    let name = text.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let refused =
        || Refused::new(StatusCode::BAD_REQUEST, "bad_name", format!("Enter a name of up to {MAX_NAME} characters.")).about("name");
    fits.then(|| name.to_owned()).ok_or_else(refused)
}

/// What the browser is to stand for: its user's primary phone, unless it says otherwise.
fn device(named: Option<&str>) -> Result<DeviceKind, Refused> {
    let unknown = || Refused::new(StatusCode::BAD_REQUEST, "bad_device", "Choose what this browser is used as.").about("device");
    named.map_or(Ok(DeviceKind::Phone), |name| DeviceKind::parse(name).ok_or_else(unknown))
}

fn code(given: Option<String>) -> Result<String, Refused> {
    let code = given.map(|code| code.trim().to_owned()).filter(|code| (1..=MAX_CODE).contains(&code.len()));
    code.ok_or_else(|| {
        Refused::new(StatusCode::BAD_REQUEST, "no_invitation", "Enter the invitation code that the operator gave you.").about("invitation")
    })
}

async fn not_a_business(phone: &Phone, number: &PhoneNumber) -> Result<(), Refused> {
    match phone.engine.store().number_by_digits(number).await.map_err(Refused::fault)? {
        Some(_) => Err(taken("This number belongs to a business.")),
        None => Ok(()),
    }
}

fn taken(text: &str) -> Refused {
    Refused::new(StatusCode::CONFLICT, "number_taken", text).about("number")
}

/// Whoever has no code of ours learns nothing of any number; who has one learns what is wrong with it.
fn not_invited(failed: Failed<EntryRefusal>) -> Refused {
    let refusal = match failed {
        Failed::Refused(refusal) => refusal,
        Failed::Fault(fault) => return Refused::fault(fault),
    };
    let (status, reason, field, text) = match refusal {
        EntryRefusal::UnknownCode => {
            let text = "This code does not exist. Check how it is spelled, or ask the operator for a new one.";
            (StatusCode::FORBIDDEN, "bad_invitation", "invitation", text)
        }
        EntryRefusal::Ended => {
            let text = "This code is too old. Ask the operator for a new one: it lets you in with the number that you have.";
            (StatusCode::FORBIDDEN, "invitation_over", "invitation", text)
        }
        EntryRefusal::OtherPerson => {
            let text = "This code is for another number. Check your number, or ask the operator for a code of your own.";
            (StatusCode::FORBIDDEN, "invitation_of_another", "number", text)
        }
        EntryRefusal::NumberTaken => {
            let text = "This number has a phone here already, and this code is for a new one. Ask the operator for a code for your number.";
            (StatusCode::CONFLICT, "number_taken", "number", text)
        }
        EntryRefusal::NobodyYet => {
            (StatusCode::NOT_FOUND, "unknown_number", "number", "Nobody has signed up with this code yet. Sign up first.")
        }
    };
    Refused::new(status, reason, text).about(field)
}

fn unreadable(rejection: JsonRejection) -> Refused {
    if let Some(fault) = BodyFault::within(&rejection) {
        let status = StatusCode::from_u16(fault.status()).unwrap_or(rejection.status());
        return Refused::new(status, "no_body", "The form did not arrive. Try again in a moment.");
    }
    Refused::new(rejection.status(), "unreadable", "The form could not be read.")
}
