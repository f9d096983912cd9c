//! The process with the load: phones and businesses that do what they are ordered to.

use std::io::{BufRead as _, Write as _};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use callport_engine::ports::Random;

use super::CallKind;
use super::orders::{Order, Said};
use super::talk;
use crate::BenchFault;
use crate::ends::{Ends, Number};

/// Orders that may wait to be carried out.
const ORDERS: usize = 1024;

/// How long nothing may be looked at while legs shake hands.
const LOOK: Duration = Duration::from_millis(1);

/// Calls among ourselves, which show what a packet costs without a platform.
pub(crate) const DIRECT_PAIRS: usize = 16;

/// Both ends of one call.
struct Call {
    phone: Number,
    business: Number,
}

/// Everything the load has.
pub(crate) struct Load {
    ends: Ends,
    calls: Vec<Call>,
    direct: Range<Number>,
    runs: u32,
}

/// Carries out orders until there are none: then the benchmark is over, or gone.
pub(crate) fn run(random: Arc<dyn Random>) -> Result<(), BenchFault> {
    let mut load = Load { ends: Ends::bind(random)?, calls: Vec::new(), direct: 0..0, runs: 0 };
    for _ in 0..DIRECT_PAIRS {
        // The first ends that there are, so they are numbered from 0.
        let (_, callee) = load.ends.add_pair(Instant::now()).ok_or("no room for direct calls")?;
        load.direct = 0..callee + 1;
    }
    let orders = read_orders();
    loop {
        match orders.try_recv() {
            Ok(order) => load.carry_out(order)?,
            Err(TryRecvError::Empty) => load.live(LOOK)?,
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}

/// Reads on a thread of its own: legs shake hands meanwhile.
fn read_orders() -> Receiver<Order> {
    let (orders, carried_out) = sync_channel(ORDERS);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Some(order) = line.ok().and_then(|line| serde_json::from_str(&line).ok()) else { return };
            if orders.send(order).is_err() {
                return;
            }
        }
    });
    carried_out
}

fn say(said: &Said) -> Result<(), BenchFault> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, said)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

impl Load {
    fn carry_out(&mut self, order: Order) -> Result<(), BenchFault> {
        match order {
            Order::Offer { calls, kind } => (0..calls).try_for_each(|_| self.offer(kind)),
            Order::Connect { call, phone_answer, business_offer } => self.connect(call, &phone_answer, &business_offer),
            Order::Settle { patience_ms } => self.settle(Duration::from_millis(patience_ms)),
            Order::Talk { calls, millis } => {
                self.runs += 1;
                let talking = self.calls.iter().take(calls).flat_map(|call| [call.phone, call.business]).collect();
                let ran = talk::talk(&mut self.ends, talking, self.direct.clone(), self.runs, Duration::from_millis(millis))?;
                say(&Said::Ran(ran))
            }
            Order::Echo { address, ends, millis } => {
                self.runs += 1;
                let ran = talk::echo(&mut self.ends, address, ends, self.runs, Duration::from_millis(millis))?;
                say(&Said::Ran(ran))
            }
        }
    }

    fn offer(&mut self, kind: CallKind) -> Result<(), BenchFault> {
        let now = Instant::now();
        let business = match kind {
            CallKind::WebRtc | CallKind::Transcoded => self.ends.add(now),
            CallKind::Sdes => self.ends.add_by_sdes(now),
        };
        let (Some(phone), Some(business)) = (self.ends.add(now), business) else { return Err("no room for more ends".into()) };
        if kind == CallKind::Transcoded {
            self.ends.let_speak(phone, business);
        }
        let sdp = self.ends.offer(phone).unwrap_or_default();
        self.calls.push(Call { phone, business });
        say(&Said::Offer { call: self.calls.len() - 1, sdp })
    }

    fn connect(&mut self, call: usize, phone_answer: &str, business_offer: &str) -> Result<(), BenchFault> {
        let Call { phone, business } = self.calls.get(call).ok_or("no such call")?;
        let now = Instant::now();
        self.ends.take_answer(*phone, phone_answer, now)?;
        let sdp = self.ends.answer(*business, business_offer, now)?.unwrap_or_default();
        self.ends.flush();
        say(&Said::Answer { call, sdp })
    }

    fn settle(&mut self, patience: Duration) -> Result<(), BenchFault> {
        let until = Instant::now() + patience;
        while self.ends.has_young() && Instant::now() < until {
            self.live(LOOK)?;
        }
        let connected = |call: &&Call| self.ends.is_connected(call.phone) && self.ends.is_connected(call.business);
        let trouble = self.calls.iter().flat_map(|call| [call.phone, call.business]).find_map(|end| self.ends.failure(end));
        say(&Said::Settled { connected: self.calls.iter().filter(connected).count(), trouble: trouble.map(str::to_owned) })
    }

    /// Answers what comes, does what is due, and waits a little.
    fn live(&mut self, at_most: Duration) -> Result<(), BenchFault> {
        self.ends.receive(|_| {})?;
        self.ends.tend(Instant::now());
        self.ends.flush();
        self.ends.wait(at_most);
        Ok(())
    }
}
