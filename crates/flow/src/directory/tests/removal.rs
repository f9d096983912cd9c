//! What must go before an object, and what goes with it.

use callport_core::call_id::CallId;
use callport_core::gate::{DeviceKind, EntryPoint};
use callport_core::ids::{CreditLineId, OwnerId, SolutionId, SystemUserId};
use callport_core::routing::RoutingRole;

use super::*;
use crate::calls::{NewUserCall, PlaceUserCall};
use crate::onboarding::{
    AssignUser, AttachCredit, EnterOwner, InviteOwner, PutCreditLine, PutOwner, PutSignUpClient, PutSystemUser, RemoveCreditLine,
    RemoveOwner, RemoveSignUpClient, RemoveSystemUser,
};
use crate::records::{
    App, Assignment, BusinessOwner, Enrolment, EnrolmentKind, NumberAccount, Routing, RoutingReach, SignUpClient, Solution, SolutionSeat,
    SolutionStatus,
};
use crate::testing::word;

fn portfolio() -> PortfolioId {
    PortfolioId::parse("3001").unwrap()
}

fn other_app(business: Option<PortfolioId>) -> App {
    App { id: AppId::parse("1002").unwrap(), business, ..desk() }
}

fn client(world: &mut World, app: &str) {
    let app = AppId::parse(app).unwrap();
    let client = SignUpClient { app, origins: BTreeSet::new(), configurations: BTreeSet::new(), token_lifetime_s: None };
    world.run(&PutSignUpClient { client, business: Some(portfolio()) }).done.unwrap();
}

