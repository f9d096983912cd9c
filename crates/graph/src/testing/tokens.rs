//! Every operation with every kind of token: what each hears is worked out from what the operation says that it needs. The operations come
//! from the table that the router is made from, so a new endpoint is walked as soon as it is served.

use callport_core::ids::{AllocationId, CreditLineId, PortfolioId, SolutionId, TemplateId};
use callport_core::template::Category;
use callport_core::token::SecretHash;
use callport_engine::records::{AppGrant, Portfolio, Token};
use callport_engine::{NewSolution, NewTemplate};
use serde_json::json;

use super::*;
use crate::endpoints;
use crate::operation::{Named, Needs, Operation};

/// What a token is to the objects of this test: account 2001 with its number and template, app 1001, and what this app's portfolio has: a
/// credit line that is shared, and a part in a solution.
struct Kind {
    name: &'static str,
    token: Option<&'static str>,
    standing: Standing,
}

#[derive(Clone, Copy)]
enum Standing {
    Missing,
    Unknown,
    Expired,
    /// The token of an app: 1001 or another.
    App {
        own: bool,
    },
    /// Of app 1001 or another, and what it may do with account 2001; `None`: it does not reach it.
    Access {
        own: bool,
        scopes: Option<&'static [Scope]>,
    },
}

const NOTHING: &[Scope] = &[];

fn kinds(live: bool) -> Vec<Kind> {
    use Standing::*;
    let both: &[Scope] = &[Scope::Messaging, Scope::Management];
    let kind = |name, token, standing| Kind { name, token, standing };
    vec![
        kind("no token", None, Missing),
        kind("a token that nobody made", Some("EAAnobody"), Unknown),
        kind("a secret that is wrong", Some("1001|wrong"), Unknown),
        kind("a token that is over", Some(BRIEF), Expired),
        kind("the app's token", Some(APP), App { own: true }),
        kind("another app's token", Some("1002|test_app_secret"), App { own: false }),
        kind("both scopes", Some(MANAGE), Access { own: true, scopes: Some(both) }),
        kind("messaging", Some(MESSAGE), Access { own: true, scopes: Some(&[Scope::Messaging]) }),
        kind("management", Some("EAAmanagement"), Access { own: true, scopes: Some(&[Scope::Management]) }),
        kind("business_management", Some("EAAbusiness"), Access { own: true, scopes: Some(NOTHING) }),
        kind("both scopes on another account", Some(FOREIGN), Access { own: false, scopes: None }),
        kind("another app, which was granted messaging only", Some("EAApartner"), Access { own: false, scopes: Some(&[Scope::Messaging]) }),
        kind("another app, whose grant was ended", Some("EAAleft"), Access { own: false, scopes: None }),
        kind("no account named, the app granted", Some("EAAall"), Access { own: true, scopes: Some(both) }),
        kind(
            "no account named, the app not granted",
            Some("EAAforeignall"),
            Access { own: false, scopes: if live { None } else { Some(both) } },
        ),
    ]
}

/// The published code and status, or `None`: it is let through.
fn expected(standing: Standing, needs: Needs, named: Option<Named>, id: &str) -> Option<(u16, u64)> {
    match (standing, needs) {
        (Standing::Missing, _) => Some((401, 104)),
        (Standing::Unknown | Standing::Expired, _) => Some((401, 190)),
        (_, Needs::Token) | (Standing::App { own: true }, Needs::OwnApp) => None,
        (Standing::Access { own: true, .. }, Needs::OwnApp) => Some((403, 10)),
        (_, Needs::OwnApp) => Some((400, 100)),
        // Of all these tokens, the one for messaging alone manages nothing.
        (Standing::Access { own: true, scopes: Some([Scope::Messaging]) }, Needs::Managing | Needs::Partner) => Some((403, 10)),
        (_, Needs::Managing) | (Standing::App { own: true } | Standing::Access { own: true, .. }, Needs::Partner) => None,
        // Another's portfolio and credit line are known to be there; its solutions and its app are not.
        (_, Needs::Partner) if ["app_id", "solution_id"].contains(&id) => Some((400, 100)),
        (_, Needs::Partner) => Some((403, 200)),
        (Standing::App { .. } | Standing::Access { scopes: None, .. }, Needs::Scopes(_)) => Some((403, 200)),
        (Standing::Access { scopes: Some(held), .. }, Needs::Scopes(kinds)) => {
            let (_, enough) = kinds.iter().find(|(kind, _)| Some(*kind) == named).unwrap();
            (!enough.iter().any(|scope| held.contains(scope))).then_some((403, 10))
        }
    }
}

/// What was made for the walk.
struct Made {
    template: TemplateId,
    line: CreditLineId,
    share: AllocationId,
    solution: SolutionId,
}

