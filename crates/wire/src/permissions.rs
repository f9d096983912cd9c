//! `GET /{version}/{phone-number-id}/call_permissions`: whether a user may be called or asked, and what is left of the limits.
//!
//! Platform docs, Calling, Obtain user call permissions (mid-2026 edition), "Get call permission state". The member that
//! the page's table calls `expiration` is `expiration_time` in its sample and in client libraries; written so, read both ways.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::calls::MESSAGING_PRODUCT;
use crate::params::{Malformed, Params};
use crate::words::words;

/// The rolling day of a limit, as ISO 8601 writes it.
pub const DAY: &str = "PT24H";

/// The rolling week of a limit, as ISO 8601 writes it.
pub const WEEK: &str = "P7D";

/// Whose permission is asked for.
#[derive(Clone, PartialEq, Eq)]
pub enum PermissionsQuery {
    /// `user_wa_id`: the user's number, country code first, with or without `+`. Wins over the other.
    Number(String),
    /// `recipient`: the user's business-scoped id.
    UserId(String),
}

/// Which of the two, never whose.
impl std::fmt::Debug for PermissionsQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.pair().0)
    }
}

impl PermissionsQuery {
    /// Reads the query. A `+` that was not escaped arrives as a space, so spaces around the value are dropped.
    ///
    /// # Errors
    /// When nobody is named.
    pub fn read(query: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(query);
        let named = |key| -> Result<_, Malformed> {
            let text = params.text_or_number(key)?;
            Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
        };
        if let Some(number) = named("user_wa_id")? {
            return Ok(Self::Number(number));
        }
        named("recipient")?.map(Self::UserId).ok_or_else(|| Malformed::missing("user_wa_id"))
    }

    /// Key and value of the query.
    pub fn pair(&self) -> (&'static str, &str) {
        match self {
            Self::Number(number) => ("user_wa_id", number),
            Self::UserId(id) => ("recipient", id),
        }
    }
}

/// The reply. A user who cannot be called at all has no permission; that is no error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PermissionsReply {
    /// `whatsapp`.
    pub messaging_product: String,
    /// What the user permits.
    pub permission: Permission,
    /// What the business can do now.
    pub actions: Vec<Action>,
}

/// What the user permits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permission {
    /// Whether, and for how long in principle.
    pub status: PermissionStatus,
    /// End of a temporary permission, Unix seconds.
    #[serde(default, alias = "expiration", skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<i64>,
}

words! {
    /// What a user permits a business number.
    PermissionStatus {
        /// No calls.
        NoPermission = "no_permission",
        /// Calls until a moment.
        Temporary = "temporary",
        /// Calls until the user takes it back.
        Permanent = "permanent",
    }
}

/// Something the business may do to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Action {
    /// What.
    #[schema(value_type = String)]
    pub action_name: ActionName,
    /// Whether now, all limits considered.
    pub can_perform_action: bool,
    /// What is left of it.
    #[serde(default)]
    pub limits: Vec<Limit>,
}

/// What the business may do to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionName {
    /// Ask for permission.
    SendCallPermissionRequest,
    /// Call; only calls that the user takes are counted.
    StartCall,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

/// One rolling limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limit {
    /// Its length, [`DAY`] or [`WEEK`].
    pub time_period: String,
    /// How many in that time.
    pub max_allowed: u32,
    /// How many so far.
    pub current_usage: u32,
    /// When the next one is possible, Unix seconds; only where none is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_expiration_time: Option<i64>,
}

impl PermissionsReply {
    /// What the user permits, and what the business can do now.
    pub fn new(permission: Permission, actions: Vec<Action>) -> Self {
        Self { messaging_product: MESSAGING_PRODUCT.to_owned(), permission, actions }
    }

    /// What stands under an action, if it is listed.
    pub fn action(&self, name: &ActionName) -> Option<&Action> {
        self.actions.iter().find(|action| action.action_name == *name)
    }
}

impl Permission {
    /// No calls.
    pub fn none() -> Self {
        Self { status: PermissionStatus::NoPermission, expiration_time: None }
    }

    /// Calls until `expiration_time`, Unix seconds.
    pub fn temporary(expiration_time: i64) -> Self {
        Self { status: PermissionStatus::Temporary, expiration_time: Some(expiration_time) }
    }

