//! Tokens that are wrong too often: from one source, or as `APP_ID|APP_SECRET` of one app from anywhere. Beyond the bound nothing is looked at,
//! right or wrong, for as long as the refusal says; right tokens are never counted. The platform publishes no figures; the code is the one of its
//! rate limits (4).

use callport_core::ids::AppId;
use callport_engine::door::{ClientNetwork, Wait};
use callport_engine::{Actor, AuthRefusal};
use callport_wire::Code;

use crate::Graph;
use crate::answer::Refusal;

impl Graph {
    /// Whose token that is.
    pub(crate) async fn known(&self, token: &str, source: ClientNetwork) -> Result<Actor, Refusal> {
        let app = token.split_once('|').and_then(|(app, _)| AppId::parse(app).ok());
        let attempt = self.config.floods.attempt(source, app).map_err(too_many)?;
        let known = self.engine.authenticate(token).await;
        match &known {
            Err(AuthRefusal::Unknown) => attempt.was_wrong(),
            _ => attempt.was_not_wrong(),
        }
        Ok(known?)
    }
}

pub(crate) fn too_many(wait: Wait) -> Refusal {
    let details = format!("Too many wrong access tokens came from this address or for this app. Try again in {} seconds.", wait.seconds());
    Refusal::because(Code::AppRateLimit, details)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use callport_engine::door::{BodyFault, FloodLimits, Floods};
    use callport_testkit::TestClock;

    use super::*;
    use crate::GraphConfig;
    use crate::testing::{APP, MANAGE, Seen, World};

    const LIMITS: FloodLimits =
        FloodLimits { wrong_credentials: 3, wrong_app_secrets: 4, sign_ups: 1, loopback_signs_up_freely: true, calls: 1 };

    async fn ask(world: &World, token: &str, from: u8) -> Seen {
        let request = Request::get("/v25.0/4001").header("authorization", format!("Bearer {token}"));
        world.send(request.extension(ClientNetwork::of([192, 0, 2, from].into())).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn wrong_tokens_are_slowed_by_source_and_app_secrets_by_app_too() {
        let floods = Floods::new(LIMITS, std::sync::Arc::new(TestClock::default()));
        let world = World::with(GraphConfig { floods, ..GraphConfig::default() }).await;
        for _ in 0..50 {
            ask(&world, MANAGE, 1).await.ok();
        }
        for _ in 0..3 {
            assert_eq!(ask(&world, "EAAwrong", 1).await.code(401), 190);
        }
        for token in ["EAAwrong", MANAGE] {
            let slowed = ask(&world, token, 1).await;
            assert_eq!(slowed.code(429), 4);
            assert!(slowed.details().ends_with("Try again in 20 seconds."), "{slowed:?}");
        }
        ask(&world, MANAGE, 2).await.ok();
        for from in 10..14 {
            assert_eq!(ask(&world, "1001|guess", from).await.code(401), 190);
        }
        assert_eq!(ask(&world, APP, 20).await.code(429), 4, "four wrong secrets of the app, from four places");
        ask(&world, MANAGE, 20).await.ok();
    }

    #[tokio::test]
    async fn a_body_that_the_listener_gave_up_is_refused_in_our_form() {
        let world = World::new().await;
        for (fault, status, code) in [(BodyFault::Late, 408, 100), (BodyFault::NoRoom, 503, 131_000)] {
            let body = Body::from_stream(futures::stream::iter([Err::<Vec<u8>, _>(fault)]));
            let request = Request::post("/v25.0/4001/messages").header("authorization", format!("Bearer {MANAGE}"));
            let seen = world.send(request.header("content-type", "application/json").body(body).unwrap()).await;
            assert_eq!((seen.code(status), seen.details()), (code, fault.to_string()));
        }
    }
}
