//! Which app is told of what, and where (platform docs, Webhooks: create an endpoint, overrides, permissions): the whole table.

use std::collections::BTreeSet;

use callport_core::call_id::Direction;
use callport_core::gate::EntryPoint;
use callport_core::ids::{AppId, WabaId};
use callport_core::scope::{Field, Scope};
use callport_core::settings::{AccountMode, CallingSettings, IconVisibility, Switch};
use callport_core::template::Category;
use callport_core::time::WallTime;
use callport_engine::ports::Store as _;
use callport_engine::records::{App, AppGrant, Callback};
use callport_engine::{NewTemplate, NewUserCall};
use callport_testkit::World;

use crate::T0;

fn app() -> AppId {
    AppId::parse("1001").unwrap()
}

fn waba() -> WabaId {
    WabaId::parse("2001").unwrap()
}

fn callback(url: &str) -> Callback {
    Callback { url: url.into(), verify_token: "s3cr3t".into() }
}

async fn chosen(world: &World, fields: &[Field]) {
    let desk = world.store.app(&app()).await.unwrap().unwrap();
    let fields: BTreeSet<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    world.engine.put_app(App { fields, ..desk }).await.unwrap();
}

/// Subscribed or not, the field chosen or not, and whatever was granted: every field is told where all three say so.
#[tokio::test]
async fn an_app_is_told_of_a_field_that_it_chose_of_an_account_that_it_is_subscribed_to_and_was_granted_for_it() {
    let world = World::new().await;
    let grants: [&[Scope]; 5] =
        [&[], &[Scope::Messaging], &[Scope::Management], &[Scope::Business], &[Scope::Messaging, Scope::Management]];
    for field in Field::ALL.into_iter().filter(|field| *field != Field::PartnerSolutions) {
        let needs = match field {
            Field::Calls | Field::Messages => Scope::Messaging,
            Field::AccountUpdate
            | Field::AccountSettingsUpdate
            | Field::MessageTemplateStatusUpdate
            | Field::MessagingHandovers
            | Field::PartnerSolutions
            | Field::Standby => Scope::Management,
        };
        let others: Vec<_> = Field::ALL.into_iter().filter(|other| *other != field).collect();
        for chooses in [true, false] {
            chosen(&world, if chooses { std::slice::from_ref(&field) } else { &others }).await;
            for subscribed in [true, false] {
                match subscribed {
                    true => world.engine.subscribe_app(&app(), &waba(), None).await.unwrap(),
                    false => world.engine.unsubscribe_app(&app(), &waba()).await.unwrap(),
                }
                for scopes in grants {
                    let grant = AppGrant { app: app(), waba: waba(), scopes: scopes.iter().copied().collect() };
                    world.engine.grant(grant).await.unwrap();
                    let told = !world.engine.receivers(&waba(), field).await.unwrap().is_empty();
                    let expected = chooses && subscribed && scopes.contains(&needs);
                    assert_eq!(told, expected, "{field:?} chosen {chooses} subscribed {subscribed} granted {scopes:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_app_whose_grant_is_over_is_told_nothing_and_is_no_subscriber_any_more() {
    let world = World::new().await;
    world.engine.end_grant(&app(), &waba()).await.unwrap();
    for field in Field::ALL.into_iter().filter(|field| *field != Field::PartnerSolutions) {
        assert!(world.engine.receivers(&waba(), field).await.unwrap().is_empty(), "{field:?}");
    }
    assert_eq!(world.store.subscription(&app(), &waba()).await.unwrap(), None);
    let off = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
    world.engine.change_settings(&world.number, None, off).await.unwrap();
    let on = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
    let refused = world.engine.change_settings(&world.number, None, on).await.unwrap_err().to_string();
    assert!(refused.contains("whatsapp_business_messaging"), "{refused}");
}

/// A public test number is no sandbox account.
#[tokio::test]
async fn an_app_that_is_no_tech_partner_s_hears_nothing_of_a_sandbox_number() {
    let mut world = World::new().await;
    let desk = world.store.app(&app()).await.unwrap().unwrap();
    world.engine.put_app(App { tech_partner: false, ..desk.clone() }).await.unwrap();
    world.change_number(|number| number.account_mode = AccountMode::Sandbox).await;
    world.engine.say(&world.user, &world.number, "unheard", None).await.unwrap();
    world.change_number(|number| number.allowed_recipients = Some(vec![])).await;
    world.engine.say(&world.user, &world.number, "test", None).await.unwrap();
    assert_eq!(world.webhook().await.text, "text test");
    world.engine.put_app(desk).await.unwrap();
    world.change_number(|number| number.allowed_recipients = None).await;
    world.engine.say(&world.user, &world.number, "sandbox", None).await.unwrap();
    assert_eq!(world.webhook().await.text, "text sandbox");
}

/// What is told to every app of an account. Threads have owners: `crate::routing`.
const TOLD_TO_ALL: [Field; 5] =
    [Field::Calls, Field::Messages, Field::AccountUpdate, Field::AccountSettingsUpdate, Field::MessageTemplateStatusUpdate];

/// Makes something happen that is told on this field.
async fn happen(world: &World, field: Field, turn: usize) {
    match field {
        Field::PartnerSolutions => unreachable!("of a portfolio, and of no account"),
        Field::Calls => {
            let call = world.engine.place_user_call(NewUserCall { entry: EntryPoint::CallLog, ..world.wish() }).await.unwrap().call;
            world.engine.hang_up(&world.user.id, &call).await.unwrap();
        }
        Field::Messages => drop(world.engine.say(&world.user, &world.number, "hello", None).await.unwrap()),
        Field::AccountUpdate => {
            let until: Option<WallTime> = Some(T0 + callport_engine::PAUSE);
            world.engine.restrict(&world.number, Direction::BusinessInitiated, until).await.unwrap();
        }
        Field::AccountSettingsUpdate => {
            let icon = if turn.is_multiple_of(2) { IconVisibility::DisableAll } else { IconVisibility::Default };
            let change = CallingSettings { call_icon_visibility: Some(icon), ..CallingSettings::default() };
            world.engine.change_settings(&world.number, None, change).await.unwrap();
        }
        Field::MessageTemplateStatusUpdate => {
            let new = NewTemplate {
                waba: waba(),
                name: format!("offer_{turn}"),
                language: "en".into(),
                category: Category::Utility,
                named_parameters: false,
                components: "[]".into(),
            };
            world.engine.create_template(new).await.unwrap();
        }
        Field::MessagingHandovers | Field::Standby => unreachable!("not told to all"),
    }
}

/// Number before account before app, each app by itself; templates and `account_update` have no override at all.
#[tokio::test]
async fn each_app_is_told_where_its_own_overrides_say() {
    let mut world = World::new().await;
    let second = AppId::parse("1002").unwrap();
    let desk = world.store.app(&app()).await.unwrap().unwrap();
    world.engine.put_app(App { id: second.clone(), callback: Some(callback("http://second")), ..desk }).await.unwrap();
    world.engine.subscribe_app(&second, &waba(), Some(callback("http://second-waba"))).await.unwrap();
    let number = world.number_record().await;
    let mut turn = 0;
    for of_number in [true, false] {
        for of_account in [true, false] {
            world.engine.subscribe_app(&app(), &waba(), of_account.then(|| callback("http://waba"))).await.unwrap();
            world.engine.override_number(&app(), &number, of_number.then(|| callback("http://number"))).await.unwrap();
            for field in TOLD_TO_ALL {
                turn += 1;
                happen(&world, field, turn).await;
                let events = if field == Field::Calls { 2 } else { 1 };
                let mut went = BTreeSet::new();
                for _ in 0..2 * events {
                    went.insert(world.webhook().await.url);
                }
                let plain = matches!(field, Field::AccountUpdate | Field::MessageTemplateStatusUpdate);
                let first = match field {
                    _ if plain => "https://1001.example/hook",
                    _ if of_number => "http://number",
                    _ if of_account => "http://waba",
                    _ => "https://1001.example/hook",
                };
                let other = if plain { "http://second" } else { "http://second-waba" };
                let expected = BTreeSet::from([first.to_owned(), other.to_owned()]);
                assert_eq!(went, expected, "{field:?} number {of_number} account {of_account}");
            }
        }
    }
}
