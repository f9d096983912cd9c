//! One business number and one user: permission, what counts towards the limits, the customer service window.

use axum::Json;
use axum::extract::State;
use callport_core::limits::SERVICE_WINDOW;
use callport_core::pair::{Card, Pair, Permission, Usage};
use callport_core::time::WallTime;
use callport_engine::BlockRefusal;
use callport_engine::records::{Number, User};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{numbers, users};
use crate::asked::At;
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{ChoiceWord, Moment, NumberRef, PortfolioRef, UserRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(one)).routes(routes!(block, unblock))
}

/// Whom a path is about.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes what is read as two texts")]
pub(super) struct PairPath {
    /// The business: its `phone_number_id`, or its number with `+`.
    #[param(example = "4001")]
    phone_number_id: String,
    /// The user: the id, or the number with `+`.
    #[param(example = "+5511955501234")]
    user_id: String,
}

/// Whom a path is about.
pub(super) async fn find(state: &OperatorState, (number, user): &(String, String)) -> Result<(Number, User), Problem> {
    Ok((numbers::find(state, number).await?, users::find(state, user).await?))
}

/// A business number and a user.
#[derive(Serialize, ToSchema)]
#[schema(as = Pair)]
struct PairView {
    phone_number_id: NumberRef,
    user_id: UserRef,
    permission: PermissionView,
    /// Requests for call permission in the last 24 hours (138009).
    requests_in_day: UsageView,
    /// Requests for call permission in the last 7 days (138009).
    requests_in_week: UsageView,
    /// Calls of the business that the user picked up in the last 24 hours (138012).
    connected_in_day: UsageView,
    unanswered: UnansweredView,
    service_window: WindowView,
    /// Since when the user blocks the business: it has no permission, and what it sends fails with 131026.
    blocked_since: Option<Moment>,
    /// The permission request that the user can answer, or answered last.
    card: Option<CardView>,
    /// Whose the chat is, where conversation routing says so; absent: nobody's.
    thread: Option<ThreadView>,
}

/// Whether the business may call the user.
#[derive(Serialize, ToSchema)]
#[schema(as = Permission)]
pub(super) struct PermissionView {
    #[schema(example = "temporary")]
    status: &'static str,
    /// When a temporary permission ends, silently.
    until: Option<Moment>,
}

/// One limit, and how much of it is used.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
struct UsageView {
    used: u32,
    allowed: u32,
    /// When the next one is possible; `null`: now, as far as this limit goes.
    frees_at: Option<Moment>,
}

/// Calls of the business in a row that the user did not answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Unanswered)]
struct UnansweredView {
    in_a_row: u32,
    /// After so many the user is asked to reconsider.
    asks_user_after: u32,
    /// After so many the permission is taken away.
    revokes_after: u32,
}

/// The 24 hours after the user's last word, in which the business may write freely.
#[derive(Serialize, ToSchema)]
#[schema(as = ServiceWindow)]
struct WindowView {
    open: bool,
    /// When it closes, or closed; `null`: it never was open.
    until: Option<Moment>,
}

/// The partner that a chat belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = Thread)]
struct ThreadView {
    /// The business, by the portfolio that owns its apps.
    business_id: PortfolioRef,
    /// By which role.
    #[schema(example = "customer_service")]
    role: &'static str,
    /// From then on it is nobody's, unless the user writes before.
    until: Moment,
}

/// A request for call permission, as it stands in the chat.
#[derive(Serialize, ToSchema)]
#[schema(as = Card)]
pub(super) struct CardView {
    /// The message that asks.
    message_id: String,
    /// It can be answered, or answered differently.
    open: bool,
    answer: Option<ChoiceWord>,
    answerable_until: Moment,
}

