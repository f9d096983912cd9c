//! Objects, apps, people.

use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::scope::Scope;
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit};
use callport_core::template::{Category, TemplateStatus};
use callport_core::token::SecretHash;
use callport_engine::ports::{Change, Store};
use callport_engine::records::{
    App, Guest, Invitation, Message, Number, Portfolio, Restriction, Session, Subscription, TemplateRecord, Token, User, Waba,
};

use crate::put;
use crate::records::*;

pub async fn keeps_portfolios_and_wabas(store: &dyn Store) {
    assert_eq!(store.portfolios().await.unwrap(), []);
    assert_eq!(store.waba(&waba_id("2001")).await.unwrap(), None);
    put(
        store,
        vec![
            Change::PutPortfolio(portfolio("3002")),
            Change::PutPortfolio(portfolio("3001")),
            Change::PutWaba(waba("2002")),
            Change::PutWaba(waba("2001")),
        ],
    )
    .await;
    assert_eq!(store.portfolio(&portfolio("3002").id).await.unwrap(), Some(portfolio("3002")));
    assert_eq!(store.portfolios().await.unwrap(), [portfolio("3001"), portfolio("3002")]);
    assert_eq!(store.wabas().await.unwrap(), [waba("2001"), waba("2002")]);

    let renamed = Portfolio { name: "Other".into(), ..portfolio("3001") };
    let moved = Waba { portfolio: portfolio("3002").id, payment_method: false, timezone: "UTC".into(), ..waba("2001") };
    put(store, vec![Change::PutPortfolio(renamed.clone()), Change::PutWaba(moved.clone())]).await;
    assert_eq!(store.portfolio(&renamed.id).await.unwrap(), Some(renamed));
    assert_eq!(store.waba(&moved.id).await.unwrap(), Some(moved));
    assert_eq!(store.wabas().await.unwrap().len(), 2);
}

pub async fn keeps_numbers(store: &dyn Store) {
    let (one, two) = (number("4001", "2001", "6281255509999"), number("4002", "2002", "6281255508888"));
    assert_eq!(store.number(&one.id).await.unwrap(), None);
    put(store, vec![Change::PutPortfolio(portfolio("3001")), Change::PutWaba(waba("2001")), Change::PutWaba(waba("2002"))]).await;
    put(store, vec![Change::PutNumber(two.clone()), Change::PutNumber(one.clone())]).await;
    assert_eq!(store.number(&one.id).await.unwrap().as_ref(), Some(&one));
    assert_eq!(store.number_by_digits(&two.number).await.unwrap().as_ref(), Some(&two));
    assert_eq!(store.number_by_digits(&digits("15550001111")).await.unwrap(), None);
    assert_eq!(store.numbers(None).await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(store.numbers(Some(&two.waba)).await.unwrap(), [two]);
    assert_eq!(store.numbers(Some(&waba_id("2003"))).await.unwrap(), []);

    let changed = Number {
        number: digits("6281255507777"),
        account_mode: AccountMode::Sandbox,
        messaging_limit: MessagingLimit::NotSet,
        settings: CallingSettings::default(),
        ..one.clone()
    };
    put(store, vec![Change::PutNumber(changed.clone())]).await;
    assert_eq!(store.number(&one.id).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.number_by_digits(&one.number).await.unwrap(), None);
    assert_eq!(store.number_by_digits(&changed.number).await.unwrap(), Some(changed));
}

pub async fn keeps_apps_and_lists_them_by_id(store: &dyn Store) {
    assert_eq!(store.app(&app_id("1001")).await.unwrap(), None);
    let bare = App { callback: None, fields: [].into(), ..app("1002") };
    put(store, vec![Change::PutApp(bare.clone()), Change::PutApp(app("1001"))]).await;
    assert_eq!(store.app(&bare.id).await.unwrap().as_ref(), Some(&bare));
    assert_eq!(store.apps().await.unwrap(), [app("1001"), bare.clone()]);

    let changed = App { secret: "new".into(), callback: Some(callback("other")), ..bare.clone() };
    let silenced = App { callback: None, ..app("1001") };
    put(store, vec![Change::PutApp(changed.clone()), Change::PutApp(silenced.clone())]).await;
    assert_eq!(store.app(&changed.id).await.unwrap(), Some(changed));
    assert_eq!(store.app(&silenced.id).await.unwrap(), Some(silenced));
}

pub async fn keeps_subscriptions_until_removed(store: &dyn Store) {
    put(store, acme()).await;
    put(store, vec![Change::PutApp(app("1000")), Change::PutWaba(waba("2002"))]).await;
    let (app, waba) = (app_id("1000"), waba_id("2001"));
    assert_eq!(store.subscription(&app, &waba).await.unwrap(), None);

    let overriding = Subscription { override_callback: Some(callback("waba")), ..subscription("1000", "2001") };
    put(store, vec![Change::PutSubscription(overriding.clone()), Change::PutSubscription(subscription("1000", "2002"))]).await;
    assert_eq!(store.subscription(&app, &waba).await.unwrap().as_ref(), Some(&overriding));
    assert_eq!(store.subscriptions(&waba).await.unwrap(), [overriding, subscription("1001", "2001")]);

    put(store, vec![Change::PutSubscription(subscription("1000", "2001"))]).await;
    assert_eq!(store.subscription(&app, &waba).await.unwrap(), Some(subscription("1000", "2001")));

    let remove = Change::RemoveSubscription(app.clone(), waba.clone());
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.subscription(&app, &waba).await.unwrap(), None);
    assert_eq!(store.subscriptions(&waba).await.unwrap(), [subscription("1001", "2001")]);
    assert_eq!(store.subscriptions(&waba_id("2002")).await.unwrap(), [subscription("1000", "2002")]);
}

