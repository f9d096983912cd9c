//! Credit lines: a partner pays for its customers (platform docs, Share and revoke credit lines, 2025-11). And what else a partner's portfolio has: system
//! users, and numbers that it verified for customers to come.

use std::collections::BTreeSet;

use callport_core::ids::{AllocationId, CreditLineId, PhoneNumberId, PortfolioId, SystemUserId, WabaId};
use callport_core::number::PhoneNumber;

use super::MOST_LISTED;
use crate::directory::{RemovalRefusal, along, made, removed};
use crate::journal::{About, Fact};
use crate::records::{AccountFunding, Allocation, Assignment, CreditLine, Enrolment, EnrolmentKind, PreVerifiedNumber, SystemUser, Waba};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Need, Query, View};

/// Currencies of credit lines.
pub const CREDIT_CURRENCIES: [&str; 6] = ["AUD", "EUR", "GBP", "IDR", "INR", "USD"];

/// Tasks of a system user on an account.
pub const TASKS: [&str; 8] =
    ["MANAGE", "DEVELOP", "MANAGE_TEMPLATES", "MANAGE_PHONE", "VIEW_COST", "MESSAGING", "MANAGE_PHONE_ASSETS", "VIEW_TEMPLATES"];

/// Most pre-verified numbers that wait in one portfolio.
const MAX_WAITING: usize = 100;

/// Most credit lines and system users of one portfolio.
const MAX_OF_PORTFOLIO: usize = 100;

/// Why nothing is shared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartnerRefusal {
    /// 100/33.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
    /// 100.
    #[error("waba_currency is not one of {}", CREDIT_CURRENCIES.join(", "))]
    Currency,
    /// 100.
    #[error("the business of this account was not shared the credit line: share it first")]
    NotShared,
    /// 100.
    #[error("the account has another credit line, which cannot be swapped")]
    OtherLine,
    /// 100.
    #[error("{0} is no task")]
    UnknownTask(String),
    /// 100.
    #[error("this phone number is in use on this platform already")]
    NumberTaken,
    /// 100.
    #[error("the portfolio has as many of these as it may have")]
    TooMany,
}

refusal!(PartnerRefusal);

fn of_account(waba: &WabaId) -> About {
    About { waba: Some(waba.clone()), ..About::default() }
}

fn no_id<E>(_: E) -> PartnerRefusal {
    PartnerRefusal::Missing("place for one more")
}

/// Makes a credit line, as the platform's credit department would.
#[derive(Debug, Clone)]
pub struct PutCreditLine {
    /// Whose.
    pub portfolio: PortfolioId,
    /// `legal_entity_name`.
    pub legal_entity_name: String,
}

impl Input for PutCreditLine {
    type Done = CreditLine;
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<CreditLine, Stop<PartnerRefusal>> {
        view.portfolio(Key::Portfolio(self.portfolio.clone()))?.ok_or(PartnerRefusal::Missing("portfolio"))?;
        if view.enrolments::<CreditLine>(self.portfolio.as_str(), MOST_LISTED)?.len() >= MAX_OF_PORTFOLIO {
            return Err(PartnerRefusal::TooMany.into());
        }
        let id = CreditLineId::parse(&cx.object_id()).map_err(no_id)?;
        let line = CreditLine { id, portfolio: self.portfolio.clone(), legal_entity_name: self.legal_entity_name.clone() };
        made(draft, cx, About::default(), "credit line", Some(line.id.as_str()));
        draft.put(Row::Enrolment(line.clone().into()));
        Ok(line)
    }
}

/// The share of a line that a business has, if it has one.
fn shared<'a>(view: &'a View, line: &CreditLineId, receiving: &PortfolioId) -> Result<Option<&'a Allocation>, Stop<PartnerRefusal>> {
    let all = view.enrolments::<Allocation>(line.as_str(), MOST_LISTED)?;
    Ok(all.into_iter().find(|allocation| allocation.receiving == *receiving && !allocation.deleted))
}

/// Shares a line with a business. The same twice is the same share.
#[derive(Debug, Clone)]
pub struct ShareCredit {
    /// Which.
    pub line: CreditLineId,
    /// `receiving_business_id`.
    pub receiving: PortfolioId,
}

impl Input for ShareCredit {
    type Done = Allocation;
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Allocation, Stop<PartnerRefusal>> {
        share(view, cx, draft, &self.line, &self.receiving)
    }
}

