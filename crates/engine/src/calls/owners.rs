//! Which calls this process owns, and what phones show of them. Copies: the store holds who is in a call.

use std::collections::BTreeMap;
use std::sync::Arc;

use callport_core::call_id::CallId;
use callport_core::ids::UserId;
use callport_flow::calls::{AskCall, AskCallRefusal, Asked};
use callport_flow::journal::Entry;
use callport_flow::{UserCall, UserEvent};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::fault::Failed;
use crate::ports::MediaEvent;
use crate::requests::OpenRequest;

/// What an owner can be asked.
pub(crate) enum OwnerMessage {
    /// Something of the call, and the request of the Graph API that asks it.
    Ask(AskCall, Option<Arc<OpenRequest>>, oneshot::Sender<Result<Asked, Failed<AskCallRefusal>>>),
    /// Entries that wait for the call's next commit. Answered at once while the call lives; of one that ended, when all are on record.
    Waiting(oneshot::Sender<Vec<Entry>>),
}

/// The way to an owner.
#[derive(Clone)]
pub(crate) struct Owner {
    /// Bounded: a peer that sends more than is taken is told so.
    pub(crate) inbox: mpsc::Sender<OwnerMessage>,
    /// Apart from the inbox, so that a peer who fills that does not hold up media. Bounded: see [`super::media`].
    pub(crate) media: mpsc::Sender<MediaEvent>,
}

/// The owners of this process.
#[derive(Default)]
pub(crate) struct Owners(Mutex<State>);

#[derive(Default)]
struct State {
    calls: BTreeMap<CallId, Owner>,
    shown: BTreeMap<UserId, UserCall>,
}

impl Owners {
    pub(crate) fn own(&self, call: CallId, owner: Owner) {
        self.0.lock().calls.insert(call, owner);
    }

    pub(crate) fn disown(&self, call: &CallId) {
        let mut state = self.0.lock();
        state.calls.remove(call);
        state.shown.retain(|_, shown| shown.call != *call);
    }

    pub(crate) fn find(&self, call: &CallId) -> Option<Owner> {
        self.0.lock().calls.get(call).cloned()
    }

    pub(crate) fn all(&self) -> Vec<(CallId, Owner)> {
        self.0.lock().calls.iter().map(|(call, owner)| (call.clone(), owner.clone())).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().calls.len()
    }

    /// What the phones of a user show, for one that connects again.
    pub(crate) fn call_of(&self, user: &UserId) -> Option<UserCall> {
        self.0.lock().shown.get(user).cloned()
    }

    /// Phones of a user show something else.
    pub(crate) fn shown(&self, user: &UserId, event: &UserEvent) {
        match event {
            UserEvent::View(call) => drop(self.0.lock().shown.insert(user.clone(), call.clone())),
            UserEvent::Ended { call, .. } => {
                let mut state = self.0.lock();
                if state.shown.get(user).is_some_and(|shown| shown.call == *call) {
                    state.shown.remove(user);
                }
            }
            _ => {}
        }
    }
}
