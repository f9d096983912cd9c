//! One suite for every home of the store: whatever passes it may stand behind the port.
//!
//! Each test is a function of a fresh, empty store, and runs once for each home. What needs two living processes runs where the store can
//! be shared.
#![allow(clippy::unwrap_used)]

#[path = "contract/ageing.rs"]
mod ageing;
#[path = "contract/chats.rs"]
mod chats;
#[path = "contract/commits.rs"]
mod commits;
#[path = "contract/directory.rs"]
mod directory;
#[path = "contract/enrolments.rs"]
mod enrolments;
#[path = "contract/guards.rs"]
mod guards;
#[path = "contract/history.rs"]
mod history;
#[path = "contract/journal.rs"]
mod journal;
#[path = "contract/made_up.rs"]
mod made_up;
#[path = "contract/nodes.rs"]
mod nodes;
#[path = "contract/outbox.rs"]
mod outbox;
#[path = "contract/records.rs"]
mod records;
#[path = "contract/round_trip.rs"]
mod round_trip;
#[path = "contract/shared.rs"]
mod shared;
#[path = "contract/versions.rs"]
mod versions;

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callport_engine::Fault;
use callport_engine::ports::{Commit, CommitFault, Queued, Store};
use callport_flow::{NodeId, Write};
use callport_store::{MemoryStore, SealingKey, SqliteStore};

/// A store that is empty but for the process that joined it, and whatever must live as long as it.
pub struct Home {
    store: Box<dyn Store>,
    node: NodeId,
    last_commit: AtomicU64,
    _kept: Option<Box<dyn Any + Send + Sync>>,
}

impl Home {
    async fn of(store: impl Store, kept: Option<Box<dyn Any + Send + Sync>>) -> Self {
        let node = store.join().await.unwrap();
        Self { store: Box::new(store), node, last_commit: AtomicU64::new(0), _kept: kept }
    }

    /// A commit with an id of its own.
    fn draft(&self, writes: Vec<Write>) -> Commit {
        let id = self.last_commit.fetch_add(1, Ordering::Relaxed) + 1;
        Commit { id, node: self.node, expects: vec![], guards: vec![], writes, entries: vec![], webhooks: vec![] }
    }

    async fn make(&self, commit: Commit) -> Result<Vec<Queued>, CommitFault> {
        self.store.commit(Arc::new(commit)).await
    }

    /// Another process is all that lives from here on.
    async fn succeed(&self) -> NodeId {
        let next = self.store.join().await.unwrap();
        for seen in self.store.beat(next).await.unwrap() {
            if seen.node != next {
                self.store.end_node(seen).await.unwrap();
            }
        }
        next
    }
}

