//! The parties of a call or a chat, as everything that a business is told names them.

use crate::notice::Parties;
use crate::records::{Number, User, Waba};

/// Names both sides.
pub fn parties(waba: &Waba, number: &Number, user: &User) -> Parties {
    Parties {
        waba: waba.id.clone(),
        number_id: number.id.clone(),
        number: number.number.clone(),
        user: user.number.clone(),
        user_name: user.name.clone(),
        username: user.username.clone(),
        bsuid: user.bsuid(&waba.portfolio),
    }
}
