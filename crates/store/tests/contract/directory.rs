//! Objects, apps, people.

use callport_core::call::EndReason;
use callport_core::call_id::Direction;
use callport_core::eligibility::InUseWith;
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::routing::RoutingRole;
use callport_core::scope::Scope;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit};
use callport_core::sip::{SipTarget, UserParam};
use callport_core::template::{Category, TemplateStatus};
use callport_core::token::SecretHash;
use callport_engine::ports::Page;
use callport_engine::records::{
    App, AppGrant, CallRecord, Guest, Invitation, Message, Number, NumberAccount, Portfolio, Restriction, Routing, RoutingReach, Session,
    SipServerRecord, Subscription, TemplateRecord, ThreadRecord, Token, User, Waba,
};
use callport_flow::{Key, Query, Row, Write};

use crate::records::*;
use crate::{Home, put, refused};

pub async fn keeps_portfolios_and_wabas(store: &Home) {
    assert_eq!(store.portfolios(all()).await.unwrap(), []);
    assert_eq!(store.waba(&waba_id("2001")).await.unwrap(), None);
    put(store, vec![portfolio("3002").put(), portfolio("3001").put(), waba("2002").put(), waba("2001").put()]).await;
    assert_eq!(store.portfolio(&portfolio("3002").id).await.unwrap(), Some(portfolio("3002")));
    assert_eq!(store.portfolios(all()).await.unwrap(), [portfolio("3001"), portfolio("3002")]);
    assert_eq!(store.wabas(all()).await.unwrap(), [waba("2001"), waba("2002")]);

    let renamed = Portfolio { name: "Other".into(), ..portfolio("3001") };
    let moved = Waba { portfolio: portfolio("3002").id, payment_method: false, timezone: "UTC".into(), ..waba("2001") };
    put(store, vec![renamed.clone().put(), moved.clone().put()]).await;
    assert_eq!(store.portfolio(&renamed.id).await.unwrap(), Some(renamed));
    assert_eq!(store.waba(&moved.id).await.unwrap(), Some(moved));
    assert_eq!(store.wabas(all()).await.unwrap().len(), 2);
}

pub async fn keeps_numbers(store: &Home) {
    let (one, two) = (number("4001", "2001", "6281255509999"), number("4002", "2002", "6281255508888"));
    assert_eq!(store.number(&one.id).await.unwrap(), None);
    put(store, vec![portfolio("3001").put(), waba("2001").put(), waba("2002").put()]).await;
    put(store, vec![two.clone().put(), one.clone().put()]).await;
    assert_eq!(store.number(&one.id).await.unwrap().as_ref(), Some(&one));
    assert_eq!(store.number_by_digits(&two.number).await.unwrap().as_ref(), Some(&two));
    assert_eq!(store.number_by_digits(&digits("15550001111")).await.unwrap(), None);
    assert_eq!(store.numbers(None, all()).await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(store.numbers(Some(&two.waba), all()).await.unwrap(), [two]);
    assert_eq!(store.numbers(Some(&waba_id("2003")), all()).await.unwrap(), []);

    let changed = Number {
        number: digits("6281255507777"),
        in_use_with: InUseWith::Coexistence,
        account_mode: AccountMode::Sandbox,
        messaging_limit: MessagingLimit::NotSet,
        settings: CallingSettings::default(),
        ..one.clone()
    };
    put(store, vec![changed.clone().put()]).await;
    assert_eq!(store.number(&one.id).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.number_by_digits(&one.number).await.unwrap(), None);
    assert_eq!(store.number_by_digits(&changed.number).await.unwrap(), Some(changed));
}

pub async fn keeps_apps_and_lists_them_by_id(store: &Home) {
    assert_eq!(store.app(&app_id("1001")).await.unwrap(), None);
    let bare = App { callback: None, tech_partner: false, fields: [].into(), ..app("1002") };
    put(store, vec![bare.clone().put(), app("1001").put()]).await;
    assert_eq!(store.app(&bare.id).await.unwrap().as_ref(), Some(&bare));
    assert_eq!(store.apps(all()).await.unwrap(), [app("1001"), bare.clone()]);

    let changed = App { secret: "new".into(), callback: Some(callback("other")), ..bare.clone() };
    let silenced = App { callback: None, ..app("1001") };
    put(store, vec![changed.clone().put(), silenced.clone().put()]).await;
    assert_eq!(store.app(&changed.id).await.unwrap(), Some(changed));
    assert_eq!(store.app(&silenced.id).await.unwrap(), Some(silenced));
}

pub async fn keeps_subscriptions_until_removed(store: &Home) {
    put(store, acme()).await;
    put(store, vec![app("1000").put(), waba("2002").put()]).await;
    let (app, waba) = (app_id("1000"), waba_id("2001"));
    assert_eq!(store.subscription(&app, &waba).await.unwrap(), None);

    let overriding = Subscription { override_callback: Some(callback("waba")), ..subscription("1000", "2001") };
    put(store, vec![overriding.clone().put(), subscription("1000", "2002").put()]).await;
    assert_eq!(store.subscription(&app, &waba).await.unwrap().as_ref(), Some(&overriding));
    assert_eq!(store.subscriptions(&waba).await.unwrap(), [overriding, subscription("1001", "2001")]);

    put(store, vec![subscription("1000", "2001").put()]).await;
    assert_eq!(store.subscription(&app, &waba).await.unwrap(), Some(subscription("1000", "2001")));

    let remove = remove(Key::Subscription(app.clone(), waba.clone()));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.subscription(&app, &waba).await.unwrap(), None);
    assert_eq!(store.subscriptions(&waba).await.unwrap(), [subscription("1001", "2001")]);
    assert_eq!(store.subscriptions(&waba_id("2002")).await.unwrap(), [subscription("1000", "2002")]);
}

