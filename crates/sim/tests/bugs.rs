//! Each bug that is put in is caught by some seed: without this, no violations would mean nothing.

use std::time::Duration;

use callport_sim::{Bug, Plan, run};

/// Seeds after which a bug counts as missed. Most need one, a stale copy several, a race for the last place under a limit some thirty.
const SEEDS: u64 = 96;

/// `says`: what the check that must catch it says, where others catch it as well.
fn caught(bug: Bug, says: &str) {
    let found = (1..=SEEDS).any(|seed| {
        let plan = Plan { bug: Some(bug), time: Duration::from_secs(120), ..Plan::of(seed) };
        run(plan).violations.iter().any(|violation| violation.what.contains(says))
    });
    assert!(found, "{bug:?} was in, and {SEEDS} seeds went well");
}

macro_rules! each_bug {
    ($($name:ident: $bug:ident $(=> $says:literal)?,)*) => {
        $(#[test]
        fn $name() {
            caught(Bug::$bug, concat!($($says)?));
        })*

        #[test]
        fn every_bug_has_its_test() {
            assert_eq!(Bug::ALL, [$(Bug::$bug),*]);
        }
    };
}

each_bug! {
    a_store_that_ignores_versions: IgnoresVersions,
    a_store_that_lets_two_calls_hold_a_user: HoldsUserTwice,
    a_store_that_ignores_the_limit_of_calls: IgnoresConcurrent,
    a_store_that_ignores_the_limit_of_starts: IgnoresStarts,
    a_store_that_forgets_commit_ids: ForgetsCommitIds,
    a_store_that_looks_at_versions_before_ids: ConflictBeforeId,
    a_store_that_takes_commits_of_ended_processes: IgnoresFencing,
    a_webhook_that_goes_to_the_committer: LaneToCommitter,
    a_committer_that_trusts_its_own_order: TrustsOwnOrder,
    a_refusal_from_a_stale_copy: StaleRefusals,
    an_answer_before_the_commit: AnswersTooSoon,
    a_journal_that_loses_entries: LosesEntries => "the journal says nothing of it",
    a_terminate_that_is_not_queued: LosesTerminate,
    a_verdict_that_is_not_saved: LosesVerdicts,
    calls_of_ended_processes_that_nobody_ends: LeavesCalls,
    wake_ups_that_are_lost: LosesWakes,
    an_input_that_ends_with_its_caller: RunsInCaller,
    media_that_stay_open: KeepsMedia,
    deadlines_that_go_by_the_calendar: DeadlinesByCalendar,
    templates_from_stale_copies: StaleTemplates,
    a_user_who_is_removed_in_a_call: RemovesUserInCall,
    sessions_from_stale_copies: StaleSessions,
    a_removal_of_what_is_too_young: RemovesTooMuch,
    a_removal_that_removes_nothing: KeepsOld,
    a_removal_of_a_live_call: RemovesLiveCall,
    a_stop_that_ends_no_call: StopsAtOnce,
    a_stop_that_tells_nobody: StopsBeforeTelling,
    a_permission_that_nobody_gave: GrantsAlways => "placed without permission of the user",
    a_window_that_never_closes: WindowNeverCloses => "the business wrote freely",
    requests_for_permission_that_are_forgotten: ForgetsRequests => "counted other requests or calls than there were",
    blocks_that_are_forgotten: ForgetsBlocks => "a business that they block",
}
