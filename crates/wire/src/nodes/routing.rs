//! What a business does for a number (platform docs, Conversation routing, Routing roles, 2026-11-05).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The reply of the Routing Roles API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutingRoles {
    /// Its roles: `calls` for the Call primary, and those of `messaging_handovers`.
    pub roles: Vec<String>,
    /// It reads along in threads of others.
    pub is_standby: bool,
}
