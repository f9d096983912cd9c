//! Requests of the Graph API in the journal: one entry for each, good or refused.
//!
//! A request that ran an input has its entry in the input's commit, with the change or the refusal that came of it. Of every other one (a read, a
//! refusal before any input) the entry is written soon after the reply, many at a time. How many wait, and how many of senders whom nobody
//! knows are kept at all, is bounded; those left out are counted in an entry of their own.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, TemplateId, WabaId};
use callport_core::time::WallTime;
use callport_flow::journal::{About, ApiRefusal, ApiRequest, Entry, EntryKind, Fact, Injected, shown_path};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::door::{ClientNetwork, Tally};
use crate::engine::Engine;
use crate::fault::Fault;
use crate::node::Node;
use crate::ports::{Clock, CommitFault};

/// Entries that wait to be written at most.
const MAX_WAITING: usize = 4_096;
/// Written at a time.
const BATCH: usize = 256;
/// A pause after the store failed.
const PAUSE: Duration = Duration::from_millis(500);
/// Requests of one source without a valid token that have an entry, each minute. Whoever sets up a backend makes fewer.
const STRANGERS_OF_A_SOURCE: u32 = 30;
/// The same of all sources. A day of them takes some 30 megabytes.
const STRANGERS: u32 = 60;
/// How often those left out are told.
const TELL_LEFT_OUT: Duration = Duration::from_secs(60);
/// Of a method: senders may put anything there.
const LONGEST_METHOD: usize = 16;

/// What a refusal of an input is to the sender of the request: status and words. `None` for one that no request can meet. The second argument is the
/// published action, where there is one.
pub type Published = fn(&dyn Any, Option<&str>) -> Option<(u16, ApiRefusal)>;

/// A request whose entry is not written yet.
pub struct OpenRequest {
    method: String,
    path: String,
    fbtrace_id: String,
    source: ClientNetwork,
    published: Published,
    at: WallTime,
    began: Duration,
    known: Mutex<Known>,
    written: AtomicBool,
}

/// What is known of it so far.
#[derive(Default, Clone)]
struct Known {
    about: About,
    /// A call that its body names. Whose it is, nobody has looked at.
    claims: Option<CallId>,
    /// Its token may do something with what it is about.
    has_rights: bool,
    action: Option<&'static str>,
}

impl OpenRequest {
    /// This app sent it.
    pub fn sent_by(&self, app: &AppId) {
        self.known.lock().about.app = Some(app.clone());
    }

    /// The id that names this request to its sender, in headers and errors.
    pub fn trace(&self) -> &str {
        &self.fbtrace_id
    }

    /// It is about this account, and this number of it.
    pub fn about(&self, waba: &WabaId, number: Option<&PhoneNumberId>) {
        let about = &mut self.known.lock().about;
        (about.waba, about.number) = (Some(waba.clone()), number.cloned());
    }

    /// The action that its body names.
    pub fn action(&self) -> Option<&'static str> {
        self.known.lock().action
    }

    /// Its token reaches that.
    pub fn has_rights(&self) {
        self.known.lock().has_rights = true;
    }

    /// Its body names a call and an action.
    pub fn names(&self, call: Option<CallId>, action: Option<&'static str>) {
        let mut known = self.known.lock();
        (known.claims, known.action) = (call, action);
    }

    /// The entry of this request among those of a commit: the first of what a business asks, or one of its own. False where it has its entry
    /// already, and where the refusal is none that a request can meet.
    pub(crate) fn join<R: Any>(&self, entries: &mut Vec<Entry>, refused: Option<&R>, clock: &dyn Clock) -> bool {
        let Known { about, action, .. } = self.known.lock().clone();
        let answered = match refused {
            _ if self.written.load(Ordering::Relaxed) => None,
            None => Some((200, None)),
            Some(why) => (self.published)(why, action).map(|(status, refusal)| (status, Some(refusal))),
        };
        let Some((status, refusal)) = answered else { return false };
        let place = entries.iter().position(|entry| entry.fact.kind() == EntryKind::Api).unwrap_or_else(|| {
            let fact = Fact::BusinessRequested { action: action.map(str::to_owned) };
            entries.insert(0, Entry::new(clock.now(), about.clone(), fact));
            0
        });
        let entry = &mut entries[place];
        entry.about.app = entry.about.app.take().or(about.app);
        entry.about.number = entry.about.number.take().or(about.number);
        entry.about.waba = entry.about.waba.take().or(about.waba);
        // The input found what the path names.
        entry.request = Some(Box::new(self.answered(self.path.clone(), status, refusal, clock)));
        true
    }

    /// It has its entry.
    pub(crate) fn is_written(&self) {
        self.written.store(true, Ordering::Relaxed);
    }

    fn answered(&self, path: String, status: u16, refusal: Option<ApiRefusal>, clock: &dyn Clock) -> ApiRequest {
        let duration = clock.elapsed().saturating_sub(self.began);
        ApiRequest {
            method: self.method.clone(),
            path,
            status,
            refusal,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            fbtrace_id: self.fbtrace_id.clone(),
        }
    }
}

/// Entries that wait to be written.
pub(crate) struct Requests {
    waiting: Mutex<VecDeque<Entry>>,
    count: watch::Sender<usize>,
    wake: Notify,
    strangers: Tally,
    left_out: AtomicU64,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            count: watch::Sender::new(0),
            wake: Notify::new(),
            strangers: Tally::new(STRANGERS_OF_A_SOURCE, STRANGERS),
            left_out: AtomicU64::new(0),
        }
    }
}

