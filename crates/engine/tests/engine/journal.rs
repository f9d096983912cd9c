//! When entries are written: with the commit that they belong to, and where none comes, soon.

use std::time::Duration;

use callport_core::call::{MediaSign, Side};
use callport_core::call_id::CallId;
use callport_engine::journal::Fact;
use callport_engine::ports::{JournalPage, Store as _};
use callport_engine::{CallCommand, UserEvent};
use callport_flow::Key;
use callport_testkit::{World, answer};
use tokio::sync::broadcast;

/// How many commits this process had made when it last wrote the call's row.
async fn commits(world: &World, call: &CallId) -> u64 {
    world.store.row(&Key::Call(call.clone())).await.unwrap().version & u64::from(u32::MAX)
}

async fn flowing(world: &World, call: &CallId) -> usize {
    let page = JournalPage { call: Some(call.clone()), limit: 99, ..JournalPage::default() };
    let entries = world.store.journal(page).await.unwrap();
    entries.iter().filter(|recorded| matches!(recorded.entry.fact, Fact::MediaFlowing { .. })).count()
}

#[tokio::test]
async fn an_answered_call_takes_four_commits_and_what_its_media_did_is_on_record_within_seconds() {
    for (goes_on, expected) in [(false, 4), (true, 5)] {
        let mut world = World::new().await;
        let mut phone = world.engine.listen(&world.user.id);
        let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
        let first = commits(&world, &call).await;
        world.webhook().await;
        world.engine.command(&world.number, &call, CallCommand::PreAccept(answer())).await.unwrap();
        world.engine.command(&world.number, &call, CallCommand::Accept { answer: None, opaque: None }).await.unwrap();
        let sign = MediaSign::Flowing(Side::User);
        world.media.sign(&call, sign).await;
        while !matches!(phone.recv().await, Ok(UserEvent::Media { .. }) | Err(broadcast::error::RecvError::Closed)) {}
        assert_eq!(flowing(&world, &call).await, 0, "it waits for the next commit");
        if goes_on {
            let mut growth = world.engine.journal_growth();
            world.clock.advance(Duration::from_secs(2));
            while flowing(&world, &call).await == 0 {
                growth.changed().await.unwrap();
            }
        }
        world.engine.hang_up(&world.user.id, &call).await.unwrap();
        assert_eq!(commits(&world, &call).await - first + 1, expected);
        assert_eq!(flowing(&world, &call).await, 1, "once, and never again");
    }
}