pub async fn keeps_phone_overrides_until_removed(store: &dyn Store) {
    put(store, acme()).await;
    let mut kept = phone_override("1001", "4001");
    let (app, number) = (kept.app.clone(), kept.number.clone());
    assert_eq!(store.phone_override(&app, &number).await.unwrap(), None);
    for path in ["one", "two"] {
        kept.callback = callback(path);
        put(store, vec![Change::PutPhoneOverride(kept.clone())]).await;
        assert_eq!(store.phone_override(&app, &number).await.unwrap().as_ref(), Some(&kept));
    }
    assert_eq!(store.phone_override(&app_id("1002"), &number).await.unwrap(), None);
    let remove = Change::RemovePhoneOverride(app.clone(), number.clone());
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.phone_override(&app, &number).await.unwrap(), None);
}

pub async fn keeps_tokens_until_removed(store: &dyn Store) {
    put(store, acme()).await;
    let first = token("EAAtest", "1001");
    let free = Token { wabas: None, expires_at: None, issued_at: at(-5), scopes: Scope::ALL.into(), ..token("EAAfree", "1001") };
    let bound = Token { wabas: Some([].into()), scopes: [].into(), issued_at: at(5), ..token("EAAbound", "1001") };
    put(store, vec![Change::PutApp(app("1002")), Change::PutToken(token("EAAother", "1002"))]).await;
    put(store, vec![Change::PutToken(bound.clone()), Change::PutToken(free.clone())]).await;
    assert_eq!(store.token(&free.hash).await.unwrap().as_ref(), Some(&free));
    assert_eq!(store.token(&bound.hash).await.unwrap().as_ref(), Some(&bound));
    assert_eq!(store.token(&SecretHash::of("EAAnone")).await.unwrap(), None);
    assert_eq!(store.tokens(&app_id("1001")).await.unwrap(), [free.clone(), first.clone(), bound.clone()]);

    let shortened = Token { expires_at: Some(at(1)), ..first };
    let remove = Change::RemoveToken(bound.hash);
    put(store, vec![Change::PutToken(shortened.clone()), remove.clone(), remove]).await;
    assert_eq!(store.token(&shortened.hash).await.unwrap().as_ref(), Some(&shortened));
    assert_eq!(store.token(&bound.hash).await.unwrap(), None);
    assert_eq!(store.tokens(&app_id("1001")).await.unwrap(), [free, shortened]);
}

