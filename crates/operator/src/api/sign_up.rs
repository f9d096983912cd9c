//! Who may open the sign-up page, for whom, and who walks through it: apps as it knows them, business owners, and ways in for them
//! (platform docs, Embedded Signup).

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use callport_core::ids::{OwnerId, PortfolioId};
use callport_core::time::WallTime;
use callport_engine::records::{BusinessOwner, OwnerInvitation, SignUpClient};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, apps};
use crate::asked::{At, Body, form, name, secret_id, there};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{AppRef, Moment, PortfolioRef};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .routes(routes!(clients))
        .routes(routes!(client, put_client, remove_client))
        .routes(routes!(owners, put_owner))
        .routes(routes!(remove_owner))
        .routes(routes!(invitations, invite))
        .routes(routes!(revoke))
}

/// Of one kind that are listed.
const MOST: u32 = 1_000;

/// Origins and login configurations of one app.
const PLACES_MAX: usize = 50;

/// An app as the sign-up page knows it.
#[derive(Serialize, ToSchema)]
#[schema(as = SignUpClient)]
struct ClientView {
    app_id: AppRef,
    /// The partner's portfolio: `entry[].id` of what the app is told of its customers, and whose pre-verified numbers and credit lines are its own.
    portfolio_id: Option<PortfolioRef>,
    /// Origins of pages that may open the sign-up and get its codes. None: any page may in test mode, and no page else.
    #[schema(example = json!(["https://isv.example"]))]
    origins: Vec<String>,
    /// Login configurations (`config_id`). None: any is taken.
    configurations: Vec<String>,
    /// How long tokens live that a code is exchanged for. Absent: for ever.
    token_lifetime_seconds: Option<u64>,
}

/// How the sign-up page shall know an app, in place of how it did.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewClient {
    /// The app's `business_id` from now on; absent: as before.
    portfolio_id: Option<PortfolioRef>,
    /// As in `https://isv.example`: no path.
    origins: Option<Vec<String>>,
    configurations: Option<Vec<String>>,
    /// 60 days are 5184000.
    #[schema(minimum = 1)]
    token_lifetime_seconds: Option<u64>,
}

async fn view(state: &OperatorState, client: SignUpClient) -> Result<ClientView, Problem> {
    let portfolio = state.engine.portfolio_of(&client.app).await?;
    Ok(ClientView {
        app_id: AppRef(client.app),
        portfolio_id: portfolio.map(PortfolioRef),
        origins: client.origins.into_iter().collect(),
        configurations: client.configurations.into_iter().collect(),
        token_lifetime_seconds: client.token_lifetime_s,
    })
}

/// Every app that the sign-up page knows, by id.
#[utoipa::path(get, path = "/admin/v1/sign-up/clients", tag = "objects", operation_id = "list_sign_up_clients", responses((status = 200, body = List<ClientView>), Problem))]
async fn clients(State(state): State<OperatorState>) -> Result<Json<List<ClientView>>, Problem> {
    let mut shown = Vec::new();
    for client in state.engine.enrolments::<SignUpClient>("", MOST).await? {
        shown.push(view(&state, client).await?);
    }
    Ok(List::of(shown, |client| client))
}

/// One app as the sign-up page knows it.
#[utoipa::path(get, path = "/admin/v1/sign-up/clients/{app_id}", tag = "objects", operation_id = "get_sign_up_client", params(("app_id" = String, Path)), responses((status = 200, body = ClientView), Problem))]
async fn client(State(state): State<OperatorState>, At(app): At<String>) -> Result<Json<ClientView>, Problem> {
    let app = apps::find(&state, &app).await?;
    let client = there("sign-up client", state.engine.enrolment::<SignUpClient>(app.id.as_str()).await?)?;
    Ok(Json(view(&state, client).await?))
}

