//! The parties of a call, as every webhook about it names them.

use callport_core::bsuid::Bsuid;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Notice, Parties};
use crate::records::{CallRecord, Number, User, Waba};

pub(crate) fn facts(waba: &Waba, number: &Number, user: &User) -> Parties {
    Parties {
        waba: waba.id.clone(),
        number_id: number.id.clone(),
        number: number.number.clone(),
        user: user.number.clone(),
        user_name: user.name.clone(),
        username: user.username.clone(),
        bsuid: Bsuid::derive(&waba.portfolio, &user.id, &user.number),
    }
}

impl Engine {
    /// The parties of a recorded call; `None` when one of them was removed since.
    pub(super) async fn facts_of(&self, record: &CallRecord) -> Result<Option<Parties>, Fault> {
        let store = &self.ports.store;
        let (waba, number, user) = (store.waba(&record.waba).await?, store.number(&record.number).await?, store.user(&record.user).await?);
        Ok(match (waba, number, user) {
            (Some(waba), Some(number), Some(user)) => Some(facts(&waba, &number, &user)),
            _ => None,
        })
    }
}

/// The terminate webhook of a record that ended.
pub(super) fn terminate(facts: Parties, record: &CallRecord, ending: callport_core::call::Ending) -> Notice {
    Notice::Terminate {
        facts,
        call: record.id.clone(),
        direction: record.direction,
        ending,
        cta_payload: record.cta_payload.clone(),
        deeplink_payload: record.deeplink_payload.clone(),
        opaque: record.opaque.clone(),
    }
}