async fn world(live: bool) -> (World, Made) {
    let rules = callport_flow::Rules { unlimited_tokens: !live, ..callport_flow::Rules::default() };
    let config = callport_engine::EngineConfig { rules, ..callport_engine::EngineConfig::default() };
    let world = World::with_rules(crate::GraphConfig::default(), config).await;
    let (id, scopes) = (|app| AppId::parse(app).unwrap(), |of: &[Scope]| of.iter().copied().collect::<BTreeSet<_>>());
    let (account, both) = (WabaId::parse("2001").unwrap(), [Scope::Messaging, Scope::Management]);
    world.engine.put_app(objects::app("1003", "Left")).await.unwrap();
    for (value, app, held) in [
        ("EAAmanagement", "1001", &[Scope::Management][..]),
        ("EAAbusiness", "1001", &[Scope::Business]),
        ("EAApartner", "1002", &both),
        ("EAAleft", "1003", &both),
    ] {
        let grant = Grant { app: id(app), scopes: scopes(held), wabas: Some([account.clone()].into()), lifetime: None };
        world.engine.put_token(value, grant).await.unwrap();
    }
    // An app that may subscribe in test mode is granted the account by that, so nobody else's token is of this app.
    world.engine.put_app(objects::app("1004", "Everywhere")).await.unwrap();
    for (value, app) in [("EAAall", "1001"), ("EAAforeignall", "1004")] {
        let hash = SecretHash::of(value);
        let token = Token { hash, app: id(app), scopes: scopes(&both), wabas: None, issued_at: NOW, expires_at: None };
        plant(world.engine.store(), Row::Token(token)).await;
    }
    let grant = |app, of: &[Scope]| AppGrant { app: id(app), waba: account.clone(), scopes: scopes(of) };
    world.engine.grant(grant("1001", &both)).await.unwrap();
    world.engine.grant(grant("1002", &[Scope::Messaging])).await.unwrap();
    world.engine.end_grant(&id("1003"), &account).await.unwrap();
    let template = NewTemplate {
        waba: account,
        name: "late".into(),
        language: "en".into(),
        category: Category::Utility,
        named_parameters: false,
        components: json!([{ "type": "BODY", "text": "We are late." }]).to_string(),
    };
    let template = world.engine.create_template(template).await.unwrap();
    let (engine, own) = (&world.engine, objects::portfolio().id);
    let desk = engine.store().app(&id("1001")).await.unwrap().unwrap();
    engine.put_app(App { business: Some(own.clone()), ..desk }).await.unwrap();
    engine.put_app(objects::app("1005", "Partner")).await.unwrap();
    let line = engine.put_credit_line(own, "Acme".into()).await.unwrap().id;
    let client = PortfolioId::parse("3201").unwrap();
    engine.put_portfolio(Portfolio { id: client.clone(), name: "Kopi".into(), verified: false }).await.unwrap();
    let share = engine.share_credit(&line, client).await.unwrap().id;
    let new = NewSolution {
        owner: id("1005"),
        name: "Calls".into(),
        partner: id("1001"), // who is asked, and so may answer
        owner_permissions: BTreeSet::new(),
        partner_permissions: BTreeSet::from(["MESSAGING".to_owned()]),
    };
    let solution = engine.create_solution(new).await.unwrap().id;
    world.clock.advance(Duration::from_secs(3600));
    (world, Made { template: template.id, line, share, solution })
}

async fn walked(live: bool) {
    let (world, objects) = world(live).await;
    let mut walked = 0;
    for route in endpoints::routes() {
        for operation in &route.operations {
            for named in about(operation) {
                let id = match (named, route.id) {
                    (Some(Named::Number), _) => "4001",
                    (Some(Named::Account), _) => "2001",
                    (Some(Named::Template), _) => objects.template.as_str(),
                    (None, "business_id") => "3001",
                    (None, "solution_id") => objects.solution.as_str(),
                    (None, "credit_line_id") => objects.line.as_str(),
                    (None, "id") => objects.share.as_str(),
                    (None, _) => "1001",
                };
                for kind in kinds(live) {
                    let what = format!("{} {} about {named:?} with {}", operation.method, route.path, kind.name);
                    let mut request = Request::builder().method(operation.method.clone()).uri(route.path.replace("{id}", id));
                    if let Some(token) = kind.token {
                        request = request.header("authorization", format!("Bearer {token}"));
                    }
                    let seen = world.send(request.body(Body::empty()).unwrap()).await;
                    let code = seen.json().pointer("/error/code").and_then(Value::as_u64);
                    match expected(kind.standing, operation.needs, named, route.id) {
                        Some((status, expected)) => assert_eq!((seen.status, code), (status, Some(expected)), "{what}: {}", seen.text),
                        // Who asked for the end of a solution does not answer: that is its turn, not its right.
                        None if seen.details().starts_with("Only the partner that was asked") => {}
                        None => assert!(![401, 403].contains(&seen.status) && code != Some(104), "{what}: {}", seen.text),
                    }
                    walked += 1;
                }
            }
        }
    }
    assert!(walked > 300, "{walked}");
}

fn about(operation: &Operation) -> Vec<Option<Named>> {
    match operation.needs {
        Needs::Scopes(kinds) => kinds.iter().map(|(kind, _)| Some(*kind)).collect(),
        Needs::Token | Needs::OwnApp | Needs::Managing | Needs::Partner => vec![None],
    }
}

#[tokio::test]
async fn every_operation_hears_every_kind_of_token_as_it_says_that_it_does() {
    walked(true).await;
}

/// There a token that names no account reaches all.
#[tokio::test]
async fn so_in_test_mode() {
    walked(false).await;
}