pub async fn keeps_grants_until_removed(store: &Home) {
    put(store, acme()).await;
    put(store, vec![app("1002").put(), waba("2002").put()]).await;
    assert_eq!(store.grant(&app_id("1001"), &waba_id("2001")).await.unwrap(), None);
    let (first, second, elsewhere) = (grant("1001", "2001"), grant("1002", "2001"), grant("1001", "2002"));
    put(store, vec![second.clone().put(), first.clone().put(), elsewhere.clone().put()]).await;
    assert_eq!(store.grant(&first.app, &first.waba).await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.grants(&first.waba).await.unwrap(), [first.clone(), second.clone()]);

    let changed = AppGrant { scopes: [].into(), ..first };
    let remove = remove(Key::Grant(second.app, second.waba));
    put(store, vec![changed.clone().put(), remove.clone(), remove]).await;
    assert_eq!(store.grant(&changed.app, &changed.waba).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.grants(&changed.waba).await.unwrap(), [changed]);
    assert_eq!(store.grants(&elsewhere.waba).await.unwrap(), [elsewhere]);
}

pub async fn shares_numbers_with_accounts_until_removed(store: &Home) {
    put(store, acme()).await;
    put(store, vec![waba("2002").put(), waba("2003").put(), number("4000", "2002", "6281255508888").put()]).await;
    let account = |id: &str, partner: Option<&str>| NumberAccount {
        number: pnid("4001"),
        waba: waba_id(id),
        partner: partner.map(|id| portfolio(id).id),
    };
    assert_eq!(store.number_accounts(&pnid("4001")).await.unwrap(), []);
    put(store, vec![account("2003", None).put(), account("2002", Some("3001")).put()]).await;
    assert_eq!(store.number_accounts(&pnid("4001")).await.unwrap(), [account("2002", Some("3001")), account("2003", None)]);
    let owned = store.number(&pnid("4001")).await.unwrap().unwrap();
    assert_eq!(store.accounts_of(&owned).await.unwrap(), [waba_id("2001"), waba_id("2002"), waba_id("2003")]);
    let listed = async |waba: &str, page: Page<PhoneNumberId>| {
        let numbers = store.numbers(Some(&waba_id(waba)), page).await.unwrap();
        numbers.into_iter().map(|number| number.id).collect::<Vec<_>>()
    };
    assert_eq!(listed("2001", all()).await, [pnid("4001")]);
    assert_eq!(listed("2002", all()).await, [pnid("4000"), pnid("4001")], "its own and those that it shares, by id");
    assert_eq!(listed("2002", Page::first(1)).await, [pnid("4000")]);
    assert_eq!(listed("2002", Page { after: Some(pnid("4000")), limit: 1 }).await, [pnid("4001")]);
    assert_eq!(listed("2003", all()).await, [pnid("4001")]);
    refused(store, vec![account("2009", None).put()]).await;
    refused(store, vec![account("2003", Some("3999")).put()]).await;
    put(store, vec![account("2002", None).put(), remove(Key::NumberAccount(pnid("4001"), waba_id("2003")))]).await;
    assert_eq!(store.number_accounts(&pnid("4001")).await.unwrap(), [account("2002", None)]);
    assert_eq!(listed("2003", all()).await, []);
}

