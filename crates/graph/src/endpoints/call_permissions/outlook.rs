//! What a business may do with a user now: the rules that judge calls and requests, asked in advance.

use callport_core::limits::PairLimits;
use callport_core::number::PhoneNumber;
use callport_core::outreach::{Known, Sender};
use callport_core::pair::{Pair, Permission};
use callport_core::time::WallTime;
use callport_dialect::permissions::{limit, shown};
use callport_wire::permissions::{Action, ActionName, DAY, PermissionsReply, WEEK};

/// The user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// `None` for an id that is nobody's.
    pub(super) number: Option<&'a PhoneNumber>,
    /// Present for a user that exists.
    pub(super) known: Option<Known<'a>>,
}

/// The reply. An action can be performed when its request would be taken at this moment: a template for the permission request, which
/// needs no open customer service window.
pub(super) fn outlook(now: WallTime, sender: &Sender<'_>, subject: Subject<'_>, limits: &PairLimits) -> PermissionsReply {
    let Subject { number, known } = subject;
    let stranger = Pair::default();
    let pair = known.map_or(&stranger, |known| known.pair);
    let request = Action {
        action_name: ActionName::SendCallPermissionRequest,
        can_perform_action: sender.may_request(now, number, pair, false, limits).is_ok(),
        limits: vec![limit(DAY, pair.requests_in_day(now, limits)), limit(WEEK, pair.requests_in_week(now, limits))],
    };
    let call = Action {
        action_name: ActionName::StartCall,
        can_perform_action: sender.may_call(now, number, known, limits).is_ok(),
        limits: vec![limit(DAY, pair.connected_in_day(now, limits))],
    };
    // Whoever cannot be called permits nothing, whatever was once decided.
    let callable = known.filter(|known| known.callable);
    let permission = callable.map_or(Permission::None, |known| known.pair.permission(now));
    PermissionsReply::new(shown(permission), vec![request, call])
}

#[cfg(test)]
mod tests;