/// Keys of what a world keeps as enrolments, by kind.
fn kept(world: &World) -> Vec<String> {
    let mut kinds: Vec<_> =
        world.rows.iter().filter_map(|row| if let Row::Enrolment(row) = row { Some(word(row)) } else { None }).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn a_portfolio_stays_while_anything_hangs_on_it_and_each_of_it_is_named() {
    let mut world = World::new().with(Row::App(other_app(Some(portfolio()))));
    let mut guest = world.waba().clone();
    (guest.id, guest.portfolio) = (WabaId::parse("2002").unwrap(), PortfolioId::parse("3002").unwrap());
    world.put(Row::NumberAccount(NumberAccount { number: pnid(), waba: guest.id.clone(), partner: Some(portfolio()) }));
    world.put(Row::Waba(guest));
    let roles = || [(RoutingRole::Calls, portfolio())].into();
    for reach in [RoutingReach::Number(pnid()), RoutingReach::Portfolio(portfolio())] {
        world.put(Row::Routing(Routing { reach, roles: roles(), standby: BTreeSet::new(), terms: false }));
    }
    let line = world.run(&PutCreditLine { portfolio: portfolio(), legal_entity_name: "Acme".into() }).done.unwrap();
    let remove = RemovePortfolio(portfolio());
    let says = format!(
        "refused: these must be removed first: account 2001, app 1002, credit line {}, account 2002 of number 4001, which is another account's, \
         the routing of number 4001",
        line.id
    );
    assert_eq!(world.did(&remove), says, "its own routing goes along");
    for key in [
        Key::Waba(waba()),
        Key::App(AppId::parse("1002").unwrap()),
        Key::NumberAccount(pnid(), WabaId::parse("2002").unwrap()),
        Key::Routing(RoutingReach::Number(pnid())),
    ] {
        assert!(world.did(&remove).starts_with("refused"));
        world = world.without(&key);
    }
    world.run(&RemoveCreditLine(line.id)).done.unwrap();
    let did = world.did(&remove);
    assert_eq!(
        did, "removes Routing Portfolio; notes ObjectRemoved; guards Only Only Only Only Only Only Only Only Only Only",
        "none of what hangs on it, of what goes along, or of whom it belongs to, may come in between"
    );
    assert_eq!(world.did(&remove), "refused: there is no portfolio with this id");
}

#[test]
fn of_many_that_hang_on_an_object_ten_are_named() {
    let mut world = World::new();
    for id in 4010..4021 {
        let mut number = other_number();
        (number.id, number.number) = (PhoneNumberId::parse(&id.to_string()).unwrap(), digits(&format!("+62812555{id}0")));
        world.put(Row::Number(number));
    }
    let says = world.did(&RemoveWaba(waba()));
    assert!(
        says.starts_with("refused: these must be removed first: number 4001, number 4010,") && says.ends_with(", number 4018, and others"),
        "{says}"
    );
}

#[test]
fn with_a_portfolio_go_its_people_and_nobody_owns_the_next_one_with_its_id() {
    let mut world = World::new().without(&Key::Waba(waba()));
    world.run(&PutSystemUser { portfolio: portfolio(), name: "Robot".into() }).done.unwrap();
    world.run(&PutOwner { name: "Mara".into(), portfolios: vec![portfolio()] }).done.unwrap();
    world.run(&PutOwner { name: "Bia".into(), portfolios: vec![] }).done.unwrap();
    let lifetime = Duration::from_secs(60);
    world.run(&InviteOwner { hash: hash(), owner: None, portfolios: vec![portfolio()], lifetime }).done.unwrap();
    world.run(&RemovePortfolio(portfolio())).done.unwrap();
    assert_eq!(kept(&world), ["invitation", "owner", "owner"]);
    for row in &world.rows {
        match row {
            Row::Enrolment(Enrolment::Owner(BusinessOwner { portfolios, .. })) => assert_eq!(*portfolios, []),
            Row::Enrolment(Enrolment::Invitation(invitation)) => assert_eq!(invitation.portfolios, []),
            _ => {}
        }
    }
}

#[test]
fn an_account_goes_without_numbers_and_partners_are_told() {
    let mut world = World::new();
    client(&mut world, "1001");
    let scopes = BTreeSet::from([Scope::Messaging]);
    world.run(&PutGrant(AppGrant { app: app(), waba: waba(), scopes })).done.unwrap();
    let user = world.run(&PutSystemUser { portfolio: portfolio(), name: "Robot".into() }).done.unwrap();
    world.run(&AssignUser { waba: waba(), user: user.id, tasks: ["MANAGE".to_owned()].into() }).done.unwrap();
    let line = world.run(&PutCreditLine { portfolio: portfolio(), legal_entity_name: "Acme".into() }).done.unwrap();
    world.run(&AttachCredit { line: line.id, waba: waba(), currency: "USD".into(), sharing: true }).done.unwrap();
    assert_eq!(world.did(&RemoveWaba(waba())), "refused: these must be removed first: number 4001");
    let mut world = world.without(&Key::Number(pnid()));
    let shared = Row::NumberAccount(NumberAccount { number: PhoneNumberId::parse("4002").unwrap(), waba: waba(), partner: None });
    let says = "refused: these must be removed first: account 2001 of number 4002, which is another account's";
    let key = shared.key();
    world.put(shared);
    assert_eq!(world.did(&RemoveWaba(waba())), says);
    let mut world = world.without(&key);
    let removed = world.run(&RemoveWaba(waba()));
    assert_eq!(
        summary(&removed),
        "removes Grant Subscription Enrolment Enrolment Enrolment Enrolment Waba; tells partner_app_uninstalled partner_removed; \
         notes ObjectRemoved ObjectRemoved; guards Only Only Only Only"
    );
    assert_eq!(kept(&world), ["allocation", "client", "credit_line", "system_user"]);
    assert!(!world.rows.iter().any(|row| matches!(row, Row::Enrolment(Enrolment::Assignment(Assignment { .. })))));
}

#[test]
fn a_number_goes_once_it_is_in_no_call() {
    let mut world = World::new();
    let call = CallId::parse("wacid.a").unwrap();
    let new = NewUserCall {
        user: user(),
        device: DeviceKind::Phone,
        number: pnid(),
        entry: EntryPoint::Icon,
        offer: "offer".into(),
        button: None,
        cta_payload: None,
        deeplink_payload: None,
    };
    world.run(&PlaceUserCall { call: call.clone(), new }).done.unwrap();
    let removal = world.run(&RemoveNumber(pnid()));
    assert_eq!(removal.done, Err(RemovalRefusal::InCalls(vec![call])));
    let mut world = World::new();
    assert_eq!(
        world.did(&RemoveNumber(pnid())),
        "removes Routing Enrolment Number; notes ObjectRemoved; shows BusinessGone; guards Concurrent"
    );
    assert_eq!(world.did(&RemoveNumber(pnid())), NO_NUMBER);
}

#[test]
fn an_app_leaves_its_solutions_and_the_other_partner_is_told() {
    let mut world = World::new().with(Row::App(other_app(None)));
    client(&mut world, "1001");
    client(&mut world, "1002");
    let solution = |id: &str, owner: &str, partner: &str, status| Solution {
        id: SolutionId::parse(id).unwrap(),
        name: "Calls and chat".into(),
        owner_app: AppId::parse(owner).unwrap(),
        owner_permissions: BTreeSet::new(),
        partner_app: AppId::parse(partner).unwrap(),
        partner_permissions: ["MESSAGING".to_owned()].into(),
        status,
        ending_asked_by: None,
    };
    use SolutionStatus as S;
    let all = [
        solution("1", "1001", "1002", S::Active),
        solution("2", "1002", "1001", S::Initiated),
        solution("3", "1001", "1002", S::Rejected),
        solution("4", "1002", "1001", S::PendingDeactivation),
        solution("5", "1002", "1003", S::Active),
    ];
    for solution in all {
        let seat = SolutionSeat { app: solution.partner_app.clone(), solution: solution.id.clone() };
        world.put(Row::Enrolment(seat.into()));
        world.put(Row::Enrolment(solution.into()));
    }
    let removed = world.run(&RemoveApp(app()));
    let told = removed.told.iter().map(|notice| match notice {
        Notice::Solution { app, solution, status, .. } => format!("{app}: {solution} {}", status.name()),
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), ["1002: 1 DEACTIVATED", "1002: 2 REJECTED", "1002: 4 DEACTIVATED"]);
    assert!(world.row(&Key::App(app())).is_none());
    let seats: Vec<_> = world
        .rows
        .iter()
        .filter_map(|row| if let Row::Enrolment(Enrolment::SolutionSeat(row)) = row { Some(row.solution.as_str()) } else { None })
        .collect();
    assert_eq!(seats, ["1", "3", "5"], "what it was asked into it is not asked any more");
    assert!(world.row(&Key::Enrolment(EnrolmentKind::Client, "1001".into())).is_none());
    assert_eq!(world.did(&RemoveApp(app())), NO_APP);
}

#[test]
fn a_credit_line_goes_with_its_shares_and_accounts_pay_as_before() {
    let mut world = World::new();
    world.waba().payment_method = false;
    let line = world.run(&PutCreditLine { portfolio: portfolio(), legal_entity_name: "Acme".into() }).done.unwrap();
    world.run(&AttachCredit { line: line.id.clone(), waba: waba(), currency: "USD".into(), sharing: true }).done.unwrap();
    assert!(world.waba().payment_method);
    let did = "puts Waba; removes Enrolment Enrolment Enrolment; notes ObjectPut ObjectRemoved; guards Only Only";
    assert_eq!(world.did(&RemoveCreditLine(line.id)), did);
    assert!(!world.waba().payment_method && kept(&world).is_empty());
    let none = RemoveCreditLine(CreditLineId::parse("1").unwrap());
    assert_eq!(world.did(&none), "refused: there is no credit line with this id");
}

#[test]
fn an_owner_goes_with_their_browsers_and_ways_in() {
    let mut world = World::new();
    let lifetime = Duration::from_secs(60);
    for code in ["theirs", "another's"] {
        world.run(&InviteOwner { hash: SecretHash::of(code), owner: None, portfolios: vec![], lifetime }).done.unwrap();
    }
    let enter =
        |code: &str, session| EnterOwner { invitation: Some(SecretHash::of(code)), name: "Mara".into(), session: SecretHash::of(session) };
    let owner = world.run(&enter("theirs", "one")).done.unwrap();
    world.run(&enter("theirs", "two")).done.unwrap();
    assert_eq!(kept(&world), ["invitation", "invitation", "owner", "session", "session"]);
    world.run(&RemoveOwner(owner.id)).done.unwrap();
    assert_eq!(kept(&world), ["invitation"]);
    assert!(world.run(&enter("theirs", "three")).done.is_err());
    assert_eq!(world.did(&RemoveOwner(OwnerId::parse("1").unwrap())), "refused: there is no business owner with this id");
}

#[test]
fn clients_of_the_sign_up_page_system_users_and_templates_go_alone() {
    let mut world = World::new();
    client(&mut world, "1001");
    let user = world.run(&PutSystemUser { portfolio: portfolio(), name: "Robot".into() }).done.unwrap();
    let create = CreateTemplate {
        waba: waba(),
        name: "consent".into(),
        language: "en".into(),
        category: Category::Utility,
        named_parameters: false,
        components: "[]".into(),
    };
    let template = world.run(&create).done.unwrap();
    assert_eq!(world.did(&RemoveSignUpClient(app())), "removes Enrolment; notes ObjectRemoved");
    assert_eq!(world.did(&RemoveSignUpClient(app())), "refused: there is no sign-up client with this id");
    assert_eq!(world.did(&RemoveSystemUser(user.id)), "removes Enrolment; notes ObjectRemoved");
    let none = RemoveSystemUser(SystemUserId::parse("1").unwrap());
    assert_eq!(world.did(&none), "refused: there is no system user with this id");
    assert_eq!(world.did(&RemoveTemplate(template.id.clone())), "removes Template; notes ObjectRemoved");
    assert_eq!(world.did(&RemoveTemplate(template.id)), "refused: there is no template with this id");
}
