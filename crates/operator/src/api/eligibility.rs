//! Why a number cannot call or be called: each prerequisite, met or not, with the code that is answered and the request that fixes it
//! (platform docs, Calling overview, Prerequisites).

mod fix;

use axum::Json;
use axum::extract::State;
use callport_core::call_id::Direction;
use callport_core::eligibility::{Prerequisite, Requirement, may};
use callport_core::ids::WabaId;
use callport_core::registration::Verification;
use callport_core::settings::MessagingLimit;
use callport_dialect::codes;
use callport_engine::Fault;
use callport_engine::records::Number;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{apps, numbers};
use crate::asked::{At, Filter};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, DirectionWord, NumberRef, PrerequisiteWord};
use fix::Fix;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(explain))
}

/// What a number lacks before users can call it, and before it can call users. Nothing of a single user is in it: permission, window, limits of a pair.
#[derive(Serialize, ToSchema)]
struct Eligibility {
    phone_number_id: NumberRef,
    /// Users can call it.
    user_initiated: bool,
    /// It can call users.
    business_initiated: bool,
    prerequisites: Vec<RequirementView>,
}

/// Something that must hold.
#[derive(Serialize, ToSchema)]
#[schema(as = Prerequisite)]
struct RequirementView {
    prerequisite: PrerequisiteWord,
    /// Calls that need it. Empty: only changes of settings do.
    directions: Vec<DirectionWord>,
    met: bool,
    /// In plain words, as it stands.
    says: String,
    /// The app that was looked at, of several the nearest to having all: one app must have the field, the subscription and the permission.
    app_id: Option<AppRef>,
    /// The published error that a request meets, or that a webhook tells, while it is not met. Absent where there is none: users are refused without a
    /// webhook, or nobody hears of their calls.
    #[schema(example = 138_018)]
    code: Option<u32>,
    /// What mends it, if anything does. Absent when it is met.
    fix: Option<Fix>,
}

/// For whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct For {
    /// As this app would meet it: by the account of the number that it is subscribed to, or was granted. Default: by any account of the number.
    app_id: Option<String>,
}

/// Each prerequisite of a number for calls in both directions, with what mends it.
#[utoipa::path(get, path = "/admin/v1/numbers/{phone_number_id}/eligibility", tag = "objects", operation_id = "explain_number", params(("phone_number_id" = String, Path), For), responses((status = 200, body = Eligibility), Problem))]
async fn explain(State(state): State<OperatorState>, At(id): At<String>, Filter(asked): Filter<For>) -> Result<Json<Eligibility>, Problem> {
    let found = numbers::find(&state, &id).await?;
    let number = Number { onboarding: found.onboarding.at(state.engine.now()), ..found };
    let account = match &asked.app_id {
        Some(app) => state.engine.account_of_app(&apps::find(&state, app).await?.id, &number).await?,
        None => None,
    };
    let all = state.engine.requirements(&number, account.as_ref()).await?;
    let mended = account.unwrap_or_else(|| number.waba.clone());
    let (user_initiated, business_initiated) = (may(&all, Direction::UserInitiated), may(&all, Direction::BusinessInitiated));
    let mut prerequisites = Vec::with_capacity(all.len());
    for requirement in all {
        prerequisites.push(view(&state, &number, &mended, requirement).await?);
    }
    Ok(Json(Eligibility { phone_number_id: NumberRef(number.id), user_initiated, business_initiated, prerequisites }))
}

async fn view(state: &OperatorState, number: &Number, account: &WabaId, requirement: Requirement) -> Result<RequirementView, Fault> {
    let Requirement { prerequisite, directions, met, app } = requirement;
    let code = codes::of_prerequisite(prerequisite, directions.first().copied()).filter(|_| !met);
    let fix = match met {
        true => None,
        false => {
            let store = state.engine.store();
            let (known, granted) = match &app {
                Some(app) => (store.app(app).await?, store.grant(app, account).await?),
                None => (None, None),
            };
            fix::of(prerequisite, directions, number, account, known.as_ref(), granted.as_ref())
        }
    };
    Ok(RequirementView {
        says: says(prerequisite, directions, met, number),
        prerequisite: PrerequisiteWord(prerequisite),
        directions: directions.iter().copied().map(DirectionWord).collect(),
        met,
        app_id: app.map(AppRef),
        code: code.map(|code| code.number()),
        fix,
    })
}

fn says(prerequisite: Prerequisite, directions: &[Direction], met: bool, number: &Number) -> String {
    let (holds, lacks) = match prerequisite {
        Prerequisite::CloudApi => {
            ("the number is in use with Cloud API alone", "the number is in use with the WhatsApp Business app, where its calls go")
        }
        Prerequisite::Registered => (
            "the number is registered on Cloud API",
            match number.onboarding.verification {
                Verification::Verified => "the number is verified and not registered: it can neither send, call nor be called",
                _ => "the number is not verified by a code, so it cannot be registered: it can neither send, call nor be called",
            },
        ),
        Prerequisite::CallsField => ("the app has the webhook field calls", "no app of this account has the webhook field calls"),
        Prerequisite::Subscription => ("the same app is subscribed to the account", "no such app is subscribed to the account"),
        Prerequisite::MessagingScope => {
            ("the same app was granted whatsapp_business_messaging", "no such app was granted whatsapp_business_messaging for the account")
        }
        Prerequisite::ManagementScope => (
            "the same app was granted whatsapp_business_management, which settings need",
            "no such app was granted whatsapp_business_management for the account, so it cannot change settings",
        ),
        Prerequisite::Callback => {
            ("its webhooks go somewhere", "no such app has a callback URL: nobody hears of a call, and it rings in vain")
        }
        Prerequisite::TechPartner => {
            ("the app is a Tech Partner's", "the number is of a sandbox account, and no such app is a Tech Partner's")
        }
        Prerequisite::MessagingLimit if met && number.messaging_limit < MessagingLimit::Tier2K => {
            ("the messaging limit does not matter for test and sandbox numbers", "")
        }
        Prerequisite::MessagingLimit => {
            ("the messaging limit is 2,000 recipients a day or more", "the messaging limit is below 2,000 recipients a day (TIER_2K)")
        }
        Prerequisite::CallingEnabled => ("calling is on", "calling is off, as it is for every number until it is switched on"),
        Prerequisite::PaymentMethod => {
            ("the account has a payment method", "the account has no payment method: users cannot call, and the business is told so")
        }
        Prerequisite::Country => (
            "numbers of this country may call users",
            "numbers of this country may not call users, wherever those are; users may call them",
        ),
        Prerequisite::NotPaused => match directions {
            [Direction::UserInitiated] => ("users' calls are not paused", "users' calls are paused for low quality"),
            _ => ("the business's calls are not paused", "the business's calls are paused for low quality"),
        },
        Prerequisite::AllowedRecipients => {
            ("somebody is on the list of this test number", "nobody is on the list of this test number, so it reaches nobody")
        }
    };
    if met { holds } else { lacks }.to_owned()
}