/// Says which portfolio an app belongs to, and which pages may open the sign-up for it.
#[utoipa::path(put, path = "/admin/v1/sign-up/clients/{app_id}", tag = "objects", operation_id = "set_sign_up_client", params(("app_id" = String, Path)), request_body = Option<NewClient>, responses((status = 200, body = ClientView), Problem))]
async fn put_client(
    State(state): State<OperatorState>,
    At(app): At<String>,
    Body(asked): Body<NewClient>,
) -> Result<Json<ClientView>, Problem> {
    let app = apps::find(&state, &app).await?;
    let origins = asked.origins.unwrap_or_default().iter().map(|origin| plain(origin)).collect::<Result<BTreeSet<_>, _>>()?;
    let configurations: BTreeSet<String> = asked.configurations.unwrap_or_default().into_iter().collect();
    if origins.len().max(configurations.len()) > PLACES_MAX {
        return Err(Problem::malformed(format!("origins and configurations: at most {PLACES_MAX} of each")));
    }
    if asked.token_lifetime_seconds == Some(0) {
        return Err(Problem::malformed("token_lifetime_seconds: at least one second"));
    }
    let client = SignUpClient { app: app.id, origins, configurations, token_lifetime_s: asked.token_lifetime_seconds };
    state.engine.put_sign_up_client(client.clone(), asked.portfolio_id.map(|portfolio| portfolio.0)).await?;
    Ok(Json(view(&state, client).await?))
}

/// Takes an app off the sign-up page. What it was granted stays.
#[utoipa::path(delete, path = "/admin/v1/sign-up/clients/{app_id}", tag = "objects", operation_id = "delete_sign_up_client", params(("app_id" = String, Path)), responses((status = 204), Problem))]
async fn remove_client(State(state): State<OperatorState>, At(app): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_sign_up_client(&apps::find(&state, &app).await?.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An origin as browsers write it.
fn plain(origin: &str) -> Result<String, Problem> {
    let said = origin.trim_end_matches('/');
    let parsed = Url::parse(said).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let plain = parsed.map(|url| url.origin().ascii_serialization()).filter(|plain| plain == said);
    plain.ok_or_else(|| Problem::malformed("origins: each as browsers write it, as in https://isv.example or http://127.0.0.1:8080"))
}

/// A person who signs businesses up.
#[derive(Serialize, ToSchema)]
#[schema(as = BusinessOwner)]
struct OwnerView {
    #[schema(example = "7001")]
    id: String,
    name: String,
    /// Portfolios that are theirs.
    portfolio_ids: Vec<PortfolioRef>,
}

/// A business owner to be made, or to be given more portfolios.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOwner {
    /// What they call themselves on the sign-up page. Whoever is there under this name is the same person.
    #[schema(example = "Mara")]
    name: String,
    /// Portfolios that become theirs, so that they can choose them. Those that they have stay.
    portfolio_ids: Option<Vec<PortfolioRef>>,
}

fn owner(owner: BusinessOwner) -> OwnerView {
    OwnerView {
        id: owner.id.as_str().to_owned(),
        name: owner.name,
        portfolio_ids: owner.portfolios.into_iter().map(PortfolioRef).collect(),
    }
}

/// Makes a business owner, or gives more portfolios to the one of that name.
#[utoipa::path(post, path = "/admin/v1/sign-up/owners", tag = "people", operation_id = "set_business_owner", request_body = NewOwner, responses((status = 200, body = OwnerView), Problem))]
async fn put_owner(State(state): State<OperatorState>, Body(asked): Body<NewOwner>) -> Result<Json<OwnerView>, Problem> {
    let portfolios = portfolios(asked.portfolio_ids)?;
    Ok(Json(owner(state.engine.put_owner(name("name", asked.name)?, portfolios).await?)))
}

fn portfolios(asked: Option<Vec<PortfolioRef>>) -> Result<Vec<PortfolioId>, Problem> {
    let portfolios: Vec<_> = asked.unwrap_or_default().into_iter().map(|portfolio| portfolio.0).collect();
    if portfolios.len() > PLACES_MAX {
        return Err(Problem::malformed(format!("portfolio_ids: at most {PLACES_MAX}")));
    }
    Ok(portfolios)
}

/// Every business owner, by id.
#[utoipa::path(get, path = "/admin/v1/sign-up/owners", tag = "people", operation_id = "list_business_owners", responses((status = 200, body = List<OwnerView>), Problem))]
async fn owners(State(state): State<OperatorState>) -> Result<Json<List<OwnerView>>, Problem> {
    Ok(List::of(state.engine.enrolments::<BusinessOwner>("", MOST).await?, owner))
}

/// Removes a business owner: signed out everywhere, sign-ups that are under way are over, ways in for this person lead nowhere. What they made stays.
#[utoipa::path(delete, path = "/admin/v1/sign-up/owners/{owner_id}", tag = "people", operation_id = "delete_business_owner", params(("owner_id" = String, Path)), responses((status = 204), Problem))]
async fn remove_owner(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    state.engine.remove_owner(&form("owner_id", OwnerId::parse(&id))?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A way in for a business owner, without its code.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnerInvitation)]
struct InvitationView {
    /// SHA-256 of the code, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    id: String,
    /// Portfolios that become theirs by it.
    portfolio_ids: Vec<PortfolioRef>,
    /// The owner who came in with it: nobody else does.
    used_by: Option<String>,
    expires_at: Moment,
    /// It still lets somebody in.
    valid: bool,
}

/// A way in that was made, with its code: it is not told again.
#[derive(Serialize, ToSchema)]
struct MadeOwnerInvitation {
    #[serde(flatten)]
    invitation: InvitationView,
    /// Typed by the person on the sign-up page.
    code: String,
}

/// A way in to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOwnerInvitation {
    /// For this owner, who comes in again. Absent: for somebody new.
    #[schema(example = "7001")]
    owner_id: Option<String>,
    /// Portfolios that become theirs by it.
    portfolio_ids: Option<Vec<PortfolioRef>>,
    /// Default: a week. At most a year.
    #[schema(minimum = 1, maximum = 31_536_000)]
    lifetime_seconds: Option<u64>,
}