impl Deref for Home {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

/// Commits, and expects success.
async fn put(store: &Home, writes: Vec<Write>) {
    store.make(store.draft(writes)).await.unwrap();
}

/// Commits what breaks a rule of the store.
async fn refused(store: &Home, writes: Vec<Write>) -> Fault {
    match store.make(store.draft(writes)).await {
        Err(CommitFault::Failed(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

async fn in_memory() -> Home {
    Home::of(MemoryStore::new(), None).await
}

async fn in_shared_memory() -> Home {
    Home::of(MemoryStore::shared(), None).await
}

async fn in_a_file() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("callport.db"), SealingKey::from_bytes([7; 32])).await.unwrap();
    Home::of(store, Some(Box::new(folder))).await
}

macro_rules! contract {
    ($($module:ident { $($test:ident),+ $(,)? })+) => {
        contract!(@home memory in_memory $($module { $($test),+ })+);
        contract!(@home shared_memory in_shared_memory $($module { $($test),+ })+);
        contract!(@home sqlite in_a_file $($module { $($test),+ })+);
    };
    (@home $home:ident $open:ident $($module:ident { $($test:ident),+ $(,)? })+) => {
        mod $home {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    crate::$module::$test(&crate::$open().await).await;
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
        keeps_grants_until_removed,
        keeps_phone_overrides_until_removed,
        shares_numbers_with_accounts_until_removed,
        keeps_sip_servers_of_a_number_until_removed,
        keeps_routings_and_threads_until_removed,
        keeps_tokens_until_removed,
        keeps_users,
        keeps_sessions_until_removed,
        lists_sessions_oldest_first,
        keeps_invitations_until_removed,
        a_user_leaves_with_what_is_theirs,
        objects_leave_with_what_is_said_about_them,
        finds_what_hangs_on_an_object,
        keeps_what_a_number_and_a_user_may_not,
        keeps_templates_until_removed,
        lists_templates_by_name_and_language,
        pages_objects_by_id,
        a_portfolio_knows_each_user_by_an_id_of_its_own,
    }
    chats {
        keeps_every_state_of_a_pair,
        lists_the_pairs_of_a_user_by_number,
        keeps_messages_of_every_kind,
        free_service_messages_of_a_number_are_counted_since_a_moment,
        pages_a_chat_newest_first,
        a_message_that_changes_keeps_its_place,
        finds_the_chats_of_a_user_with_their_numbers,
        a_message_of_a_commit_that_failed_leaves_no_gap,
        lists_unread_messages_of_the_business_oldest_first,
    }
    history {
        keeps_every_stage_of_a_call,
        lists_live_calls_oldest_first,
        counts_the_calls_of_users_that_a_number_picked_up,
        pages_calls_in_the_order_of_their_placing,
        a_call_is_read_as_on_record,
        a_report_stays_with_its_call,
    }
    journal {
        keeps_entries_in_the_order_of_writing,
        keeps_every_fact,
        pages_the_journal_by_each_filter,
    }
    outbox {
        keeps_webhooks_as_they_were_queued,
        webhooks_have_places_in_the_order_of_writing,
        a_webhook_is_told_what_is_open_before_it,
        settles_attempts,
        an_attempt_is_noted_once,
        lists_what_is_open_in_a_lane,
        puts_a_settled_webhook_back,
        lists_deliveries_of_a_call_and_the_newest,
    }
    commits {
        an_empty_commit_is_fine,
        a_commit_whose_last_change_fails_leaves_nothing,
        later_changes_of_a_commit_see_earlier_ones,
        a_phone_number_has_one_holder,
        a_template_name_is_taken_once,
        owners_come_first,
        an_owner_stays_while_it_is_needed,
        history_needs_no_owners,
        a_failing_commit_does_not_touch_its_neighbours,
        reads_see_every_commit_that_returned,
        what_is_read_again_and_again_is_never_stale,
    }
    versions {
        a_row_has_one_version_under_all_of_its_keys,
        a_row_that_changed_is_a_conflict_under_each_of_its_keys,
        a_row_that_came_is_a_conflict_for_whoever_expected_none,
        what_is_found_carries_the_versions_of_its_rows,
        one_conflict_of_two_writes_writes_nothing,
        the_same_commit_again_says_the_same_and_writes_nothing,
        a_commit_that_was_made_is_known_after_others_changed_its_rows,
        a_commit_that_was_made_is_known_after_its_process_has_ended,
        a_commit_that_was_not_made_is_not_remembered,
        no_commit_has_the_id_zero,
    }
    enrolments {
        enrolments_of_every_kind_come_back_as_they_went,
        enrolments_are_listed_by_owner_in_order_and_bounded,
        enrolments_that_ended_are_removed_and_no_others,
        accounts_and_numbers_of_a_portfolio_are_found,
    }
    guards {
        a_user_is_held_by_one_live_call,
        a_number_has_so_many_live_calls,
        a_number_starts_so_many_calls,
        starts_are_counted_by_the_calendar_when_it_was_moved_back,
        tells_how_busy_parties_are,
        a_guard_that_fails_writes_nothing,
        a_query_finds_as_many_rows_as_it_found,
    }
    nodes {
        whoever_joins_is_new,
        joining_ends_others_unless_the_store_is_shared,
        a_process_is_ended_unless_it_has_beaten_since,
        an_ended_process_commits_nothing,
        adopts_what_ended_processes_left,
        what_was_adopted_is_told_again,
        an_ended_process_takes_nothing_over,
    }
    ageing {
        removes_calls_that_ended_before,
        removes_messages_that_were_written_before,
        removes_webhooks_that_were_settled_before,
        removes_entries_from_before,
        removes_sessions_and_invitations_that_expired_before,
    }
    round_trip {
        directory_records_come_back_as_they_went,
        history_records_come_back_as_they_went,
        chats_come_back_as_they_went,
        entries_that_are_written_together_come_back_as_they_went,
    }
}

contract! {@home shared_between_processes in_shared_memory
    shared {
        a_lane_stays_with_whoever_works_it,
        a_lane_is_one_subject_and_one_app,
        a_lane_whose_worker_has_ended_goes_to_its_heir,
        only_its_worker_sees_what_is_open_in_a_lane,
    }
}
