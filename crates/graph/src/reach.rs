//! By which of its accounts a token reaches a number that several operators share.
//!
//! Platform docs, Account model (2026-06-24): a number has a Messaging account for each partner. The one that a request speaks for is the one that
//! `messaging_account_id` names, which Phase 1 of the model leaves out; else the first that the token reaches: the owning account before others.

use callport_core::ids::WabaId;
use callport_core::scope::Scope;
use callport_engine::records::Number;
use callport_wire::{Code, Params};
use serde_json::{Map, Value};

use crate::Graph;
use crate::answer::Refusal;
use crate::auth::Caller;

/// The two names of the account in a request; the second goes by 2026-12-31.
const NAMES: [&str; 2] = ["messaging_account_id", "paid_messaging_account_id"];

impl Graph {
    /// The account that the request speaks for: one on which the caller has one of `scopes`. Notes all of them on the caller.
    pub(crate) async fn reach(&self, caller: &mut Caller, scopes: &[Scope], number: &Number) -> Result<WabaId, Refusal> {
        let (mut through, mut refusal) = (Vec::new(), None);
        for account in self.engine.store().accounts_of(number).await? {
            match self.demand(caller, scopes, &account).await {
                Ok(()) => through.push(account),
                // That a permission is missing says more than that an account is not reached.
                Err(why) if refusal.is_none() || why.0.code() == Code::PermissionDenied => refusal = Some(why),
                Err(_) => {}
            }
        }
        let spoken_for = through.first().unwrap_or(&number.waba).clone();
        caller.request.about(&spoken_for, Some(&number.id));
        match refusal {
            Some(refusal) if through.is_empty() => Err(refusal),
            _ => {
                caller.through = through;
                Ok(spoken_for)
            }
        }
    }
}

impl Caller {
    /// The account that a request about a number speaks for, after the number was looked up.
    pub(crate) fn account<'a>(&'a self, number: &'a Number) -> &'a WabaId {
        self.through.first().unwrap_or(&number.waba)
    }

    /// The accounts that a message may be sent from: the named one, else all that the token reaches.
    pub(crate) fn accounts_named(&self, body: &Map<String, Value>) -> Result<Vec<WabaId>, Refusal> {
        let params = Params::new(body);
        for name in NAMES {
            let Some(named) = params.text_or_number(name)?.filter(|named| !named.is_empty()) else { continue };
            let known = self.through.iter().find(|account| account.as_str() == named);
            let known = known.ok_or_else(|| {
                let details = format!("The parameter {name} must name an account of this phone number that the access token reaches.");
                Refusal::because(Code::InvalidParameter, details)
            })?;
            return Ok(vec![known.clone()]);
        }
        Ok(self.through.clone())
    }
}

#[cfg(test)]
mod tests;
