//! A few seeds of every test run; `make soak` runs thousands.

use std::time::Duration;

use callport_sim::{Plan, run};

/// Seeds that are run here, calm and stormy ones in turn.
const SEEDS: u64 = 4;
const TIME: Duration = Duration::from_secs(90);

fn plan(seed: u64) -> Plan {
    Plan { time: TIME, ..Plan::of(seed) }
}

#[test]
fn nothing_is_violated() {
    for seed in 1..=SEEDS {
        let result = run(plan(seed));
        assert_eq!(result.violations, [], "seed {seed}: callport-sim --seed {seed} tells more");
        assert!(result.calls > 50, "seed {seed} placed only {} calls", result.calls);
    }
}

#[test]
fn one_process_alone_is_the_same_code() {
    let result = run(Plan { nodes: 1, ..plan(6) });
    assert_eq!((result.violations, result.calls > 50), (vec![], true));
}

#[test]
fn a_seed_repeats_to_the_last_poll() {
    assert_eq!(run(plan(1)), run(plan(1)));
    assert_ne!(run(plan(3)).hash, run(plan(5)).hash);
}
