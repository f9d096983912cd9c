//! `/call/{number}?biz_payload=…`: deep links (platform docs, Call deep links).
//!
//! A link dials nothing. On a phone it leads to the phone page's call screen, where the person taps Call; elsewhere it shows its
//! own QR code, because only phones may call. What cannot lead to a call is a page that says why. All of these are plain HTML
//! without script; the one redirect goes to our own page, with the number as digits and the payload behind the `#`, where no
//! server and no log sees it.
//!
//! Whether the user's own country is served is known once the user is: the call screen says that.

mod device;
mod page;
mod qr;
mod target;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use callport_core::call_id::Direction;
use callport_core::gate::{self, EntryPoint, Unavailable};
use callport_engine::records::Number;

use crate::Phone;
use page::Trouble;
pub(crate) use page::style;
use target::{Broken, Target};

/// What a link shows depends on settings of this moment and on the device.
const NEVER_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// A code changes only with the server's address.
const KEPT_BY_ONE: HeaderValue = HeaderValue::from_static("private, max-age=3600");

/// `GET /call/{number}`.
pub(crate) async fn open(State(phone): State<Phone>, target: Result<Target, Broken>, headers: HeaderMap) -> Response {
    let (target, number) = match known(&phone, target).await {
        Ok(found) => found,
        Err(trouble) => return trouble.into_response(),
    };
    let paused = number.paused_until(Direction::UserInitiated, phone.engine.now()).is_some();
    if let Err(why) = callable(&number, paused) {
        return Trouble::Unavailable(number.name, why).into_response();
    }
    let screen = target.screen();
    if device::is_phone(&headers) {
        let Ok(screen) = HeaderValue::from_str(&screen) else { return Trouble::Broken.into_response() };
        return (StatusCode::SEE_OTHER, [(LOCATION, screen), (CACHE_CONTROL, NEVER_KEPT)]).into_response();
    }
    let shown = page::Desktop {
        name: &number.name,
        display: &number.number.display(),
        code: qr::Code::of(&link(&phone, &target)).map(|_| target.picture()),
        reachable: !target::of_this_machine(&phone.config.public_url),
        screen: phone.config.desktop_calls.then_some(screen.as_str()),
    };
    ([(CACHE_CONTROL, NEVER_KEPT)], shown.html()).into_response()
}

/// `GET /call/{number}/qr.svg`.
pub(crate) async fn svg(State(phone): State<Phone>, target: Result<Target, Broken>) -> Response {
    match code(&phone, target).await {
        Ok(code) => picture("image/svg+xml", "call.svg", code.svg().into_bytes()),
        Err(refused) => refused,
    }
}

/// `GET /call/{number}/qr.png`.
pub(crate) async fn png(State(phone): State<Phone>, target: Result<Target, Broken>) -> Response {
    match code(&phone, target).await.map(|code| code.png()) {
        Ok(Ok(bytes)) => picture("image/png", "call.png", bytes),
        Ok(Err(error)) => Trouble::fault(error).into_response(),
        Err(refused) => refused,
    }
}

/// The code of a link to a number that exists, whether it takes calls today or not: codes are printed ahead of time.
async fn code(phone: &Phone, target: Result<Target, Broken>) -> Result<qr::Code, Response> {
    let (target, _) = known(phone, target).await.map_err(IntoResponse::into_response)?;
    let too_long = || (StatusCode::UNPROCESSABLE_ENTITY, "this payload is too long for a QR code\n").into_response();
    qr::Code::of(&link(phone, &target)).ok_or_else(too_long)
}

async fn known(phone: &Phone, target: Result<Target, Broken>) -> Result<(Target, Number), Trouble> {
    let target = target.map_err(|Broken| Trouble::Broken)?;
    let number = phone.engine.store().number_by_digits(target.number()).await.map_err(Trouble::fault)?;
    number.map(|number| (target, number)).ok_or(Trouble::Unknown)
}

fn callable(number: &Number, paused: bool) -> Result<(), Unavailable> {
    match gate::icon(&number.settings, paused, None, EntryPoint::DeepLink) {
        Err(Unavailable::CountryNotServed) => Ok(()), // nobody's country yet
        verdict => verdict,
    }
}

/// The whole link, as others open it. The address is configured, never what a request's `Host` claims.
fn link(phone: &Phone, target: &Target) -> String {
    format!("{}{}", phone.config.public_url, target.path())
}

/// Businesses show their codes on pages of their own.
fn picture(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let shown_as = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("inline"));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_DISPOSITION, shown_as),
        (CACHE_CONTROL, KEPT_BY_ONE),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, bytes).into_response()
}
