//! Bugs that are put in on purpose, one at a time: each must be caught, or the checks prove nothing.
//!
//! All of them sit in what stands around the engine, so that the engine that is simulated is the one that is shipped.

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The store ignores the versions that a commit expects.
    IgnoresVersions,
    /// The store lets two live calls hold one user.
    HoldsUserTwice,
    /// The store ignores the guard on calls at the same time.
    IgnoresConcurrent,
    /// The store ignores the guard on calls that a number starts in a day.
    IgnoresStarts,
    /// The store does not know a commit again by its id.
    ForgetsCommitIds,
    /// The store says "conflict" to a commit that it made before, because it looks at versions first.
    ConflictBeforeId,
    /// The store makes commits of a process that was ended.
    IgnoresFencing,
    /// A webhook goes to the committer, whoever works its lane.
    LaneToCommitter,
    /// The committer is not told of what is open before its webhook.
    TrustsOwnOrder,
    /// Numbers are read from copies that nobody takes back, and refusals are not checked against the record.
    StaleRefusals,
    /// A commit is answered before it is made, and now and then it is not made.
    AnswersTooSoon,
    /// Entries do not reach the journal.
    LosesEntries,
    /// The terminate of one app is not queued.
    LosesTerminate,
    /// What came of a webhook is not saved.
    LosesVerdicts,
    /// Processes that end leave their calls to nobody.
    LeavesCalls,
    /// Wake-ups between processes are always lost.
    LosesWakes,
    /// An input runs in the task of whoever asked, and ends with it.
    RunsInCaller,
    /// The media plane does not close what it is told to close.
    KeepsMedia,
    /// Deadlines go by the calendar.
    DeadlinesByCalendar,
    /// Templates are read from copies that nobody takes back, and are not expected to be as they were.
    StaleTemplates,
    /// A user in a call can be removed.
    RemovesUserInCall,
    /// Sessions are read from copies that nobody takes back.
    StaleSessions,
    /// What is removed may be younger by a day.
    RemovesTooMuch,
    /// What is old is not removed.
    KeepsOld,
    /// With old calls one goes that is live.
    RemovesLiveCall,
    /// A process that is asked to stop does so at once.
    StopsAtOnce,
    /// A process that stops ends its calls, and tells nobody.
    StopsBeforeTelling,
    /// Pairs are read as if the user had permitted calls for good.
    GrantsAlways,
    /// Pairs are read as if the user had just written.
    WindowNeverCloses,
    /// Pairs are read as if the business had never asked for permission.
    ForgetsRequests,
    /// Pairs are read as if the user had never blocked the business.
    ForgetsBlocks,
}

impl Bug {
    /// All there are.
    pub const ALL: [Bug; 31] = [
        Bug::IgnoresVersions,
        Bug::HoldsUserTwice,
        Bug::IgnoresConcurrent,
        Bug::IgnoresStarts,
        Bug::ForgetsCommitIds,
        Bug::ConflictBeforeId,
        Bug::IgnoresFencing,
        Bug::LaneToCommitter,
        Bug::TrustsOwnOrder,
        Bug::StaleRefusals,
        Bug::AnswersTooSoon,
        Bug::LosesEntries,
        Bug::LosesTerminate,
        Bug::LosesVerdicts,
        Bug::LeavesCalls,
        Bug::LosesWakes,
        Bug::RunsInCaller,
        Bug::KeepsMedia,
        Bug::DeadlinesByCalendar,
        Bug::StaleTemplates,
        Bug::RemovesUserInCall,
        Bug::StaleSessions,
        Bug::RemovesTooMuch,
        Bug::KeepsOld,
        Bug::RemovesLiveCall,
        Bug::StopsAtOnce,
        Bug::StopsBeforeTelling,
        Bug::GrantsAlways,
        Bug::WindowNeverCloses,
        Bug::ForgetsRequests,
        Bug::ForgetsBlocks,
    ];
}
