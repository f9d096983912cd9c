//! Several operators on one number: who is told what from which account, who may act, whose a thread is
//! (platform docs, Account model, 2026-06-24; Conversation routing, 2026-10-12).
//!
//! Acme's number 4001 of account 2001 is shared with account 2002. App 1001 of business 3101 is subscribed to the first, app 1002 of business 3102 to
//! the second, app 1003, of nobody, to the first.

use std::collections::BTreeSet;
use std::time::Duration;

use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, WabaId};
use callport_core::pair::{Decision, Pair, Permission};
use callport_core::routing::RoutingRole::{self, Calls, CustomerService, Escalation, Marketing};
use callport_core::settings::{CallingSettings, Switch};
use callport_core::template::{Arguments, Category, Template};
use callport_engine::ports::Store as _;
use callport_engine::records::{App, NumberAccount, PairRecord, Portfolio, Routing, RoutingReach};
use callport_engine::{
    ControlThreadRefusal, EngineConfig, Failed, MessageDraft, OutgoingMessage, RoutingRules, Rules, SendRefusal, ShareNumberRefusal,
    ThreadAction,
};
use callport_flow::Row;
use callport_testkit::{Given, World, objects, plant};

const VOICE: &str = "3101";
const CHAT: &str = "3102";

fn portfolio(id: &str) -> PortfolioId {
    PortfolioId::parse(id).unwrap()
}

fn waba(id: &str) -> WabaId {
    WabaId::parse(id).unwrap()
}

async fn app(world: &World, id: &str) -> App {
    world.store.app(&AppId::parse(id).unwrap()).await.unwrap().unwrap()
}

async fn shared() -> World {
    shared_with(EngineConfig::default()).await
}

async fn shared_with(config: EngineConfig) -> World {
    let world = World::start(Given { config, ..Given::default() }).await;
    world.furnish().await;
    for id in [VOICE, CHAT] {
        world.engine.put_portfolio(Portfolio { id: portfolio(id), name: id.to_owned(), verified: false }).await.unwrap();
    }
    let of = |app: App, business: &str| App { business: Some(portfolio(business)), ..app };
    world.engine.put_app(of(objects::app("1001", "Voice"), VOICE)).await.unwrap();
    world.put_account(objects::waba("2002", "Acme for Chat"), of(objects::app("1002", "Chat"), CHAT)).await;
    world.engine.put_app(objects::app("1003", "Nobody's")).await.unwrap();
    world.engine.subscribe_app(&AppId::parse("1003").unwrap(), &waba("2001"), None).await.unwrap();
    world.engine.share_number(account("2002", Some(CHAT))).await.unwrap();
    world
}

fn account(id: &str, partner: Option<&str>) -> NumberAccount {
    NumberAccount { number: objects::acme(), waba: waba(id), partner: partner.map(portfolio) }
}

/// For the portfolio of both accounts.
async fn route(world: &World, roles: &[(RoutingRole, &str)], standby: &[&str]) {
    world.engine.put_routing(routing(RoutingReach::Portfolio(portfolio("3001")), roles, standby)).await.unwrap();
}

fn routing(reach: RoutingReach, roles: &[(RoutingRole, &str)], standby: &[&str]) -> Routing {
    let roles = roles.iter().map(|(role, business)| (*role, portfolio(business))).collect();
    Routing { reach, roles, standby: standby.iter().map(|business| portfolio(business)).collect(), terms: true }
}

/// What was queued since the last time: app, account, event.
struct Told(u64);

impl Told {
    async fn so_far(world: &World) -> Self {
        Self(Self::all(world).await.last().map_or(0, |last| last.0))
    }

    async fn all(world: &World) -> Vec<(u64, String, String, String)> {
        let deliveries = world.store.recent_deliveries(500).await.unwrap();
        let mut all: Vec<_> = deliveries.into_iter().map(|one| (one.id.0, one.app.to_string(), one.waba.to_string(), one.event)).collect();
        all.sort();
        all
    }

    async fn next(&mut self, world: &World) -> BTreeSet<String> {
        let all = Self::all(world).await;
        let new = all.iter().filter(|one| one.0 > self.0).map(|(_, app, waba, event)| format!("{app} {waba} {event}")).collect();
        self.0 = all.last().map_or(self.0, |last| last.0);
        new
    }
}

