//! One suite for every home of the store: whatever passes it may stand behind the port.
//!
//! Each test is a function of a fresh, empty store, and runs once for each home.
#![allow(clippy::unwrap_used)]

#[path = "contract/chats.rs"]
mod chats;
#[path = "contract/commits.rs"]
mod commits;
#[path = "contract/directory.rs"]
mod directory;
#[path = "contract/history.rs"]
mod history;
#[path = "contract/made_up.rs"]
mod made_up;
#[path = "contract/records.rs"]
mod records;
#[path = "contract/round_trip.rs"]
mod round_trip;

use callport_engine::ports::Store;
use callport_store::{Key, MemoryStore, SqliteStore};

/// A store that is empty, and whatever must live as long as it.
async fn in_memory() -> (MemoryStore, ()) {
    (MemoryStore::new(), ())
}

async fn in_a_file() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("callport.db"), Key::from_bytes([7; 32])).await.unwrap();
    (store, folder)
}

macro_rules! contract {
    ($($module:ident { $($test:ident),+ $(,)? })+) => {
        contract!(@home memory in_memory $($module { $($test),+ })+);
        contract!(@home sqlite in_a_file $($module { $($test),+ })+);
    };
    (@home $home:ident $open:ident $($module:ident { $($test:ident),+ })+) => {
        mod $home {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    let (store, _kept) = crate::$open().await;
                    crate::$module::$test(&store).await;
                })+
            })+
        }
    };
}

contract! {
    directory {
        keeps_portfolios_and_wabas,
        keeps_numbers,
        keeps_apps_and_lists_them_by_id,
        keeps_subscriptions_until_removed,
        keeps_phone_overrides_until_removed,
        keeps_tokens_until_removed,
        keeps_users,
        keeps_sessions_until_removed,
        lists_sessions_oldest_first,
        keeps_invitations_until_removed,
        a_user_leaves_with_what_is_theirs,
        keeps_what_a_number_and_a_user_may_not,
        keeps_templates_until_removed,
        lists_templates_by_name_and_language,
    }
    chats {
        keeps_every_state_of_a_pair,
        lists_the_pairs_of_a_user_by_number,
        keeps_messages_of_every_kind,
        pages_a_chat_newest_first,
        a_message_that_changes_keeps_its_place,
        a_message_of_a_commit_that_failed_leaves_no_gap,
        lists_unread_messages_of_the_business_oldest_first,
    }
    history {
        keeps_every_stage_of_a_call,
        lists_live_calls_oldest_first,
        pages_calls_in_the_order_of_their_placing,
        tells_when_a_number_placed_its_calls,
        keeps_timelines_in_the_order_of_writing,
        keeps_every_state_of_a_delivery,
        settles_deliveries,
        lists_pending_deliveries_in_order_and_without_bodies,
        lists_deliveries_of_a_call_and_the_newest,
        keeps_attempts_in_the_order_of_writing,
    }
    commits {
        an_empty_commit_is_fine,
        a_commit_whose_last_change_fails_leaves_nothing,
        later_changes_of_a_commit_see_earlier_ones,
        a_phone_number_has_one_holder,
        a_template_name_is_taken_once,
        owners_come_first,
        history_needs_no_owners,
        a_failing_commit_does_not_touch_its_neighbours,
        reads_see_every_commit_that_returned,
        what_is_read_again_and_again_is_never_stale,
    }
    round_trip {
        directory_records_come_back_as_they_went,
        history_records_come_back_as_they_went,
        chats_come_back_as_they_went,
        lines_that_are_written_together_come_back_as_they_went,
    }
}

/// Commits, and expects success.
async fn put(store: &dyn Store, changes: Vec<callport_engine::ports::Change>) {
    store.commit(changes).await.unwrap();
}
