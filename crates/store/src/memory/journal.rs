//! The journal: entries in the order of writing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use callport_core::call_id::CallId;
use callport_core::time::WallTime;
use callport_engine::ports::JournalPage;
use callport_engine::records::DeliveryId;
use callport_flow::journal::{Entry, Recorded};

#[derive(Default)]
pub(super) struct Journal {
    last: u64,
    entries: BTreeMap<u64, Entry>,
    of_calls: BTreeSet<(CallId, u64)>,
}

impl Journal {
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.last += 1;
        self.of_calls.extend(entry.about.call.clone().map(|call| (call, self.last)));
        self.entries.insert(self.last, entry);
    }

    pub(super) fn after(&self, seq: u64) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.range((Excluded(seq), Unbounded)).map(|(seq, entry)| (*seq, entry))
    }

    /// A call's entries are found by the call; others are gone through.
    pub(super) fn page(&self, page: &JournalPage) -> Vec<Recorded> {
        let recorded = |(seq, entry): (u64, &Entry)| Recorded { seq, entry: entry.clone() };
        let limit = page.limit as usize;
        let Some(call) = &page.call else {
            return self.after(page.after).filter(|(_, entry)| wanted(page, entry)).take(limit).map(recorded).collect();
        };
        let seqs = self.of_calls.range((Excluded((call.clone(), page.after)), Unbounded)).take_while(|(of, _)| of == call);
        let entries = seqs.filter_map(|(_, seq)| Some((*seq, self.entries.get(seq)?)));
        entries.filter(|(_, entry)| wanted(page, entry)).take(limit).map(recorded).collect()
    }

    /// Those from before, but never the last.
    pub(super) fn remove_old(&mut self, before: WallTime, most: usize) -> usize {
        let old = |(seq, entry): &(&u64, &Entry)| **seq != self.last && entry.at < before;
        let old: Vec<u64> = self.entries.iter().filter(old).map(|(seq, _)| *seq).take(most).collect();
        for seq in &old {
            if let Some(call) = self.entries.remove(seq).and_then(|entry| entry.about.call) {
                self.of_calls.remove(&(call, *seq));
            }
        }
        old.len()
    }
}

fn wanted(page: &JournalPage, entry: &Entry) -> bool {
    let JournalPage { after: _, call, number, user, app, delivery, kind, status, limit: _ } = page;
    let about = &entry.about;
    call.as_ref().is_none_or(|call| about.call.as_ref() == Some(call))
        && number.as_ref().is_none_or(|number| about.number.as_ref() == Some(number))
        && user.as_ref().is_none_or(|user| about.user.as_ref() == Some(user))
        && app.as_ref().is_none_or(|app| about.app.as_ref() == Some(app))
        && delivery.is_none_or(|DeliveryId(delivery)| about.delivery == Some(delivery))
        && kind.is_none_or(|kind| entry.fact.kind() == kind)
        && status.as_ref().is_none_or(|wanted| entry.status().is_some_and(|status| wanted.contains(&status)))
}
