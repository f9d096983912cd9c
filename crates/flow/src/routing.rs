//! Reading, in a step, what several operators share: accounts of a number, and the routing that holds for it.

use callport_core::ids::WabaId;

use crate::records::{Number, Routing, RoutingReach, Waba};
use crate::row::{Key, Row};
use crate::view::{Need, Query, View};

/// The configuration that holds for a number of this account: its own, else that of the portfolio.
pub(crate) fn routing_of<'a>(view: &'a View, number: &Number, waba: &Waba) -> Result<Option<&'a Routing>, Need> {
    match view.routing(Key::Routing(RoutingReach::Number(number.id.clone())))? {
        Some(own) => Ok(Some(own)),
        None => view.routing(Key::Routing(RoutingReach::Portfolio(waba.portfolio.clone()))),
    }
}

/// Every account of a number, the owning one first.
pub(crate) fn accounts_of(view: &View, number: &Number) -> Result<Vec<WabaId>, Need> {
    let mut accounts = vec![number.waba.clone()];
    for row in view.found(Query::Accounts(number.id.clone()))? {
        if let Row::NumberAccount(account) = row
            && account.waba != number.waba
        {
            accounts.push(account.waba.clone());
        }
    }
    Ok(accounts)
}

/// The account by which an input reaches a number: the named one, else the owning one. `None`: the number is not shared with it any more.
pub(crate) fn account_of(view: &View, number: &Number, named: Option<&WabaId>) -> Result<Option<WabaId>, Need> {
    match named.filter(|named| **named != number.waba) {
        Some(named) => {
            let shared = view.number_account(Key::NumberAccount(number.id.clone(), named.clone()))?;
            Ok(shared.map(|shared| shared.waba.clone()))
        }
        None => Ok(Some(number.waba.clone())),
    }
}

/// Whether any account of a number has a payment method: users call the number, not an account.
pub(crate) fn somebody_pays(view: &View, number: &Number, waba: &Waba) -> Result<bool, Need> {
    if waba.payment_method {
        return Ok(true);
    }
    for account in accounts_of(view, number)? {
        if view.waba(Key::Waba(account))?.is_some_and(|account| account.payment_method) {
            return Ok(true);
        }
    }
    Ok(false)
}
