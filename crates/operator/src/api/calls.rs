//! The call log, newest first.

mod pages;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use callport_core::call::Side;
use callport_core::gate::DeviceKind;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_dialect::codes::{self, Code};
use callport_engine::Fault;
use callport_engine::ports::Store;
use callport_engine::records::{CallRecord, Stage};
use callport_engine::verdict::{CallOutcome, verdict};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::paged::{self, Paged};
use crate::asked::{Filter, form};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{CodecWord, DirectionWord, Moment, NumberRef, Phone, UserRef, WabaRef, pick};
use pages::{Cursor, Pages};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(list))
}

/// A call.
#[derive(Serialize, ToSchema)]
#[schema(as = Call)]
pub(super) struct CallView {
    /// `wacid.…`. In a path it is percent-encoded.
    id: String,
    direction: DirectionWord,
    waba_id: WabaRef,
    phone_number_id: NumberRef,
    /// The business's number, while it exists.
    business_number: Option<Phone>,
    user_id: UserRef,
    /// The user's number, while the user exists.
    user_number: Option<Phone>,
    /// What the user held: `phone`, `companion`; `null` while nobody picked up.
    #[schema(example = "phone")]
    device: Option<&'static str>,
    placed_at: Moment,
    stage: StageWord,
    /// When the business accepted, or the user picked up.
    accepted_at: Option<Moment>,
    ended_at: Option<Moment>,
    /// Whole seconds talked; `null`: not picked up, or not over.
    duration_seconds: Option<u64>,
    outcome: OutcomeWord,
    /// Why it ended.
    #[schema(example = "user_hung_up")]
    reason: Option<&'static str>,
    /// On whose side it ended.
    side: Option<LegWord>,
    /// The published code of a failure.
    #[schema(example = 138_021)]
    pub(super) code: Option<u32>,
    /// `payload` of the call button that was tapped.
    cta_payload: Option<String>,
    /// `biz_payload` of the deep link that was opened.
    deeplink_payload: Option<String>,
    /// From the business's accept or connect.
    biz_opaque_callback_data: Option<String>,
    /// Offered to the business beside Opus.
    additional_codecs: Vec<CodecWord>,
}

/// Where a call stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Stage)]
#[serde(rename_all = "snake_case")]
enum StageWord {
    /// Offered to the side that is called.
    Calling,
    /// Pre-accepted by the business, or a device of the user rings.
    Ringing,
    /// Accepted, or picked up.
    Active,
    /// Over.
    Ended,
}

/// How a call went.
#[derive(Serialize, ToSchema)]
#[schema(as = CallOutcome)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutcomeWord {
    /// Not over yet.
    InProgress,
    /// Both sides talked.
    Answered,
    /// Nobody picked up, or the caller gave up first.
    Missed,
    /// The side that was called declined.
    Declined,
    /// It failed.
    Failed,
}

/// A side of a call.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq, Debug)]
#[schema(as = Leg)]
#[serde(rename_all = "snake_case")]
pub(super) enum LegWord {
    /// The person with the phone.
    User,
    /// The business's backend.
    Business,
}

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this business number.
    phone_number_id: Option<String>,
    /// Only of this user.
    user_id: Option<String>,
    /// Only with this outcome: `in_progress`, `answered`, `missed`, `declined` or `failed`.
    outcome: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many: 1 to 500, default 50.
    limit: Option<u32>,
}

const OUTCOMES: [(&str, CallOutcome); 5] = [
    ("in_progress", CallOutcome::InProgress),
    ("answered", CallOutcome::Answered),
    ("missed", CallOutcome::Missed),
    ("declined", CallOutcome::Declined),
    ("failed", CallOutcome::Failed),
];

/// Calls that are looked at for one page when few have the outcome asked for; the page then ends early, with a `next`.
const MAX_LOOKED_AT: usize = 5_000;