pub async fn keeps_sip_servers_of_a_number_until_removed(store: &Home) {
    put(store, acme()).await;
    put(store, vec![app("1002").put()]).await;
    let server = |app: &str, params: &[(&str, &str)]| SipServerRecord {
        number: pnid("4001"),
        app: AppId::parse(app).unwrap(),
        target: SipTarget::new(
            "pbx.acme.example",
            5081,
            params.iter().map(|(key, value)| UserParam { key: (*key).into(), value: (*value).into() }).collect(),
        )
        .unwrap(),
        password: format!("password of {app}"),
        configured_at: at(7),
    };
    let (one, two) = (server("1001", &[]), server("1002", &[("tgrp", "wacall"), ("a", "b")]));
    assert_eq!(store.sip_servers(&pnid("4001")).await.unwrap(), []);
    put(store, vec![two.clone().put(), one.clone().put()]).await;
    assert_eq!(store.sip_servers(&pnid("4001")).await.unwrap(), [one.clone(), two.clone()]);
    let moved = SipServerRecord { configured_at: at(8), ..one };
    put(store, vec![moved.clone().put(), remove(Key::SipServer(pnid("4001"), two.app))]).await;
    assert_eq!(store.sip_servers(&pnid("4001")).await.unwrap(), [moved]);
    refused(store, vec![server("1009", &[]).put()]).await;
}

pub async fn keeps_routings_and_threads_until_removed(store: &Home) {
    put(store, acme()).await;
    let of_number = RoutingReach::Number(pnid("4001"));
    let of_portfolio = RoutingReach::Portfolio(portfolio("3001").id);
    assert_eq!(store.routing(&of_number).await.unwrap(), None);
    let roles = RoutingRole::ALL.into_iter().map(|role| (role, portfolio("3101").id)).collect();
    let whole = Routing { reach: of_number.clone(), roles, standby: [portfolio("3102").id].into(), terms: true };
    let bare = Routing { reach: of_portfolio.clone(), roles: Default::default(), standby: Default::default(), terms: false };
    put(store, vec![whole.clone().put(), bare.clone().put()]).await;
    assert_eq!(store.routing(&of_number).await.unwrap().as_ref(), Some(&whole));
    assert_eq!(store.routings().await.unwrap(), [bare.clone(), whole.clone()], "those of portfolios first");
    put(store, vec![Routing { terms: false, ..whole.clone() }.put(), remove(Key::Routing(of_portfolio.clone()))]).await;
    assert_eq!(store.routings().await.unwrap(), [Routing { terms: false, ..whole }]);
    assert_eq!(store.routing(&of_portfolio).await.unwrap(), None);

    let thread = |role| ThreadRecord { number: pnid("4001"), user: user_id("9001"), owner: portfolio("3101").id, role, until: at(86_400) };
    assert_eq!(store.thread(&pnid("4001"), &user_id("9001")).await.unwrap(), None);
    for role in RoutingRole::ALL {
        put(store, vec![thread(role).put()]).await;
        assert_eq!(store.thread(&pnid("4001"), &user_id("9001")).await.unwrap(), Some(thread(role)));
    }
    put(store, vec![remove(Key::Thread(pnid("4001"), user_id("9001")))]).await;
    assert_eq!(store.thread(&pnid("4001"), &user_id("9001")).await.unwrap(), None);
    put(store, vec![thread(RoutingRole::Calls).put()]).await;
    put(store, vec![remove(Key::User(user_id("9001")))]).await;
    assert_eq!(store.thread(&pnid("4001"), &user_id("9001")).await.unwrap(), None, "it goes with its user");
}

pub async fn keeps_phone_overrides_until_removed(store: &Home) {
    put(store, acme()).await;
    let mut kept = phone_override("1001", "4001");
    let (app, number) = (kept.app.clone(), kept.number.clone());
    assert_eq!(store.phone_override(&app, &number).await.unwrap(), None);
    for path in ["one", "two"] {
        kept.callback = callback(path);
        put(store, vec![kept.clone().put()]).await;
        assert_eq!(store.phone_override(&app, &number).await.unwrap().as_ref(), Some(&kept));
    }
    assert_eq!(store.phone_override(&app_id("1002"), &number).await.unwrap(), None);
    let remove = remove(Key::PhoneOverride(app.clone(), number.clone()));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.phone_override(&app, &number).await.unwrap(), None);
}

pub async fn keeps_tokens_until_removed(store: &Home) {
    put(store, acme()).await;
    let first = token("EAAtest", "1001");
    let free = Token { wabas: None, expires_at: None, issued_at: at(-5), scopes: Scope::ALL.into(), ..token("EAAfree", "1001") };
    let bound = Token { wabas: Some([].into()), scopes: [].into(), issued_at: at(5), ..token("EAAbound", "1001") };
    put(store, vec![app("1002").put(), token("EAAother", "1002").put()]).await;
    put(store, vec![bound.clone().put(), free.clone().put()]).await;
    assert_eq!(store.token(&free.hash).await.unwrap().as_ref(), Some(&free));
    assert_eq!(store.token(&bound.hash).await.unwrap().as_ref(), Some(&bound));
    assert_eq!(store.token(&SecretHash::of("EAAnone")).await.unwrap(), None);
    assert_eq!(store.tokens(&app_id("1001")).await.unwrap(), [free.clone(), first.clone(), bound.clone()]);

    let shortened = Token { expires_at: Some(at(1)), ..first };
    let remove = remove(Key::Token(bound.hash));
    put(store, vec![shortened.clone().put(), remove.clone(), remove]).await;
    assert_eq!(store.token(&shortened.hash).await.unwrap().as_ref(), Some(&shortened));
    assert_eq!(store.token(&bound.hash).await.unwrap(), None);
    assert_eq!(store.tokens(&app_id("1001")).await.unwrap(), [free, shortened]);
}

