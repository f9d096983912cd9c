//! Made-up records of every shape come back as they went.

use std::fmt::Debug;

use callport_core::gate::DeviceKind;
use callport_engine::ports::{Change, Store};
use callport_engine::records::{PhoneOverride, Session, Subscription};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::made_up::*;
use crate::put;
use crate::records::*;

pub async fn directory_records_come_back_as_they_went(store: &dyn Store) {
    let callbacks = (option::of(callbacks()), callbacks());
    for sample in samples((wabas(), numbers(), apps(), tokens(), users(), one_of(DeviceKind::ALL), callbacks)) {
        let (waba, mut number, app, mut token, user, device, (for_waba, for_number)) = sample;
        (number.waba, token.app) = (waba.id.clone(), app.id.clone());
        let subscription = Subscription { app: app.id.clone(), waba: waba.id.clone(), override_callback: for_waba };
        let phone_override = PhoneOverride { app: app.id.clone(), number: number.id.clone(), callback: for_number };
        let session = Session { hash: token.hash, user: user.id.clone(), device, opened_at: token.issued_at, expires_at: token.issued_at };
        let changes = vec![
            Change::PutPortfolio(portfolio("3001")),
            Change::PutWaba(waba.clone()),
            Change::PutNumber(number.clone()),
            Change::PutApp(app.clone()),
            Change::PutSubscription(subscription.clone()),
            Change::PutPhoneOverride(phone_override.clone()),
            Change::PutToken(token.clone()),
            Change::PutUser(user.clone()),
            Change::PutSession(session.clone()),
        ];
        put(store, changes).await;
        came_back(store.waba(&waba.id).await, &waba);
        came_back(store.number(&number.id).await, &number);
        came_back(store.app(&app.id).await, &app);
        came_back(store.subscription(&app.id, &waba.id).await, &subscription);
        came_back(store.phone_override(&app.id, &number.id).await, &phone_override);
        came_back(store.token(&token.hash).await, &token);
        came_back(store.user(&user.id).await, &user);
        came_back(store.session(&session.hash).await, &session);
    }
}

pub async fn history_records_come_back_as_they_went(store: &dyn Store) {
    for (call, line, delivery, attempt) in samples((calls(), lines(), deliveries(), attempts())) {
        let changes = vec![
            Change::PutCall(Box::new(call.clone())),
            Change::AddTimeline(line.clone()),
            Change::PutDelivery(Box::new(delivery.clone())),
            Change::AddAttempt(attempt.clone()),
        ];
        put(store, changes).await;
        came_back(store.call(&call.id).await, &call);
        came_back(store.timeline(&line.call).await.map(|lines| lines.last().cloned()), &line);
        came_back(store.delivery(delivery.id).await, &delivery);
        came_back(store.attempts(attempt.delivery).await.map(|attempts| attempts.last().cloned()), &attempt);
    }
}

pub async fn lines_that_are_written_together_come_back_as_they_went(store: &dyn Store) {
    let together = lines().prop_flat_map(|first| (Just(first.call.clone()), vec(lines(), 2..5)));
    for (call, mut lines) in samples(together) {
        lines.iter_mut().for_each(|line| line.call = call.clone());
        put(store, lines.iter().cloned().map(Change::AddTimeline).collect()).await;
        let found = store.timeline(&call).await.unwrap();
        assert_eq!(found[found.len() - lines.len()..], lines);
    }
}

pub async fn chats_come_back_as_they_went(store: &dyn Store) {
    put(store, acme()).await;
    for (pair, message, template) in samples((pair_records(), messages(), templates())) {
        let changes = vec![
            Change::PutPair(Box::new(pair.clone())),
            Change::PutMessage(Box::new(message.clone())),
            Change::PutTemplate(Box::new(template.clone())),
        ];
        put(store, changes).await;
        came_back(store.pair(&pair.number, &pair.user).await, &pair);
        came_back(store.message(&message.id).await, &message);
        came_back(store.template(&template.id).await, &template);
    }
}

fn came_back<T: PartialEq + Debug>(found: Result<Option<T>, callport_engine::Fault>, expected: &T) {
    assert_eq!(found.unwrap().as_ref(), Some(expected));
}
