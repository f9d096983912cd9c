//! A user blocks a business, or does not any more. What a block does is not published: docs/decisions/0052 says what it does here.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::pair::{Pair, Permission};

use crate::directory::complain;
use crate::journal::{About, Fact};
use crate::phones::UserEvent;
use crate::records::Number;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Query, View};

/// A user blocks a business: it cannot call any more and nothing that it sends arrives, and it is not told. Where the two had a call lately,
/// the block is a complaint of the newest one. Again changes nothing.
#[derive(Debug, Clone)]
pub struct Block {
    /// Who.
    pub user: UserId,
    /// Whom.
    pub number: PhoneNumberId,
}

/// A user does not block a business any more. It has no permission until the user gives one anew.
#[derive(Debug, Clone)]
pub struct Unblock {
    /// Who.
    pub user: UserId,
    /// Whom.
    pub number: PhoneNumberId,
}

/// Why nobody was blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlockRefusal {
    /// No such business number.
    #[error("there is no business with this number")]
    UnknownNumber,
    /// No such user any more.
    #[error("there is no such user")]
    UnknownUser,
}

refusal!(BlockRefusal);

impl Input for Block {
    type Done = ();
    type Refusal = BlockRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<BlockRefusal>> {
        let (number, before) = pair(view, &self.user, &self.number)?;
        if before.is_blocked() {
            return Ok(());
        }
        draft.note(cx, about(&self.user, number), Fact::UserBlocked);
        draft.put_pair(&number.id, &self.user, &before, before.clone().block(cx.now));
        let newest = view.found(Query::CallsOfPair(number.id.clone(), self.user.clone(), 1))?;
        if let Some(Row::Call(call)) = newest.first()
            && cx.now < call.record.placed_at + cx.rules.quality.window
        {
            complain(draft, view, cx, number, &call.record)?;
        }
        if before.permission(cx.now) != Permission::None {
            draft.show(&self.user, UserEvent::Permission { number: number.id.clone(), permission: Permission::None });
        }
        draft.show(&self.user, UserEvent::Blocked { number: number.id.clone(), blocked: true });
        Ok(())
    }
}

impl Input for Unblock {
    type Done = ();
    type Refusal = BlockRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<BlockRefusal>> {
        let (number, before) = pair(view, &self.user, &self.number)?;
        if !before.is_blocked() {
            return Ok(());
        }
        draft.note(cx, about(&self.user, number), Fact::UserUnblocked);
        draft.put_pair(&number.id, &self.user, &before, before.clone().unblock());
        draft.show(&self.user, UserEvent::Blocked { number: number.id.clone(), blocked: false });
        Ok(())
    }
}

fn pair<'a>(view: &'a View, user: &UserId, number: &PhoneNumberId) -> Result<(&'a Number, Pair), Stop<BlockRefusal>> {
    let number = view.number(Key::Number(number.clone()))?.ok_or(BlockRefusal::UnknownNumber)?;
    let user = view.user(Key::User(user.clone()))?.ok_or(BlockRefusal::UnknownUser)?;
    Ok((number, view.pair(&number.id, &user.id)?))
}

fn about(user: &UserId, number: &Number) -> About {
    About { user: Some(user.clone()), waba: Some(number.waba.clone()), ..About::number(&number.id) }
}