pub async fn keeps_users(store: &Home) {
    let (one, two) = (user("9001", "5511955501234"), User { username: None, ..user("9002", "5511955505678") });
    assert_eq!(store.user(&one.id).await.unwrap(), None);
    put(store, vec![two.clone().put(), one.clone().put()]).await;
    assert_eq!(store.user(&two.id).await.unwrap().as_ref(), Some(&two));
    assert_eq!(store.user_by_number(&one.number).await.unwrap().as_ref(), Some(&one));
    assert_eq!(store.user_by_number(&digits("15550001111")).await.unwrap(), None);
    assert_eq!(store.users(all()).await.unwrap(), [one.clone(), two]);

    let moved = User { number: digits("15550001111"), name: "Nadja".into(), username: None, ..one.clone() };
    put(store, vec![moved.clone().put()]).await;
    assert_eq!(store.user(&one.id).await.unwrap().as_ref(), Some(&moved));
    assert_eq!(store.user_by_number(&one.number).await.unwrap(), None);
    assert_eq!(store.user_by_number(&moved.number).await.unwrap(), Some(moved));
}

pub async fn keeps_sessions_until_removed(store: &Home) {
    put(store, acme()).await;
    let mut kept = session("cookie", "9001");
    assert_eq!(store.session(&kept.hash).await.unwrap(), None);
    for (seconds, device) in (10..).zip(DeviceKind::ALL) {
        (kept.expires_at, kept.device) = (at(seconds), device);
        put(store, vec![kept.clone().put()]).await;
        assert_eq!(store.session(&kept.hash).await.unwrap().as_ref(), Some(&kept));
    }
    let remove = remove(Key::Session(kept.hash));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.session(&kept.hash).await.unwrap(), None);
}

pub async fn lists_sessions_oldest_first(store: &Home) {
    put(store, acme()).await;
    let opened = |cookie: &str, user: &str, seconds| Session { opened_at: at(seconds), ..session(cookie, user) };
    let (old, young, other) = (opened("b", "9001", -5), opened("a", "9001", 5), opened("c", "9002", 0));
    put(store, vec![user("9002", "5511955505678").put()]).await;
    put(store, [&young, &other, &old].map(|session| session.clone().put()).into()).await;
    assert_eq!(store.sessions(Some(&user_id("9001"))).await.unwrap(), [old.clone(), young.clone()]);
    assert_eq!(store.sessions(None).await.unwrap(), [old, other, young]);
    assert_eq!(store.sessions(Some(&user_id("9003"))).await.unwrap(), []);
}

pub async fn keeps_invitations_until_removed(store: &Home) {
    put(store, acme()).await;
    let fresh = invitation("code");
    assert_eq!(store.invitation(&fresh.hash).await.unwrap(), None);
    for guest in [Guest::Anyone, Guest::User(user_id("9001")), Guest::Number(digits("15550001111"))] {
        for used_by in [None, Some(user_id("9001"))] {
            let kept = Invitation { guest: guest.clone(), used_by, ..fresh.clone() };
            put(store, vec![kept.clone().put()]).await;
            assert_eq!(store.invitation(&kept.hash).await.unwrap(), Some(kept));
        }
    }
    let sooner = Invitation { expires_at: at(1), ..invitation("sooner") };
    put(store, vec![sooner.clone().put()]).await;
    assert_eq!(store.invitations().await.unwrap().iter().map(|listed| listed.hash).collect::<Vec<_>>(), [sooner.hash, fresh.hash]);
    let remove = remove(Key::Invitation(fresh.hash));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.invitations().await.unwrap(), [sooner]);
    refused(store, vec![Invitation { guest: Guest::User(user_id("666")), ..fresh }.put()]).await;
}

