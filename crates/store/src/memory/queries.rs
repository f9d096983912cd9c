//! Rows that are found, not named.

use std::collections::BTreeSet;

use callport_core::ids::{PhoneNumberId, PortfolioId, UserId};
use callport_flow::{Key, Query, Row};

use super::facets::Listed;
use super::rows::{Rows, Stored, call};
use super::{END, only};

impl Rows {
    /// In the order that the query tells of.
    pub(super) fn found(&self, query: &Query) -> Vec<&Stored> {
        let (list, limit) = match query {
            Query::Unread(number, user, limit) => (Listed::Unread(user.clone(), number.clone(), 0), *limit),
            Query::Sessions(user) => (Listed::SessionOf(user.clone(), None), u32::MAX),
            Query::Templates(waba) => (Listed::Template(waba.clone(), None), u32::MAX),
            Query::Accounts(number) => (Listed::AccountOf(number.clone(), None), u32::MAX),
            Query::SipServers(number) => (Listed::SipServerOf(number.clone(), None), u32::MAX),
            Query::Grants(waba) => (Listed::Grant(waba.clone(), None), u32::MAX),
            Query::Enrolments(kind, owner, limit) => (Listed::Enrolment(*kind, owner.clone(), None), *limit),
            Query::WabasOf(portfolio, limit) => (Listed::WabaOf(portfolio.clone(), None), *limit),
            Query::NumbersIn(waba, limit) => (Listed::NumberOf(waba.clone(), None), *limit),
            Query::SharesOf(waba, limit) => (Listed::SharedWith(waba.clone(), None), *limit),
            Query::ChatsOf(user, limit) => return self.chats_of(user, *limit),
            Query::CallsOfPair(number, user, limit) => return self.calls_of_pair(number, user, *limit),
            Query::NumbersOf(portfolio, limit) => return self.numbers_of(portfolio, *limit),
            Query::AppsOf(portfolio, limit) => {
                let theirs = |row: &Row| matches!(row, Row::App(app) if app.business.as_ref() == Some(portfolio));
                return self.among(Listed::App(None), *limit, theirs);
            }
            Query::RoutingsNaming(portfolio, limit) => {
                let names = |row: &Row| matches!(row, Row::Routing(routing) if routing.names(portfolio));
                return self.among(Listed::Routing(None), *limit, names);
            }
            Query::LiveCalls(number, limit) => {
                let of = |row: &Row| call(row).is_some_and(|call| call.record.number == *number);
                return self.among(Listed::Live(None), *limit, of);
            }
            Query::SharesFor(portfolio, limit) => return self.shares_for(portfolio, *limit),
        };
        self.after(list).take(limit as usize).collect()
    }

    fn among(&self, list: Listed, limit: u32, wanted: impl Fn(&Row) -> bool) -> Vec<&Stored> {
        self.after(list).filter(|stored| wanted(&stored.row)).take(limit as usize).collect()
    }

    /// Numbers of all accounts of a portfolio.
    fn numbers_of(&self, portfolio: &PortfolioId, limit: u32) -> Vec<&Stored> {
        let accounts = self.after(Listed::WabaOf(portfolio.clone(), None)).filter_map(only!(Waba));
        accounts.flat_map(|waba| self.after(Listed::NumberOf(waba.id, None))).take(limit as usize).collect()
    }

    /// Shares are listed by their parties, of which the partner is none: all numbers are gone through.
    fn shares_for(&self, partner: &PortfolioId, limit: u32) -> Vec<&Stored> {
        let numbers = self.after(Listed::Number(None)).filter_map(only!(Number));
        let shares = numbers.flat_map(|number| self.after(Listed::AccountOf(number.id, None)));
        let theirs = |stored: &&Stored| matches!(&*stored.row, Row::NumberAccount(share) if share.partner.as_ref() == Some(partner));
        shares.filter(theirs).take(limit as usize).collect()
    }

    /// Pairs of a user, their numbers, and the accounts that own these, each once.
    fn chats_of(&self, user: &UserId, limit: u32) -> Vec<&Stored> {
        let pairs: Vec<_> = self.after(Listed::Pair(user.clone(), None)).take(limit as usize).collect();
        let (mut numbers, mut owners) = (Vec::new(), BTreeSet::new());
        for pair in pairs.iter().filter_map(|stored| only!(Pair)(stored)) {
            let Some(number) = self.get(&Key::Number(pair.number)) else { continue };
            owners.extend(only!(Number)(number).map(|number| number.waba));
            numbers.push(number);
        }
        let accounts = owners.into_iter().filter_map(|waba| self.get(&Key::Waba(waba)));
        pairs.into_iter().chain(numbers).chain(accounts).collect()
    }

    /// Calls of one business number and one user, the last placed first.
    fn calls_of_pair(&self, number: &PhoneNumberId, user: &UserId, limit: u32) -> Vec<&Stored> {
        let of = |place| Listed::CallWith(user.clone(), place);
        let theirs = self.newest(of(0), of(END)).filter(|stored| call(&stored.row).is_some_and(|call| call.record.number == *number));
        theirs.take(limit as usize).collect()
    }
}
