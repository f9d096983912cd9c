//! Sign-up, sessions, invitations and tokens.

use std::time::Duration;

use callport_core::call::EndReason;
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::pair::{Decision, Permission};
use callport_core::scope::Scope;
use callport_core::template::Category;
use callport_core::token::SecretHash;
use callport_engine::ports::Store;
use callport_engine::records::{Callback, Guest, User};
use callport_engine::{
    AuthRefusal, EntryRefusal, Failed, Grant, MAX_SESSIONS, NewTemplate, Patch, ProvisionRefusal, RemovalRefusal, To, UserEvent,
};
use callport_testkit::World;

const DAY: Duration = Duration::from_secs(86_400);

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

/// A code that is good for a minute.
async fn invite(world: &World, guest: Guest) -> String {
    world.engine.invite(guest, Duration::from_secs(60)).await.unwrap().0
}

#[tokio::test]
async fn a_session_ends_when_it_is_closed_or_old() {
    let world = World::new().await;
    let first = world.engine.open_session(&world.user.id, DeviceKind::Phone).await.unwrap();
    let second = world.engine.open_session(&world.user.id, DeviceKind::Companion).await.unwrap();
    let signed_in = world.engine.session_user(&first).await.unwrap().unwrap();
    assert_eq!((signed_in.user, signed_in.session.device), (world.user.clone(), DeviceKind::Phone));
    let mut windows = world.engine.listen(&world.user.id);
    assert!(world.engine.end_session(SecretHash::of(&first)).await.unwrap());
    assert_eq!(windows.recv().await.unwrap(), UserEvent::SignedOut { session: Some(SecretHash::of(&first)) });
    assert!(!world.engine.end_session(SecretHash::of(&first)).await.unwrap());
    assert_eq!(world.engine.session_user(&first).await.unwrap(), None);
    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(world.engine.session_user(&second).await.unwrap(), None);
    world.engine.open_session(&world.user.id, DeviceKind::Phone).await.unwrap();
    assert_eq!(world.store.sessions(Some(&world.user.id)).await.unwrap().len(), 1, "what ended is forgotten");
}

#[tokio::test]
async fn one_browser_too_many_signs_the_oldest_out() {
    let world = World::new().await;
    let first = world.engine.open_session(&world.user.id, DeviceKind::Phone).await.unwrap();
    for _ in 1..MAX_SESSIONS {
        world.clock.advance(Duration::from_secs(1));
        world.engine.open_session(&world.user.id, DeviceKind::Phone).await.unwrap();
    }
    let mut windows = world.engine.listen(&world.user.id);
    assert!(world.engine.session_user(&first).await.unwrap().is_some());
    world.engine.open_session(&world.user.id, DeviceKind::Phone).await.unwrap();
    assert_eq!(windows.recv().await.unwrap(), UserEvent::SignedOut { session: Some(SecretHash::of(&first)) });
    assert_eq!(world.engine.session_user(&first).await.unwrap(), None);
    assert_eq!(world.store.sessions(Some(&world.user.id)).await.unwrap().len(), MAX_SESSIONS);
    world.engine.end_sessions(&world.user.id).await.unwrap();
    assert_eq!(windows.recv().await.unwrap(), UserEvent::SignedOut { session: None });
    assert_eq!(world.store.sessions(None).await.unwrap(), []);
}

#[tokio::test]
async fn an_invitation_serves_one_person() {
    let world = World::new().await;
    let (one, two) = (number("+5511955507777"), number("+5511955508888"));
    let code = invite(&world, Guest::Anyone).await;
    let enter =
        async |number: &PhoneNumber, name: Option<&str>| world.engine.enter_invited(&code, number.clone(), name.map(str::to_owned)).await;
    // Who only comes back learns nothing of a number, and who is new does not become somebody else.
    assert!(matches!(enter(&one, None).await, Err(Failed::Refused(EntryRefusal::NobodyYet))));
    assert!(matches!(enter(&world.user.number, None).await, Err(Failed::Refused(EntryRefusal::NobodyYet))));
    assert!(matches!(enter(&world.user.number, Some("Eva")).await, Err(Failed::Refused(EntryRefusal::NumberTaken))));
    let user = enter(&one, Some("Rui")).await.unwrap();
    assert_eq!(enter(&one, None).await.unwrap(), user);
    assert_eq!(enter(&one, Some("Another name")).await.unwrap(), user);
    for other in [&two, &world.user.number] {
        assert!(matches!(enter(other, Some("Eva")).await, Err(Failed::Refused(EntryRefusal::OtherPerson))));
        assert!(matches!(enter(other, None).await, Err(Failed::Refused(EntryRefusal::OtherPerson))));
    }
    world.clock.advance(Duration::from_secs(60));
    assert!(matches!(enter(&one, None).await, Err(Failed::Refused(EntryRefusal::Ended))));
    let guess = world.engine.enter_invited("guess", one, None).await;
    assert!(matches!(guess, Err(Failed::Refused(EntryRefusal::UnknownCode))));
}

