//! People: users, their browsers, and whom an invitation lets in.

use callport_core::gate::DeviceKind;
use callport_core::pair::Pair;

use super::*;
use crate::phones::UserEvent;
use crate::records::{Guest, Invitation, PairRecord, Session};
use crate::step::{Act, Guard};
use crate::testing::pair;

const MINUTE: Duration = Duration::from_secs(60);

fn signed_in(nth: u64) -> Session {
    let at = T0 + Duration::from_secs(nth);
    Session { hash: SecretHash::of(&nth.to_string()), user: user(), device: DeviceKind::Phone, opened_at: at, expires_at: at + MINUTE * 2 }
}

fn with(sessions: impl IntoIterator<Item = Session>) -> World {
    sessions.into_iter().fold(World::new(), |world, session| world.with(Row::Session(session)))
}

#[test]
fn a_number_has_one_user_in_both_of_its_spellings() {
    let (long, short) = ("+5511955501234", "+551155501234"); // Brazil writes mobile numbers with and without the ninth digit
    let taken = "refused: this phone number belongs to another user";
    assert_eq!(World::new().did(&PutUser(other_user("+5511955505678"))), "puts User; notes ObjectPut");
    assert_eq!(World::new().did(&PutUser(other_user(long))), taken);
    assert_eq!(World::new().did(&PutUser(other_user(short))), taken);

    let name = Patch::new(|user: &mut User| user.name = "Nadia B.".into());
    let changed = World::new().run(&ChangeUser(user(), name.clone()));
    assert_eq!((summary(&changed).as_str(), changed.done.unwrap().name.as_str()), ("puts User; notes ObjectPut", "Nadia B."));
    assert_eq!(World::new().did(&ChangeUser(UserId::parse("9002").unwrap(), name)), "refused: there is no user with this id");
    let move_in = Patch::new(|user: &mut User| user.number = digits("+5511955501234"));
    let mut world = World::new().with(Row::User(other_user("+5511955505678")));
    assert_eq!(world.did(&ChangeUser(UserId::parse("9002").unwrap(), move_in)), taken);

    let sign_up = |number| SignUp { number: digits(number), name: "Nadia".into() };
    for known in [long, short] {
        let back = World::new().run(&sign_up(known));
        assert_eq!((summary(&back).as_str(), back.done.unwrap().id), ("nothing", user()), "{known}");
    }
    let new = World::new().run(&sign_up("+5511955505678"));
    assert_eq!(summary(&new), "puts User; notes ObjectPut");
    assert_eq!(new.done.unwrap().id.as_str().len(), 15);
}

fn renumber(to: &'static str) -> ChangeUser {
    ChangeUser(user(), Patch::new(move |user: &mut User| user.number = digits(to)))
}

/// The new number and id that each business number is told.
fn told<D, R>(transition: &crate::step::Transition<D, R>) -> Vec<(Option<&str>, &str)> {
    let told = transition.told.iter().map(|notice| match notice {
        Notice::UserChanged { number, bsuid, .. } => (number.as_ref().map(PhoneNumber::digits), bsuid.as_str()),
        other => panic!("{other:?}"),
    });
    told.collect()
}

#[test]
fn another_number_is_another_id_and_is_told_to_who_has_a_chat_with_the_user() {
    let mut world = World::new().with(pair(Pair { heard_at: Some(T0), ..Pair::default() }));
    let portfolio = PortfolioId::parse("3001").unwrap();
    let before = world.nadia().bsuid(&portfolio);
    let changed = world.run(&renumber("+5511955509999"));
    assert_eq!(summary(&changed), "puts User; tells user_changed_number; notes ObjectPut UserRenumbered; shows Renumbered");
    let after = changed.done.as_ref().unwrap();
    assert_eq!((after.numbers_before, told(&changed)), (1, vec![(Some("5511955509999"), after.bsuid(&portfolio).as_str())]));
    let [Notice::UserChanged { parties, .. }] = &changed.told[..] else { panic!("{:?}", changed.told) };
    assert_eq!((parties.user.digits(), &parties.bsuid), ("5511955501234", &before), "whom it is about is named as they were");

    let back = world.run(&renumber("+5511955501234"));
    assert_ne!(back.done.unwrap().bsuid(&portfolio), before, "the old number back is a new id all the same");
    assert_eq!(world.did(&renumber("+5511955501234")), "puts User; notes ObjectPut", "the same number is none that changed");
    assert_eq!(World::new().did(&renumber("+5511955509999")), "puts User; notes ObjectPut UserRenumbered; shows Renumbered", "no chats");
}