/// The call log, newest first. With a filter by outcome a page may be shorter than its limit; as long as there is a `next`, there is more.
#[utoipa::path(get, path = "/admin/v1/calls", tag = "calls", operation_id = "list_calls", params(Which), responses((status = 200, body = Paged<CallView>), Problem))]
async fn list(State(state): State<OperatorState>, Filter(which): Filter<Which>) -> Result<Json<Paged<CallView>>, Problem> {
    let store = state.engine.store();
    let number = which.phone_number_id.map(|id| form("phone_number_id", PhoneNumberId::parse(&id))).transpose()?;
    let user = which.user_id.map(|id| form("user_id", UserId::parse(&id))).transpose()?;
    let outcome = which.outcome.map(|word| form("outcome", pick(&word, &OUTCOMES))).transpose()?;
    let cursor = which.cursor.map(|text| form("cursor", Cursor::parse(&text))).transpose()?;
    let limit = paged::limit(which.limit)?;
    let mut pages = Pages::new(store, number, user, cursor);
    let wanted = |record: &CallRecord| outcome.is_none_or(|outcome| verdict(record, None, &[]).outcome == outcome);
    let (found, next) = pages.take(limit, MAX_LOOKED_AT, wanted).await?;
    let mut parties = PartyNumbers::default();
    let mut data = Vec::with_capacity(found.len());
    for record in found {
        data.push(parties.view(store, record).await?);
    }
    Ok(Paged::whole(data, next.map(|cursor| cursor.to_string()), |view| view))
}

/// Numbers of those who called and were called, each looked up once.
#[derive(Default)]
pub(super) struct PartyNumbers {
    numbers: BTreeMap<PhoneNumberId, Option<Phone>>,
    users: BTreeMap<UserId, Option<Phone>>,
}

impl PartyNumbers {
    pub(super) async fn view(&mut self, store: &dyn Store, record: CallRecord) -> Result<CallView, Fault> {
        if !self.numbers.contains_key(&record.number) {
            let found = store.number(&record.number).await?.map(|number| Phone(number.number));
            self.numbers.insert(record.number.clone(), found);
        }
        if !self.users.contains_key(&record.user) {
            let found = store.user(&record.user).await?.map(|user| Phone(user.number));
            self.users.insert(record.user.clone(), found);
        }
        let (number, user) = (self.numbers.get(&record.number).cloned().flatten(), self.users.get(&record.user).cloned().flatten());
        Ok(view(record, number, user))
    }
}

fn view(record: CallRecord, business_number: Option<Phone>, user_number: Option<Phone>) -> CallView {
    let judged = verdict(&record, None, &[]).outcome;
    let (stage, accepted_at, ending) = match record.stage {
        Stage::Calling => (StageWord::Calling, None, None),
        Stage::Ringing => (StageWord::Ringing, None, None),
        Stage::Active(since) => (StageWord::Active, Some(since), None),
        Stage::Ended(ending) => (StageWord::Ended, ending.talk.map(|talk| talk.since), Some(ending)),
    };
    let ending = ending.as_ref();
    CallView {
        id: record.id.as_str().to_owned(),
        direction: DirectionWord(record.direction),
        device: record.device.map(DeviceKind::name),
        waba_id: WabaRef(record.waba),
        phone_number_id: NumberRef(record.number),
        business_number,
        user_id: UserRef(record.user),
        user_number,
        placed_at: Moment(record.placed_at),
        stage,
        accepted_at: accepted_at.map(Moment),
        ended_at: ending.map(|ending| Moment(ending.at)),
        duration_seconds: ending.and_then(|ending| ending.talk).map(|talk| talk.duration().as_secs()),
        outcome: outcome(judged),
        reason: ending.map(|ending| ending.reason.name()),
        side: ending.and_then(|ending| ending.reason.side()).map(leg),
        code: ending.and_then(|ending| codes::of_end(ending.reason)).map(Code::number),
        cta_payload: record.cta_payload,
        deeplink_payload: record.deeplink_payload,
        biz_opaque_callback_data: record.opaque,
        additional_codecs: record.codecs.into_iter().map(CodecWord).collect(),
    }
}

pub(super) fn outcome(outcome: CallOutcome) -> OutcomeWord {
    match outcome {
        CallOutcome::InProgress => OutcomeWord::InProgress,
        CallOutcome::Answered => OutcomeWord::Answered,
        CallOutcome::Missed => OutcomeWord::Missed,
        CallOutcome::Declined => OutcomeWord::Declined,
        CallOutcome::Failed => OutcomeWord::Failed,
    }
}

pub(super) fn leg(side: Side) -> LegWord {
    match side {
        Side::User => LegWord::User,
        Side::Business => LegWord::Business,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_and_answer_use_the_same_words() {
        for (word, value) in OUTCOMES {
            assert_eq!(serde_json::to_value(outcome(value)).unwrap(), word);
            assert_eq!(value.name(), word);
        }
    }
}