fn set<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.map(str::to_owned).into()
}

async fn say(world: &World, text: &str) {
    world.engine.say(&world.user, &world.number, text, None).await.unwrap();
}

/// The user calls and hangs up.
async fn ring(world: &World) {
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.engine.hang_up(&world.user.id, &call).await.unwrap();
}

async fn send(world: &World, app_id: &str, account: &str, draft: MessageDraft) -> Result<(), SendRefusal> {
    let business = app(world, app_id).await.business;
    let wish = OutgoingMessage { account: waba(account), business, ..world.outgoing(draft).await };
    match world.engine.send(wish).await {
        Ok(_) => Ok(()),
        Err(Failed::Refused(why)) => Err(why),
        Err(Failed::Fault(fault)) => panic!("{fault}"),
    }
}

fn text(text: &str) -> MessageDraft {
    MessageDraft::Text(text.to_owned())
}

async fn control(world: &World, app_id: &str, action: ThreadAction) -> Result<(), ControlThreadRefusal> {
    let (app, number) = (app(world, app_id).await, world.number_record().await);
    let asked = world.engine.control_thread(&app, &number, &world.user.id, action, Some("ticket=1".into())).await;
    asked.map_err(|failed| match failed {
        Failed::Refused(why) => why,
        Failed::Fault(fault) => panic!("{fault}"),
    })
}

async fn owner(world: &World) -> Option<(String, RoutingRole)> {
    let thread = world.store.thread(&world.number, &world.user.id).await.unwrap();
    thread.filter(|thread| world.engine.now() < thread.until).map(|thread| (thread.owner.to_string(), thread.role))
}

#[tokio::test]
async fn without_routing_the_apps_of_every_account_are_told_each_from_its_own() {
    let world = shared().await;
    let mut told = Told::so_far(&world).await;
    ring(&world).await;
    say(&world, "hello").await;
    let off = CallingSettings { callback_permission_status: Some(Switch::Enabled), ..CallingSettings::default() };
    world.engine.change_settings(&world.number, None, off).await.unwrap();
    let mut expected = BTreeSet::new();
    for (app, account) in [("1001", "2001"), ("1002", "2002"), ("1003", "2001")] {
        expected.extend(["connect", "terminate", "text", "settings"].map(|event| format!("{app} {account} {event}")));
    }
    assert_eq!(told.next(&world).await, expected);
    for app_id in ["1001", "1002", "1003"] {
        let (app, number) = (app(&world, app_id).await, world.number_record().await);
        assert!(world.engine.may_call(&app, &number).await.unwrap(), "{app_id}");
        assert_eq!(world.engine.roles_of(&app, &number).await.unwrap(), Default::default());
    }
}

#[tokio::test]
async fn an_app_that_is_subscribed_to_several_accounts_is_told_once_from_the_owning_one() {
    let world = shared().await;
    world.engine.subscribe_app(&AppId::parse("1001").unwrap(), &waba("2002"), None).await.unwrap();
    let mut told = Told::so_far(&world).await;
    say(&world, "hello").await;
    assert_eq!(told.next(&world).await, set(["1001 2001 text", "1002 2002 text", "1003 2001 text"]));
    world.engine.unsubscribe_app(&AppId::parse("1001").unwrap(), &waba("2001")).await.unwrap();
    say(&world, "hello again").await;
    assert_eq!(told.next(&world).await, set(["1001 2002 text", "1002 2002 text", "1003 2001 text"]));
    world.engine.unshare_number(&world.number, &waba("2002")).await.unwrap();
    say(&world, "and again").await;
    assert_eq!(told.next(&world).await, set(["1003 2001 text"]));
}

#[tokio::test]
async fn what_became_of_a_message_is_told_to_the_account_that_sent_it() {
    let world = shared().await;
    say(&world, "hello").await;
    let mut told = Told::so_far(&world).await;
    send(&world, "1002", "2002", text("how can we help?")).await.unwrap();
    assert_eq!(told.next(&world).await, set(["1002 2002 sent"]));
    let page = callport_engine::ports::MessagePage { number: world.number.clone(), user: world.user.id.clone(), before: None, limit: 1 };
    let sent = world.store.messages(page).await.unwrap().remove(0);
    assert_eq!(sent.waba, waba("2002"));
    world.engine.received(&world.user, &sent.id, callport_engine::Receipt::Read).await.unwrap();
    assert_eq!(told.next(&world).await, set(["1002 2002 read"]));
}