pub async fn keeps_users(store: &dyn Store) {
    let (one, two) = (user("9001", "5511955501234"), User { username: None, ..user("9002", "5511955505678") });
    assert_eq!(store.user(&one.id).await.unwrap(), None);
    put(store, vec![Change::PutUser(two.clone()), Change::PutUser(one.clone())]).await;
    assert_eq!(store.user(&two.id).await.unwrap().as_ref(), Some(&two));
    assert_eq!(store.user_by_number(&one.number).await.unwrap().as_ref(), Some(&one));
    assert_eq!(store.user_by_number(&digits("15550001111")).await.unwrap(), None);
    assert_eq!(store.users().await.unwrap(), [one.clone(), two]);

    let moved = User { number: digits("15550001111"), name: "Nadja".into(), username: None, ..one.clone() };
    put(store, vec![Change::PutUser(moved.clone())]).await;
    assert_eq!(store.user(&one.id).await.unwrap().as_ref(), Some(&moved));
    assert_eq!(store.user_by_number(&one.number).await.unwrap(), None);
    assert_eq!(store.user_by_number(&moved.number).await.unwrap(), Some(moved));
}

pub async fn keeps_sessions_until_removed(store: &dyn Store) {
    put(store, acme()).await;
    let mut kept = session("cookie", "9001");
    assert_eq!(store.session(&kept.hash).await.unwrap(), None);
    for (seconds, device) in (10..).zip(DeviceKind::ALL) {
        (kept.expires_at, kept.device) = (at(seconds), device);
        put(store, vec![Change::PutSession(kept.clone())]).await;
        assert_eq!(store.session(&kept.hash).await.unwrap().as_ref(), Some(&kept));
    }
    let remove = Change::RemoveSession(kept.hash);
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.session(&kept.hash).await.unwrap(), None);
}

pub async fn lists_sessions_oldest_first(store: &dyn Store) {
    put(store, acme()).await;
    let opened = |cookie: &str, user: &str, seconds| Session { opened_at: at(seconds), ..session(cookie, user) };
    let (old, young, other) = (opened("b", "9001", -5), opened("a", "9001", 5), opened("c", "9002", 0));
    put(store, vec![Change::PutUser(user("9002", "5511955505678"))]).await;
    put(store, [&young, &other, &old].map(|session| Change::PutSession(session.clone())).into()).await;
    assert_eq!(store.sessions(Some(&user_id("9001"))).await.unwrap(), [old.clone(), young.clone()]);
    assert_eq!(store.sessions(None).await.unwrap(), [old, other, young]);
    assert_eq!(store.sessions(Some(&user_id("9003"))).await.unwrap(), []);
}

pub async fn keeps_invitations_until_removed(store: &dyn Store) {
    put(store, acme()).await;
    let fresh = invitation("code");
    assert_eq!(store.invitation(&fresh.hash).await.unwrap(), None);
    for guest in [Guest::Anyone, Guest::User(user_id("9001")), Guest::Number(digits("15550001111"))] {
        for used_by in [None, Some(user_id("9001"))] {
            let kept = Invitation { guest: guest.clone(), used_by, ..fresh.clone() };
            put(store, vec![Change::PutInvitation(kept.clone())]).await;
            assert_eq!(store.invitation(&kept.hash).await.unwrap(), Some(kept));
        }
    }
    let sooner = Invitation { expires_at: at(1), ..invitation("sooner") };
    put(store, vec![Change::PutInvitation(sooner.clone())]).await;
    assert_eq!(store.invitations().await.unwrap().iter().map(|listed| listed.hash).collect::<Vec<_>>(), [sooner.hash, fresh.hash]);
    let remove = Change::RemoveInvitation(fresh.hash);
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.invitations().await.unwrap(), [sooner]);
    store.commit(vec![Change::PutInvitation(Invitation { guest: Guest::User(user_id("666")), ..fresh })]).await.unwrap_err();
}