#[test]
fn numbers_are_counted_by_the_step_and_by_nobody_else() {
    let mut world = World::new();
    let known = world.nadia().clone();
    world.run(&PutUser(User { numbers_before: 7, name: "Nadia B.".into(), ..known.clone() }));
    assert_eq!(world.nadia().numbers_before, 0);
    world.run(&PutUser(User { numbers_before: 7, number: digits("+5511955509999"), ..known.clone() }));
    assert_eq!(world.nadia().numbers_before, 1);
    world.run(&PutUser(User { number: digits("+5511955509999"), ..known }));
    assert_eq!(world.nadia().numbers_before, 1, "whoever puts the user as they read it earlier changes nothing of it");
}

#[test]
fn a_business_that_is_blocked_is_not_told_and_one_that_does_not_see_the_number_learns_the_id_alone() {
    let number = |kept: Pair, username: Option<&str>| {
        let mut world = World::new().with(pair(kept));
        world.nadia().username = username.map(str::to_owned);
        told(&world.run(&renumber("+5511955509999"))).into_iter().map(|(number, _)| number.is_some()).collect::<Vec<_>>()
    };
    let heard = |days: u64| Pair { heard_at: Some(T0 - Duration::from_secs(days * 86_400)), ..Pair::default() };
    for (kept, username, told) in [
        (Pair::default(), None, vec![true]),
        (heard(29), Some("nadia"), vec![true]),
        (heard(30), Some("nadia"), vec![false]),
        (Pair::default(), Some("nadia"), vec![false]),
        (heard(0).block(T0), None, vec![]),
    ] {
        assert_eq!(number(kept.clone(), username), told, "{kept:?} {username:?}");
    }
}

#[test]
fn each_business_number_is_told_in_a_message_of_its_own() {
    let mut world = World::new();
    for nth in 0..300 {
        let id = PhoneNumberId::parse(&(5000 + nth).to_string()).unwrap();
        let number = Number { id: id.clone(), number: digits(&format!("+62812555{nth:05}")), ..World::new().number().clone() };
        let record = PairRecord { number: id, user: user(), pair: Pair::default() };
        world = world.with(Row::Number(number)).with(Row::Pair(record));
    }
    let changed = world.run(&renumber("+5511955509999"));
    let ids = changed.told.iter().map(|notice| match notice {
        Notice::UserChanged { message, .. } => message.as_str().to_owned(),
        other => panic!("{other:?}"),
    });
    assert_eq!((ids.collect::<BTreeSet<_>>().len(), changed.told.len()), (300, 300));
}

#[test]
fn a_user_goes_once_no_call_holds_them() {
    let gone = World::new().run(&RemoveUser(user()));
    assert_eq!(summary(&gone), "removes User; notes ObjectRemoved; shows SignedOut; guards UserFree");
    assert_eq!(gone.guards, [Guard::UserFree(user())]);
    assert_eq!(World::new().in_another_call().did(&RemoveUser(user())), "refused: this user is in a call");
    assert_eq!(World::new().without(&Key::User(user())).did(&RemoveUser(user())), "refused: there is no user with this id");
}

#[test]
fn signing_in_forgets_what_ended_and_signs_out_what_is_too_much() {
    let open = || OpenSession { hash: hash(), user: user(), device: DeviceKind::Companion };
    let opened = "puts Session; notes ObjectPut";
    assert_eq!(World::new().did(&open()), opened);
    assert_eq!(World::new().without(&Key::User(user())).did(&open()), "refused: there is no user with this id");

    let mut world = with([signed_in(0), signed_in(30)]);
    world.now = T0 + MINUTE * 2;
    assert_eq!(world.did(&open()), "puts Session; removes Session; notes ObjectPut", "no window shows anything by what ended");

    let full = MAX_SESSIONS as u64;
    assert_eq!(with((1..full).map(signed_in)).did(&open()), opened);
    let mut world = with((1..=full).map(signed_in));
    let out = world.run(&open());
    assert_eq!(summary(&out), "puts Session; removes Session; notes ObjectPut; shows SignedOut");
    let oldest = signed_in(1).hash;
    assert!(
        matches!(&out.acts[..], [Act::Show(whose, UserEvent::SignedOut { session: Some(session) })] if *whose == user() && *session == oldest)
    );
}