#[tokio::test]
async fn a_new_code_lets_a_user_in_again() {
    let world = World::new().await;
    let (nadia, new) = (world.user.number.clone(), number("+5511955507777"));
    for guest in [Guest::User(world.user.id.clone()), Guest::Number(nadia.clone())] {
        let code = invite(&world, guest).await;
        assert!(matches!(
            world.engine.enter_invited(&code, new.clone(), Some("Eva".into())).await,
            Err(Failed::Refused(EntryRefusal::OtherPerson))
        ));
        assert_eq!(world.engine.enter_invited(&code, nadia.clone(), Some("Eva".into())).await.unwrap(), world.user, "keeps her name");
        assert_eq!(world.engine.enter_invited(&code, nadia.clone(), None).await.unwrap(), world.user);
    }
    let code = invite(&world, Guest::Number(new.clone())).await;
    assert!(matches!(world.engine.enter_invited(&code, nadia, None).await, Err(Failed::Refused(EntryRefusal::OtherPerson))));
    assert!(matches!(world.engine.enter_invited(&code, new.clone(), None).await, Err(Failed::Refused(EntryRefusal::NobodyYet))));
    let rui = world.engine.enter_invited(&code, new.clone(), Some("Rui".into())).await.unwrap();
    assert_eq!((&rui.number, rui.name.as_str()), (&new, "Rui"));

    assert!(world.engine.revoke_invitation(SecretHash::of(&code)).await.unwrap());
    assert!(!world.engine.revoke_invitation(SecretHash::of(&code)).await.unwrap());
    assert!(matches!(world.engine.enter_invited(&code, new, None).await, Err(Failed::Refused(EntryRefusal::UnknownCode))));
    let business = world.number_record().await.number;
    let nobody = Guest::User(callport_core::ids::UserId::parse("666").unwrap());
    assert!(matches!(world.engine.invite(nobody, DAY).await, Err(Failed::Refused(ProvisionRefusal::Missing("user")))));
    assert!(matches!(
        world.engine.invite(Guest::Number(business), DAY).await,
        Err(Failed::Refused(ProvisionRefusal::NumberTaken("business number")))
    ));
}

#[tokio::test]
async fn a_user_who_is_removed_leaves_the_call_first_and_nothing_behind_but_history() {
    let mut world = World::new().await;
    let (engine, user) = (world.engine.clone(), world.user.id.clone());
    let secret = engine.open_session(&user, DeviceKind::Phone).await.unwrap();
    invite(&world, Guest::User(user.clone())).await;
    engine.say(&world.user, &world.number, "hello", None).await.unwrap();
    let call = engine.place_user_call(world.wish()).await.unwrap().call;
    let mut windows = engine.listen(&user);
    engine.remove_user(&user).await.unwrap();
    assert!(matches!(windows.recv().await.unwrap(), UserEvent::Ended { reason: EndReason::OperatorHungUp, .. }));
    assert_eq!(windows.recv().await.unwrap(), UserEvent::SignedOut { session: None });
    assert_eq!(engine.session_user(&secret).await.unwrap(), None);
    assert!(world.webhooks(3).await.iter().any(|told| told.starts_with("terminate operator_hung_up")));
    let store = &world.store;
    assert_eq!((store.pairs_of(&user).await.unwrap().len(), store.invitations().await.unwrap().len()), (0, 0));
    assert!(engine.chat_page(&user, &world.number, None).await.unwrap().0.is_empty());
    assert!(store.call(&call).await.unwrap().is_some());
    assert!(matches!(engine.remove_user(&user).await, Err(Failed::Refused(ProvisionRefusal::Missing("user")))));
    // A browser that was signing in meanwhile is refused, and the store is not thought to be broken by it.
    let late = engine.open_session(&user, DeviceKind::Phone).await;
    assert!(matches!(late, Err(Failed::Refused(ProvisionRefusal::Missing("user")))), "{late:?}");
    assert!(engine.health().writes);
    // A phone that was dialling meanwhile is refused like any other fault of ours: there is nobody to save the call for.
    assert!(engine.place_user_call(world.wish()).await.is_err());
}

#[tokio::test]
async fn a_number_is_removed_once_its_calls_are_ended() {
    let mut world = World::new().await;
    let (engine, number, user) = (world.engine.clone(), world.number.clone(), world.user.id.clone());
    engine.say(&world.user, &number, "hello", None).await.unwrap();
    let call = engine.place_user_call(world.wish()).await.unwrap().call;
    let mut windows = engine.listen(&user);
    engine.remove_number(&number).await.unwrap();
    assert!(matches!(windows.recv().await.unwrap(), UserEvent::Ended { reason: EndReason::OperatorHungUp, .. }));
    assert_eq!(windows.recv().await.unwrap(), UserEvent::BusinessGone);
    assert!(world.webhooks(3).await.iter().any(|told| told.starts_with("terminate operator_hung_up")));
    let store = &world.store;
    assert_eq!((store.number(&number).await.unwrap(), store.pairs_of(&user).await.unwrap()), (None, vec![]));
    assert!(engine.chat_page(&user, &number, None).await.unwrap().0.is_empty());
    assert!(store.call(&call).await.unwrap().is_some());
    assert!(matches!(engine.remove_number(&number).await, Err(Failed::Refused(RemovalRefusal::Missing("business number")))));
    // Whoever was about to call or write it is refused, and the store is not thought to be broken by it.
    assert!(engine.place_user_call(world.wish()).await.is_err());
    assert!(engine.say(&world.user, &number, "hello?", None).await.is_err());
    assert!(engine.health().writes);
}

