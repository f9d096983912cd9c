//! Call permission of a pair, in `call_permissions` and in `call_permission_reply`.

use callport_core::pair::{self, Usage};
use callport_core::time::WallTime;
use callport_wire::permissions::{Limit, Permission, PermissionStatus};
use callport_wire::webhooks::PermissionReply;

use crate::{Twin as _, seconds};

/// As the endpoint shows it.
pub fn shown(permission: pair::Permission) -> Permission {
    let (status, expiration_time) = match permission {
        pair::Permission::None => (PermissionStatus::NoPermission, None),
        pair::Permission::Temporary { until } => (PermissionStatus::Temporary, Some(until.unix_seconds())),
        pair::Permission::Permanent => (PermissionStatus::Permanent, None),
    };
    Permission { status, expiration_time }
}

/// How much of a limit is used.
pub fn limit(period: &str, usage: Usage) -> Limit {
    Limit {
        time_period: period.to_owned(),
        max_allowed: usage.allowed,
        current_usage: usage.used,
        limit_expiration_time: usage.frees_at.map(WallTime::unix_seconds),
    }
}

/// A change, as the business is told.
pub fn reply(reply: pair::PermissionReply) -> PermissionReply {
    let source = reply.source.published();
    match reply.permission {
        pair::Permission::Temporary { until } => PermissionReply::temporary(seconds(until), source),
        pair::Permission::Permanent => PermissionReply::permanent(),
        pair::Permission::None => PermissionReply::reject(source),
    }
}
