//! Threads of our own that take jobs from one bounded queue: whoever asks waits for the answer without holding up the async runtime.
//!
//! A thread that panics takes the answer that was waited for along, and a queue that nobody reads any more takes no jobs: either way whoever
//! asks is told, at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::{io, mem};

use callport_engine::Fault;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait in a queue; whoever brings more waits until one is taken.
const WAITING: usize = 1_024;

/// The queue's near end. Dropping it waits for the threads, and so for every job that was taken.
pub(super) struct Desk<J> {
    /// `None` once shut.
    queue: Mutex<Option<mpsc::Sender<J>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The queue's far end, shared by the threads of a desk.
pub(super) struct Jobs<J>(Arc<Mutex<mpsc::Receiver<J>>>);

impl<J: Send + 'static> Desk<J> {
    /// One thread for each of the workers.
    pub(super) fn open<W>(name: &'static str, workers: impl IntoIterator<Item = W>) -> io::Result<Self>
    where
        W: FnOnce(Jobs<J>) + Send + 'static,
    {
        let (queue, jobs) = mpsc::channel(WAITING);
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |work: W| {
            let jobs = Jobs(Arc::clone(&jobs));
            Builder::new().name(name.to_owned()).spawn(move || {
                if catch_unwind(AssertUnwindSafe(|| work(jobs))).is_err() {
                    tracing::error!(thread = name, "a thread of the store panicked and is gone until the next start");
                }
            })
        };
        let threads = workers.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Self { queue: Mutex::new(Some(queue)), threads: Mutex::new(threads) })
    }

    /// Brings a job and waits for its answer. `what` names the fault if there is none.
    pub(super) async fn ask<A>(&self, what: &'static str, job: impl FnOnce(oneshot::Sender<A>) -> J) -> Result<A, Fault> {
        let queue = self.queue.lock().clone().ok_or_else(|| Fault::new(what, "the store is closed"))?;
        let (answer, answered) = oneshot::channel();
        queue.send(job(answer)).await.map_err(|_| panicked(what))?;
        drop(queue); // so that it can end although somebody does not look after his answer
        answered.await.map_err(|_| panicked(what))
    }

    /// Whether jobs are still taken: not after it was shut, nor once all its threads have panicked.
    pub(super) fn is_open(&self) -> bool {
        self.queue.lock().as_ref().is_some_and(|queue| !queue.is_closed())
    }

    /// It was shut, and so every job that was taken is or will be answered.
    pub(super) fn is_shut(&self) -> bool {
        self.queue.lock().is_none()
    }

    /// Takes no more jobs. The threads end when those that were taken are done.
    pub(super) fn shut(&self) -> Vec<JoinHandle<()>> {
        drop(self.queue.lock().take());
        mem::take(&mut *self.threads.lock())
    }
}

fn panicked(what: &'static str) -> Fault {
    Fault::new(what, "the thread that does this panicked")
}

impl<J> Drop for Desk<J> {
    fn drop(&mut self) {
        drop(self.queue.get_mut().take());
        wait(mem::take(self.threads.get_mut()));
    }
}

/// Until all of them have ended.
pub(super) fn wait(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        let _ = thread.join(); // its panic was caught and told
    }
}

impl<J> Jobs<J> {
    /// Waits for a job. `None` when there will be no more.
    pub(super) fn next(&self) -> Option<J> {
        self.0.lock().blocking_recv()
    }

    /// Waits for a job and takes those that wait behind it along, so many at most. Nothing when there will be no more.
    pub(super) fn next_group(&self, group: &mut Vec<J>, most: usize) {
        self.0.lock().blocking_recv_many(group, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{join_all, poll_immediate};

    /// Answers with what it was asked.
    type Echo = (usize, oneshot::Sender<usize>);

    fn echo(jobs: &Jobs<Echo>) {
        while let Some((number, answer)) = jobs.next() {
            assert_ne!(number, 13);
            let _ = answer.send(number);
        }
    }

    async fn ask(desk: &Desk<Echo>, number: usize) -> Result<usize, Fault> {
        desk.ask("echo", |answer| (number, answer)).await
    }

    #[tokio::test]
    async fn a_panic_is_told_to_who_waits_and_to_who_comes_later() {
        let desk = Desk::open("echo", [|jobs| echo(&jobs)]).unwrap();
        assert_eq!(ask(&desk, 1).await.unwrap(), 1);
        assert!(desk.is_open());
        for number in [13, 1, 2] {
            assert_eq!(ask(&desk, number).await.unwrap_err().to_string(), "echo: the thread that does this panicked");
        }
        assert!(!desk.is_open());
    }

    #[tokio::test]
    async fn more_jobs_than_may_wait_are_done_all_the_same() {
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let work = move |jobs: Jobs<Echo>| {
            begun.recv().unwrap();
            echo(&jobs);
        };
        let desk = Desk::open("echo", [work]).unwrap();
        let mut all = Box::pin(join_all((1_000..1_000 + 2 * WAITING).map(|number| ask(&desk, number))));
        assert!(poll_immediate(&mut all).await.is_none());
        assert_eq!(desk.queue.lock().as_ref().unwrap().capacity(), 0, "as many as may wait are there");
        begin.send(()).unwrap();
        let answers: Result<Vec<usize>, Fault> = all.await.into_iter().collect();
        assert!(answers.unwrap().into_iter().eq(1_000..1_000 + 2 * WAITING));
    }

    #[tokio::test]
    async fn what_was_taken_is_done_before_the_end_and_what_comes_later_is_refused() {
        let desk = Desk::open("echo", [|jobs| echo(&jobs), |jobs| echo(&jobs)]).unwrap();
        let mut early = Box::pin(join_all([ask(&desk, 1), ask(&desk, 2)]));
        let answered = poll_immediate(&mut early).await;
        wait(desk.shut());
        let answers = match answered {
            Some(answers) => answers,
            None => early.await,
        };
        assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(ask(&desk, 3).await.unwrap_err().why, "the store is closed");
        assert!(!desk.is_open());
    }
}
