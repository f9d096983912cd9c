//! Two partners: apps 1001 and 1002, whose portfolios are 3101 and 3102, and businesses that sign up for one of them.

use std::collections::BTreeSet;

use callport_core::ids::{AppId, PortfolioId, WabaId};
use callport_core::scope::Scope;
use callport_engine::records::{Portfolio, SignUpClient, SignUpOpener, SignUpWishes};
use callport_engine::{OneOrNew, SignUpDeed};

use super::World;

/// App token of app 1002.
pub(crate) const OTHER_APP: &str = "1002|test_app_secret";

/// The partners' portfolios.
pub(crate) async fn partners(world: &World) {
    for (app, id) in [("1001", "3101"), ("1002", "3102")] {
        let portfolio = PortfolioId::parse(id).unwrap();
        world.engine.put_portfolio(Portfolio { id: portfolio.clone(), name: format!("Partner {app}"), verified: false }).await.unwrap();
        let client = SignUpClient {
            app: AppId::parse(app).unwrap(),
            origins: BTreeSet::new(),
            configurations: BTreeSet::new(),
            token_lifetime_s: None,
        };
        world.engine.put_sign_up_client(client, Some(portfolio)).await.unwrap();
    }
}

/// A business that signed up.
pub(crate) struct Customer {
    pub(crate) portfolio: PortfolioId,
    pub(crate) waba: WabaId,
    pub(crate) code: String,
}

/// A business signs up for app 1001, and chooses a number as it likes.
pub(crate) async fn customer(world: &World, wishes: SignUpWishes, number: Option<SignUpDeed>) -> Customer {
    let engine = &world.engine;
    let opener = SignUpOpener::Window { origin: "https://isv.example".into(), channel: "c".into() };
    let (_, owner) = engine.enter_owner(None, "Mara".into()).await.unwrap();
    let walk = engine.begin_sign_up(&owner.id, &AppId::parse("1001").unwrap(), opener, wishes.clone()).await.unwrap();
    let number = (!wishes.app_only).then(|| number.unwrap_or(SignUpDeed::NoNumber));
    let account = OneOrNew::New(("Kopi ID".into(), "IDR".into(), "Asia/Jakarta".into()));
    for deed in [SignUpDeed::Portfolio(OneOrNew::New("Kopi".into())), SignUpDeed::Account(account)].into_iter().chain(number) {
        engine.walk_on(&walk.id, &owner.id, deed).await.unwrap();
    }
    let both = BTreeSet::from([Scope::Messaging, Scope::Management]);
    let (walk, code) = engine.consent(&walk.id, &owner.id, both).await.unwrap();
    Customer { portfolio: walk.portfolio.unwrap(), waba: walk.waba.unwrap(), code }
}

/// The token that a customer's code is exchanged for.
pub(crate) async fn token(world: &World, customer: &Customer) -> String {
    let app = AppId::parse("1001").unwrap();
    world.engine.exchange_code(&app, &customer.code, None).await.unwrap().0
}