/// What others make of an object while it is removed is refused like anything else that names what is not there.
#[tokio::test]
async fn what_is_made_of_an_object_that_is_gone_is_refused_without_a_word_of_a_broken_store() {
    let world = World::new().await;
    let (engine, app, waba) = (&world.engine, AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    let number = world.number_record().await;
    let said = |refused: Result<(), Failed<RemovalRefusal>>| match refused {
        Err(Failed::Refused(why)) => why.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(engine.remove_waba(&waba).await), "these must be removed first: number 4001");
    engine.remove_number(&world.number).await.unwrap();
    let callback = Callback { url: "http://phone".into(), verify_token: "s3cr3t".into() };
    assert!(engine.override_number(&app, &number, Some(callback)).await.is_err());
    engine.remove_waba(&waba).await.unwrap();
    assert!(engine.subscribe_app(&app, &waba, None).await.is_err());
    let template = NewTemplate {
        waba,
        name: "late".into(),
        language: "en".into(),
        category: Category::Utility,
        named_parameters: false,
        components: "[]".into(),
    };
    assert!(engine.create_template(template).await.is_err());
    assert!(engine.health().writes);
}

#[tokio::test]
async fn tokens_expire_and_app_tokens_need_the_secret() {
    let world = World::new().await;
    let app = AppId::parse("1001").unwrap();
    let grant = Grant { app: app.clone(), scopes: [Scope::Messaging].into(), wabas: None, lifetime: Some(Duration::from_secs(60)) };
    let token = world.engine.mint_token(grant).await.unwrap();
    let actor = world.engine.authenticate(&token).await.unwrap();
    assert!(actor.app.id == app && !actor.manages(&app));
    assert!(matches!(world.engine.authenticate("EAAnone").await.unwrap_err(), AuthRefusal::Unknown));
    world.clock.advance(Duration::from_secs(60));
    assert!(matches!(world.engine.authenticate(&token).await.unwrap_err(), AuthRefusal::Expired));
    assert!(world.engine.authenticate("1001|test_app_secret").await.unwrap().manages(&app));
    for wrong in ["1001|x", "1002|test_app_secret", "|", "abc|test_app_secret"] {
        assert!(matches!(world.engine.authenticate(wrong).await.unwrap_err(), AuthRefusal::Unknown), "{wrong}");
    }
}

#[tokio::test]
async fn a_number_belongs_to_one_user() {
    let world = World::new().await;
    let mut other = world.user.clone();
    other.id = callport_core::ids::UserId::parse("9002").unwrap();
    assert!(matches!(world.engine.put_user(other).await.unwrap_err(), Failed::Refused(ProvisionRefusal::NumberTaken("user"))));
}

#[tokio::test]
async fn a_user_with_another_number_is_another_id_and_keeps_everything_else() {
    let mut world = World::new().await;
    let (engine, portfolio) = (world.engine.clone(), callport_core::ids::PortfolioId::parse("3001").unwrap());
    let (user, number) = (world.user.clone(), world.number_record().await);
    let secret = engine.open_session(&user.id, DeviceKind::Phone).await.unwrap();
    engine.set_permission(&user, &world.number, Decision::Allow).await.unwrap();
    assert_eq!(world.webhook().await.event, "call_permission_reply");
    let mut windows = engine.listen(&user.id);
    let next = PhoneNumber::parse("+6281255501234").unwrap();
    let to = next.clone();
    let changed = engine.change_user(&user.id, Patch::new(move |user: &mut User| user.number = to.clone())).await.unwrap();
    let (before, after) = (user.bsuid(&portfolio), changed.bsuid(&portfolio));
    assert!(after.as_str().starts_with("ID.") && before.as_str().starts_with("BR."));
    let told = world.webhook().await;
    let said = format!("user 5511955501234 -> 6281255501234, {} -> {}", before.as_str(), after.as_str());
    assert_eq!((told.event.as_str(), told.text), ("user_changed_number", said));
    assert_eq!(windows.recv().await.unwrap(), UserEvent::Renumbered);

    for (to, found) in [
        (To::Bsuid(before), None),
        (To::Number(user.number.clone()), None),
        (To::Bsuid(after), Some(&changed)),
        (To::Number(next), Some(&changed)),
    ] {
        assert_eq!(engine.find_user(&number, &to).await.unwrap().as_ref(), found, "{to:?}");
    }
    assert_eq!(engine.session_user(&secret).await.unwrap().map(|signed_in| signed_in.user), Some(changed));
    assert_eq!(world.pair().await.decided, Permission::Permanent, "the person keeps what they decided");
}