pub async fn a_user_leaves_with_what_is_theirs(store: &dyn Store) {
    put(store, acme()).await;
    let (ben, call) = (user("9002", "5511955505678"), call("A"));
    let guest = |code: &str, guest, used_by: Option<&str>| {
        Change::PutInvitation(Invitation { guest, used_by: used_by.map(user_id), ..invitation(code) })
    };
    let ben_s = Message { user: ben.id.clone(), ..message("B") };
    put(store, vec![Change::PutUser(ben.clone()), Change::PutCall(Box::new(call.clone()))]).await;
    put(store, vec![Change::PutSession(session("a", "9001")), Change::PutSession(session("b", "9002"))]).await;
    put(store, vec![Change::PutMessage(Box::new(message("A"))), Change::PutMessage(Box::new(ben_s.clone()))]).await;
    put(store, vec![Change::PutPair(Box::new(pair("4001", "9001"))), Change::PutPair(Box::new(pair("4001", "9002")))]).await;
    put(store, vec![guest("made for", Guest::User(user_id("9001")), None), guest("used", Guest::Anyone, Some("9001"))]).await;
    put(store, vec![guest("ben's", Guest::User(ben.id.clone()), Some("9002"))]).await;
    assert!(store.session(&session("a", "9001").hash).await.unwrap().is_some(), "a store may keep a copy from here on");

    let remove = Change::RemoveUser(user_id("9001"));
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.users().await.unwrap(), std::slice::from_ref(&ben));
    assert_eq!(store.user(&user_id("9001")).await.unwrap(), None);
    assert_eq!(store.session(&session("a", "9001").hash).await.unwrap(), None);
    assert_eq!(store.sessions(None).await.unwrap(), [session("b", "9002")]);
    assert_eq!(store.invitations().await.unwrap().len(), 1);
    assert_eq!(store.pairs_of(&user_id("9001")).await.unwrap(), []);
    assert_eq!(store.message(&message("A").id).await.unwrap(), None);
    assert_eq!(store.message(&ben_s.id).await.unwrap(), Some(ben_s));
    assert_eq!(store.pairs_of(&ben.id).await.unwrap().len(), 1);
    assert_eq!(store.call(&call.id).await.unwrap(), Some(call), "what happened stays");

    put(store, vec![Change::PutUser(user("9001", "5511955501234"))]).await;
    assert_eq!(store.session(&session("a", "9001").hash).await.unwrap(), None, "a new person with the old id has nothing of it");
}

pub async fn keeps_what_a_number_and_a_user_may_not(store: &dyn Store) {
    put(store, acme()).await;
    let mut kept = number("4001", "2001", "6281255509999");
    let restricted = [Direction::BusinessInitiated, Direction::UserInitiated].map(|direction| Restriction { direction, until: at(5) });
    for (allowed_recipients, restrictions) in [
        (Some(vec![]), restricted.to_vec()),
        (Some(vec![digits("5511955501234"), digits("5511955505678")]), vec![restricted[1], restricted[1]]),
        (None, vec![]),
    ] {
        (kept.allowed_recipients, kept.restrictions) = (allowed_recipients, restrictions);
        put(store, vec![Change::PutNumber(kept.clone())]).await;
        assert_eq!(store.number(&kept.id).await.unwrap().as_ref(), Some(&kept));
        assert_eq!(store.numbers(None).await.unwrap(), [kept.clone()]);
    }
    for outdated_app in [true, false] {
        let kept = User { outdated_app, ..user("9001", "5511955501234") };
        put(store, vec![Change::PutUser(kept.clone())]).await;
        assert_eq!(store.user(&kept.id).await.unwrap().as_ref(), Some(&kept));
        assert_eq!(store.user_by_number(&kept.number).await.unwrap(), Some(kept));
    }
}

fn put_template(template: &TemplateRecord) -> Change {
    Change::PutTemplate(Box::new(template.clone()))
}

pub async fn keeps_templates_until_removed(store: &dyn Store) {
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
    let remove = Change::RemoveTemplate(kept.id.clone());
    put(store, vec![remove.clone(), remove]).await;
    assert_eq!(store.template(&kept.id).await.unwrap(), None);
    assert_eq!(store.templates(&kept.waba).await.unwrap(), []);
}

pub async fn lists_templates_by_name_and_language(store: &dyn Store) {
    put(store, acme()).await;
    put(store, vec![Change::PutWaba(waba("2002"))]).await;
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
