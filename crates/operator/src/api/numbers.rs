//! Business phone numbers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::eligibility::InUseWith;
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::quality::Quality;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit};
use callport_core::time::WallTime;
use callport_engine::Patch;
use callport_engine::records::{MAX_ALLOWED_RECIPIENTS, Number};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::id_or_new;
use super::paged::{Paged, Turn};
use super::restrictions::{self, RestrictionView};
use super::settings::Calling;
use crate::asked::{At, Body, Change, Changeable, Filter, form, name, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AccountModeWord, InUseWithWord, MessagingLimitWord, NumberRef, Phone, WabaRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(one, change, remove))
}

/// A business phone number.
#[derive(Serialize, ToSchema)]
#[schema(as = Number)]
pub(super) struct NumberView {
    id: NumberRef,
    waba_id: WabaRef,
    number: Phone,
    /// As people read it.
    #[schema(example = "+62 812-5550-9999")]
    display_phone_number: String,
    /// What users see (`verified_name`).
    #[schema(example = "Acme Repairs")]
    name: String,
    in_use_with: InUseWithWord,
    account_mode: AccountModeWord,
    messaging_limit: MessagingLimitWord,
    calling: Calling,
    /// The only users that it reaches (131030), when it is a public test number.
    allowed_recipients: Option<Vec<Phone>>,
    /// Pauses for low quality that hold now.
    restrictions: Vec<RestrictionView>,
}

/// A number to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNumber {
    /// Made when absent.
    id: Option<NumberRef>,
    waba_id: WabaRef,
    number: Phone,
    /// What users see (`verified_name`).
    #[schema(example = "Acme Repairs")]
    name: String,
    /// Default `CLOUD_API`. With the WhatsApp Business app, calling cannot be switched on.
    in_use_with: Option<InUseWithWord>,
    /// Default `LIVE`, or `SANDBOX` for a public test number.
    account_mode: Option<AccountModeWord>,
    /// Default `TIER_2K`, which is enough to switch calling on.
    messaging_limit: Option<MessagingLimitWord>,
    /// Calling is off unless switched on here or by the business. An app must be subscribed first (138018).
    calling: Option<Calling>,
    /// Makes it a public test number, which reaches these users only: at most 5.
    allowed_recipients: Option<Vec<Phone>>,
}

/// What shall be different; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NumberChange {
    name: Option<String>,
    /// Moved to the WhatsApp Business app, a number has calling off.
    in_use_with: Option<InUseWithWord>,
    account_mode: Option<AccountModeWord>,
    messaging_limit: Option<MessagingLimitWord>,
    calling: Option<Calling>,
    /// The only users that it reaches, at most 5; `null`: it is no public test number any more.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<Phone>>)]
    allowed_recipients: Option<Option<Vec<Phone>>>,
}

impl Changeable for NumberChange {
    const NULL_SAYS: &'static [&'static str] = &["allowed_recipients"];
}

/// A key that is there, with `null` or more.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Which numbers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this account.
    waba_id: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many: 1 to 500, default 50.
    limit: Option<u32>,
}

pub(super) fn view(number: Number, now: WallTime) -> NumberView {
    NumberView {
        restrictions: restrictions::views(&number, now),
        allowed_recipients: number.allowed_recipients.map(|listed| listed.into_iter().map(Phone).collect()),
        display_phone_number: number.number.display(),
        calling: Calling::of(&number.settings),
        id: NumberRef(number.id),
        waba_id: WabaRef(number.waba),
        number: Phone(number.number),
        name: number.name,
        in_use_with: InUseWithWord(number.in_use_with),
        account_mode: AccountModeWord(number.account_mode),
        messaging_limit: MessagingLimitWord(number.messaging_limit),
    }
}

/// Every number, by id.
#[utoipa::path(get, path = "/admin/v1/numbers", tag = "objects", operation_id = "list_numbers", params(Which), responses((status = 200, body = Paged<NumberView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<Paged<NumberView>>, Problem> {
    let waba = which.waba_id.map(|id| form("waba_id", WabaId::parse(&id))).transpose()?;
    let page = Turn { cursor: which.cursor, limit: which.limit }.page(PhoneNumberId::parse)?;
    let (most, now) = (page.limit, state.engine.now());
    Ok(Paged::of(state.engine.store().numbers(waba.as_ref(), page).await?, most, |number| &number.id, |number| view(number, now)))
}

