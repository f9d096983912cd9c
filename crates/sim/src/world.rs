//! Everything around the engines: who acts, who is told, and what becomes of the processes.

mod business;
mod client;
mod guests;
mod nodes;
mod operator;
mod people;
mod stops;
mod templates;
mod town;
mod weather;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::UserId;
use callport_engine::Engine;
use callport_engine::ports::{CommitFault, Queued};
use callport_engine::records::User;
use callport_store::MemoryStore;
use parking_lot::Mutex;

use crate::books::{Books, Parcel, Violation};
use crate::bug::Bug;
use crate::exec::{Exec, WORLD};
use crate::plan::{Plan, SETTLES};
use crate::ports::Calendar;
pub(crate) use nodes::{Nodes, Running};
pub(crate) use town::{Town, desk_of, sip_app};

/// People who come, stay for a while, and are removed.
const GUESTS: usize = 2;

/// The world of one run.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) exec: Exec,
    pub(crate) calendar: Arc<Calendar>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) books: Arc<Mutex<Books>>,
    pub(crate) nodes: Nodes,
    pub(crate) town: Town,
    pub(crate) counters: Counters,
    /// Renderings of webhook bodies, counted from 1.
    pub(crate) bodies: AtomicU64,
    tags: AtomicU64,
    /// Which call the media plane opened for an offer: offers are tags.
    offers: Mutex<BTreeMap<String, CallId>>,
    /// How often a business asked the same of one call.
    asked: Mutex<BTreeMap<(CallId, &'static str), u32>>,
    bad_weather: AtomicBool,
    /// Who is here for a while.
    guests: Mutex<BTreeMap<UserId, User>>,
}

/// What is counted for the report.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) conflicts: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) answers: AtomicU64,
    pub(crate) refusals: AtomicU64,
    pub(crate) gone: AtomicU64,
    pub(crate) crashes: AtomicU64,
}

impl Counters {
    pub(crate) fn committed(&self, outcome: &Result<Vec<Queued>, CommitFault>) {
        let counter = match outcome {
            Ok(_) => &self.commits,
            Err(CommitFault::Conflict) => &self.conflicts,
            Err(_) => &self.faults,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl World {
    pub(crate) fn new(plan: Plan) -> Arc<Self> {
        let exec = Exec::new(plan.seed);
        let store = Arc::new(MemoryStore::shared());
        let town = Town::default();
        let books = Arc::new(Mutex::new(Books::new(exec.clone(), &town, plan.calm)));
        let watching = books.clone();
        Arc::new(Self {
            calendar: Arc::new(Calendar::new(exec.clone(), plan.bug)),
            bad_weather: AtomicBool::new(!plan.calm),
            plan,
            exec,
            nodes: Nodes::default(),
            town,
            counters: Counters::default(),
            bodies: AtomicU64::new(1),
            tags: AtomicU64::new(1),
            offers: Mutex::default(),
            asked: Mutex::default(),
            guests: Mutex::default(),
            books,
            store: {
                store.on_commit(Box::new(move |commit, left| watching.lock().committed(commit, left)));
                store
            },
        })
    }

    /// Lets the day begin, pass and settle.
    pub(crate) fn run(self: &Arc<Self>) {
        let world = self.clone();
        self.exec.spawn(WORLD, async move { world.begin().await });
        self.exec.run_until(self.plan.time + SETTLES);
    }

    async fn begin(self: Arc<Self>) {
        self.town.settle(&self.store).await;
        self.start(|world| world.weather());
        self.start(|world| world.calendar_is_set());
        self.start(|world| world.watch_deadlines());
        for user in 0..self.town.users.len() {
            self.start(|world| world.person(user));
        }
        self.start(|world| world.campaign());
        self.start(|world| world.switch_calling());
        self.start(|world| world.switch_callbacks());
        self.start(|world| world.operator());
        self.start(|world| world.reviewer());
        for guest in 0..GUESTS {
            self.start(|world| world.guest(guest));
        }
        self.start(|world| world.rolling_restarts());
    }

    /// Something that the world does by itself.
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(self: &Arc<Self>, what: impl FnOnce(Arc<Self>) -> F) {
        self.exec.spawn(WORLD, what(self.clone()));
    }

    /// People still act.
    pub(crate) fn is_day(&self) -> bool {
        self.exec.now() < self.plan.time
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.plan.bug == Some(bug)
    }

    pub(crate) fn faulty(&self) -> bool {
        self.bad_weather.load(Ordering::Relaxed)
    }

    /// So many times in a hundred, and never when the weather is good.
    pub(crate) fn fails(&self, percent: u64) -> bool {
        self.faulty() && self.exec.below(100) < percent
    }

    /// A text or an offer that nobody used before.
    pub(crate) fn tag(&self) -> String {
        format!("tag-{}", self.tags.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn violated(&self, call: Option<&CallId>, what: String) {
        self.books.lock().violated(call, what);
    }

    /// The media plane opened this for an offer.
    pub(crate) fn opened(&self, offer: &str, call: &CallId) {
        self.offers.lock().insert(offer.to_owned(), call.clone());
    }

    pub(crate) fn opened_for(&self, offer: &str) -> Option<CallId> {
        self.offers.lock().get(offer).cloned()
    }

    /// A webhook is attempted.
    pub(crate) fn attempted(&self, url: &str, body: u64) -> Option<Parcel> {
        self.books.lock().attempted(url, body)
    }

    /// A webhook has arrived.
    pub(crate) fn received(self: &Arc<Self>, url: &str, parcel: Parcel) {
        if self.books.lock().received(url, &parcel) {
            self.business_hears(url, parcel);
        }
    }

    /// A process that runs, by chance.
    pub(crate) fn any_engine(&self) -> Option<Arc<Engine>> {
        let running = self.nodes.running();
        let at = self.exec.below(running.len() as u64) as usize;
        running.into_iter().nth(at).map(|node| node.engine.clone())
    }

    pub(crate) async fn pause(&self, most_ms: u64) {
        self.exec.chance(Duration::from_millis(most_ms)).await;
    }

    pub(crate) async fn wait(&self, ms: u64) {
        self.exec.sleep(Duration::from_millis(ms)).await;
    }

    /// Whether all came to rest; and no thing keeps another one alive after this.
    pub(crate) fn close(&self) -> Vec<Violation> {
        let mut books = self.books.lock();
        for node in self.nodes.running() {
            books.at_rest(&node, self.exec.tasks(node.owner));
        }
        drop(books);
        let (live, pending) = self.store.inspect(|now| {
            let live: Vec<_> = now.live_calls().map(|row| row.record.id.clone()).collect();
            let pending: Vec<_> = now.pending().map(|(worker, webhook)| (worker, webhook.id.0, webhook.event, webhook.call)).collect();
            self.books.lock().kept_what_must_be(now);
            (live, pending)
        });
        let mut books = self.books.lock();
        for call in live {
            books.violated(Some(&call), "at the end: the call is live".to_owned());
        }
        for (worker, id, event, call) in pending {
            books.violated(call.as_ref(), format!("at the end: webhook {id}, {event}, waits at process {worker}"));
        }
        books.settled();
        let violations = books.take_violations();
        drop(books);
        for node in self.nodes.clear() {
            self.exec.kill(node.owner);
        }
        self.exec.kill(WORLD);
        violations
    }
}