const WEEK: u64 = 7 * 86_400;
const YEAR: u64 = 365 * 86_400;

fn shown(invitation: OwnerInvitation, now: WallTime) -> InvitationView {
    InvitationView {
        id: hex::encode(invitation.hash.as_bytes()),
        portfolio_ids: invitation.portfolios.into_iter().map(PortfolioRef).collect(),
        used_by: invitation.used_by.map(|owner| owner.as_str().to_owned()),
        valid: now < invitation.expires_at,
        expires_at: Moment(invitation.expires_at),
    }
}

/// Every way in for business owners, without its code. They are needed where sign-up is not open to everybody.
#[utoipa::path(get, path = "/admin/v1/sign-up/invitations", tag = "people", operation_id = "list_owner_invitations", responses((status = 200, body = List<InvitationView>), Problem))]
async fn invitations(State(state): State<OperatorState>) -> Result<Json<List<InvitationView>>, Problem> {
    let now = state.engine.now();
    Ok(List::of(state.engine.enrolments::<OwnerInvitation>("", MOST).await?, |invitation| shown(invitation, now)))
}

/// Makes a way in for one business owner and tells its code, this once.
#[utoipa::path(post, path = "/admin/v1/sign-up/invitations", tag = "people", operation_id = "create_owner_invitation", request_body = Option<NewOwnerInvitation>, responses((status = 201, body = MadeOwnerInvitation), Problem))]
async fn invite(
    State(state): State<OperatorState>,
    Body(asked): Body<NewOwnerInvitation>,
) -> Result<(StatusCode, Json<MadeOwnerInvitation>), Problem> {
    let seconds = asked.lifetime_seconds.unwrap_or(WEEK);
    if !(1..=YEAR).contains(&seconds) {
        return Err(Problem::malformed("lifetime_seconds: from one second to a year (31536000)"));
    }
    let portfolios = portfolios(asked.portfolio_ids)?;
    let owner = asked.owner_id.map(|id| form("owner_id", OwnerId::parse(&id))).transpose()?;
    let (code, invitation) = state.engine.invite_owner(owner, portfolios, Duration::from_secs(seconds)).await?;
    Ok((StatusCode::CREATED, Json(MadeOwnerInvitation { invitation: shown(invitation, state.engine.now()), code })))
}

/// Takes a way in back, known by its `id`: nobody comes in with it any more.
#[utoipa::path(delete, path = "/admin/v1/sign-up/invitations/{invitation}", tag = "people", operation_id = "delete_owner_invitation", params(("invitation" = String, Path, description = "The invitation's `id`.")), responses((status = 204), Problem))]
async fn revoke(State(state): State<OperatorState>, At(id): At<String>) -> Result<StatusCode, Problem> {
    let revoked = state.engine.revoke_owner_invitation(secret_id("invitation", "code", &id)?).await?;
    there("invitation", revoked.then_some(StatusCode::NO_CONTENT))
}