pub async fn a_user_leaves_with_what_is_theirs(store: &Home) {
    put(store, acme()).await;
    let (ben, call) = (user("9002", "5511955505678"), call("A"));
    let guest = |code: &str, guest, used_by: Option<&str>| Invitation { guest, used_by: used_by.map(user_id), ..invitation(code) }.put();
    let ben_s = Message { user: ben.id.clone(), ..message("B") };
    put(store, vec![ben.clone().put(), call.clone().put()]).await;
    put(store, vec![session("a", "9001").put(), session("b", "9002").put()]).await;
    put(store, vec![message("A").put(), ben_s.clone().put()]).await;
    put(store, vec![pair("4001", "9001").put(), pair("4001", "9002").put()]).await;
    put(store, vec![guest("made for", Guest::User(user_id("9001")), None), guest("used", Guest::Anyone, Some("9001"))]).await;
    put(store, vec![guest("ben's", Guest::User(ben.id.clone()), Some("9002"))]).await;
    assert!(store.session(&session("a", "9001").hash).await.unwrap().is_some(), "a store may keep a copy from here on");

    let remove = remove(Key::User(user_id("9001")));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.users(all()).await.unwrap(), std::slice::from_ref(&ben));
    assert_eq!(store.user(&user_id("9001")).await.unwrap(), None);
    assert_eq!(store.session(&session("a", "9001").hash).await.unwrap(), None);
    assert_eq!(store.sessions(None).await.unwrap(), [session("b", "9002")]);
    assert_eq!(store.invitations().await.unwrap().len(), 1);
    assert_eq!(store.pairs_of(&user_id("9001")).await.unwrap(), []);
    assert_eq!(store.message(&message("A").id).await.unwrap(), None);
    assert_eq!(store.message(&ben_s.id).await.unwrap(), Some(ben_s));
    assert_eq!(store.pairs_of(&ben.id).await.unwrap().len(), 1);
    assert_eq!(store.call(&call.id).await.unwrap(), Some(call), "what happened stays");

    put(store, vec![user("9001", "5511955501234").put()]).await;
    assert_eq!(store.session(&session("a", "9001").hash).await.unwrap(), None, "a new person with the old id has nothing of it");
}

pub async fn objects_leave_with_what_is_said_about_them(store: &Home) {
    put(store, acme()).await;
    put(store, vec![waba("2002").put(), app("1002").put(), number("4002", "2002", "6281255508888").put()]).await;
    for (app, waba, number) in [("1001", "2001", "4001"), ("1002", "2001", "4001"), ("1001", "2002", "4002"), ("1002", "2002", "4002")] {
        put(store, vec![grant(app, waba).put(), subscription(app, waba).put(), phone_override(app, number).put()]).await;
    }
    put(
        store,
        vec![token("EAAtwo", "1002").put(), template("7001", "2001", "late", "en").put(), template("7002", "2002", "late", "en").put()],
    )
    .await;
    let chat = |number: &str, own: &str| Message { number: pnid(number), ..message(own) };
    put(store, vec![pair("4001", "9001").put(), pair("4002", "9001").put(), chat("4001", "A").put(), chat("4002", "B").put()]).await;
    let thread = |number: &str| {
        let (number, user, owner) = (pnid(number), user_id("9001"), portfolio("3101").id);
        ThreadRecord { number, user, owner, role: RoutingRole::Utility, until: at(86_400) }.put()
    };
    let shared = |number: &str, waba: &str| NumberAccount { number: pnid(number), waba: waba_id(waba), partner: None }.put();
    put(store, vec![thread("4001"), thread("4002"), call("A").put(), shared("4001", "2002"), shared("4002", "2001")]).await;
    let sip = |app: &str, number: &str| SipServerRecord {
        number: pnid(number),
        app: app_id(app),
        target: SipTarget::new("pbx.acme.example", 5081, Vec::new()).unwrap(),
        password: "password".into(),
        configured_at: at(7),
    };
    put(store, [sip("1001", "4001"), sip("1002", "4001"), sip("1002", "4002")].map(|server| server.put()).into()).await;
    let there = async |key: Key| store.row(&key).await.unwrap().version != 0;
    let of_app = |id: &str| {
        let app = app_id(id);
        [
            Key::Grant(app.clone(), waba_id("2001")),
            Key::Subscription(app.clone(), waba_id("2001")),
            Key::PhoneOverride(app.clone(), pnid("4001")),
            Key::SipServer(pnid("4001"), app),
            Key::Token(token(if id == "1001" { "EAAtest" } else { "EAAtwo" }, id).hash),
        ]
    };
    let of_number = |id: &str| {
        let (number, user, other) = (pnid(id), user_id("9001"), waba_id(if id == "4001" { "2002" } else { "2001" }));
        [
            Key::PhoneOverride(app_id("1002"), number.clone()),
            Key::SipServer(number.clone(), app_id("1002")),
            Key::NumberAccount(number.clone(), other),
            Key::Pair(number.clone(), user.clone()),
            Key::Thread(number, user),
            Key::Message(message_id(if id == "4001" { "A" } else { "B" })),
        ]
    };
    let of_account = |id: &str| {
        let waba = waba_id(id);
        let template = Key::Template(template_id(if id == "2001" { "7001" } else { "7002" }));
        [Key::Grant(app_id("1002"), waba.clone()), Key::Subscription(app_id("1002"), waba), template]
    };
    for key in of_app("1001").into_iter().chain(of_app("1002")).chain(of_number("4001")).chain(of_number("4002")) {
        assert!(there(key.clone()).await, "{key:?}: a store may keep a copy from here on");
    }
    assert_eq!(store.subscriptions(&waba_id("2002")).await.unwrap().len(), 2);

    put(store, vec![remove(Key::App(app_id("1001"))); 2]).await;
    put(store, vec![remove(Key::Number(pnid("4002"))); 2]).await;
    refused(store, vec![remove(Key::Waba(waba_id("2002")))]).await; // a number is shared with it
    let no_share = Key::NumberAccount(pnid("4001"), waba_id("2002"));
    put(store, vec![remove(no_share.clone()), remove(Key::Waba(waba_id("2002")))]).await;
    for key in of_app("1001").into_iter().chain(of_number("4002")).chain(of_account("2002")) {
        assert!(!there(key.clone()).await, "{key:?} stayed");
    }
    for key in of_app("1002").into_iter().chain(of_number("4001")).chain(of_account("2001")) {
        assert_eq!(there(key.clone()).await, key != no_share, "{key:?}");
    }
    assert_eq!(store.call(&call("A").id).await.unwrap(), Some(call("A")), "what happened stays");
    assert_eq!(store.subscriptions(&waba_id("2001")).await.unwrap(), [subscription("1002", "2001")]);
    put(store, vec![app("1001").put()]).await;
    assert_eq!(store.tokens(&app_id("1001")).await.unwrap(), [], "a new app with the old id has nothing of it");
}