#[tokio::test]
async fn users_call_a_number_of_which_any_account_can_pay() {
    let world = shared().await;
    let poor = |id, name| callport_engine::records::Waba { payment_method: false, ..objects::waba(id, name) };
    world.engine.put_waba(poor("2001", "Acme")).await.unwrap();
    ring(&world).await;
    world.engine.put_waba(poor("2002", "Acme for Chat")).await.unwrap();
    let mut told = Told::so_far(&world).await;
    world.engine.place_user_call(world.wish()).await.unwrap_err();
    assert_eq!(told.next(&world).await, set(["1001 2001 error", "1002 2002 error", "1003 2001 error"]));
}

#[tokio::test]
async fn calling_is_switched_on_by_whoever_can_be_told_of_calls_in_the_asking_account() {
    let world = shared().await;
    let calls_not = |app: App| App { fields: ["messages".to_owned()].into(), ..app };
    for id in ["1001", "1003"] {
        world.engine.put_app(calls_not(app(&world, id).await)).await.unwrap();
    }
    let on = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
    let off = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
    world.engine.change_settings(&world.number, None, off).await.unwrap();
    let refused = world.engine.change_settings(&world.number, Some(waba("2001")), on.clone()).await;
    assert!(refused.is_err(), "no app of account 2001 hears of calls");
    world.engine.change_settings(&world.number, Some(waba("2002")), on.clone()).await.unwrap();
    world.engine.change_settings(&world.number, None, on).await.unwrap();
    let number = world.number_record().await;
    let lacks = async |account: Option<&WabaId>| {
        let all = world.engine.requirements(&number, account).await.unwrap();
        all.into_iter().filter(|one| !one.met).map(|one| one.prerequisite).collect::<Vec<_>>()
    };
    assert_eq!(lacks(None).await, []);
    assert_eq!(lacks(Some(&waba("2002"))).await, []);
    assert_eq!(lacks(Some(&waba("2001"))).await, [callport_core::eligibility::Prerequisite::CallsField]);
}

#[tokio::test]
async fn a_number_is_shared_within_its_portfolio_with_five_partners_at_most_and_never_twice_with_one() {
    use ShareNumberRefusal as No;
    let world = shared().await;
    let share = async |account: NumberAccount| match world.engine.share_number(account).await {
        Ok(()) => None,
        Err(Failed::Refused(why)) => Some(why),
        Err(Failed::Fault(fault)) => panic!("{fault}"),
    };
    assert_eq!(share(account("2001", None)).await, Some(No::OwnAccount));
    assert_eq!(share(account("2009", None)).await, Some(No::Missing("WhatsApp Business Account")));
    let elsewhere = callport_engine::records::Waba { portfolio: portfolio(VOICE), ..objects::waba("2008", "Elsewhere") };
    world.engine.put_waba(elsewhere).await.unwrap();
    assert_eq!(share(account("2008", None)).await, Some(No::OtherPortfolio));
    for id in ["2003", "2004", "2005", "2006"] {
        world.engine.put_waba(objects::waba(id, "Acme")).await.unwrap();
    }
    assert_eq!(share(account("2003", Some(CHAT))).await, Some(No::SamePartner));
    assert_eq!(share(account("2003", Some("3999"))).await, Some(No::Missing("portfolio")));
    for id in ["2003", "2004", "2005"] {
        assert_eq!(share(account(id, None)).await, None, "{id}");
    }
    assert_eq!(share(account("2006", None)).await, Some(No::TooMany(5)));
    assert_eq!(share(account("2005", Some(VOICE))).await, None, "the same again says for whom");
    let listed: Vec<_> = world.store.accounts_of(&world.number_record().await).await.unwrap();
    assert_eq!(listed, ["2001", "2002", "2003", "2004", "2005"].map(waba));
}