    /// Calls until the user takes it back.
    pub fn permanent() -> Self {
        Self { status: PermissionStatus::Permanent, expiration_time: None }
    }
}

impl Limit {
    /// `current_usage` of `max_allowed` in `time_period`. `next` (Unix seconds) is told only where none is left.
    pub fn new(time_period: &str, max_allowed: u32, current_usage: u32, next: Option<i64>) -> Self {
        let limit_expiration_time = next.filter(|_| current_usage >= max_allowed);
        Self { time_period: time_period.to_owned(), max_allowed, current_usage, limit_expiration_time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::params::Fault;
    use serde_json::json;

    fn query(value: Value) -> Result<PermissionsQuery, Malformed> {
        PermissionsQuery::read(value.as_object().unwrap())
    }

    fn action(action_name: ActionName, can_perform_action: bool, limits: Vec<Limit>) -> Action {
        Action { action_name, can_perform_action, limits }
    }

    #[test]
    fn temporary_as_published() {
        let requests = vec![Limit::new(DAY, 1, 1, Some(1795081600)), Limit::new(WEEK, 2, 1, Some(1795599999))];
        let reply = PermissionsReply::new(
            Permission::temporary(1795600000),
            vec![
                action(ActionName::SendCallPermissionRequest, false, requests),
                action(ActionName::StartCall, true, vec![Limit::new(DAY, 100, 3, None)]),
            ],
        );
        golden::check(&reply, include_str!("../samples/permissions_temporary.json"));
        assert!(reply.action(&ActionName::StartCall).unwrap().can_perform_action);
    }

    #[test]
    fn none_and_permanent_have_no_end() {
        let actions = |request, call| {
            let requests = vec![Limit::new(DAY, 1, 0, None), Limit::new(WEEK, 2, 0, None)];
            vec![
                action(ActionName::SendCallPermissionRequest, request, requests),
                action(ActionName::StartCall, call, vec![Limit::new(DAY, 100, 0, None)]),
            ]
        };
        let none = PermissionsReply::new(Permission::none(), actions(true, false));
        golden::check(&none, include_str!("../samples/permissions_none.json"));
        let permanent = PermissionsReply::new(Permission::permanent(), actions(false, true));
        golden::check(&permanent, include_str!("../samples/permissions_permanent.json"));
    }

    #[test]
    fn reads_what_the_table_says_and_actions_of_the_future() {
        let json = json!({ "messaging_product": "whatsapp", "permission": { "status": "temporary", "expiration": 5 },
            "actions": [{ "action_name": "send_flowers", "can_perform_action": true }] });
        let reply: PermissionsReply = serde_json::from_value(json).unwrap();
        assert_eq!(reply.permission, Permission::temporary(5));
        assert_eq!(reply.actions[0].action_name, ActionName::Other("send_flowers".into()));
        assert_eq!(reply.action(&ActionName::StartCall), None);
    }

    #[test]
    fn somebody_must_be_named() {
        for (asked, expected) in [
            (json!({ "user_wa_id": "6281255501234" }), PermissionsQuery::Number("6281255501234".into())),
            (json!({ "user_wa_id": " 6281255501234", "recipient": "ID.1" }), PermissionsQuery::Number("6281255501234".into())),
            (json!({ "user_wa_id": "+6281255501234" }), PermissionsQuery::Number("+6281255501234".into())),
            (json!({ "user_wa_id": "", "recipient": "ID.1" }), PermissionsQuery::UserId("ID.1".into())),
        ] {
            let read = query(asked).unwrap();
            assert_eq!(read, expected);
            let (key, value) = read.pair();
            assert_eq!(query(json!({ key: value })), Ok(expected));
        }
        for nobody in [json!({}), json!({ "user_wa_id": " " }), json!({ "recipient": null })] {
            let refused = query(nobody).unwrap_err();
            assert_eq!((refused.fault, refused.details.as_str()), (Fault::Missing, "The parameter user_wa_id is required."));
        }
        assert_eq!(format!("{:?}", PermissionsQuery::Number("6281255501234".into())), "user_wa_id");
    }
}
