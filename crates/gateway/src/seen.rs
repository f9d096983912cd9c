//! Remembering what was already dealt with, up to a bound.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// A set that forgets its oldest member when it is full.
pub(crate) struct Seen<T> {
    members: HashSet<T>,
    order: VecDeque<T>,
    bound: usize,
}

impl<T: Clone + Eq + Hash> Seen<T> {
    /// An empty set of at most `bound` members (at least one).
    pub(crate) fn new(bound: usize) -> Self {
        Self { members: HashSet::new(), order: VecDeque::new(), bound: bound.max(1) }
    }

    /// Remembers `member`. False if it is known already.
    pub(crate) fn insert(&mut self, member: T) -> bool {
        if !self.members.insert(member.clone()) {
            return false;
        }
        if self.order.len() == self.bound
            && let Some(oldest) = self.order.pop_front()
        {
            self.members.remove(&oldest);
        }
        self.order.push_back(member);
        true
    }

    /// Whether it is remembered.
    pub(crate) fn contains(&self, member: &T) -> bool {
        self.members.contains(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counts_once_and_the_oldest_is_forgotten() {
        let mut seen = Seen::new(3);
        assert!(seen.insert(1) && seen.insert(2) && seen.insert(3));
        assert!(!seen.insert(1));
        assert!(seen.insert(4));
        assert!(!seen.contains(&1));
        assert!(seen.contains(&2) && seen.contains(&4));
        assert!(seen.insert(1));
        assert_eq!((seen.members.len(), seen.order.len()), (3, 3));
    }
}