/// D7 and E4: the Call primary's apps alone, whichever account they are subscribed to, hear of calls and permission replies, and act.
#[tokio::test]
async fn with_routing_calls_and_permission_replies_are_the_call_primary_s() {
    let world = shared().await;
    for (primary, app_id, account) in [(VOICE, "1001", "2001"), (CHAT, "1002", "2002")] {
        route(&world, &[(Calls, primary), (CustomerService, CHAT)], &[]).await;
        world.engine.set_permission(&world.user, &world.number, Decision::Deny).await.unwrap();
        let mut told = Told::so_far(&world).await;
        ring(&world).await;
        world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
        let expected = ["connect", "terminate", "call_permission_reply"].map(|event| format!("{app_id} {account} {event}"));
        assert_eq!(told.next(&world).await, expected.into(), "{primary}");
        for other in ["1001", "1002", "1003"] {
            let (app, number) = (app(&world, other).await, world.number_record().await);
            assert_eq!(world.engine.may_call(&app, &number).await.unwrap(), other == app_id, "{primary} {other}");
        }
    }
}

/// Roles of messages alone leave calls to everybody.
#[tokio::test]
async fn routing_without_a_call_primary_leaves_calls_as_they_were() {
    let world = shared().await;
    route(&world, &[(CustomerService, CHAT)], &[]).await;
    let mut told = Told::so_far(&world).await;
    ring(&world).await;
    assert_eq!(told.next(&world).await.len(), 6);
    assert!(world.engine.may_call(&app(&world, "1003").await, &world.number_record().await).await.unwrap());
}

#[tokio::test]
async fn what_a_number_has_of_its_own_counts_instead_of_its_portfolio_s() {
    let world = shared().await;
    route(&world, &[(Calls, VOICE)], &[]).await;
    let own = RoutingReach::Number(world.number.clone());
    world.engine.put_routing(routing(own.clone(), &[(Calls, CHAT)], &[])).await.unwrap();
    let (app, number) = (app(&world, "1002").await, world.number_record().await);
    assert!(world.engine.may_call(&app, &number).await.unwrap());
    assert_eq!(world.engine.roles_of(&app, &number).await.unwrap().roles, [Calls]);
    world.engine.end_routing(own).await.unwrap();
    assert!(!world.engine.may_call(&app, &number).await.unwrap());
    let other = objects::number("4009", "2001", "+6281255507777", "Other");
    world.engine.put_number(other.clone()).await.unwrap();
    assert!(!world.engine.may_call(&app, &other).await.unwrap(), "the portfolio's holds for all its numbers");
    world.engine.end_routing(RoutingReach::Portfolio(portfolio("3001"))).await.unwrap();
    assert!(world.engine.may_call(&app, &number).await.unwrap());
    let nowhere = RoutingReach::Number(PhoneNumberId::parse("4999").unwrap());
    assert!(world.engine.put_routing(routing(nowhere, &[], &[])).await.is_err());
}

/// A September edition let standby partners see how calls of the business end; later ones do not say so.
#[tokio::test]
async fn standby_partners_hear_of_ended_business_calls_only_where_that_is_switched_on() {
    for hears in [false, true] {
        let rules = RoutingRules { standby_hears_terminate: hears, ..RoutingRules::default() };
        let rules = Rules { routing: rules, ..Rules::default() };
        let world = shared_with(EngineConfig { rules, ..EngineConfig::default() }).await;
        route(&world, &[(Calls, VOICE)], &[CHAT]).await;
        let pair = Pair { decided: Permission::Permanent, ..Pair::default() };
        let record = PairRecord { number: world.number.clone(), user: world.user.id.clone(), pair };
        plant(&*world.store, Row::Pair(record)).await;
        let mut told = Told::so_far(&world).await;
        let call = world.engine.place_business_call(world.outgoing_call().await).await.unwrap();
        world.engine.end_call(&call).await.unwrap();
        let mut expected = set(["1001 2001 connect", "1001 2001 terminate"]);
        if hears {
            expected.insert("1002 2002 terminate".to_owned());
        }
        assert_eq!(told.next(&world).await, expected, "{hears}");
        ring(&world).await;
        assert_eq!(told.next(&world).await, set(["1001 2001 connect", "1001 2001 terminate"]), "calls of users are not read along");
    }
}