fn share(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    line: &CreditLineId,
    receiving: &PortfolioId,
) -> Result<Allocation, Stop<PartnerRefusal>> {
    view.enrolment::<CreditLine>(line.as_str())?.ok_or(PartnerRefusal::Missing("credit line"))?;
    view.portfolio(Key::Portfolio(receiving.clone()))?.ok_or(PartnerRefusal::Missing("business"))?;
    if let Some(allocation) = shared(view, line, receiving)? {
        return Ok(allocation.clone());
    }
    if view.enrolments::<Allocation>(line.as_str(), MOST_LISTED)?.len() >= MOST_LISTED as usize {
        return Err(PartnerRefusal::TooMany.into());
    }
    let id = cx.object_id();
    let (number, credential) = (id.parse::<u64>().unwrap_or_default(), AllocationId::parse(&id));
    let allocation = Allocation {
        id: AllocationId::parse(&(number + 1).to_string()).map_err(no_id)?,
        credit_line: line.clone(),
        receiving: receiving.clone(),
        credential: credential.map_err(no_id)?,
        deleted: false,
    };
    made(draft, cx, About::default(), "credit allocation", Some(allocation.id.as_str()));
    draft.put(Row::Enrolment(allocation.clone().into()));
    Ok(allocation)
}

/// Lets a line pay for an account.
#[derive(Debug, Clone)]
pub struct AttachCredit {
    /// Which.
    pub line: CreditLineId,
    /// For what.
    pub waba: WabaId,
    /// `waba_currency`.
    pub currency: String,
    /// Shares the line with the account's business in the same step; else that must have been done.
    pub sharing: bool,
}

impl Input for AttachCredit {
    type Done = Allocation;
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Allocation, Stop<PartnerRefusal>> {
        if !CREDIT_CURRENCIES.contains(&self.currency.as_str()) {
            return Err(PartnerRefusal::Currency.into());
        }
        let waba = view.waba(Key::Waba(self.waba.clone()))?.ok_or(PartnerRefusal::Missing("WhatsApp Business Account"))?;
        let allocation = match self.sharing {
            true => share(view, cx, draft, &self.line, &waba.portfolio)?,
            false => {
                view.enrolment::<CreditLine>(self.line.as_str())?.ok_or(PartnerRefusal::Missing("credit line"))?;
                shared(view, &self.line, &waba.portfolio)?.cloned().ok_or(PartnerRefusal::NotShared)?
            }
        };
        if let Some(funding) = view.enrolment::<AccountFunding>(self.waba.as_str())? {
            let paying = view.enrolment::<Allocation>(funding.allocation.as_str())?.is_some_and(|other| !other.deleted);
            if paying {
                return if funding.allocation == allocation.id { Ok(allocation) } else { Err(PartnerRefusal::OtherLine.into()) };
            }
        }
        made(draft, cx, of_account(&self.waba), "account", Some(self.waba.as_str()));
        let funding = AccountFunding {
            waba: self.waba.clone(),
            allocation: allocation.id.clone(),
            currency: self.currency.clone(),
            paid_before: waba.payment_method,
        };
        draft.put(Row::Enrolment(funding.into()));
        draft.put(Row::Waba(Waba { payment_method: true, currency: self.currency.clone(), ..waba.clone() }));
        Ok(allocation)
    }
}

/// Takes a share back: what it pays for has no payment method any more, unless it had one before.
#[derive(Debug, Clone)]
pub struct EndAllocation(pub AllocationId);

impl Input for EndAllocation {
    type Done = ();
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<PartnerRefusal>> {
        let allocation = view.enrolment::<Allocation>(self.0.as_str())?.ok_or(PartnerRefusal::Missing("credit allocation"))?;
        if allocation.deleted {
            return Ok(());
        }
        stop_paying(view, cx, draft, allocation)?;
        made(draft, cx, About::default(), "credit allocation", Some(self.0.as_str()));
        draft.put(Row::Enrolment(Allocation { deleted: true, ..allocation.clone() }.into()));
        Ok(())
    }
}

/// Accounts that this share pays for can pay as they could before.
fn stop_paying(view: &View, cx: &Cx<'_>, draft: &mut Draft, allocation: &Allocation) -> Result<(), Need> {
    for funding in view.enrolments::<AccountFunding>(allocation.id.as_str(), MOST_LISTED)? {
        if let Some(waba) = view.waba(Key::Waba(funding.waba.clone()))? {
            made(draft, cx, of_account(&waba.id), "account", Some(waba.id.as_str()));
            draft.put(Row::Waba(Waba { payment_method: funding.paid_before, ..waba.clone() }));
        }
    }
    Ok(())
}

