//! `/phone/api`: becoming a user, coming back, leaving.
//!
//! Where sign-up is open (test mode), knowing a number is enough to be its user: that is the point of a test platform. Elsewhere
//! both ways need the code that the operator gave to this person.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use callport_core::gate::DeviceKind;
use callport_core::number::PhoneNumber;
use callport_engine::ProvisionRefusal;
use callport_engine::records::User;
use serde::{Deserialize, Serialize};

use crate::protocol::Person;
use crate::reply::Refused;
use crate::{Phone, SignUp, session, view};

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
        Some(secret) => phone.engine.session_user(secret).await.map_err(Refused::fault)?.map(|(user, _)| user),
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
        SignUp::Open => {
            if phone.engine.store().user_by_number(&number).await.map_err(Refused::fault)?.is_some() {
                return Err(taken("This number has a phone here already. Sign in instead."));
            }
            not_a_business(&phone, &number).await?;
            phone.engine.sign_up(number, name).await.map_err(provision)?
        }
        SignUp::Invitation => {
            let code = code(form.invitation)?;
            not_a_business(&phone, &number).await?;
            phone.engine.sign_up_invited(&code, number, name).await.map_err(provision)?.ok_or_else(bad_code)?
        }
    };
    enter(&phone, &user, device).await
}

/// `POST /phone/api/sign-in`.
pub(crate) async fn sign_in(State(phone): State<Phone>, form: Result<Json<SignInForm>, JsonRejection>) -> Result<Response, Refused> {
    let Json(form) = form.map_err(unreadable)?;
    let number = number(&form.number)?;
    let device = device(form.device.as_deref())?;
    let known = phone.engine.store().user_by_number(&number).await.map_err(Refused::fault)?;
    let user = match phone.config.sign_up {
        SignUp::Open => known.ok_or_else(|| {
            Refused::new(StatusCode::NOT_FOUND, "unknown_number", "Nobody signed up with this number. Sign up first.").about("number")
        })?,
        SignUp::Invitation => {
            // The same words for an unknown number and a wrong code: numbers of users are not to be found out here.
            let code = code(form.invitation)?;
            let known = known.ok_or_else(bad_code)?;
            phone.engine.sign_up_invited(&code, number, known.name).await.map_err(provision)?.ok_or_else(bad_code)?
        }
    };
    enter(&phone, &user, device).await
}

/// `POST /phone/api/sign-out`. Windows of this session are told.
pub(crate) async fn sign_out(State(phone): State<Phone>, headers: HeaderMap) -> Result<Response, Refused> {
    if let Some(secret) = session::presented(&headers) {
        if let Some((user, _)) = phone.engine.session_user(secret).await.map_err(Refused::fault)? {
            phone.desks.signed_out(&user.id, secret);
        }
        phone.engine.close_session(secret).await.map_err(Refused::fault)?;
    }
    Ok(answer(&phone, None, session::closed(phone.config.secure)))
}

async fn enter(phone: &Phone, user: &User, device: DeviceKind) -> Result<Response, Refused> {
    let secret = phone.engine.open_session(&user.id, device).await.map_err(Refused::fault)?;
    Ok(answer(phone, Some(user), session::opened(&secret, phone.config.secure)))
}

fn answer(phone: &Phone, user: Option<&User>, cookie: Option<HeaderValue>) -> Response {
    let sign_up = match phone.config.sign_up {
        SignUp::Open => "open",
        SignUp::Invitation => "invitation",
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

fn bad_code() -> Refused {
    let text = "This code does not fit this number. It may be used up or too old: ask the operator for a new one.";
    Refused::new(StatusCode::FORBIDDEN, "bad_invitation", text).about("invitation")
}

fn provision(refusal: ProvisionRefusal) -> Refused {
    match refusal {
        ProvisionRefusal::NumberTaken(_) => taken("This number has a phone here already. Sign in instead."),
        other => Refused::fault(other),
    }
}

fn unreadable(rejection: JsonRejection) -> Refused {
    Refused::new(rejection.status(), "unreadable", "The form could not be read.")
}
