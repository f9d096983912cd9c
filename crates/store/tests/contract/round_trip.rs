//! Made-up records of every shape come back as they went.

use std::fmt::Debug;

use callport_core::gate::DeviceKind;
use callport_engine::ports::{Commit, JournalPage};
use callport_engine::records::{AppGrant, PhoneOverride, Session, Subscription};
use proptest::collection::vec;
use proptest::option;

use crate::made_up::*;
use crate::records::*;
use crate::{Home, put};

pub async fn directory_records_come_back_as_they_went(store: &Home) {
    let callbacks = (option::of(callbacks()), callbacks());
    for sample in samples((wabas(), numbers(), apps(), tokens(), users(), one_of(DeviceKind::ALL), callbacks)) {
        let (waba, mut number, app, mut token, user, device, (for_waba, for_number)) = sample;
        (number.waba, token.app) = (waba.id.clone(), app.id.clone());
        let grant = AppGrant { app: app.id.clone(), waba: waba.id.clone(), scopes: token.scopes.clone() };
        let subscription = Subscription { app: app.id.clone(), waba: waba.id.clone(), override_callback: for_waba };
        let phone_override = PhoneOverride { app: app.id.clone(), number: number.id.clone(), callback: for_number };
        let session = Session { hash: token.hash, user: user.id.clone(), device, opened_at: token.issued_at, expires_at: token.issued_at };
        let changes = vec![
            portfolio("3001").put(),
            waba.clone().put(),
            number.clone().put(),
            app.clone().put(),
            grant.clone().put(),
            subscription.clone().put(),
            phone_override.clone().put(),
            token.clone().put(),
            user.clone().put(),
            session.clone().put(),
        ];
        put(store, changes).await;
        came_back(store.waba(&waba.id).await, &waba);
        came_back(store.number(&number.id).await, &number);
        came_back(store.app(&app.id).await, &app);
        came_back(store.grant(&app.id, &waba.id).await, &grant);
        came_back(store.subscription(&app.id, &waba.id).await, &subscription);
        came_back(store.phone_override(&app.id, &number.id).await, &phone_override);
        came_back(store.token(&token.hash).await, &token);
        came_back(store.user(&user.id).await, &user);
        came_back(store.session(&session.hash).await, &session);
    }
}

pub async fn history_records_come_back_as_they_went(store: &Home) {
    for (mut call, entry, webhook) in samples((calls(), entries(), webhooks())) {
        let commit = store.draft(vec![call.clone().put()]);
        let before = store.call(&call.id).await.unwrap();
        let queued = store.make(Commit { entries: vec![entry.clone()], webhooks: vec![webhook.clone()], ..commit }).await.unwrap();
        call.media = call.media.or(before.and_then(|before| before.media)); // a report stays until there is another
        came_back(store.call(&call.id).await, &call);
        let after = store.last_entry().await.unwrap() - 1;
        let page = store.journal(JournalPage { after, limit: 10, ..JournalPage::default() }).await;
        came_back(page.map(|mut page| page.pop().map(|recorded| recorded.entry)), &entry);
        came_back(store.delivery(queued[0].id).await, &delivery(queued[0].id, webhook));
    }
}

pub async fn entries_that_are_written_together_come_back_as_they_went(store: &Home) {
    for entries in samples(vec(entries(), 2..5)) {
        let after = store.last_entry().await.unwrap();
        store.make(Commit { entries: entries.clone(), ..store.draft(vec![]) }).await.unwrap();
        let found = store.journal(JournalPage { after, limit: 10, ..JournalPage::default() }).await.unwrap();
        assert_eq!(found.into_iter().map(|recorded| recorded.entry).collect::<Vec<_>>(), entries);
    }
}

pub async fn chats_come_back_as_they_went(store: &Home) {
    put(store, acme()).await;
    for (pair, message, template) in samples((pair_records(), messages(), templates())) {
        let changes = vec![pair.clone().put(), message.clone().put(), template.clone().put()];
        put(store, changes).await;
        came_back(store.pair(&pair.number, &pair.user).await, &pair);
        came_back(store.message(&message.id).await, &message);
        came_back(store.template(&template.id).await, &template);
    }
}

fn came_back<T: PartialEq + Debug>(found: Result<Option<T>, callport_engine::Fault>, expected: &T) {
    assert_eq!(found.unwrap().as_ref(), Some(expected));
}
