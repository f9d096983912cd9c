//! Sign-up, sessions, invitations and tokens.

use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::ids::AppId;
use callport_core::number::PhoneNumber;
use callport_core::scope::Scope;
use callport_engine::{AuthRefusal, Grant, ProvisionRefusal};

use crate::world::World;

#[tokio::test]
async fn a_session_ends_when_it_is_closed_or_old() {
    let world = World::new().await;
    let first = world.engine.open_session(&world.user.id, DeviceKind::Phone).await.unwrap();
    let second = world.engine.open_session(&world.user.id, DeviceKind::Companion).await.unwrap();
    assert_eq!(world.engine.session_user(&first).await.unwrap(), Some((world.user.clone(), DeviceKind::Phone)));
    world.engine.close_session(&first).await.unwrap();
    assert_eq!(world.engine.session_user(&first).await.unwrap(), None);
    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(world.engine.session_user(&second).await.unwrap(), None);
}

#[tokio::test]
async fn an_invitation_serves_one_person() {
    let world = World::new().await;
    let code = world.engine.invite(Duration::from_secs(60)).await.unwrap();
    let (one, two) = (PhoneNumber::parse("+5511955507777").unwrap(), PhoneNumber::parse("+5511955508888").unwrap());
    let user = world.engine.sign_up_invited(&code, one.clone(), "Rui".into()).await.unwrap().unwrap();
    assert_eq!(world.engine.sign_up_invited(&code, one, "Rui".into()).await.unwrap(), Some(user));
    assert_eq!(world.engine.sign_up_invited(&code, two, "Eva".into()).await.unwrap(), None);
    assert_eq!(world.engine.sign_up_invited("guess", world.user.number.clone(), "N".into()).await.unwrap(), None);
}

#[tokio::test]
async fn tokens_expire_and_app_tokens_need_the_secret() {
    let world = World::new().await;
    let app = AppId::parse("1001").unwrap();
    let grant = Grant { app: app.clone(), scopes: [Scope::Messaging].into(), wabas: None, lifetime: Some(Duration::from_secs(60)) };
    let token = world.engine.mint_token(grant).await.unwrap();
    assert_eq!(world.engine.authenticate(&token).await.unwrap().app.id, app);
    assert!(matches!(world.engine.authenticate("EAAnone").await.unwrap_err(), AuthRefusal::Unknown));
    world.clock.advance(Duration::from_secs(60));
    assert!(matches!(world.engine.authenticate(&token).await.unwrap_err(), AuthRefusal::Expired));
    assert!(world.engine.authenticate("1001|x").await.unwrap().manages(&app));
    for wrong in ["1001|y", "1002|x", "|", "abc|x"] {
        assert!(matches!(world.engine.authenticate(wrong).await.unwrap_err(), AuthRefusal::Unknown), "{wrong}");
    }
}

#[tokio::test]
async fn a_number_belongs_to_one_user() {
    let world = World::new().await;
    let mut other = world.user.clone();
    other.id = callport_core::ids::UserId::parse("9002").unwrap();
    assert!(matches!(world.engine.put_user(other).await.unwrap_err(), ProvisionRefusal::NumberTaken("user")));
}
