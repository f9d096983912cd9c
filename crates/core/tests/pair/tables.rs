//! Every permission state and every event, in production and in the sandbox. What is expected is written out, never computed.

use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::limits::{PairLimitSets, PairLimits};
use callport_core::message::MessageId;
use callport_core::pair::{Consequence, Decision, Pair, PairRefusal, Permission, PermissionReply, ReplySource, RequestRefusal};
use callport_core::settings::AccountMode;
use callport_core::time::WallTime;

use crate::{DAY, at};

/// When the events happen: two weeks after anything that the states came from.
const NOW: WallTime = WallTime::from_unix_seconds(1_796_204_800);
const MILLISECOND: Duration = Duration::from_millis(1);

/// The four states, in the order of the tables' columns.
#[derive(Debug, Clone, Copy)]
enum State {
    Never,
    /// Its last millisecond.
    Running,
    /// Its first millisecond after.
    Expired,
    Permanent,
}

const STATES: [State; 4] = [State::Never, State::Running, State::Expired, State::Permanent];

impl State {
    /// A pair in this state at [`NOW`] that was silent for longer than a window, with a card that nobody answered.
    fn pair(self, limits: &PairLimits) -> Pair {
        let week = Duration::from_secs(7 * DAY);
        let decided = |moment, decision| Pair::default().decide(moment, decision, limits).0;
        let pair = match self {
            State::Never => Pair::default(),
            State::Running => decided(NOW - week + MILLISECOND, Decision::AllowTemporarily),
            State::Expired => decided(NOW - week, Decision::AllowTemporarily),
            State::Permanent => decided(NOW - week, Decision::Allow),
        };
        pair.card_delivered(NOW - Duration::from_secs(1), card())
    }
}

fn card() -> MessageId {
    MessageId::parse("wamid.card").unwrap()
}

fn columns() -> [(&'static str, PairLimits); 2] {
    let sets = PairLimitSets::default();
    [("production", *sets.of(AccountMode::Live)), ("sandbox", *sets.of(AccountMode::Sandbox))]
}

/// Everything that happens to a pair.
#[derive(Debug, Clone, Copy)]
enum Event {
    Time,
    Request,
    CardDelivered,
    Card(Decision),
    Profile(Decision),
    Callback,
    UserCallConnected,
    BusinessCallConnected,
    /// A business-initiated call, so many of which went unanswered before.
    Unanswered(u32),
    Heard,
}

/// What the business and the user are told of an event.
fn apply(mut pair: Pair, event: Event, limits: &PairLimits) -> (Pair, String) {
    let told = |reply: Option<PermissionReply>| reply.map(described).unwrap_or_default();
    match event {
        Event::Time => (pair, String::new()),
        Event::Request => (pair.request(NOW), String::new()),
        Event::CardDelivered => (pair.card_delivered(NOW, MessageId::parse("wamid.newer").unwrap()), String::new()),
        Event::Card(decision) => {
            let (pair, reply) = pair.answer_card(NOW, &card(), decision, limits).unwrap();
            (pair, told(reply))
        }
        Event::Profile(decision) => {
            let (pair, reply) = pair.decide(NOW, decision, limits);
            (pair, told(reply))
        }
        Event::Callback => {
            let (pair, reply) = pair.call_back(NOW, limits);
            (pair, told(reply))
        }
        Event::UserCallConnected => (pair.call_connected(NOW, Direction::UserInitiated), String::new()),
        Event::BusinessCallConnected => (pair.call_connected(NOW, Direction::BusinessInitiated), String::new()),
        Event::Unanswered(before) => {
            pair.unanswered = before;
            let (pair, consequence) = pair.call_unanswered(NOW, limits);
            let told = match consequence {
                None => String::new(),
                Some(Consequence::Nudge) => " nudge".to_owned(),
                Some(Consequence::Revoked(reply)) => described(reply),
            };
            (pair, told)
        }
        Event::Heard => (pair.heard(NOW), String::new()),
    }
}

/// The members of the webhook: `response`, what it grants, `response_source`.
fn described(reply: PermissionReply) -> String {
    let source = match reply.source {
        ReplySource::UserAction => "user_action",
        ReplySource::Automatic => "automatic",
    };
    let granted = match reply.permission {
        Permission::None => "reject",
        Permission::Temporary { until } if until == NOW + Duration::from_secs(604_800) => "accept-week",
        Permission::Temporary { .. } => "accept-other",
        Permission::Permanent => "accept-permanent",
    };
    format!(" -> {granted}/{source}")
}

fn permission(pair: &Pair) -> &'static str {
    match pair.permission(NOW) {
        Permission::None => "none",
        Permission::Temporary { until } if until == NOW + MILLISECOND => "as-before",
        Permission::Temporary { until } if until == NOW + Duration::from_secs(604_800) => "week",
        Permission::Temporary { .. } => "other",
        Permission::Permanent => "permanent",
    }
}