/// What is kept of a business number and a user.
#[utoipa::path(get, path = "/admin/v1/pairs/{phone_number_id}/{user_id}", tag = "calls", operation_id = "get_pair", params(PairPath), responses((status = 200, body = PairView), Problem))]
async fn one(State(state): State<OperatorState>, At(pair): At<(String, String)>) -> Result<Json<PairView>, Problem> {
    let (number, user) = find(&state, &pair).await?;
    view(&state, number, user).await.map(Json)
}

/// Blocks the business, as the user would: it has no permission any more, nothing that it sends arrives (131026), and it is not told. Where the
/// two had a call lately, this is a complaint of the newest one. In test mode only.
#[utoipa::path(put, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/block", tag = "test mode", operation_id = "block_business", params(PairPath), responses((status = 200, body = PairView), Problem))]
async fn block(State(state): State<OperatorState>, At(pair): At<(String, String)>) -> Result<Json<PairView>, Problem> {
    state.test_mode()?;
    let (number, user) = find(&state, &pair).await?;
    state.engine.block(&user.id, &number.id).await?;
    view(&state, number, user).await.map(Json)
}

/// Ends a block. A permission that the business had does not come back. In test mode only.
#[utoipa::path(delete, path = "/admin/v1/pairs/{phone_number_id}/{user_id}/block", tag = "test mode", operation_id = "unblock_business", params(PairPath), responses((status = 200, body = PairView), Problem))]
async fn unblock(State(state): State<OperatorState>, At(pair): At<(String, String)>) -> Result<Json<PairView>, Problem> {
    state.test_mode()?;
    let (number, user) = find(&state, &pair).await?;
    state.engine.unblock(&user.id, &number.id).await?;
    view(&state, number, user).await.map(Json)
}

impl From<BlockRefusal> for Problem {
    fn from(refusal: BlockRefusal) -> Self {
        Problem::refused(refusal)
    }
}

async fn view(state: &OperatorState, number: Number, user: User) -> Result<PairView, Problem> {
    let engine = &state.engine;
    let (pair, now, limits) = (engine.pair(&number.id, &user.id).await?, engine.now(), engine.pair_limits(number.account_mode));
    let thread = engine.store().thread(&number.id, &user.id).await?.filter(|thread| now < thread.until);
    Ok(PairView {
        thread: thread.map(|thread| ThreadView {
            business_id: PortfolioRef(thread.owner),
            role: thread.role.name(),
            until: Moment(thread.until),
        }),
        permission: permission(pair.permission(now)),
        requests_in_day: usage(pair.requests_in_day(now, limits)),
        requests_in_week: usage(pair.requests_in_week(now, limits)),
        connected_in_day: usage(pair.connected_in_day(now, limits)),
        unanswered: UnansweredView { in_a_row: pair.unanswered, asks_user_after: limits.nudge_after, revokes_after: limits.revoke_after },
        blocked_since: pair.blocked_since.map(Moment),
        service_window: WindowView { open: pair.window_open(now), until: pair.heard_at.map(|at| Moment(at + SERVICE_WINDOW)) },
        card: pair.card.as_ref().map(|shown| card(&pair, shown, now)),
        phone_number_id: NumberRef(number.id),
        user_id: UserRef(user.id),
    })
}

pub(super) fn permission(permission: Permission) -> PermissionView {
    let (status, until) = match permission {
        Permission::None => ("no_permission", None),
        Permission::Temporary { until } => ("temporary", Some(Moment(until))),
        Permission::Permanent => ("permanent", None),
    };
    PermissionView { status, until }
}

pub(super) fn card(pair: &Pair, card: &Card, now: WallTime) -> CardView {
    CardView {
        message_id: card.message.as_str().to_owned(),
        open: pair.answerable(now, &card.message).is_some(),
        answer: card.answer.map(|(choice, _)| ChoiceWord(choice)),
        answerable_until: Moment(card.answerable_until()),
    }
}

fn usage(usage: Usage) -> UsageView {
    UsageView { used: usage.used, allowed: usage.allowed, frees_at: usage.frees_at.map(Moment) }
}
