//! Further accounts of a number, one for each partner (platform docs, Account model, 2026-06-24; Multi-Solution Conversations, 2025-12-04): made by an
//! operator or a fixture, and by Embedded Signup that chooses a number which is there.

use std::convert::Infallible;

use callport_core::eligibility::InUseWith;
use callport_core::ids::{PhoneNumberId, WabaId};

use super::{made, removed};
use crate::journal::About;
use crate::records::NumberAccount;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Query, View};

/// Gives a number one more account. The same again changes nothing but the partner.
#[derive(Debug, Clone)]
pub struct ShareNumber(pub NumberAccount);

/// Why a number is not shared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareNumberRefusal {
    /// It, or something that it names, is not there.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
    /// The account owns it.
    #[error("this account owns the number already")]
    OwnAccount,
    /// An account of somebody else.
    #[error("the account is of another portfolio than the number's own: each partner's account of a number belongs to the same business")]
    OtherPortfolio,
    /// Too many.
    #[error("a number has at most {0} accounts")]
    TooMany(usize),
    /// This partner has an account of the number.
    #[error("the number is shared with this partner already")]
    SamePartner,
    /// Numbers of the WhatsApp Business app are not shared.
    #[error("a number that is in use with the WhatsApp Business app cannot be shared")]
    Coexistence,
}

refusal!(ShareNumberRefusal);

impl Input for ShareNumber {
    type Done = ();
    type Refusal = ShareNumberRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ShareNumberRefusal>> {
        use ShareNumberRefusal as No;
        let NumberAccount { number, waba, partner } = &self.0;
        let found = view.number(Key::Number(number.clone()))?.ok_or(No::Missing("business number"))?;
        let account = view.waba(Key::Waba(waba.clone()))?.ok_or(No::Missing("WhatsApp Business Account"))?;
        let owning = view.waba(Key::Waba(found.waba.clone()))?.ok_or(No::Missing("WhatsApp Business Account"))?;
        if let Some(partner) = partner {
            view.portfolio(Key::Portfolio(partner.clone()))?.ok_or(No::Missing("portfolio"))?;
        }
        if found.waba == *waba {
            return Err(No::OwnAccount.into());
        }
        if account.portfolio != owning.portfolio {
            return Err(No::OtherPortfolio.into());
        }
        if found.in_use_with != InUseWith::CloudApi {
            return Err(No::Coexistence.into());
        }
        let most = cx.rules.routing.accounts;
        let mut others = 1;
        for row in view.found(Query::Accounts(number.clone()))? {
            let Row::NumberAccount(other) = row else { continue };
            if other.waba == *waba {
                continue;
            }
            if partner.is_some() && other.partner == *partner {
                return Err(No::SamePartner.into());
            }
            others += 1;
        }
        if others >= most {
            return Err(No::TooMany(most).into());
        }
        made(draft, cx, about(number, waba), "number account", Some(waba.as_str()));
        // Two that are made at once count each other: both expect the number as it was, and write it.
        draft.put(Row::Number(found.clone()));
        draft.put(Row::NumberAccount(self.0.clone()));
        Ok(())
    }
}

/// Takes a further account off a number; what was sent and called from it stays on record.
#[derive(Debug, Clone)]
pub struct UnshareNumber(pub PhoneNumberId, pub WabaId);

impl Input for UnshareNumber {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, _: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        let UnshareNumber(number, waba) = self;
        removed(draft, cx, about(number, waba), "number account", Some(waba.as_str()));
        draft.remove(Key::NumberAccount(number.clone(), waba.clone()));
        Ok(())
    }
}

fn about(number: &PhoneNumberId, waba: &WabaId) -> About {
    About { waba: Some(waba.clone()), ..About::number(number) }
}
