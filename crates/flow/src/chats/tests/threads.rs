//! Whose a chat is: each action in each state of a thread, and what a message of either side does to it.

use callport_core::ids::PortfolioId;
use callport_core::routing::RoutingRole::{self, Calls, CustomerService, Escalation};

use super::*;
use crate::chats::{ControlThread, MessageDraft, Say, Send, ThreadAction};
use crate::records::{Routing, RoutingReach, ThreadRecord};
use crate::testing::digits;

const DESK: &str = "3101";
const BOSS: &str = "3102";
const VOICE: &str = "3103";

fn business(id: &str) -> PortfolioId {
    PortfolioId::parse(id).unwrap()
}

/// Acme's desk, somebody to escalate to, who reads along, and a Call primary.
fn routed() -> World {
    let roles = [(CustomerService, DESK), (Escalation, BOSS), (Calls, VOICE)];
    let world = World::new().with(Row::Routing(Routing {
        reach: RoutingReach::Number(pnid()),
        roles: roles.map(|(role, id)| (role, business(id))).into(),
        standby: [business(BOSS)].into(),
        terms: true,
    }));
    world.with(pair(Pair { heard_at: Some(T0), ..Pair::default() }))
}

fn owned(world: World, by: &str, role: RoutingRole) -> World {
    let until = T0 + std::time::Duration::from_secs(60);
    world.with(Row::Thread(ThreadRecord { number: pnid(), user: user(), owner: business(by), role, until }))
}

fn control(by: &str, action: ThreadAction) -> ControlThread {
    ControlThread { number: pnid(), user: user(), business: Some(business(by)), action, metadata: None }
}

fn write(by: &str) -> Send {
    Send {
        number: pnid(),
        account: None,
        business: Some(business(by)),
        user: Some(user()),
        to: Some(digits("+5511955501234")),
        draft: MessageDraft::Text("hello".into()),
        context: None,
        opaque: None,
    }
}

#[test]
fn each_action_of_each_business_in_each_state() {
    use ThreadAction::{Pass, Release, Take};
    let not_owner = "refused: the thread does not belong to the business that owns this app; notes BusinessRefused";
    let no_role = "refused: the business that owns this app has no messaging role on this phone number; notes BusinessRefused";
    for (owner, by, action, expected) in [
        (None, DESK, Take, "puts Thread; notes ThreadMoved"),
        (None, DESK, Pass(Escalation), not_owner),
        (None, DESK, Release, not_owner),
        (None, VOICE, Take, no_role),
        (Some(DESK), DESK, Take, "nothing"),
        (Some(DESK), DESK, Pass(Escalation), "puts Thread; tells control_passed; notes ThreadMoved"),
        (Some(DESK), DESK, Release, "removes Thread; notes ThreadMoved"),
        (Some(DESK), BOSS, Take, "puts Thread; tells control_taken; notes ThreadMoved"),
        (Some(DESK), BOSS, Pass(Escalation), not_owner),
        (Some(DESK), BOSS, Release, not_owner),
        (Some(DESK), VOICE, Take, no_role),
    ] {
        let mut world = match owner {
            Some(owner) => owned(routed(), owner, CustomerService),
            None => routed(),
        };
        assert_eq!(world.did(&control(by, action)), expected, "{owner:?} {by} {action:?}");
    }
}

#[test]
fn a_message_of_either_side_and_whose_the_thread_is_then() {
    let say = Say { user: user(), number: pnid(), text: "hi".into(), key: None };
    let mut world = routed();
    assert_eq!(world.did(&say), "puts Thread Message; tells standby text; notes ThreadMoved UserSaid; shows Message");
    assert_eq!(world.did(&write(DESK)), "puts Message; tells standby sent; notes MessageSent; shows Message");
    let refused = "refused: this thread belongs to another business, as conversation routing says; notes BusinessRefused";
    assert_eq!(world.did(&write(VOICE)), refused);
    assert_eq!(world.did(&write(BOSS)), "puts Thread Message; tells control_taken sent; notes ThreadMoved MessageSent; shows Message");
    assert_eq!(world.did(&write(DESK)), refused);
    assert_eq!(world.did(&say), "puts Thread Message; tells text; notes UserSaid; shows Message", "the one who reads along answers now");
}

#[test]
fn without_a_role_for_messages_nothing_of_threads_is_written() {
    let say = Say { user: user(), number: pnid(), text: "hi".into(), key: None };
    let calls_only = Routing {
        reach: RoutingReach::Portfolio(business("3001")),
        roles: [(Calls, business(VOICE))].into(),
        standby: [business(BOSS)].into(),
        terms: true,
    };
    let expected = "puts Pair Message; tells text; notes UserSaid; shows Message";
    assert_eq!(World::new().did(&say), expected);
    assert_eq!(World::new().with(Row::Routing(calls_only)).did(&say), expected);
}

/// A partner whose account was taken off the number meanwhile sends nothing at the owning account's expense.
#[test]
fn an_account_that_is_not_the_number_s_sends_nothing() {
    let account = callport_core::ids::WabaId::parse("2009").unwrap();
    let sent = Send { account: Some(account), ..write(DESK) };
    assert!(routed().did(&sent).starts_with("refused: there is no business number with this id"));
}
