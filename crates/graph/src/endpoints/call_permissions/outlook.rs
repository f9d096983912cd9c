//! What a business may do with a user now: the rules that judge calls and requests, asked in advance.

use callport_core::limits::PairLimits;
use callport_core::number::PhoneNumber;
use callport_core::outreach::{Known, Sender};
use callport_core::pair::{self, Pair, Usage};
use callport_core::time::WallTime;
use callport_wire::permissions::{Action, ActionName, DAY, Limit, Permission, PermissionStatus, PermissionsReply, WEEK};

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
    let permission = callable.map_or(pair::Permission::None, |known| known.pair.permission(now));
    PermissionsReply::new(shown(permission), vec![request, call])
}

fn shown(permission: pair::Permission) -> Permission {
    let (status, expiration_time) = match permission {
        pair::Permission::None => (PermissionStatus::NoPermission, None),
        pair::Permission::Temporary { until } => (PermissionStatus::Temporary, Some(until.unix_seconds())),
        pair::Permission::Permanent => (PermissionStatus::Permanent, None),
    };
    Permission { status, expiration_time }
}

fn limit(period: &str, usage: Usage) -> Limit {
    Limit {
        time_period: period.to_owned(),
        max_allowed: usage.allowed,
        current_usage: usage.used,
        limit_expiration_time: usage.frees_at.map(WallTime::unix_seconds),
    }
}

#[cfg(test)]
mod tests;
