//! The media of phones and businesses, on a thread of its own: answers descriptions, shakes hands, talks, and tells what it heard.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use callport_engine::ports::Random;
use callport_media::udp::Waker;
use tokio::sync::oneshot;

use crate::ends::{Ends, Number};
use crate::{BenchFault, FRAME, PAYLOAD};

/// How long arrivals may wait to be looked at while somebody shakes hands.
const LOOK: Duration = Duration::from_millis(1);

/// The media thread of the load, as others see it.
#[derive(Clone)]
pub(crate) struct Media {
    wishes: Sender<Wish>,
    waker: Waker,
}

/// An end of a call, and when it got how far.
pub(crate) struct Line {
    /// Which end.
    pub number: Number,
    /// Its description for the platform.
    pub sdp: String,
    /// Told when media can flow.
    pub connected: oneshot::Receiver<Instant>,
    /// Told when the first audio is heard.
    pub heard: oneshot::Receiver<Instant>,
}

enum Wish {
    /// A phone's offer.
    Offer(oneshot::Sender<Result<Line, String>>),
    /// A business's answer to this offer.
    Answer(String, oneshot::Sender<Result<Line, String>>),
    /// The platform's answer for a phone.
    Take(Number, String, oneshot::Sender<Result<(), String>>),
    /// It is over.
    Close(Number),
}

/// Nobody is there any more.
const GONE: &str = "the load's media thread has ended";

impl Media {
    /// Starts the thread. It ends when nobody is left to ask it for anything.
    pub(crate) fn start(random: Arc<dyn Random>) -> Result<Media, BenchFault> {
        let (wishes, asked) = channel();
        let waker = Waker::new()?;
        let thread = Thread { ends: Ends::bind(random)?, asked, waker: waker.clone(), talkers: Vec::new() };
        std::thread::Builder::new().name("load-media".to_owned()).spawn(move || {
            if let Err(error) = thread.run() {
                eprintln!("callport: {GONE}: {error}");
            }
        })?;
        Ok(Media { wishes, waker })
    }

    /// A phone that wants to call.
    pub(crate) async fn offer(&self) -> Result<Line, BenchFault> {
        self.ask(Wish::Offer).await
    }

    /// A business that answers.
    pub(crate) async fn answer(&self, offer: String) -> Result<Line, BenchFault> {
        self.ask(|reply| Wish::Answer(offer, reply)).await
    }

    /// The platform has answered a phone.
    pub(crate) async fn take(&self, number: Number, answer: String) -> Result<(), BenchFault> {
        self.ask(|reply| Wish::Take(number, answer, reply)).await
    }

    /// Ends one end's part.
    pub(crate) fn close(&self, number: Number) {
        if self.wishes.send(Wish::Close(number)).is_ok() {
            self.waker.wake();
        }
    }

    async fn ask<T>(&self, wish: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Wish) -> Result<T, BenchFault> {
        let (reply, answer) = oneshot::channel();
        self.wishes.send(wish(reply)).map_err(|_| GONE)?;
        self.waker.wake();
        Ok(answer.await.map_err(|_| GONE)??)
    }
}

/// The thread's own side.
struct Thread {
    ends: Ends,
    asked: Receiver<Wish>,
    waker: Waker,
    talkers: Vec<Talker>,
}

/// An end that talks as soon as it can.
struct Talker {
    number: Number,
    connected: Option<oneshot::Sender<Instant>>,
    heard: Option<oneshot::Sender<Instant>>,
    next: Option<Instant>,
}

impl Thread {
    fn run(mut self) -> io::Result<()> {
        loop {
            self.waker.reset();
            loop {
                match self.asked.try_recv() {
                    Ok(wish) => self.fulfil(wish),
                    Err(std::sync::mpsc::TryRecvError::Empty) => break,
                    Err(std::sync::mpsc::TryRecvError::Disconnected) => return Ok(()),
                }
            }
            self.listen()?;
            let now = Instant::now();
            self.ends.tend(now);
            let next = self.speak(now);
            self.ends.flush();
            let at_most = next.map_or(FRAME, |next| next.saturating_duration_since(Instant::now()));
            self.ends.wait_or(&self.waker, if self.ends.has_young() { at_most.min(LOOK) } else { at_most });
        }
    }

    fn fulfil(&mut self, wish: Wish) {
        // Whoever asked may have given up: then nobody is told.
        match wish {
            Wish::Offer(reply) => drop(reply.send(self.line(|ends, number| ends.offer(number).ok_or_else(|| GONE.to_owned())))),
            Wish::Answer(offer, reply) => drop(reply.send(self.line(|ends, number| {
                let answer = ends.answer(number, &offer, Instant::now()).map_err(|refusal| refusal.to_string())?;
                answer.ok_or_else(|| GONE.to_owned())
            }))),
            Wish::Take(number, answer, reply) => {
                let taken = self.ends.take_answer(number, &answer, Instant::now());
                drop(reply.send(taken.map_err(|refusal| refusal.to_string())));
            }
            Wish::Close(number) => {
                self.talkers.retain(|talker| talker.number != number);
                self.ends.remove(number);
            }
        }
    }

    fn line(&mut self, describe: impl FnOnce(&mut Ends, Number) -> Result<String, String>) -> Result<Line, String> {
        let number = self.ends.add(Instant::now()).ok_or("no room for more ends")?;
        let sdp = describe(&mut self.ends, number)?;
        let (connected, connection) = oneshot::channel();
        let (heard, hearing) = oneshot::channel();
        self.talkers.push(Talker { number, connected: Some(connected), heard: Some(heard), next: None });
        Ok(Line { number, sdp, connected: connection, heard: hearing })
    }

    fn listen(&mut self) -> io::Result<()> {
        let Thread { ends, talkers, .. } = self;
        ends.receive(|it| {
            let talker = talkers.iter_mut().find(|talker| talker.number == it.by);
            if let Some(heard) = talker.and_then(|talker| talker.heard.take()) {
                let _ = heard.send(it.at);
            }
        })?;
        Ok(())
    }

    /// Sends what is due; says when more will be.
    fn speak(&mut self, now: Instant) -> Option<Instant> {
        let Thread { ends, talkers, .. } = self;
        for talker in talkers.iter_mut() {
            if ends.is_connected(talker.number)
                && let Some(connected) = talker.connected.take()
            {
                talker.next = Some(now);
                let _ = connected.send(now);
            }
            if let Some(next) = talker.next.filter(|next| *next <= now) {
                ends.say(talker.number, &[0x5a; PAYLOAD], now);
                talker.next = Some((next + FRAME).max(now));
            }
        }
        talkers.iter().filter_map(|talker| talker.next).min()
    }
}
