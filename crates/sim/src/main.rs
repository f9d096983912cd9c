//! `callport-sim`: runs seed after seed for so many seconds, or one seed again.
#![expect(clippy::print_stdout, reason = "its report is what it is for")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use callport_sim::{Bug, Plan, Run, run};
use clap::Parser;
use serde_json::json;

/// Most of what is simulated is small and short-lived.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulates days of the platform, seed after seed, and says what must not be.
#[derive(Debug, Parser)]
#[command(name = "callport-sim")]
struct Asked {
    /// How long to go on, in seconds of a real clock.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Runs this seed alone and tells the story of what went wrong.
    #[arg(long)]
    seed: Option<u64>,
    /// The first seed of a series.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Processes that share the store.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=9))]
    nodes: u64,
    /// No crashes, cuts and faults, in any seed.
    #[arg(long)]
    calm: bool,
    /// Puts each bug in, one after the other, and says in how many of so many seeds it was caught.
    #[arg(long, value_name = "SEEDS", conflicts_with_all = ["seed", "json"])]
    bugs: Option<u64>,
    /// The report as JSON.
    #[arg(long)]
    json: bool,
}

/// Violations of one run that are printed.
const MOST_SHOWN: usize = 10;

fn main() -> ExitCode {
    let asked = Asked::parse();
    if let Some(seeds) = asked.bugs {
        return catch_bugs(&asked, seeds);
    }
    let began = Instant::now();
    let (mut seeds, mut violations, mut all) = (0_u64, 0, Totals::default());
    let mut first_bad = None;
    let first = asked.seed.unwrap_or(asked.from);
    for seed in first.. {
        let result = run(plan(&asked, seed));
        seeds += 1;
        violations += result.violations.len();
        all.add(&result);
        if !result.violations.is_empty() {
            first_bad = first_bad.or(Some(seed));
            if !asked.json {
                show(seed, &result, asked.seed.is_some());
            }
        }
        if asked.seed.is_some() || began.elapsed() >= Duration::from_secs(asked.seconds) {
            if asked.seed.is_some() && !asked.json {
                println!("{seed}: polls {}, hash {:016x}", result.polls, result.hash);
            }
            break;
        }
    }
    let per_second = (all.calls as f64 / began.elapsed().as_secs_f64()).round();
    if asked.json {
        let report = json!({
            "calls_per_second": per_second, "seeds": seeds, "violations": violations, "first_bad_seed": first_bad, "calls": all.calls,
            "commits": all.commits, "conflicts": all.conflicts, "faults": all.faults, "answers": all.answers, "refusals": all.refusals,
            "clients_gone": all.gone, "crashes": all.crashes, "polls": all.polls,
        });
        println!("{report}");
    } else {
        println!("{seeds} seeds, {violations} violations, {} calls, {per_second} calls a second", all.calls);
        println!(
            "{} commits, {} conflicts, {} faults, {} crashes, {} polls",
            all.commits, all.conflicts, all.faults, all.crashes, all.polls
        );
    }
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A bug that no seed shows is a check that proves nothing.
fn catch_bugs(asked: &Asked, seeds: u64) -> ExitCode {
    let mut missed = false;
    for bug in Bug::ALL {
        let (mut caught, mut example) = (0, None);
        for seed in asked.from..asked.from + seeds {
            let found = run(Plan { bug: Some(bug), ..plan(asked, seed) }).violations;
            caught += u64::from(!found.is_empty());
            example = example.or(found.into_iter().next().map(|violation| format!("seed {seed}: {}", violation.what)));
        }
        missed |= caught == 0;
        println!("{bug:?}: caught in {caught} of {seeds} seeds; {}", example.unwrap_or_default());
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn plan(asked: &Asked, seed: u64) -> Plan {
    let plan = Plan::of(seed);
    Plan { nodes: usize::try_from(asked.nodes).unwrap_or(1), calm: asked.calm || plan.calm, ..plan }
}

#[derive(Default)]
struct Totals {
    calls: usize,
    commits: u64,
    conflicts: u64,
    faults: u64,
    answers: u64,
    refusals: u64,
    gone: u64,
    crashes: u64,
    polls: u64,
}

impl Totals {
    fn add(&mut self, run: &Run) {
        self.calls += run.calls;
        self.commits += run.commits;
        self.conflicts += run.conflicts;
        self.faults += run.faults;
        self.answers += run.answers;
        self.refusals += run.refusals;
        self.gone += run.gone;
        self.crashes += run.crashes;
        self.polls += run.polls;
    }
}

fn show(seed: u64, run: &Run, stories: bool) {
    println!("seed {seed}: {} violations; again with --seed {seed}", run.violations.len());
    for violation in run.violations.iter().take(MOST_SHOWN) {
        let call = violation.call.as_ref().map(|call| format!(" [{}]", call.short())).unwrap_or_default();
        println!("  {:>10.3} s  {}{call}", violation.at.as_secs_f64(), violation.what);
    }
    for (call, story) in run.stories.iter().filter(|_| stories) {
        println!("  call {}:", call.short());
        story.iter().for_each(|line| println!("    {line}"));
    }
}