pub async fn finds_what_hangs_on_an_object(store: &Home) {
    put(store, acme()).await;
    let other = portfolio("3002");
    put(store, vec![other.clone().put(), Waba { portfolio: other.id.clone(), ..waba("2003") }.put()]).await;
    put(store, vec![waba("2002").put(), number("4003", "2002", "6281255508888").put(), number("4002", "2001", "6281255507777").put()])
        .await;
    let of = |id: &str, business: Option<&str>| App { business: business.map(|id| portfolio(id).id), ..app(id) };
    put(store, vec![of("1003", Some("3001")).put(), of("1002", Some("3001")).put(), of("1004", Some("3002")).put()]).await;
    put(store, vec![grant("1002", "2001").put(), grant("1001", "2001").put(), grant("1001", "2002").put()]).await;
    let share = |number: &str, waba: &str, partner: Option<&str>| NumberAccount {
        number: pnid(number),
        waba: waba_id(waba),
        partner: partner.map(|id| portfolio(id).id),
    };
    put(
        store,
        vec![share("4003", "2001", Some("3002")).put(), share("4002", "2002", Some("3002")).put(), share("4001", "2002", None).put()],
    )
    .await;
    let routing = |reach, role: &str, standby: &[&str]| Routing {
        reach,
        roles: [(RoutingRole::Calls, portfolio(role).id)].into(),
        standby: standby.iter().map(|id| portfolio(id).id).collect(),
        terms: true,
    };
    let (of_portfolio, of_number) = (|id| RoutingReach::Portfolio(portfolio(id).id), |id| RoutingReach::Number(pnid(id)));
    put(
        store,
        vec![
            routing(of_number("4002"), "3001", &["3002"]).put(),
            routing(of_number("4001"), "3002", &[]).put(),
            routing(of_number("4003"), "3001", &["3101"]).put(),
            routing(of_portfolio("3002"), "3002", &["3002"]).put(),
            routing(of_portfolio("3001"), "3002", &[]).put(),
        ],
    )
    .await;
    let live = |own: &str, number: &str, second| CallRecord { number: pnid(number), placed_at: at(second), ..call(own) };
    let over = CallRecord { stage: ended(EndReason::UserHungUp, None), ..live("C", "4001", 3) };
    put(store, vec![live("B", "4001", 2).put(), live("A", "4001", 1).put(), over.put(), live("D", "4002", 4).put()]).await;

    let found = async |query: Query| {
        let rows = store.rows(&query).await.unwrap();
        assert!(rows.iter().all(|(version, _)| *version > 0));
        let own = |id: &str| id.trim_start_matches("wacid.").to_owned();
        let word = |row: &Row| match row {
            Row::Waba(row) => row.id.to_string(),
            Row::App(row) => row.id.to_string(),
            Row::Number(row) => row.id.to_string(),
            Row::Grant(row) => format!("{} {}", row.app, row.waba),
            Row::NumberAccount(row) => format!("{} {}", row.number, row.waba),
            Row::Routing(row) => match &row.reach {
                RoutingReach::Portfolio(id) => id.to_string(),
                RoutingReach::Number(id) => id.to_string(),
            },
            Row::Call(row) => own(row.record.id.as_str()),
            row => panic!("{row:?}"),
        };
        rows.iter().map(|(_, row)| word(row)).collect::<Vec<_>>().join(", ")
    };
    let (acme, other) = (portfolio("3001").id, other.id);
    for (query, all) in [
        (Query::WabasOf(acme.clone(), 9), "2001, 2002"),
        (Query::WabasOf(acme.clone(), 1), "2001"),
        (Query::WabasOf(other.clone(), 9), "2003"),
        (Query::AppsOf(acme.clone(), 9), "1002, 1003"),
        (Query::AppsOf(acme.clone(), 1), "1002"),
        (Query::AppsOf(portfolio("3003").id, 9), ""),
        (Query::SharesFor(other.clone(), 9), "4002 2002, 4003 2001"),
        (Query::SharesFor(other.clone(), 1), "4002 2002"),
        (Query::SharesFor(acme.clone(), 9), ""),
        (Query::RoutingsNaming(other.clone(), 9), "3001, 4001, 4002"),
        (Query::RoutingsNaming(other.clone(), 2), "3001, 4001"),
        (Query::RoutingsNaming(acme, 9), "4002, 4003"),
        (Query::RoutingsNaming(portfolio("3101").id, 9), "4003"),
        (Query::NumbersIn(waba_id("2001"), 9), "4001, 4002"),
        (Query::NumbersIn(waba_id("2001"), 1), "4001"),
        (Query::NumbersIn(waba_id("2003"), 9), ""),
        (Query::SharesOf(waba_id("2002"), 9), "4001 2002, 4002 2002"),
        (Query::SharesOf(waba_id("2002"), 1), "4001 2002"),
        (Query::Grants(waba_id("2001")), "1001 2001, 1002 2001"),
        (Query::LiveCalls(pnid("4001"), 9), "A, B"),
        (Query::LiveCalls(pnid("4001"), 1), "A"),
        (Query::LiveCalls(pnid("4003"), 9), ""),
    ] {
        assert_eq!(found(query.clone()).await, all, "{query:?}");
    }
}

