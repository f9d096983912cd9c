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
mod pictures;
mod qr;
mod target;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use callport_core::call_id::Direction;
use callport_core::gate::{self, EntryPoint, HiddenIcon, Unavailable};
use callport_engine::records::Number;

use crate::Phone;
use page::Trouble;
pub(crate) use page::style;
pub(crate) use pictures::Pictures;
use pictures::{Kind, NotDrawn};
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
    if let Err(why) = callable(&number, phone.engine.hidden_icon(), paused) {
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
        code: qr::fits(&link(&phone, &target)).then(|| target.picture()),
        reachable: !target::of_this_machine(&phone.config.public_url),
        screen: phone.config.desktop_calls.then_some(screen.as_str()),
    };
    ([(CACHE_CONTROL, NEVER_KEPT)], shown.html()).into_response()
}

/// `GET /call/{number}/qr.svg`.
pub(crate) async fn svg(State(phone): State<Phone>, target: Result<Target, Broken>) -> Response {
    picture(&phone, target, Kind::Svg).await
}

/// `GET /call/{number}/qr.png`.
pub(crate) async fn png(State(phone): State<Phone>, target: Result<Target, Broken>) -> Response {
    picture(&phone, target, Kind::Png).await
}

/// The code of a link to a number that exists, whether it takes calls today or not: codes are printed ahead of time.
async fn picture(phone: &Phone, target: Result<Target, Broken>, kind: Kind) -> Response {
    let target = match known(phone, target).await {
        Ok((target, _)) => target,
        Err(trouble) => return trouble.into_response(),
    };
    match phone.pictures.of(kind, link(phone, &target)).await {
        Ok(bytes) => file(kind, bytes),
        Err(NotDrawn::TooLong) => (StatusCode::UNPROCESSABLE_ENTITY, "this payload is too long for a QR code\n").into_response(),
        Err(NotDrawn::Busy) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], "too many codes are being drawn: ask again in a moment\n")
                .into_response()
        }
        Err(fault @ NotDrawn::Fault(_)) => Trouble::fault(fault).into_response(),
    }
}

async fn known(phone: &Phone, target: Result<Target, Broken>) -> Result<(Target, Number), Trouble> {
    let target = target.map_err(|Broken| Trouble::Broken)?;
    let number = phone.engine.store().number_by_digits(target.number()).await.map_err(Trouble::fault)?;
    number.map(|number| (target, number)).ok_or(Trouble::Unknown)
}

fn callable(number: &Number, hidden: HiddenIcon, paused: bool) -> Result<(), Unavailable> {
    match gate::icon(&number.settings, hidden, paused, None, EntryPoint::DeepLink) {
        Err(Unavailable::CountryNotServed) => Ok(()), // nobody's country yet
        verdict => verdict,
    }
}

/// The whole link, as others open it. The address is configured, never what a request's `Host` claims.
fn link(phone: &Phone, target: &Target) -> String {
    format!("{}{}", phone.config.public_url, target.path())
}

/// Businesses show their codes on pages of their own.
fn file(kind: Kind, bytes: Bytes) -> Response {
    let (kind, shown_as) = match kind {
        Kind::Svg => ("image/svg+xml", "inline; filename=\"call.svg\""),
        Kind::Png => ("image/png", "inline; filename=\"call.png\""),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_DISPOSITION, HeaderValue::from_static(shown_as)),
        (CACHE_CONTROL, KEPT_BY_ONE),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, bytes).into_response()
}