#[tokio::test]
async fn a_message_gives_the_thread_to_the_desk_and_others_read_along_on_standby() {
    let world = shared().await;
    route(&world, &[(Calls, VOICE), (CustomerService, CHAT)], &[VOICE]).await;
    let mut told = Told::so_far(&world).await;
    say(&world, "hello").await;
    assert_eq!(owner(&world).await, Some((CHAT.to_owned(), CustomerService)));
    assert_eq!(told.next(&world).await, set(["1002 2002 text", "1001 2001 standby"]));
    send(&world, "1002", "2002", text("how can we help?")).await.unwrap();
    assert_eq!(
        told.next(&world).await,
        set(["1002 2002 sent", "1001 2001 standby"]),
        "what its owner writes, and nothing of an unsaid status"
    );
    assert_eq!(send(&world, "1001", "2001", text("we can, too")).await, Err(SendRefusal::OtherOwner));
    assert_eq!(send(&world, "1003", "2001", text("and we")).await, Err(SendRefusal::OtherOwner));
    assert_eq!(told.next(&world).await, set([]));
}

#[tokio::test]
async fn standby_control_and_escalation_need_the_terms() {
    let world = shared().await;
    let reach = RoutingReach::Portfolio(portfolio("3001"));
    let roles = [(CustomerService, CHAT), (Escalation, VOICE)];
    world.engine.put_routing(Routing { terms: false, ..routing(reach, &roles, &[VOICE]) }).await.unwrap();
    let mut told = Told::so_far(&world).await;
    say(&world, "hello").await;
    assert_eq!(told.next(&world).await, set(["1002 2002 text"]));
    assert_eq!(send(&world, "1001", "2001", text("mine")).await, Err(SendRefusal::OtherOwner));
    assert_eq!(control(&world, "1002", ThreadAction::Release).await, Err(ControlThreadRefusal::NoTerms));
    assert!(!world.engine.roles_of(&app(&world, "1001").await, &world.number_record().await).await.unwrap().standby);
}

#[tokio::test]
async fn a_thread_is_passed_taken_and_released() {
    let mut world = shared().await;
    assert_eq!(control(&world, "1002", ThreadAction::Take).await, Err(ControlThreadRefusal::NoRouting));
    route(&world, &[(Calls, VOICE), (CustomerService, CHAT), (Marketing, VOICE)], &[]).await;
    say(&world, "hello").await;
    let mut told = Told::so_far(&world).await;
    assert_eq!(control(&world, "1003", ThreadAction::Take).await, Err(ControlThreadRefusal::NoRole));
    assert_eq!(control(&world, "1001", ThreadAction::Release).await, Err(ControlThreadRefusal::NotOwner));
    assert_eq!(control(&world, "1001", ThreadAction::Pass(CustomerService)).await, Err(ControlThreadRefusal::NotOwner));
    for nobodys in [Escalation, Calls] {
        assert_eq!(control(&world, "1002", ThreadAction::Pass(nobodys)).await, Err(ControlThreadRefusal::NobodyHas(nobodys)));
    }
    control(&world, "1002", ThreadAction::Pass(Marketing)).await.unwrap();
    assert_eq!(owner(&world).await, Some((VOICE.to_owned(), Marketing)));
    assert_eq!(told.next(&world).await, set(["1001 2001 control_passed"]), "the new owner is told");
    assert_eq!(world.webhook_of("control_passed").await.text, "customer_service -> marketing ticket=1");
    say(&world, "still here").await;
    assert_eq!(told.next(&world).await, set(["1001 2001 text"]));
    control(&world, "1002", ThreadAction::Take).await.unwrap();
    assert_eq!(told.next(&world).await, set(["1001 2001 control_taken"]), "the previous owner is told");
    assert_eq!(world.webhook_of("control_taken").await.text, "marketing -> customer_service ticket=1");
    control(&world, "1002", ThreadAction::Take).await.unwrap();
    control(&world, "1002", ThreadAction::Release).await.unwrap();
    assert_eq!((owner(&world).await, told.next(&world).await), (None, set([])), "a release is told to nobody");
    send(&world, "1001", "2001", text("anybody may write into a thread of nobody")).await.unwrap();
    assert_eq!(owner(&world).await, None);
}