/// Removes a credit line with its shares: what these pay for has no payment method any more, unless it had one before.
#[derive(Debug, Clone)]
pub struct RemoveCreditLine(pub CreditLineId);

impl Input for RemoveCreditLine {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = self.0.as_str();
        view.enrolment::<CreditLine>(id)?.ok_or(RemovalRefusal::Missing("credit line"))?;
        for row in draft.all(view, Query::Enrolments(EnrolmentKind::Allocation, id.to_owned(), MOST_LISTED))? {
            let Row::Enrolment(Enrolment::Allocation(allocation)) = row else { continue };
            if !allocation.deleted {
                stop_paying(view, cx, draft, allocation)?;
            }
            along(view, draft, vec![Query::Enrolments(EnrolmentKind::Funding, allocation.id.as_str().to_owned(), MOST_LISTED)])?;
            draft.remove(row.key());
        }
        removed(draft, cx, About::default(), "credit line", Some(id));
        draft.remove(Key::Enrolment(EnrolmentKind::CreditLine, id.to_owned()));
        Ok(())
    }
}

/// Removes a system user. What they were assigned to names nobody then, and goes with its account.
#[derive(Debug, Clone)]
pub struct RemoveSystemUser(pub SystemUserId);

impl Input for RemoveSystemUser {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = self.0.as_str();
        view.enrolment::<SystemUser>(id)?.ok_or(RemovalRefusal::Missing("system user"))?;
        removed(draft, cx, About::default(), "system user", Some(id));
        draft.remove(Key::Enrolment(EnrolmentKind::SystemUser, id.to_owned()));
        Ok(())
    }
}

/// Makes a system user of a portfolio.
#[derive(Debug, Clone)]
pub struct PutSystemUser {
    /// Whose.
    pub portfolio: PortfolioId,
    /// What people call it.
    pub name: String,
}

impl Input for PutSystemUser {
    type Done = SystemUser;
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<SystemUser, Stop<PartnerRefusal>> {
        view.portfolio(Key::Portfolio(self.portfolio.clone()))?.ok_or(PartnerRefusal::Missing("portfolio"))?;
        if view.enrolments::<SystemUser>(self.portfolio.as_str(), MOST_LISTED)?.len() >= MAX_OF_PORTFOLIO {
            return Err(PartnerRefusal::TooMany.into());
        }
        let id = SystemUserId::parse(&cx.object_id()).map_err(no_id)?;
        let user = SystemUser { id, portfolio: self.portfolio.clone(), name: self.name.clone() };
        made(draft, cx, About::default(), "system user", Some(user.id.as_str()));
        draft.put(Row::Enrolment(user.clone().into()));
        Ok(user)
    }
}

/// Gives a system user tasks on an account.
#[derive(Debug, Clone)]
pub struct AssignUser {
    /// On which.
    pub waba: WabaId,
    /// To whom.
    pub user: SystemUserId,
    /// Which.
    pub tasks: BTreeSet<String>,
}

impl Input for AssignUser {
    type Done = ();
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<PartnerRefusal>> {
        if let Some(task) = self.tasks.iter().find(|task| !TASKS.contains(&task.as_str())) {
            return Err(PartnerRefusal::UnknownTask(task.clone()).into());
        }
        view.waba(Key::Waba(self.waba.clone()))?.ok_or(PartnerRefusal::Missing("WhatsApp Business Account"))?;
        view.enrolment::<SystemUser>(self.user.as_str())?.ok_or(PartnerRefusal::Missing("system user"))?;
        made(draft, cx, of_account(&self.waba), "assignment", Some(self.user.as_str()));
        draft.put(Row::Enrolment(Assignment { waba: self.waba.clone(), user: self.user.clone(), tasks: self.tasks.clone() }.into()));
        Ok(())
    }
}

/// Adds a number that a partner verifies for a customer to come (`add_phone_numbers`).
#[derive(Debug, Clone)]
pub struct AddPreVerified {
    /// The partner's portfolio.
    pub portfolio: PortfolioId,
    /// The number.
    pub number: PhoneNumber,
}

