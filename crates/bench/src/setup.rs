//! `callport bench setup`: whole call set-ups, from the call button to first audio both ways and to the end of the call.
//!
//! Each is what a real one is: a dial over the phone's socket, the connect webhook, pre_accept and accept over HTTP, ICE and DTLS on both legs, media both
//! ways, terminate over HTTP, the terminate webhook. The platform is the shipped `callport serve`; people and business are in this process.

mod business;
mod media;
pub(crate) mod phone;
pub(crate) mod platform;
mod report;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use business::Business;
use media::Media;
use phone::{Phone, SetUp};
use platform::Platform;
use tokio::task::JoinSet;

use crate::{BenchFault, machine, process};
use crate::{Surroundings, secret};
pub(crate) use report::Report;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// People who call at the same time.
    pub people: u32,
    /// How long all of it may take.
    pub time: Duration,
}

/// Calls of each person before the measurement begins: connections are opened, code and caches are warm.
const WARM_UP_SHARE: f64 = 0.1;

/// Different reasons of failures that are told.
const REASONS_TOLD: usize = 5;

/// Runs the benchmark.
pub(crate) async fn run(wish: Wish, around: &Surroundings, tell: &mut (dyn FnMut(&str) + Send)) -> Result<Report, BenchFault> {
    let machine = machine::Machine::look();
    let began = Instant::now();
    let token = secret(around.random.as_ref());
    tell("starting the platform and its people");
    let media = Media::start(around.random.clone())?;
    let (business, callback) = Business::listen(media.clone(), token.clone()).await?;
    // Nobody calls as often as these people do.
    let settings = serde_json::json!({ "floods": { "calls": 1_000_000 } });
    let platform = tokio::task::spawn_blocking({
        let random = around.random.clone();
        move || Platform::start(&callback, &token, &settings, random.as_ref())
    })
    .await??;
    let url = platform.announcement.public_url.clone();
    business.calls_at(format!("{url}/{}/calls", platform::NUMBER_ID));
    let stop = Arc::new(AtomicBool::new(false));
    let mut people = JoinSet::new();
    let http = reqwest::Client::builder().tls_certs_only([]).no_proxy().build()?;
    for person in 0..wish.people {
        let phone = Phone::open(&http, &url, person, platform::NUMBER, media.clone(), business.clone()).await?;
        people.spawn(call_again_and_again(phone, stop.clone()));
    }
    tell(&format!("{} people call and hang up, for {} s", wish.people, wish.time.as_secs()));
    tokio::time::sleep(wish.time.mul_f64(WARM_UP_SHARE)).await;
    let before = Look::now(&platform)?;
    tokio::time::sleep(wish.time.saturating_sub(began.elapsed()).max(SHORTEST)).await;
    let after = Look::now(&platform)?;
    stop.store(true, Ordering::Relaxed);
    let mut calls = Vec::new();
    let mut failures = Vec::new();
    while let Some(done) = people.join_next().await {
        let done = done?;
        calls.extend(done.calls);
        failures.extend(done.failures);
    }
    let counted = |set_up: &SetUp| (before.at..after.at).contains(&set_up.talking());
    calls.retain(counted);
    failures.retain(|(at, _)| *at >= before.at);
    let words = platform.last_words();
    Ok(Report::new(report::Findings { machine, people: wish.people, before, after, calls, failures: told(failures), words }))
}

/// At the least, calls are counted for so long.
const SHORTEST: Duration = Duration::from_millis(500);

/// The platform's processor time at some moment.
pub(crate) struct Look {
    at: Instant,
    processor: process::Processor,
    threads: std::collections::BTreeMap<String, process::Used>,
    load: process::Processor,
}

impl Look {
    fn now(platform: &Platform) -> Result<Look, BenchFault> {
        let gone = "the platform has ended";
        Ok(Look {
            at: Instant::now(),
            processor: process::processor_time(platform.pid()).ok_or(gone)?,
            threads: process::threads(platform.pid()),
            load: process::processor_time(std::process::id()).ok_or(gone)?,
        })
    }
}

/// What one person's calls came to.
#[derive(Default)]
struct Done {
    calls: Vec<SetUp>,
    failures: Vec<(Instant, String)>,
}

async fn call_again_and_again(mut phone: Phone, stop: Arc<AtomicBool>) -> Done {
    let mut done = Done::default();
    while !stop.load(Ordering::Relaxed) {
        match phone.call().await {
            Ok(set_up) => done.calls.push(set_up),
            Err(fault) => {
                done.failures.push((Instant::now(), fault.to_string()));
                tokio::time::sleep(AFTER_A_FAILURE).await;
            }
        }
    }
    done
}

/// So that a platform that refuses everything is not asked ten thousand times a second.
const AFTER_A_FAILURE: Duration = Duration::from_millis(100);

/// How many failures there were, and the first few kinds of them.
fn told(failures: Vec<(Instant, String)>) -> (usize, Vec<String>) {
    let count = failures.len();
    let mut kinds: Vec<String> = Vec::new();
    for (_, why) in failures {
        if kinds.len() < REASONS_TOLD && !kinds.contains(&why) {
            kinds.push(why);
        }
    }
    (count, kinds)
}