pub async fn keeps_what_a_number_and_a_user_may_not(store: &Home) {
    put(store, acme()).await;
    let mut kept = number("4001", "2001", "6281255509999");
    let restricted = [Direction::BusinessInitiated, Direction::UserInitiated].map(|direction| Restriction { direction, until: at(5) });
    for (allowed_recipients, restrictions) in [
        (Some(vec![]), restricted.to_vec()),
        (Some(vec![digits("5511955501234"), digits("5511955505678")]), vec![restricted[1], restricted[1]]),
        (None, vec![]),
    ] {
        (kept.allowed_recipients, kept.restrictions) = (allowed_recipients, restrictions);
        put(store, vec![kept.clone().put()]).await;
        assert_eq!(store.number(&kept.id).await.unwrap().as_ref(), Some(&kept));
        assert_eq!(store.numbers(None, all()).await.unwrap(), [kept.clone()]);
    }
    for outdated_app in [true, false] {
        let kept = User { outdated_app, ..user("9001", "5511955501234") };
        put(store, vec![kept.clone().put()]).await;
        assert_eq!(store.user(&kept.id).await.unwrap().as_ref(), Some(&kept));
        assert_eq!(store.user_by_number(&kept.number).await.unwrap(), Some(kept));
    }
}

fn put_template(template: &TemplateRecord) -> Write {
    template.clone().put()
}

pub async fn keeps_templates_until_removed(store: &Home) {
    put(store, acme()).await;
    let mut kept = template("7001", "2001", "late_order", "en");
    assert_eq!(store.template(&kept.id).await.unwrap(), None);
    for status in TemplateStatus::ALL {
        for category in Category::ALL {
            (kept.status, kept.category, kept.named_parameters) = (status, category, !kept.named_parameters);
            put(store, vec![put_template(&kept)]).await;
            assert_eq!(store.template(&kept.id).await.unwrap().as_ref(), Some(&kept));
        }
    }
    let remove = remove(Key::Template(kept.id.clone()));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.template(&kept.id).await.unwrap(), None);
    assert_eq!(store.templates(&kept.waba).await.unwrap(), []);
}

pub async fn lists_templates_by_name_and_language(store: &Home) {
    put(store, acme()).await;
    put(store, vec![waba("2002").put()]).await;
    let expected = [
        template("7005", "2001", "Late", "en"),
        template("7002", "2001", "late", "en"),
        template("7003", "2001", "late", "en_US"),
        template("7001", "2001", "late", "pt_BR"),
        template("7004", "2001", "late_order", "en"),
    ];
    let other = template("7000", "2002", "late", "en");
    for index in [3, 1, 4, 0, 2] {
        put(store, vec![put_template(&expected[index])]).await;
    }
    put(store, vec![put_template(&other)]).await;
    assert_eq!(store.templates(&waba_id("2001")).await.unwrap(), expected);
    assert_eq!(store.templates(&waba_id("2002")).await.unwrap(), [other]);
    assert_eq!(store.templates(&waba_id("2003")).await.unwrap(), []);
}

