//! What was said, for the story of each call: every message of its dialog, in both directions, and of requests of which no call came.
//!
//! A business's INVITE has no call before it is admitted and placed. What was said until then waits, in bounds, and goes into the story once there
//! is one; of a request that is refused before, one entry tells.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use callport_core::call_id::CallId;
use callport_engine::journal::{Fact, SipTrace};
use callport_sip_proto::SipMessage;

/// Dialogs whose messages wait for a call, and messages of each.
const WAITING_DIALOGS: usize = 256;
const WAITING_MESSAGES: usize = 16;
/// Dialogs that are remembered: live ones, and those of calls that are just over.
const KNOWN_DIALOGS: usize = 8192;
/// Refused requests that have an entry, in a minute.
const REFUSALS_A_MINUTE: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// Which call a message is of.
#[derive(Default)]
pub(crate) struct Traces {
    calls: BTreeMap<String, CallId>,
    order: VecDeque<String>,
    waiting: BTreeMap<String, Vec<Fact>>,
    waiting_order: VecDeque<String>,
    refusals: Option<(Instant, u32)>,
}

impl Traces {
    /// From now on messages with this Call-ID are of that call. What waited for it is given back.
    pub(crate) fn know(&mut self, dialog: &str, call: &CallId) -> Vec<Fact> {
        if self.calls.insert(dialog.to_owned(), call.clone()).is_none() {
            self.order.push_back(dialog.to_owned());
            if self.order.len() > KNOWN_DIALOGS
                && let Some(oldest) = self.order.pop_front()
            {
                self.calls.remove(&oldest);
            }
        }
        self.waiting.remove(dialog).unwrap_or_default()
    }

    /// The call of a message, if it has one. Else it waits for one.
    pub(crate) fn of(&mut self, message: &SipMessage, trace: &SipTrace) -> Option<CallId> {
        let dialog = message.call_id().ok()?;
        if let Some(call) = self.calls.get(&dialog) {
            return Some(call.clone());
        }
        if !self.waiting.contains_key(&dialog) {
            self.waiting_order.push_back(dialog.clone());
            if self.waiting_order.len() > WAITING_DIALOGS
                && let Some(oldest) = self.waiting_order.pop_front()
            {
                self.waiting.remove(&oldest);
            }
        }
        let waits = self.waiting.entry(dialog).or_default();
        if waits.len() < WAITING_MESSAGES {
            waits.push(Fact::SipMessage(trace.clone()));
        }
        None
    }

    /// The call of a dialog.
    pub(crate) fn call(&self, dialog: &str) -> Option<CallId> {
        self.calls.get(dialog).cloned()
    }

    /// Whether one more refusal has an entry: a stranger must not fill the journal.
    pub(crate) fn refusal_has_entry(&mut self, now: Instant) -> bool {
        let (since, count) = self.refusals.filter(|(since, _)| now < *since + MINUTE).unwrap_or((now, 0));
        self.refusals = Some((since, count.saturating_add(1)));
        count < REFUSALS_A_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(dialog: &str) -> (SipMessage, SipTrace) {
        let bytes = format!("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: {dialog}\r\n\r\n");
        let end = "127.0.0.1:1".parse().unwrap();
        (SipMessage::from_datagram(bytes.as_bytes()), SipTrace::new(false, end, end, bytes.as_bytes()))
    }

    #[test]
    fn what_was_said_before_there_was_a_call_comes_with_it() {
        let (mut traces, call) = (Traces::default(), CallId::parse("wacid.A").unwrap());
        let (early, trace) = message("d1");
        assert_eq!(traces.of(&early, &trace), None);
        assert_eq!(traces.know("d1", &call), [Fact::SipMessage(trace.clone())]);
        assert_eq!(traces.of(&early, &trace), Some(call));
    }

    #[test]
    fn strangers_fill_nothing() {
        let mut traces = Traces::default();
        for at in 0..2 * WAITING_DIALOGS {
            for _ in 0..2 * WAITING_MESSAGES {
                let (said, trace) = message(&format!("d{at}"));
                traces.of(&said, &trace);
            }
        }
        assert_eq!(traces.waiting.len(), WAITING_DIALOGS);
        assert!(traces.waiting.values().all(|waits| waits.len() == WAITING_MESSAGES));
        let now = Instant::now();
        let told = (0..1000).filter(|_| traces.refusal_has_entry(now)).count();
        assert_eq!(told, 60);
        assert!(traces.refusal_has_entry(now + MINUTE));
    }
}