impl Input for AddPreVerified {
    type Done = PreVerifiedNumber;
    type Refusal = PartnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<PreVerifiedNumber, Stop<PartnerRefusal>> {
        let taken = view.number(Key::NumberCalled(self.number.clone()))?.is_some();
        if taken || view.user(Key::UserCalled(self.number.clone()))?.is_some() {
            return Err(PartnerRefusal::NumberTaken.into());
        }
        let known = view.enrolments::<PreVerifiedNumber>(self.portfolio.as_str(), MOST_LISTED)?;
        if let Some(known) = known.iter().find(|known| known.number == self.number && known.claimed_by.is_none()) {
            return Ok((*known).clone());
        }
        if known.iter().filter(|known| known.claimed_by.is_none()).count() >= MAX_WAITING || known.len() >= MOST_LISTED as usize {
            return Err(PartnerRefusal::TooMany.into());
        }
        let waiting = PreVerifiedNumber {
            id: PhoneNumberId::parse(&cx.object_id()).map_err(no_id)?,
            portfolio: self.portfolio.clone(),
            number: self.number.clone(),
            verified_until: None,
            claimed_by: None,
        };
        made(draft, cx, About::default(), "pre-verified number", Some(waiting.id.as_str()));
        draft.put(Row::Enrolment(waiting.clone().into()));
        Ok(waiting)
    }

    fn refused(&self, why: &PartnerRefusal) -> Option<(About, Fact)> {
        Some((About::default(), Fact::BusinessRefused { action: "add_phone_numbers".to_owned(), says: why.to_string() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, digits, waba};

    fn portfolio() -> PortfolioId {
        PortfolioId::parse("3001").unwrap()
    }

    #[test]
    fn a_line_pays_for_an_account_until_it_is_taken_back() {
        let mut world = World::new();
        world.waba().payment_method = false;
        let line = world.run(&PutCreditLine { portfolio: portfolio(), legal_entity_name: "Acme BSP".into() }).done.unwrap();
        let attach = |sharing| AttachCredit { line: line.id.clone(), waba: waba(), currency: "USD".into(), sharing };
        assert_eq!(world.run(&attach(false)).done.unwrap_err(), PartnerRefusal::NotShared);
        let strange = AttachCredit { currency: "XXX".into(), ..attach(true) };
        assert_eq!(world.run(&strange).done.unwrap_err(), PartnerRefusal::Currency);
        let one = world.run(&ShareCredit { line: line.id.clone(), receiving: portfolio() }).done.unwrap();
        let two = world.run(&attach(true)).done.unwrap();
        assert!(one == two && one.id != one.credential);
        assert!(world.waba().payment_method);
        let other = world.run(&PutCreditLine { portfolio: portfolio(), legal_entity_name: "Other".into() }).done.unwrap();
        let swap = AttachCredit { line: other.id, ..attach(true) };
        assert_eq!(world.run(&swap).done.unwrap_err(), PartnerRefusal::OtherLine);
        world.run(&EndAllocation(one.id)).done.unwrap();
        assert!(!world.waba().payment_method);
        let again = world.run(&attach(true)).done.unwrap();
        assert!(world.waba().payment_method && again.id != two.id);
    }

    #[test]
    fn a_number_that_somebody_has_is_not_verified_for_another() {
        let mut world = World::new();
        let add = |number| AddPreVerified { portfolio: portfolio(), number: digits(number) };
        assert_eq!(world.run(&add("+6281255509999")).done.unwrap_err(), PartnerRefusal::NumberTaken);
        let one = world.run(&add("+6281255506666")).done.unwrap();
        assert_eq!(world.run(&add("+6281255506666")).done.unwrap().id, one.id, "the same twice is the same");
    }

    #[test]
    fn tasks_have_words() {
        let mut world = World::new();
        let user = world.run(&PutSystemUser { portfolio: portfolio(), name: "Robot".into() }).done.unwrap();
        let assign = |task: &str| AssignUser { waba: waba(), user: user.id.clone(), tasks: [task.to_owned()].into() };
        assert_eq!(world.run(&assign("FLY")).done, Err(PartnerRefusal::UnknownTask("FLY".into())));
        world.run(&assign("MANAGE")).done.unwrap();
        let nobody = AssignUser { user: SystemUserId::parse("1").unwrap(), ..assign("MANAGE") };
        assert_eq!(world.run(&nobody).done, Err(PartnerRefusal::Missing("system user")));
    }
}
