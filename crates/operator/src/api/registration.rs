//! How far a number has come onto Cloud API: the code that is on its way to it, and whether it is verified and registered
//! (platform docs, Cloud API, Registration).

use axum::Json;
use axum::extract::State;
use callport_core::registration::{NameStatus, Onboarding, Registration, Verification};
use callport_core::time::WallTime;
use callport_engine::Patch;
use callport_engine::records::{Number, NumberRegistration, PreVerifiedNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::numbers;
use crate::asked::{At, Change, Changeable, form};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{Moment, NumberRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(show, change))
}

/// A verification code that is on its way to a number. Nothing sends it: it is read here.
#[derive(Serialize, ToSchema)]
struct CodeView {
    #[schema(example = "407196")]
    code: String,
    /// `SMS` or `VOICE`.
    #[schema(example = "SMS")]
    method: String,
    /// As it was asked for.
    #[schema(example = "en_US")]
    language: String,
    /// It is worth nothing from then on.
    expires_at: Moment,
}

/// How far a number has come onto Cloud API.
#[derive(Serialize, ToSchema)]
#[schema(as = NumberRegistration)]
struct RegistrationView {
    phone_number_id: NumberRef,
    /// `VERIFIED`, `NOT_VERIFIED` or `EXPIRED`.
    #[schema(example = "NOT_VERIFIED")]
    code_verification_status: String,
    /// It may send, call and be called.
    registered: bool,
    /// `APPROVED` and others. Absent of a number that a partner verifies for a customer to come.
    #[schema(example = "AVAILABLE_WITHOUT_REVIEW")]
    name_status: Option<String>,
    /// Any six digits pass as its PIN, and none is kept.
    pin_retired: bool,
    /// It has a two-step verification PIN, which is shown to nobody.
    has_pin: bool,
    /// `data_localization_region`, where one was chosen.
    data_localization_region: Option<String>,
    /// The code that was sent last, until it is used.
    code: Option<CodeView>,
    /// `register` answers 133016 until then.
    register_blocked_until: Option<Moment>,
    /// `deregister` does.
    deregister_blocked_until: Option<Moment>,
}

/// What shall be different; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegistrationChange {
    /// As if its code had been entered, or not.
    verified: Option<bool>,
    /// As if it had been registered; `false`: it never was. Calling is off then.
    registered: Option<bool>,
    /// `APPROVED`, `AVAILABLE_WITHOUT_REVIEW`, `DECLINED`, `EXPIRED`, `PENDING_REVIEW` or `NONE`.
    #[schema(example = "APPROVED")]
    name_status: Option<String>,
    /// Whether PINs are checked no more for it.
    pin_retired: Option<bool>,
}

impl Changeable for RegistrationChange {
    const NULL_SAYS: &'static [&'static str] = &[];
}

fn view(number: &Number, kept: Option<NumberRegistration>, now: WallTime) -> RegistrationView {
    let state = number.onboarding.at(now);
    RegistrationView {
        code_verification_status: state.verification.name().to_owned(),
        registered: state.registered(),
        name_status: Some(state.name.name().to_owned()),
        pin_retired: state.pin_retired,
        data_localization_region: state.region.map(|region| region.name().to_owned()),
        ..waiting(NumberRef(number.id.clone()), state.verification, kept)
    }
}

/// Of a number that a partner verifies: it is in no account yet.
fn waiting(phone_number_id: NumberRef, status: Verification, kept: Option<NumberRegistration>) -> RegistrationView {
    RegistrationView {
        phone_number_id,
        code_verification_status: status.name().to_owned(),
        registered: false,
        name_status: None,
        pin_retired: false,
        has_pin: kept.as_ref().is_some_and(|kept| kept.pin.is_some()),
        data_localization_region: None,
        register_blocked_until: kept.as_ref().and_then(|kept| kept.register_blocked_until).map(Moment),
        deregister_blocked_until: kept.as_ref().and_then(|kept| kept.deregister_blocked_until).map(Moment),
        code: kept.and_then(|kept| kept.code).map(|sent| CodeView {
            code: sent.code,
            method: sent.method.name().to_owned(),
            language: sent.language,
            expires_at: Moment(sent.expires_at),
        }),
    }
}

/// How far a number has come onto Cloud API, with the code that is on its way to it; also of a number that a partner verifies for a customer to come.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}/registration", tag = "objects", operation_id = "get_number_registration", params(("phone_number_id" = String, Path)), responses((status = 200, body = RegistrationView), Problem))]
async fn show(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<RegistrationView>, Problem> {
    if let Some(pre_verified) = state.engine.enrolment::<PreVerifiedNumber>(&id).await?.filter(|row| row.claimed_by.is_none()) {
        let verified = match pre_verified.verified_until {
            None => Verification::NotVerified,
            Some(until) if state.engine.now() < until => Verification::Verified,
            Some(_) => Verification::Expired,
        };
        let kept = state.engine.registration(&pre_verified.id).await?;
        return Ok(Json(waiting(NumberRef(pre_verified.id), verified, kept)));
    }
    let number = numbers::find(&state, &id).await?;
    let kept = state.engine.registration(&number.id).await?;
    Ok(Json(view(&number, kept, state.engine.now())))
}

/// Says how far a number has come, without code and PIN.
#[utoipa::path(patch, path = "/admin/v1/numbers/{phone_number_id}/registration", tag = "objects", operation_id = "change_number_registration", params(("phone_number_id" = String, Path)), request_body = RegistrationChange, responses((status = 200, body = RegistrationView), Problem))]
async fn change(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<RegistrationChange>,
) -> Result<Json<RegistrationView>, Problem> {
    let found = numbers::find(&state, &id).await?;
    let name = asked.name_status.map(|word| form("name_status", NameStatus::parse(&word).ok_or("no such word"))).transpose()?;
    let different = move |number: &mut Number| {
        let state = &mut number.onboarding;
        if let Some(verified) = asked.verified {
            *state = match verified {
                true => state.verified(),
                false => Onboarding { verification: Verification::NotVerified, ..*state },
            };
        }
        if let Some(registered) = asked.registered {
            state.registration = if registered { Registration::Registered } else { Registration::Never };
            state.verified_until = state.verified_until.filter(|_| !registered);
        }
        state.name = name.unwrap_or(state.name);
        state.pin_retired = asked.pin_retired.unwrap_or(state.pin_retired);
    };
    let number = state.engine.change_number(&found.id, Patch::new(different), None).await?;
    let kept = state.engine.registration(&number.id).await?;
    Ok(Json(view(&number, kept, state.engine.now())))
}