#[test]
fn signing_out_ends_one_browser_or_all() {
    let mut world = with((1..=3).map(signed_in));
    let one = world.run(&EndSession(signed_in(2).hash));
    assert_eq!((summary(&one).as_str(), one.done), ("removes Session; notes ObjectRemoved; shows SignedOut", Ok(true)));
    let again = world.run(&EndSession(signed_in(2).hash));
    assert_eq!((summary(&again).as_str(), again.done), ("nothing", Ok(false)));
    assert_eq!(world.did(&EndSessions(user())), "removes Session Session; notes ObjectRemoved; shows SignedOut");
    assert_eq!(world.did(&EndSessions(user())), "notes ObjectRemoved; shows SignedOut", "windows without a session are told too");
}

#[test]
fn invitations_are_made_for_whom_they_can_serve_and_taken_back() {
    let invite = |guest| Invite { hash: hash(), guest, lifetime: MINUTE };
    let made = "puts Invitation; notes ObjectPut";
    let cases = [
        (Guest::Anyone, made),
        (Guest::User(user()), made),
        (Guest::Number(digits("+5511955505678")), made),
        (Guest::User(UserId::parse("9002").unwrap()), "refused: there is no user with this id"),
        (Guest::Number(digits("+6281255509999")), "refused: this phone number belongs to another business number"),
    ];
    for (guest, came) in cases {
        assert_eq!(World::new().did(&invite(guest.clone())), came, "{guest:?}");
    }
    let mut world = World::new();
    assert_eq!(world.run(&invite(Guest::Anyone)).done.unwrap().expires_at, T0 + MINUTE);
    let revoked = world.run(&RevokeInvitation(hash()));
    assert_eq!((summary(&revoked).as_str(), revoked.done), ("removes Invitation; notes ObjectRemoved", Ok(true)));
    let again = world.run(&RevokeInvitation(hash()));
    assert_eq!((summary(&again).as_str(), again.done), ("nothing", Ok(false)));
}

#[test]
fn an_invitation_lets_in_whom_it_is_for() {
    let nadia = "+5511955501234";
    let new = "+5511955505678";
    let (came, known) = ("puts User Invitation; notes ObjectPut", "puts Invitation");
    let other = "refused: the invitation is for another person";
    let nobody = "refused: nobody has signed up with this invitation yet";
    let taken = "refused: the invitation is for a new number, and this one has a user";
    let number = |number| Guest::Number(digits(number));
    // Whom it is for and who used it; the number of whoever comes, and whether with a name.
    let cases = [
        (Guest::Anyone, None, new, true, came),
        (Guest::Anyone, None, new, false, nobody),
        (Guest::Anyone, None, nadia, true, taken),
        (Guest::Anyone, None, nadia, false, nobody),
        (Guest::Anyone, Some(user()), nadia, false, "nothing"),
        (Guest::Anyone, Some(user()), new, true, other),
        (number(new), None, new, true, came),
        (number(new), None, new, false, nobody),
        (number(nadia), None, nadia, false, known),
        (number(new), None, nadia, true, other),
        (Guest::User(user()), None, nadia, false, known),
        (Guest::User(user()), None, new, true, other),
    ];
    for (guest, used_by, number, named, expected) in cases {
        let about = format!("{guest:?} used by {used_by:?}, {number}, named {named}");
        let invitation = Invitation { hash: hash(), guest, expires_at: T0 + MINUTE, used_by };
        let enter = EnterInvited { hash: hash(), number: digits(number), name: named.then(|| "Noor".to_owned()) };
        assert_eq!(World::new().with(Row::Invitation(invitation)).did(&enter), expected, "{about}");
    }
    let enter = EnterInvited { hash: hash(), number: digits(new), name: Some("Noor".into()) };
    assert_eq!(World::new().did(&enter), "refused: there is no invitation with this code");
    let ended = Invitation { hash: hash(), guest: Guest::Anyone, expires_at: T0, used_by: None };
    assert_eq!(World::new().with(Row::Invitation(ended)).did(&enter), "refused: the invitation has ended");
}
