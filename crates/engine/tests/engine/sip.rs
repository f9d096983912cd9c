//! Numbers whose calls go by SIP: the same steps, told to the SIP line instead of by webhooks (platform docs, SIP Configuration Guide).

use callport_core::call::EndReason;
use callport_core::ids::AppId;
use callport_core::pair::Decision;
use callport_core::settings::{CallingSettings, Switch};
use callport_core::sip::SipTarget;
use callport_engine::ports::{Notice, Store as _};
use callport_engine::records::AppGrant;
use callport_engine::{CallCommand, ChangeSettingsRefusal, Failed, PlaceBusinessCallRefusal, PlaceUserCallRefusal, SipServerChange};
use callport_testkit::{World, answer};

fn app() -> AppId {
    AppId::parse("1001").unwrap()
}

fn server(host: &str) -> SipServerChange {
    SipServerChange { app: app(), target: Some(SipTarget::new(host, 5061, vec![]).unwrap()) }
}

fn sip(status: Switch, webhooks: Option<Switch>) -> CallingSettings {
    CallingSettings { sip_status: Some(status), sip_webhook_delivery: webhooks, ..CallingSettings::default() }
}

async fn by_sip(webhooks: Option<Switch>) -> World {
    let world = World::new().await;
    let change =
        world.engine.change_settings_and_server(&world.number, None, sip(Switch::Enabled, webhooks), Some(server("pbx.acme.example")));
    change.await.unwrap();
    world
}

#[tokio::test]
async fn a_users_call_is_told_by_sip_and_by_no_webhook() {
    let mut world = by_sip(None).await;
    let placed = world.engine.place_user_call(world.wish()).await.unwrap();
    let told = world.sip.take();
    assert!(matches!(&told[..], [Notice::Connect { call, sdp, .. }] if *call == placed.call && !sdp.is_empty()), "{told:?}");
    world.engine.command(&world.number, &placed.call, CallCommand::Ring).await.unwrap();
    world.engine.command(&world.number, &placed.call, CallCommand::Ring).await.unwrap(); // 180 may come as often as it likes
    world.engine.command(&world.number, &placed.call, CallCommand::Accept { answer: Some(answer()), opaque: None }).await.unwrap();
    world.engine.hang_up(&world.user.id, &placed.call).await.unwrap();
    assert_eq!(world.sip.events(), ["terminate"]);
    // The first webhook that comes is of what is done now, on a number that is back from SIP.
    world.engine.change_settings(&world.number, None, sip(Switch::Disabled, None)).await.unwrap();
    world.engine.place_user_call(world.wish()).await.unwrap();
    assert_eq!(world.call_webhook().await.event, "connect");
    assert!(world.sip.take().is_empty());
}

#[tokio::test]
async fn a_business_calls_by_sip_and_webhooks_tell_of_it_where_they_are_delivered() {
    let mut world = by_sip(Some(Switch::Enabled)).await;
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    let by_graph = world.outgoing_call().await;
    let refused = world.engine.place_business_call(by_graph.clone()).await;
    assert!(matches!(refused, Err(Failed::Refused(PlaceBusinessCallRefusal::OtherLine { by_sip: true }))), "{refused:?}");
    let call = world.engine.place_business_call(callport_engine::NewBusinessCall { sip: Some(app()), ..by_graph }).await.unwrap();
    assert_eq!(world.call_webhook().await.event, "call_created");
    world.engine.device_rings(&world.user.id, &call).await;
    world.engine.decline(&world.user.id, &call).await.unwrap();
    assert_eq!(world.sip.events(), ["connect", "ringing", "rejected", "terminate"]);
    assert_eq!(world.call_webhook().await.event, "terminate");
}

#[tokio::test]
async fn an_app_without_the_permission_gets_no_call_and_places_none() {
    let world = by_sip(None).await;
    let grant = AppGrant {
        scopes: [callport_core::scope::Scope::Management].into(),
        ..world.store.grant(&app(), &world.number_record().await.waba).await.unwrap().unwrap()
    };
    world.engine.grant(grant).await.unwrap();
    let placed = world.engine.place_user_call(world.wish()).await;
    assert!(matches!(placed, Err(Failed::Refused(PlaceUserCallRefusal::NoSipServer))), "{placed:?}");
    let wish = callport_engine::NewBusinessCall { sip: Some(app()), ..world.outgoing_call().await };
    let placed = world.engine.place_business_call(wish).await;
    assert!(matches!(placed, Err(Failed::Refused(PlaceBusinessCallRefusal::AppNotAllowed))), "{placed:?}");
    assert!(world.sip.take().is_empty());
}

#[tokio::test]
async fn a_password_stays_with_its_server_and_goes_with_it() {
    let world = by_sip(None).await;
    let password = async || world.store.sip_servers(&world.number).await.unwrap().first().map(|server| server.password.clone());
    let first = password().await.unwrap();
    let configure = async |change, server| world.engine.change_settings_and_server(&world.number, None, change, Some(server)).await;
    configure(CallingSettings::default(), server("sbc.acme.example")).await.unwrap();
    assert_eq!(password().await.as_ref(), Some(&first), "a server that moves keeps its password");
    let gone = || SipServerChange { app: app(), target: None };
    let last = configure(CallingSettings::default(), gone()).await;
    assert!(matches!(last, Err(Failed::Refused(ChangeSettingsRefusal::Rule(_)))), "the last one stays while SIP is on: {last:?}");
    configure(sip(Switch::Disabled, None), gone()).await.unwrap();
    assert_eq!(password().await, None);
    configure(sip(Switch::Enabled, None), server("pbx.acme.example")).await.unwrap();
    assert_ne!(password().await.unwrap(), first);
}

/// What a SIP server's failure comes to: the user's call ends at once.
#[tokio::test]
async fn a_server_that_cannot_be_reached_ends_the_call() {
    let world = by_sip(None).await;
    let placed = world.engine.place_user_call(world.wish()).await.unwrap();
    world.engine.line_failed(&placed.call, EndReason::BusinessUnreachable).await.unwrap();
    assert_eq!(world.sip.events(), ["connect", "terminate"]);
    assert!(!world.store.call(&placed.call).await.unwrap().unwrap().live());
}