#[tokio::test]
async fn escalation_takes_a_thread_over_by_writing_into_it() {
    let mut world = shared().await;
    route(&world, &[(CustomerService, CHAT), (Escalation, VOICE)], &[]).await;
    say(&world, "hello").await;
    let mut told = Told::so_far(&world).await;
    send(&world, "1001", "2001", text("this is the manager")).await.unwrap();
    assert_eq!(owner(&world).await, Some((VOICE.to_owned(), Escalation)));
    assert_eq!(told.next(&world).await, set(["1002 2002 control_taken", "1001 2001 sent", "1003 2001 sent"]));
    assert_eq!(world.webhook_of("control_taken").await.text, "customer_service -> escalation -");
    assert_eq!(send(&world, "1002", "2002", text("hello?")).await, Err(SendRefusal::OtherOwner));
}

#[tokio::test]
async fn a_thread_is_nobody_s_a_day_after_the_user_s_last_message_whatever_the_business_writes() {
    let world = shared().await;
    route(&world, &[(CustomerService, CHAT)], &[]).await;
    say(&world, "hello").await;
    world.clock.advance(Duration::from_secs(86_399));
    send(&world, "1002", "2002", text("are you there?")).await.unwrap();
    assert!(owner(&world).await.is_some());
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(owner(&world).await, None);
    assert_eq!(control(&world, "1002", ThreadAction::Release).await, Err(ControlThreadRefusal::NotOwner));
    let mut told = Told::so_far(&world).await;
    say(&world, "yes").await;
    assert_eq!(told.next(&world).await, set(["1002 2002 text"]));
    world.clock.advance(Duration::from_secs(43_200));
    say(&world, "still").await;
    world.clock.advance(Duration::from_secs(86_399));
    assert!(owner(&world).await.is_some(), "each message of the user keeps it for another day");
}

/// Calls, permissions and templates are no part of it.
#[tokio::test]
async fn calls_and_templates_neither_make_nor_move_nor_clear_a_thread() {
    let world = shared().await;
    route(&world, &[(Calls, VOICE), (CustomerService, CHAT), (Marketing, VOICE)], &[]).await;
    ring(&world).await;
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    assert_eq!(world.store.thread(&world.number, &world.user.id).await.unwrap(), None);
    say(&world, "hello").await;
    let before = world.store.thread(&world.number, &world.user.id).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    ring(&world).await;
    world.engine.set_permission(&world.user, &world.number, Decision::Deny).await.unwrap();
    let content = Template { body: "Sale!".into(), ..template() };
    let news = world.news(Category::Marketing, content, Arguments::default()).await;
    send(&world, "1001", "2001", news).await.unwrap();
    assert_eq!(world.store.thread(&world.number, &world.user.id).await.unwrap(), before);
}

fn template() -> Template {
    Template {
        header: None,
        body: String::new(),
        footer: None,
        buttons: vec![callport_core::template::TemplateButton::Reply { text: "More".into() }],
        asks_permission: false,
        format: callport_core::template::ParameterFormat::Positional,
    }
}

#[tokio::test]
async fn who_taps_on_a_template_comes_to_the_partner_with_its_role() {
    let world = shared().await;
    route(&world, &[(CustomerService, CHAT), (Marketing, VOICE)], &[]).await;
    let content = Template { body: "Sale!".into(), ..template() };
    let draft = world.news(Category::Marketing, content, Arguments::default()).await;
    let id = world.send(draft).await;
    world.engine.tap(&world.user, &id, 0).await.unwrap();
    assert_eq!(owner(&world).await, Some((VOICE.to_owned(), Marketing)));
}

/// A partner that lost its role owns nothing any more.
#[tokio::test]
async fn a_thread_ends_with_its_owner_s_role() {
    let world = shared().await;
    route(&world, &[(CustomerService, CHAT)], &[]).await;
    say(&world, "hello").await;
    route(&world, &[(CustomerService, VOICE)], &[]).await;
    let mut told = Told::so_far(&world).await;
    say(&world, "hello again").await;
    assert_eq!(told.next(&world).await, set(["1001 2001 text"]));
}

#[tokio::test]
async fn a_thread_goes_with_its_user() {
    let world = shared().await;
    route(&world, &[(CustomerService, CHAT)], &[]).await;
    say(&world, "hello").await;
    world.engine.remove_user(&world.user.id).await.unwrap();
    assert_eq!(world.store.thread(&world.number, &world.user.id).await.unwrap(), None);
}

