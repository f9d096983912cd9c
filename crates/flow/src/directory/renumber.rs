//! A user takes another number (platform docs, Webhooks, `messages` of type `system`; Business-scoped user IDs). The person keeps chats, permissions and
//! sessions; to every portfolio they are another id from then on (docs/decisions/0052).

use std::collections::HashMap;

use callport_core::message::{Author, MessageId};

use crate::journal::{About, Fact};
use crate::notice::Notice;
use crate::parties::parties;
use crate::phones::UserEvent;
use crate::records::{Number, PairRecord, User, Waba};
use crate::row::Row;
use crate::step::{Cx, Draft};
use crate::view::{Need, Query, View};

/// Most business numbers that are told that a user has another number: as many as a phone lists.
pub const MAX_TOLD_NUMBERS: u32 = 1_000;

/// The user as they become, with the numbers that they had counted: whoever puts a user does not know. Businesses that the user has a chat with are told
/// of another number, but for those that are blocked.
pub(super) fn counted(view: &View, cx: &Cx<'_>, draft: &mut Draft, before: Option<&User>, user: User) -> Result<User, Need> {
    let Some(before) = before else { return Ok(User { numbers_before: 0, ..user }) };
    if before.number == user.number {
        return Ok(User { numbers_before: before.numbers_before, ..user });
    }
    let user = User { numbers_before: before.numbers_before + 1, ..user };
    let told = tell(view, cx, draft, before, &user)?;
    draft.note(cx, About::user(&user.id), Fact::UserRenumbered { told });
    draft.show(&user.id, UserEvent::Renumbered);
    Ok(user)
}

/// How many business numbers are told.
fn tell(view: &View, cx: &Cx<'_>, draft: &mut Draft, before: &User, after: &User) -> Result<u32, Need> {
    let chats = Chats::of(view.found(Query::ChatsOf(before.id.clone(), MAX_TOLD_NUMBERS))?);
    let mut told = 0;
    for PairRecord { number, pair, .. } in chats.pairs.iter().filter(|record| !record.pair.is_blocked()) {
        let Some(number) = chats.numbers.get(number.as_str()) else { continue };
        let Some(waba) = chats.wabas.get(number.waba.as_str()) else { continue };
        let sees_numbers = before.username.is_none() || pair.met_lately(cx.now);
        draft.told.push(Notice::UserChanged {
            parties: parties(waba, number, before),
            message: MessageId::compose(&before.number, Author::User, cx.message_bytes(told)),
            at: cx.now,
            number: sees_numbers.then(|| after.number.clone()),
            bsuid: after.bsuid(&waba.portfolio),
        });
        told += 1;
    }
    Ok(u32::from(told))
}

/// What [`Query::ChatsOf`] found.
#[derive(Default)]
struct Chats<'a> {
    pairs: Vec<&'a PairRecord>,
    numbers: HashMap<&'a str, &'a Number>,
    wabas: HashMap<&'a str, &'a Waba>,
}

impl<'a> Chats<'a> {
    fn of(rows: Vec<&'a Row>) -> Self {
        let mut chats = Self::default();
        for row in rows {
            match row {
                Row::Pair(row) => chats.pairs.push(row),
                Row::Number(row) => drop(chats.numbers.insert(row.id.as_str(), row)),
                Row::Waba(row) => drop(chats.wabas.insert(row.id.as_str(), row)),
                _ => {}
            }
        }
        chats
    }
}