/// The permission afterwards `->` what the business is told; the columns are [`STATES`].
#[rustfmt::skip]
fn permissions_after(unanswered_before_revoke: u32, unanswered_before_nudge: u32) -> Vec<(Event, [&'static str; 4])> {
    use Decision::{Allow, AllowTemporarily, Deny};
    const PERMANENT: &str = "permanent -> accept-permanent/user_action";
    const WEEK: &str = "week -> accept-week/user_action";
    const REJECT: &str = "none -> reject/user_action";
    const CALLBACK: &str = "week -> accept-week/automatic";
    const REVOKED: &str = "none -> reject/automatic";
    vec![
        //                                                  never         running            expired       permanent
        (Event::Time,                                       ["none",       "as-before",       "none",       "permanent"]),
        (Event::Request,                                    ["none",       "as-before",       "none",       "permanent"]),
        (Event::CardDelivered,                              ["none",       "as-before",       "none",       "permanent"]),
        (Event::Card(Allow),                                [PERMANENT,    PERMANENT,         PERMANENT,    PERMANENT]),
        (Event::Card(AllowTemporarily),                     [WEEK,         WEEK,              WEEK,         WEEK]),
        (Event::Card(Deny),                                 [REJECT,       REJECT,            REJECT,       REJECT]),
        (Event::Profile(Allow),                             [PERMANENT,    PERMANENT,         PERMANENT,    "permanent"]),
        (Event::Profile(AllowTemporarily),                  [WEEK,         WEEK,              WEEK,         WEEK]),
        (Event::Profile(Deny),                              ["none",       REJECT,            "none",       REJECT]),
        (Event::Callback,                                   [CALLBACK,     CALLBACK,          CALLBACK,     "permanent"]),
        (Event::UserCallConnected,                          ["none",       "as-before",       "none",       "permanent"]),
        (Event::BusinessCallConnected,                      ["none",       "as-before",       "none",       "permanent"]),
        (Event::Unanswered(0),                              ["none",       "as-before",       "none",       "permanent"]),
        (Event::Unanswered(unanswered_before_nudge),        ["none nudge", "as-before nudge", "none nudge", "permanent nudge"]),
        (Event::Unanswered(unanswered_before_revoke),       ["none",       REVOKED,           "none",       REVOKED]),
        (Event::Heard,                                      ["none",       "as-before",       "none",       "permanent"]),
    ]
}

#[test]
fn every_event_in_every_state_leaves_the_permission_of_the_table_and_tells_what_it_says() {
    for (name, limits) in columns() {
        let (before_revoke, before_nudge) = if name == "production" { (3, 1) } else { (9, 4) };
        for (event, expected) in permissions_after(before_revoke, before_nudge) {
            for (state, expected) in STATES.into_iter().zip(expected) {
                let (pair, told) = apply(state.pair(&limits), event, &limits);
                assert_eq!(format!("{}{told}", permission(&pair)), expected, "{name}, {state:?}, {event:?}");
            }
        }
    }
}

/// What is counted after each event of a pair that has 1 request, 1 connected call, a row of 1 unanswered and a closed window:
/// requests, connected, row, window. The same in every state; what is not is in the next table.
#[rustfmt::skip]
const COUNTED_AFTER: [(Event, (u32, u32, u32, bool)); 11] = [
    (Event::Time,                               (1, 1, 1, false)),
    (Event::Request,                            (2, 1, 1, false)),
    (Event::CardDelivered,                      (1, 1, 1, false)),
    (Event::Card(Decision::Allow),              (1, 1, 0, true)),
    (Event::Card(Decision::AllowTemporarily),   (1, 1, 0, true)),
    (Event::Card(Decision::Deny),               (1, 1, 1, true)),
    (Event::Profile(Decision::AllowTemporarily),(1, 1, 0, true)),
    (Event::Callback,                           (1, 1, 1, false)),
    (Event::UserCallConnected,                  (0, 1, 0, false)),
    (Event::BusinessCallConnected,              (0, 2, 0, true)),
    (Event::Heard,                              (1, 1, 1, true)),
];

#[test]
fn every_event_in_every_state_counts_as_the_table_says() {
    let before = NOW - Duration::from_secs(1);
    for (name, limits) in columns() {
        for state in STATES {
            for (event, expected) in COUNTED_AFTER {
                let pair = Pair { requests: vec![before], connected: vec![before], unanswered: 1, heard_at: None, ..state.pair(&limits) };
                let (pair, _) = apply(pair, event, &limits);
                let (requests, week) = (pair.requests_in_day(NOW, &limits).used, pair.requests_in_week(NOW, &limits).used);
                assert_eq!(requests, week, "{name}, {state:?}, {event:?}");
                let counted = (requests, pair.connected_in_day(NOW, &limits).used, pair.unanswered, pair.window_open(NOW));
                assert_eq!(counted, expected, "{name}, {state:?}, {event:?}");
            }
        }
    }
}

#[test]
fn a_decision_in_the_profile_opens_the_window_where_the_business_is_told() {
    for (state, allow, deny) in
        [(State::Never, true, false), (State::Running, true, true), (State::Expired, true, false), (State::Permanent, false, true)]
    {
        for (decision, open) in [(Decision::Allow, allow), (Decision::Deny, deny)] {
            for (name, limits) in columns() {
                let pair = Pair { heard_at: None, ..state.pair(&limits) };
                let (pair, _) = pair.decide(NOW, decision, &limits);
                assert_eq!(pair.window_open(NOW), open, "{name}, {state:?}, {decision:?}");
            }
        }
    }
}

/// What may be done at [`NOW`], as published codes: a request for permission, then a call.
#[rustfmt::skip]
const MAY: [(Counted, [&str; 4], [&str; 4]); 6] = [
    //                                 request: never, running, expired, permanent    call: never, running, expired, permanent
    (Counted::Nothing,                 ["ok", "ok", "ok", "138017"],                  ["138006", "ok", "138006", "ok"]),
    (Counted::RequestsOfADay,          ["138009", "138009", "138009", "138017"],      ["138006", "ok", "138006", "ok"]),
    (Counted::RequestsOfAWeek,         ["138009", "138009", "138009", "138017"],      ["138006", "ok", "138006", "ok"]),
    (Counted::RequestsOfAnEndedWeek,   ["ok", "ok", "ok", "138017"],                  ["138006", "ok", "138006", "ok"]),
    (Counted::CallsOfADay,             ["ok", "ok", "ok", "138017"],                  ["138006", "138012", "138006", "138012"]),
    (Counted::CallsOfAnEndedDay,       ["ok", "ok", "ok", "138017"],                  ["138006", "ok", "138006", "ok"]),
];

#[derive(Debug, Clone, Copy)]
enum Counted {
    Nothing,
    RequestsOfADay,
    RequestsOfAWeek,
    /// The oldest of a full week is just over, and none is younger than a day.
    RequestsOfAnEndedWeek,
    CallsOfADay,
    /// The oldest of a full day is just over.
    CallsOfAnEndedDay,
}

impl Counted {
    /// The published numbers, written out: 1 a day and 2 a week, or 25 and 100; 100 calls a day.
    fn into(self, pair: Pair, production: bool) -> Pair {
        let (day, week) = if production { (1, 2) } else { (25, 100) };
        let ago = |count: usize, seconds: u64| vec![NOW - Duration::from_secs(seconds); count];
        let (requests, connected) = match self {
            Counted::Nothing => (vec![], vec![]),
            Counted::RequestsOfADay => (ago(day, 86_399), vec![]),
            Counted::RequestsOfAWeek => ([ago(1, 604_799), ago(week - 1, 86_400)].concat(), vec![]),
            Counted::RequestsOfAnEndedWeek => ([ago(1, 604_800), ago(week - 1, 86_400)].concat(), vec![]),
            Counted::CallsOfADay => (vec![], ago(100, 86_399)),
            Counted::CallsOfAnEndedDay => (vec![], [ago(1, 86_400), ago(99, 86_399)].concat()),
        };
        Pair { requests, connected, ..pair }
    }
}

#[test]
fn every_count_in_every_state_allows_what_the_table_says() {
    for (name, limits) in columns() {
        for (counted, requests, calls) in MAY {
            for ((state, request), call) in STATES.into_iter().zip(requests).zip(calls) {
                let pair = counted.into(state.pair(&limits), name == "production");
                let asked = match pair.may_request(NOW, &limits) {
                    Ok(()) => "ok",
                    Err(RequestRefusal::PermanentPermission) => "138017",
                    Err(RequestRefusal::Limit { .. }) => "138009",
                };
                let called = match pair.may_call(NOW, &limits) {
                    Ok(()) => "ok",
                    Err(PairRefusal::NoPermission) => "138006",
                    Err(PairRefusal::Limit { .. }) => "138012",
                };
                assert_eq!((asked, called), (request, call), "{name}, {state:?}, {counted:?}");
            }
        }
    }
}

#[test]
fn a_limit_of_zero_allows_nothing() {
    let none = PairLimits { requests_per_day: 0, connected_per_day: 0, ..PairLimits::PRODUCTION };
    for counted in [Counted::Nothing, Counted::RequestsOfADay, Counted::CallsOfADay] {
        let pair = counted.into(State::Running.pair(&none), true);
        assert!(matches!(pair.may_request(NOW, &none), Err(RequestRefusal::Limit { next_at }) if next_at > NOW), "{counted:?}");
        assert!(matches!(pair.may_call(NOW, &none), Err(PairRefusal::Limit { next_at }) if next_at > NOW), "{counted:?}");
    }
}

#[test]
fn a_lowered_limit_waits_until_enough_have_gone() {
    let pair = Pair { requests: vec![at(10), at(20), at(30)], ..Pair::default() };
    for (allowed, frees_at) in [(4, None), (3, Some(at(10 + DAY))), (2, Some(at(20 + DAY))), (1, Some(at(30 + DAY)))] {
        let limits = PairLimits { requests_per_day: allowed, requests_per_week: 9, ..PairLimits::PRODUCTION };
        assert_eq!(pair.requests_in_day(at(40), &limits).frees_at, frees_at, "{allowed} allowed");
        let expected = frees_at.map_or(Ok(()), |next_at| Err(RequestRefusal::Limit { next_at }));
        assert_eq!(pair.may_request(at(40), &limits), expected, "{allowed} allowed");
    }
}

/// What each unanswered call in a row leads to, from the first.
#[test]
fn unanswered_calls_in_a_row_lead_to_what_the_table_says() {
    let production = ["", "nudge", "", "revoked"];
    let sandbox = ["", "", "", "", "nudge", "", "", "", "", "revoked"];
    for ((name, limits), expected) in columns().into_iter().zip([&production[..], &sandbox]) {
        for decision in [Decision::Allow, Decision::AllowTemporarily] {
            let mut pair = Pair::default().decide(at(0), decision, &limits).0;
            for (before, expected) in expected.iter().enumerate() {
                assert_eq!(pair.may_call(at(1), &limits), Ok(()), "{name}, after {before}");
                let (next, consequence) = pair.call_unanswered(at(1), &limits);
                let led_to = match consequence {
                    None => "",
                    Some(Consequence::Nudge) => "nudge",
                    Some(Consequence::Revoked(_)) => "revoked",
                };
                assert_eq!(led_to, *expected, "{name}, after {before}");
                pair = next;
            }
            assert_eq!(pair.may_call(at(1), &limits), Err(PairRefusal::NoPermission), "{name}");
            assert_eq!(pair.unanswered, 0, "the next permission starts with a row of its own");
        }
    }
}

#[test]
fn a_card_is_answered_until_its_week_is_over_or_a_newer_one_comes() {
    let limits = PairLimits::PRODUCTION;
    let delivered = || Pair::default().card_delivered(at(0), card());
    let newer = MessageId::parse("wamid.newer").unwrap();
    let declined = || delivered().answer_card(at(DAY), &card(), Decision::Deny, &limits).unwrap().0;
    let replaced = || delivered().card_delivered(at(1), newer.clone());
    let last = |days: u64| at(days * DAY) - MILLISECOND;
    for (pair, message, moment, answerable) in [
        (Pair::default(), card(), at(0), false),
        (delivered(), card(), at(0), true),
        (delivered(), newer.clone(), at(0), false),
        (delivered(), card(), last(7), true),
        (delivered(), card(), at(7 * DAY), false),
        (declined(), card(), last(8), true),
        (declined(), card(), at(8 * DAY), false),
        (replaced(), card(), at(2), false),
        (replaced(), newer.clone(), at(2), true),
    ] {
        for decision in Decision::ALL {
            let answered = pair.clone().answer_card(moment, &message, decision, &limits);
            assert_eq!(answered.is_ok(), answerable, "{message:?} at {moment:?}");
        }
    }
}