impl Requests {
    fn push(&self, entry: Entry) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= MAX_WAITING {
            drop(waiting);
            return self.leave_out();
        }
        waiting.push_back(entry);
        self.count.send_replace(waiting.len());
        self.wake.notify_one();
    }

    fn leave_out(&self) {
        self.left_out.fetch_add(1, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Those of one call.
    pub(crate) fn of_call(&self, call: &CallId) -> Vec<Entry> {
        self.waiting.lock().iter().filter(|entry| entry.about.call.as_ref() == Some(call)).cloned().collect()
    }

    /// Returns once nothing waits.
    pub(crate) async fn idle(&self) {
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await; // fails only when the sender is gone, which is ours
    }

    fn written(&self, size: usize) {
        let mut waiting = self.waiting.lock();
        waiting.drain(..size);
        self.count.send_replace(waiting.len());
    }
}

/// Runs until the process ends, or until another declared it dead.
pub(crate) async fn keep(node: Arc<Node>) {
    let (requests, clock) = (&node.requests, &node.ports.clock);
    let mut told = None;
    while !node.health.is_fenced() {
        let batch: Vec<_> = requests.waiting.lock().iter().take(BATCH).cloned().collect();
        let left_out = requests.left_out.load(Ordering::Relaxed);
        if !batch.is_empty() {
            match node.write_down(batch.clone()).await {
                Ok(()) => requests.written(batch.len()),
                Err(CommitFault::Fenced) => return,
                Err(fault) => {
                    tracing::error!(%fault, "entries of requests could not be saved and are tried again");
                    node.ports.tasks.sleep(PAUSE).await;
                }
            }
        } else if left_out > 0 && told.is_none_or(|told| clock.elapsed() >= told + TELL_LEFT_OUT) {
            told = Some(clock.elapsed());
            requests.left_out.fetch_sub(left_out, Ordering::Relaxed);
            requests.push(Entry::new(clock.now(), About::default(), Fact::RequestsLeftOut { count: left_out }));
        } else if let Some(told) = told.filter(|_| left_out > 0) {
            tokio::select! { biased;
                () = requests.wake.notified() => {}
                () = clock.sleep_until_elapsed(told + TELL_LEFT_OUT) => {}
            }
        } else {
            requests.wake.notified().await;
        }
    }
}

impl Engine {
    /// A request of the Graph API came in; `path` is without its version. Its entry is due.
    pub fn open_request(
        &self,
        method: &str,
        path: &str,
        fbtrace_id: &str,
        source: ClientNetwork,
        published: Published,
    ) -> Arc<OpenRequest> {
        let clock = &self.node.ports.clock;
        Arc::new(OpenRequest {
            method: method.chars().take(LONGEST_METHOD).collect(),
            path: path.to_owned(),
            fbtrace_id: fbtrace_id.to_owned(),
            source,
            published,
            at: clock.now(),
            began: clock.elapsed(),
            known: Mutex::default(),
            written: AtomicBool::new(false),
        })
    }

    /// The same engine, for what this request asks: its entry is written by the commit of whatever it asks first.
    pub fn for_request(&self, request: &Arc<OpenRequest>) -> Engine {
        Engine { node: self.node.clone(), request: Some(request.clone()) }
    }

    /// The request was answered: if no commit had its entry, it is written now. Returns before it is on record. `injected`: the answer is an error
    /// that a test asked for.
    pub async fn answered(&self, request: &OpenRequest, status: u16, refusal: Option<ApiRefusal>, injected: Option<Injected>) {
        let written = request.written.swap(true, Ordering::Relaxed);
        if written && injected.is_none() {
            return;
        }
        let (node, clock) = (&self.node, &*self.node.ports.clock);
        let Known { mut about, claims, has_rights, action } = request.known.lock().clone();
        if about.app.is_none() && !node.requests.strangers.take(request.source, clock.elapsed()) {
            return node.requests.leave_out();
        }
        let id = request.path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let known = match self.find(id, &mut about).await {
            Ok(known) => known,
            Err(fault) => {
                tracing::warn!(%fault, "what a request was about could not be looked up for its entry");
                false
            }
        };
        // Nobody writes into the story of another business's call.
        if let (Some(call), Some(number)) = (claims.filter(|_| has_rights), &about.number)
            && let Ok(Some(record)) = self.store().call(&call).await
            && record.number == *number
        {
            (about.call, about.user) = (Some(call), Some(record.user));
        }
        if let (true, Some(injected)) = (written, injected) {
            return node.requests.push(Entry::new(clock.now(), about, Fact::ReplyReplaced { status, injected }));
        }
        let path = shown_path(&request.path, if known { std::slice::from_ref(&id) } else { &[] });
        let entry = Entry {
            request: Some(Box::new(request.answered(path, status, refusal, clock))),
            ..Entry::new(request.at, about, Fact::BusinessRequested { action: action.map(str::to_owned) })
        };
        node.requests.push(entry);
    }

    /// Returns once the entries of all requests that were answered so far are on record.
    pub async fn requests_written(&self) {
        self.node.requests.idle().await;
    }

    /// Whether the platform knows an object of this id; what the request is about follows from it.
    async fn find(&self, id: &str, about: &mut About) -> Result<bool, Fault> {
        let store = self.store();
        if let Ok(pnid) = PhoneNumberId::parse(id)
            && let Some(number) = store.number(&pnid).await?
        {
            (about.waba, about.number) = (Some(number.waba), Some(pnid));
            return Ok(true);
        }
        if let Ok(waba) = WabaId::parse(id)
            && store.waba(&waba).await?.is_some()
        {
            about.waba = Some(waba);
            return Ok(true);
        }
        if let Ok(template) = TemplateId::parse(id)
            && let Some(template) = store.template(&template).await?
        {
            about.waba = Some(template.waba);
            return Ok(true);
        }
        match AppId::parse(id) {
            Ok(app) => Ok(store.app(&app).await?.is_some()),
            Err(_) => Ok(false),
        }
    }
}
