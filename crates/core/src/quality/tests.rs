use super::*;
use QualityConsequence::{Pause, Tell};

const T0: WallTime = WallTime::from_unix_millis(1_795_000_000_000);
const HOUR: Duration = Duration::from_secs(3_600);

const RULES: QualityRules = QualityRules {
    window: Duration::from_secs(7 * 86_400),
    complaints_until_warning: 2,
    complaints_until_pause: 4,
    pause: Duration::from_secs(7 * 86_400),
    calls_until_judged: 10,
    warning_below_percent: 30,
    hidden_below_percent: 10,
};

fn user(nth: u32) -> UserId {
    UserId::parse(&format!("{}", 7_000 + nth)).unwrap()
}

/// Complaints of users at hours, and what each led to.
fn complained(rules: &QualityRules, all: &[(u32, Direction, u32)]) -> Vec<Option<QualityConsequence>> {
    let mut quality = Quality::default();
    let mut led_to = Vec::new();
    for (nth, direction, hours) in all {
        let consequence;
        (quality, consequence) = quality.complaint(rules, &user(*nth), *direction, T0 + HOUR * *hours);
        led_to.push(consequence);
    }
    led_to
}

#[test]
fn complaints_warn_once_and_then_pause_the_direction_that_they_are_about() {
    use Direction::{BusinessInitiated as Bic, UserInitiated as Uic};
    let warned = Some(Tell(QualityNotice::BusinessInitiated));
    let pause = |hours| Some(Pause(Bic, T0 + HOUR * hours + RULES.pause));
    for (what, all, expected) in [
        ("one after the other", vec![(1, Bic, 0), (2, Bic, 1), (3, Bic, 2), (4, Bic, 3)], vec![None, warned, None, pause(3)]),
        ("one user counts once", vec![(1, Bic, 0), (1, Bic, 1), (1, Bic, 2), (1, Bic, 3)], vec![None, None, None, None]),
        (
            "each direction by itself",
            vec![(1, Bic, 0), (2, Uic, 1), (3, Bic, 2), (4, Uic, 3)],
            vec![None, None, warned, Some(Tell(QualityNotice::UserInitiated))],
        ),
        ("old ones do not count", vec![(1, Bic, 0), (2, Bic, 168), (3, Bic, 169)], vec![None, None, warned]),
        ("a new warning in a new window", vec![(1, Bic, 0), (2, Bic, 1), (3, Bic, 169), (4, Bic, 170)], vec![None, warned, None, warned]),
        (
            "after a pause they begin anew",
            vec![(1, Bic, 0), (2, Bic, 0), (3, Bic, 0), (4, Bic, 0), (5, Bic, 1), (6, Bic, 2)],
            vec![None, warned, None, pause(0), None, None],
        ),
    ] {
        assert_eq!(complained(&RULES, &all), expected, "{what}");
    }
    let never = QualityRules { complaints_until_warning: 0, complaints_until_pause: 0, ..RULES };
    let many: Vec<_> = (0..50).map(|nth| (nth, Bic, 0)).collect();
    assert!(complained(&never, &many).iter().all(Option::is_none));
}

#[test]
fn complaints_that_are_kept_have_a_bound() {
    let never = QualityRules { complaints_until_warning: 0, complaints_until_pause: 0, ..RULES };
    let mut quality = Quality::default();
    for nth in 0..1_200 {
        (quality, _) = quality.complaint(&never, &user(nth), Direction::UserInitiated, T0);
    }
    assert_eq!((quality.complaints.len(), quality.complaints.last().map(|last| last.user.clone())), (MAX_COMPLAINTS, Some(user(1_199))));
}

#[test]
fn missed_calls_warn_and_then_hide_the_button() {
    let judged = |ended, picked_up| Quality::default().missed(&RULES, PickUps { ended, picked_up }, T0).1;
    let (warned, hidden) = (Some(Tell(QualityNotice::LowPickUp)), Some(Tell(QualityNotice::CallButtonHidden)));
    for (ended, picked_up, expected) in [
        (9, 0, None),
        (10, 0, hidden),
        (10, 1, warned),
        (10, 2, warned),
        (10, 3, None),
        (1_000, 99, hidden),
        (1_000, 100, warned),
        (1_000, 300, None),
    ] {
        assert_eq!(judged(ended, picked_up), expected, "{picked_up} of {ended}");
    }
    let (quality, _) = Quality::default().missed(&RULES, PickUps { ended: 10, picked_up: 1 }, T0);
    let (quality, again) = quality.missed(&RULES, PickUps { ended: 11, picked_up: 2 }, T0 + HOUR);
    assert_eq!(again, None, "told already");
    assert_eq!(quality.judged_since(&RULES, T0), Some(T0 - RULES.window));
    let (quality, _) = quality.missed(&RULES, PickUps { ended: 12, picked_up: 1 }, T0 + HOUR);
    assert_eq!(quality.judged_since(&RULES, T0 + HOUR * 2), Some(T0 + HOUR), "calls before the hiding are not judged again");
    assert_eq!(quality.judged_since(&QualityRules { calls_until_judged: 0, ..RULES }, T0), None);
}