/// Makes a number. If calling cannot be switched on as asked, no number is made.
#[utoipa::path(post, path = "/admin/v1/numbers", tag = "objects", operation_id = "create_number", request_body = NewNumber, responses((status = 201, body = NumberView), Problem))]
async fn create(State(state): State<OperatorState>, Body(asked): Body<NewNumber>) -> Result<(StatusCode, Json<NumberView>), Problem> {
    let engine = &state.engine;
    let id = id_or_new(asked.id.map(|id| id.0), engine, PhoneNumberId::parse)?;
    if engine.store().number(&id).await?.is_some() {
        return Err(Problem::conflict("there is a business number with this id already"));
    }
    let allowed_recipients = asked.allowed_recipients.map(recipients).transpose()?;
    let unless_said = if allowed_recipients.is_some() { AccountMode::Sandbox } else { AccountMode::Live };
    let number = Number {
        id,
        waba: asked.waba_id.0,
        number: asked.number.0,
        name: name("name", asked.name)?,
        in_use_with: asked.in_use_with.map_or(InUseWith::CloudApi, |word| word.0),
        account_mode: asked.account_mode.map_or(unless_said, |word| word.0),
        messaging_limit: asked.messaging_limit.map_or(MessagingLimit::Tier2K, |word| word.0),
        settings: CallingSettings::default(),
        allowed_recipients,
        restrictions: Vec::new(),
        quality: Quality::default(),
        onboarding: callport_core::registration::Onboarding::default(),
    };
    let number = match asked.calling.map(Calling::change) {
        Some(settings) => engine.put_number_and_settings(number, settings).await?,
        None => engine.put_number(number.clone()).await.map(|()| number)?,
    };
    Ok((StatusCode::CREATED, Json(view(number, engine.now()))))
}

/// One number.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}", tag = "objects", operation_id = "get_number", params(("phone_number_id" = String, Path)), responses((status = 200, body = NumberView), Problem))]
async fn one(State(state): State<OperatorState>, At(id): At<String>) -> Result<Json<NumberView>, Problem> {
    Ok(Json(view(find(&state, &id).await?, state.engine.now())))
}

/// Changes a number. If calling cannot be switched on as asked, nothing changes.
#[utoipa::path(patch, path = "/admin/v1/numbers/{phone_number_id}", tag = "objects", operation_id = "change_number", params(("phone_number_id" = String, Path)), request_body = NumberChange, responses((status = 200, body = NumberView), Problem))]
async fn change(
    State(state): State<OperatorState>,
    At(id): At<String>,
    Change(asked): Change<NumberChange>,
) -> Result<Json<NumberView>, Problem> {
    let found = find(&state, &id).await?;
    let new_name = asked.name.map(|text| name("name", text)).transpose()?;
    let listed = asked.allowed_recipients.map(|listed| listed.map(recipients).transpose()).transpose()?;
    let in_use_with = asked.in_use_with.map(|word| word.0);
    let (mode, limit) = (asked.account_mode.map(|word| word.0), asked.messaging_limit.map(|word| word.0));
    let different = move |number: &mut Number| {
        number.name = new_name.clone().unwrap_or_else(|| number.name.clone());
        number.in_use_with = in_use_with.unwrap_or(number.in_use_with);
        number.account_mode = mode.unwrap_or(number.account_mode);
        number.messaging_limit = limit.unwrap_or(number.messaging_limit);
        number.allowed_recipients = listed.clone().unwrap_or_else(|| number.allowed_recipients.clone());
    };
    let engine = &state.engine;
    let number = engine.change_number(&found.id, Patch::new(different), asked.calling.map(Calling::change)).await?;
    Ok(Json(view(number, engine.now())))
}

/// Each once, and not too many.
fn recipients(listed: Vec<Phone>) -> Result<Vec<PhoneNumber>, Problem> {
    let mut kept: Vec<PhoneNumber> = Vec::new();
    for Phone(number) in listed {
        if !kept.contains(&number) {
            kept.push(number);
        }
    }
    if kept.len() > MAX_ALLOWED_RECIPIENTS {
        return Err(Problem::malformed(format!("allowed_recipients: a public test number reaches at most {MAX_ALLOWED_RECIPIENTS} users")));
    }
    Ok(kept)
}

/// Removes a number. Live calls end first; its further accounts, routing, registration, overrides, SIP servers, permissions, counters and chats go along.
/// What happened stays: the call log, stories and webhooks name the number by an id that leads nowhere. The phone number is free again.
#[utoipa::path(delete, path = "/admin/v1/numbers/{phone_number_id}", tag = "objects", operation_id = "delete_number", params(("phone_number_id" = String, Path)), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_number(&find(&state, &id).await?.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The number in a path: its id, or the number itself with `+`.
pub(super) async fn find(state: &OperatorState, id: &str) -> Result<Number, Problem> {
    if id.starts_with('+') {
        let number = form("number", PhoneNumber::parse(id))?;
        let found = state.engine.store().number_by_digits(&number).await?;
        return found.ok_or_else(|| Problem::not_found("there is no business number like this"));
    }
    let id = form("phone_number_id", PhoneNumberId::parse(id))?;
    there("business number", state.engine.store().number(&id).await?)
}
