//! All paths, their description, and what stands around them: the token, the bound of bodies, errors as JSON.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::Router;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi as Description, RefOr, Response as Described};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::api::events::JournalEntry;
use crate::asked::MAX_BODY;
use crate::auth::{self, Guard};
use crate::problem::{Problem, ProblemBody, ProblemText};
use crate::state::OperatorState;
use crate::{api, health};

/// The operator's listener.
pub fn router(state: OperatorState) -> Router {
    let guard = Guard::new(&state.access, state.floods.clone());
    let (paths, description) = described().split_for_parts();
    let description: Arc<str> = json(&description).into();
    let document = move || {
        let description = description.clone();
        async move { ([(CONTENT_TYPE, "application/json")], description.to_string()) }
    };
    // The one path that is not in the description's own router: it needs the finished description.
    let document = Router::new().route(OPENAPI, axum::routing::get(document));
    paths
        .with_state(state)
        .merge(document)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn(note_changes))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(guard, auth::ask))
        // Answers hold phone numbers and, at their making, secrets.
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// The description of all paths.
pub fn openapi() -> Description {
    described().into_openapi()
}

/// Where the description is served.
const OPENAPI: &str = "/admin/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Callport admin API",
        version = "1",
        description = "Provision a platform, see why a call went as it did, and run tests. Every error is JSON: {\"error\":{\"code\",\"message\"}}."
    ),
    modifiers(&Bearer),
    components(schemas(ProblemBody, ProblemText, JournalEntry)),
    tags(
        (name = "objects", description = "Portfolios, accounts, numbers, apps, subscriptions, tokens."),
        (name = "people", description = "Users and invitations."),
        (name = "calls", description = "What happened, and why."),
        (name = "webhooks", description = "What was told to whom, with every attempt."),
        (name = "test mode", description = "The movable clock, scripted users and faults on demand. Answers 404 in live mode."),
        (name = "health", description = "Health and metrics.")
    )
)]
struct About;

/// Every path asks for the operator's token unless it says otherwise.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut Description) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        description.components.get_or_insert_default().add_security_scheme("operator_token", scheme);
        description.security = Some(vec![SecurityRequirement::new::<_, [String; 0], String>("operator_token", [])]);
    }
}

fn described() -> OpenApiRouter<OperatorState> {
    let mut all = OpenApiRouter::with_openapi(About::openapi()).merge(api::routes()).merge(health::routes());
    for item in all.get_openapi_mut().paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten() {
            operation.responses.responses.iter_mut().for_each(|(status, response)| say_what(status, response));
        }
    }
    all
}

/// A response must be described (OpenAPI 3.1 §4.8.17); where the body says it all, the status has words for it.
fn say_what(status: &str, response: &mut RefOr<Described>) {
    if let RefOr::T(response) = response
        && response.description.is_empty()
    {
        response.description = match status {
            "201" => "Made.",
            "202" => "Under way.",
            "204" => "Done.",
            _ => "What was asked for.",
        }
        .to_owned();
    }
}

fn json(description: &Description) -> String {
    // A description is made of texts and maps with texts as keys: nothing in it can fail to become JSON.
    description.to_json().unwrap_or_default()
}

async fn no_such_path(uri: Uri) -> Problem {
    let hint = match uri.path().starts_with("/admin/v1/calls/") {
        true => "; a call id in a path is percent-encoded: `/` as %2F, `+` as %2B, `=` as %3D",
        false => "",
    };
    Problem::not_found(format!("there is no such path; {OPENAPI} describes all of them{hint}"))
}

async fn no_such_method(method: Method) -> Problem {
    Problem::of_status(StatusCode::METHOD_NOT_ALLOWED, format!("this path does not take {method}"))
}

/// One line for each request that changes something: what was asked, not of whom.
async fn note_changes(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    if let (false, Some(path)) = (method.is_safe(), path) {
        tracing::info!(%method, path = path.as_str(), status = response.status().as_u16(), "operator request");
    }
    response.into_response()
}