/// Who hears of calls is part of whether a number can be called.
#[tokio::test]
async fn with_a_call_primary_its_apps_alone_make_a_number_callable() {
    use callport_core::eligibility::Prerequisite;
    let world = shared().await;
    let lacks = async || {
        let all = world.engine.requirements(&world.number_record().await, None).await.unwrap();
        all.into_iter().filter(|one| !one.met).map(|one| one.prerequisite).collect::<Vec<_>>()
    };
    route(&world, &[(Calls, CHAT)], &[]).await;
    assert_eq!(lacks().await, []);
    let silent = App { fields: ["messages".to_owned()].into(), ..app(&world, "1002").await };
    world.engine.put_app(silent).await.unwrap();
    assert_eq!(lacks().await, [Prerequisite::CallsField], "the other apps hear nothing of calls");
    route(&world, &[(Calls, VOICE)], &[]).await;
    assert_eq!(lacks().await, []);
}

/// A role is the business's, so each of its apps has it; every other role, and standby, give no part in calls.
#[tokio::test]
async fn the_call_primary_is_a_business_and_no_other_role_is_about_calls() {
    let world = shared().await;
    let second = App { business: Some(portfolio(VOICE)), ..objects::app("1004", "Voice, too") };
    world.engine.put_app(second).await.unwrap();
    world.engine.subscribe_app(&AppId::parse("1004").unwrap(), &waba("2002"), None).await.unwrap();
    let others = RoutingRole::ALL.into_iter().filter(|role| *role != Calls).map(|role| (role, CHAT));
    route(&world, &[(Calls, VOICE)].into_iter().chain(others).collect::<Vec<_>>(), &[CHAT]).await;
    let mut told = Told::so_far(&world).await;
    ring(&world).await;
    let expected = set(["1001 2001 connect", "1001 2001 terminate", "1004 2002 connect", "1004 2002 terminate"]);
    assert_eq!(told.next(&world).await, expected);
    for (app_id, may) in [("1001", true), ("1004", true), ("1002", false), ("1003", false)] {
        let (app, number) = (app(&world, app_id).await, world.number_record().await);
        assert_eq!(world.engine.may_call(&app, &number).await.unwrap(), may, "{app_id}");
    }
    let (chat, number) = (app(&world, "1002").await, world.number_record().await);
    let own = world.engine.roles_of(&chat, &number).await.unwrap();
    assert_eq!((own.roles.len(), own.standby), (RoutingRole::ALL.len() - 1, true));
}

/// Each app has its override and its secret, whichever account of the number it is subscribed to: D7's last lines.
#[tokio::test]
async fn overrides_of_a_shared_number_are_each_app_s_own() {
    let mut world = shared().await;
    let callback = |url: &str| callport_engine::records::Callback { url: url.into(), verify_token: "s3cr3t".into() };
    let number = world.number_record().await;
    let (voice, chat) = (AppId::parse("1001").unwrap(), AppId::parse("1002").unwrap());
    world.engine.unsubscribe_app(&AppId::parse("1003").unwrap(), &waba("2001")).await.unwrap();
    world.engine.subscribe_app(&chat, &waba("2002"), Some(callback("http://chat-account"))).await.unwrap();
    world.engine.override_number(&voice, &number, Some(callback("http://voice-number"))).await.unwrap();
    say(&world, "one").await;
    let urls = BTreeSet::from([world.webhook().await.url, world.webhook().await.url]);
    assert_eq!(urls, set(["http://voice-number", "http://chat-account"]));
    world.engine.override_number(&chat, &number, Some(callback("http://chat-number"))).await.unwrap();
    say(&world, "two").await;
    let urls = BTreeSet::from([world.webhook().await.url, world.webhook().await.url]);
    assert_eq!(urls, set(["http://voice-number", "http://chat-number"]), "number before account");
    world.engine.override_number(&chat, &number, None).await.unwrap();
    world.engine.subscribe_app(&chat, &waba("2002"), None).await.unwrap();
    say(&world, "three").await;
    let urls = BTreeSet::from([world.webhook().await.url, world.webhook().await.url]);
    assert_eq!(urls, set(["http://voice-number", "https://1002.example/hook"]));
}
