//! Which user or business number somebody means: an id, or a number with `+`. A number without its `+` looks like an id that nobody
//! has, so that mistake is told by name.

use super::client::Admin;
use super::paper::clean;
use super::{AdminFault, CommandFault};

/// Digits of the shortest text that is more likely a phone number than an id that was made up.
const SHORTEST_NUMBER: usize = 7;

/// The phone_number_id of a business number.
pub(crate) async fn number(admin: &Admin, said: &str) -> Result<String, CommandFault> {
    id(admin, "numbers", "business number", said).await
}

/// The id of a user.
pub(crate) async fn user(admin: &Admin, said: &str) -> Result<String, CommandFault> {
    id(admin, "users", "user", said).await
}

async fn id(admin: &Admin, list: &str, what: &str, said: &str) -> Result<String, CommandFault> {
    let fault = match admin.get(&[list, said]).await {
        Ok(reply) => return Ok(reply.value["id"].as_str().ok_or("the platform named no id")?.to_owned()),
        Err(fault) if fault.is_absence() => fault,
        Err(AdminFault::Refused { status: 400, .. }) => {
            return Err(AdminFault::Absent(format!("\"{}\" is neither the id of a {what} nor a number with its +", clean(said))).into());
        }
        Err(fault) => return Err(fault.into()),
    };
    if said.starts_with('+') {
        return Err(AdminFault::Absent(format!("there is no {what} {said}")).into());
    }
    if said.len() < SHORTEST_NUMBER || !said.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault.into());
    }
    let advice = match admin.get(&[list, &format!("+{said}")]).await {
        Ok(_) => format!("a phone number is written with its +, as in +{said}, which is there"),
        Err(_) => "a phone number is written with its +".to_owned(),
    };
    Err(AdminFault::Absent(format!("there is no {what} with the id {said}; {advice}")).into())
}