pub async fn pages_objects_by_id(store: &Home) {
    // As texts: "10" comes before "9".
    put(store, vec![portfolio("9").put()]).await;
    for id in ["9", "10", "11", "2"] {
        let waba = Waba { portfolio: portfolio("9").id, ..waba(id) };
        put(store, vec![portfolio(id).put(), waba.put(), app(id).put(), user(id, &format!("15550000{id}00")).put()]).await;
        put(store, vec![number(id, if id == "11" { "11" } else { "9" }, &format!("15551111{id}00")).put()]).await;
    }
    macro_rules! ids {
        ($parse:path, $list:ident $(, $of:expr)?; $after:expr, $limit:expr) => {{
            let page = Page { after: $after.map(|id: &str| $parse(id).unwrap()), limit: $limit };
            let found = store.$list($($of,)? page).await.unwrap();
            found.iter().map(|row| row.id.as_str().to_owned()).collect::<Vec<_>>().join(" ")
        }};
    }
    for (after, limit, expected) in
        [(None, 2, "10 11"), (Some("11"), 2, "2 9"), (Some("12"), 2, "2 9"), (Some("10"), 1, "11"), (Some("9"), 9, ""), (None, 0, "")]
    {
        assert_eq!(ids!(PortfolioId::parse, portfolios; after, limit), expected);
        assert_eq!(ids!(WabaId::parse, wabas; after, limit), expected);
        assert_eq!(ids!(AppId::parse, apps; after, limit), expected);
        assert_eq!(ids!(UserId::parse, users; after, limit), expected);
        assert_eq!(ids!(PhoneNumberId::parse, numbers, None; after, limit), expected);
    }
    let of = Some(&waba_id("9"));
    assert_eq!(ids!(PhoneNumberId::parse, numbers, of; None, 9), "10 2 9");
    assert_eq!(ids!(PhoneNumberId::parse, numbers, of; Some("10"), 1), "2");
    assert_eq!(ids!(PhoneNumberId::parse, numbers, of; Some("9"), 9), "");
}

/// Whoever of the two comes first.
pub async fn a_portfolio_knows_each_user_by_an_id_of_its_own(store: &Home) {
    let (nadia, ben) = (user("9001", "5511955501234"), user("9002", "15550001111"));
    let name = |of: &str, user: &User| {
        let portfolio = portfolio(of).id;
        Key::UserKnownAs(portfolio.clone(), user.bsuid(&portfolio))
    };
    let known = async |key: Key| {
        let found = store.row(&key).await.unwrap();
        match found.row.as_deref() {
            Some(Row::User(user)) => Some(user.clone()),
            _ => None,
        }
    };
    put(store, vec![portfolio("3001").put(), nadia.clone().put(), portfolio("3002").put()]).await;
    put(store, vec![ben.clone().put()]).await;
    for of in ["3001", "3002"] {
        assert_eq!(known(name(of, &nadia)).await.as_ref(), Some(&nadia));
        assert_eq!(known(name(of, &ben)).await.as_ref(), Some(&ben));
        assert_eq!(known(name("3003", &ben)).await, None, "no such portfolio");
    }
    let crossed = Key::UserKnownAs(portfolio("3002").id, ben.bsuid(&portfolio("3001").id));
    assert_eq!(known(crossed).await, None, "the id is another one's");

    // The country is part of it, and goes with the number.
    let moved = User { number: digits("6281255501234"), ..nadia.clone() };
    put(store, vec![moved.clone().put()]).await;
    assert_eq!(known(name("3001", &nadia)).await, None);
    assert_eq!(known(name("3001", &moved)).await.as_ref(), Some(&moved));
    let renamed = User { name: "Nadja".into(), ..moved.clone() };
    put(store, vec![renamed.clone().put(), portfolio("3001").put()]).await;
    assert_eq!(known(name("3001", &moved)).await.as_ref(), Some(&renamed));
    // So goes the count of numbers, also where the digits stay.
    let counted = User { numbers_before: 1, ..renamed.clone() };
    put(store, vec![counted.clone().put()]).await;
    assert_eq!(known(name("3001", &renamed)).await, None);
    assert_eq!(known(name("3001", &counted)).await.as_ref(), Some(&counted));
    put(store, vec![portfolio("3004").put()]).await;
    assert_eq!(known(name("3004", &counted)).await.as_ref(), Some(&counted), "a portfolio that comes later knows the user as they are now");

    refused(store, vec![portfolio("3003").put(), remove(Key::User(ben.id.clone())), session("cookie", "666").put()]).await;
    assert_eq!(known(name("3001", &ben)).await.as_ref(), Some(&ben));
    assert_eq!(known(name("3003", &ben)).await, None);
    put(store, vec![remove(Key::User(ben.id.clone()))]).await;
    assert_eq!(known(name("3001", &ben)).await, None);
}
