//! What blocking does, for the user who blocks and for the business that cannot tell.

use callport_core::call_id::CallId;
use callport_core::gate::{DeviceKind, EntryPoint};
use callport_core::limits::WEEK;
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::PairRefusal;
use callport_core::settings::Switch;

use super::*;
use crate::calls::{NewUserCall, PlaceBusinessCall, PlaceBusinessCallRefusal, PlaceUserCall, PlaceUserCallRefusal};
use crate::testing::summary;

fn block() -> Block {
    Block { user: user(), number: pnid() }
}

fn unblock() -> Unblock {
    Unblock { user: user(), number: pnid() }
}

fn user_call() -> PlaceUserCall {
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
    PlaceUserCall { call: CallId::parse("wacid.a").unwrap(), new }
}

fn business_call() -> PlaceBusinessCall {
    let call = CallId::parse("wacid.b").unwrap();
    PlaceBusinessCall { call, number: pnid(), account: None, user: Some(user()), to: None, offer: "offer".into(), opaque: None, sip: None }
}

fn send(draft: MessageDraft) -> Send {
    let (number, user) = (pnid(), Some(user()));
    Send { number, account: None, business: None, user, to: None, draft, context: None, opaque: None }
}

#[test]
fn a_block_is_silent_takes_the_permission_and_happens_once() {
    let mut world = World::new().permitted();
    assert_eq!(world.did(&block()), "puts Pair; notes UserBlocked; shows Permission Blocked");
    assert_eq!((world.pair().blocked_since, world.pair().permission(T0)), (Some(T0), Permission::None));
    assert_eq!(world.did(&block()), "nothing");
    assert_eq!(world.did(&unblock()), "puts Pair; notes UserUnblocked; shows Blocked");
    assert_eq!((world.pair().blocked_since, world.pair().permission(T0)), (None, Permission::None), "what it had does not come back");
    assert_eq!(world.did(&unblock()), "nothing");
    assert_eq!(World::new().did(&block()), "puts Pair; notes UserBlocked; shows Blocked", "a business that the user never met");
}

#[test]
fn only_who_is_there_blocks_and_is_blocked() {
    for (user, number, why) in [(stranger(), pnid(), "user"), (user(), elsewhere(), "business with this number")] {
        let refused = format!("refused: there is no {}{why}", if why == "user" { "such " } else { "" });
        assert_eq!(World::new().did(&Block { user: user.clone(), number: number.clone() }), refused);
        assert_eq!(World::new().did(&Unblock { user, number }), refused);
    }
}

#[test]
fn a_block_is_a_complaint_of_the_newest_call_while_it_counts() {
    let complaints = |world: &mut World| world.number().quality.complaints.iter().map(|one| one.direction).collect::<Vec<_>>();
    let called = || {
        let mut world = World::new();
        assert!(world.run(&user_call()).done.is_ok());
        world
    };
    let mut world = called();
    assert_eq!(world.did(&block()), "puts Pair Number; notes UserBlocked UserComplained; shows Blocked");
    assert_eq!(complaints(&mut world), [Direction::UserInitiated]);

    let mut world = called();
    world.now = T0 + WEEK;
    assert_eq!(world.did(&block()), "puts Pair; notes UserBlocked; shows Blocked", "an old call is nothing to complain of");
    assert!(complaints(&mut world).is_empty());
}

#[test]
fn enough_blocks_after_calls_pause_the_business() {
    let mut world = World::new();
    world.rules.quality.complaints_until_pause = 1;
    assert!(world.run(&user_call()).done.is_ok());
    let blocked = world.run(&block());
    assert_eq!(
        summary(&blocked),
        "puts Pair Number; tells restriction; notes UserBlocked UserComplained CallingPaused; shows BusinessesChanged Blocked"
    );
}

#[test]
fn a_business_that_is_blocked_sees_what_it_sees_without_permission_and_of_an_app_that_is_too_old() {
    let mut world = World::new().with(heard_from(T0)).permitted();
    world.put(heard_from(T0));
    world.run(&block());
    let refused = world.run(&business_call());
    let no_permission = PlaceBusinessCallRefusal::Outreach(OutreachRefusal::Pair(PairRefusal::NoPermission));
    assert_eq!(refused.done, Err(no_permission));
    for draft in [MessageDraft::Text("Hello".into()), MessageDraft::PermissionRequest { body: None }] {
        let sent = world.run(&send(draft));
        assert!(sent.done.is_ok() && sent.acts.is_empty(), "accepted, and on no phone");
        let [Notice::MessageStatus { progress, tariff, .. }] = &sent.told[..] else { panic!("{:?}", sent.told) };
        assert_eq!((*progress, *tariff), (Progress::Undeliverable, None));
    }
    assert_eq!(world.pair().requests, [T0], "what it asked counts as it always does");
    world.run(&unblock());
    let sent = world.run(&send(MessageDraft::Text("Hello".into())));
    assert!(matches!(&sent.told[..], [Notice::MessageStatus { progress: Progress::Sent, .. }]));
}

#[test]
fn nothing_goes_to_a_business_that_is_blocked() {
    let mut world = with([request(1), message(2, Content { buttons: vec![reply()], ..Content::text("Come?") })]);
    world.number().settings.callback_permission_status = Some(Switch::Enabled);
    world.run(&Receive { user: user(), message: id(1), receipt: Receipt::Delivered });
    world.run(&block());
    assert_eq!(world.run(&user_call()).done.unwrap_err(), PlaceUserCallRefusal::Blocked);
    let blocked = "refused: the user blocks this business";
    assert_eq!(world.did(&say("hello", None)), blocked);
    assert_eq!(world.did(&Tap { user: user(), message: id(2), button: 0 }), blocked);
    let decision = Decision::Allow;
    for permit in [
        Permit::Card { user: user(), request: id(1), decision },
        Permit::Profile { user: user(), number: pnid(), decision },
        Permit::Callback { user: user(), device: DeviceKind::Phone, number: pnid() },
    ] {
        assert_eq!(world.did(&permit), blocked, "{permit:?}");
    }
}

fn reply() -> Button {
    Button::Reply { text: "Yes".into(), payload: "yes-1".into() }
}
