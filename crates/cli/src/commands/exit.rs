//! What an error ends the process with, and how a program is told. The table of endings is `callport-admin`'s, whose commands have most of
//! them.

use std::error::Error;

use callport_admin::AdminFault;
pub use callport_admin::exit::{Exit, table, whole_table};
use serde_json::json;

use super::gateway::UnfitFlag;

/// What an error ends the process with.
pub fn of(error: &(dyn Error + Send + Sync + 'static)) -> Exit {
    match (error.downcast_ref::<AdminFault>(), error.is::<UnfitFlag>()) {
        (Some(fault), _) => fault.exit(),
        (None, true) => Exit::Usage,
        (None, false) => Exit::Failed,
    }
}

/// An error as one JSON object: the API's own code and status where it was the API that said no.
pub fn json(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let exit = of(error);
    let (status, code) = match error.downcast_ref::<AdminFault>() {
        Some(AdminFault::Refused { status, code, .. }) => (Some(*status), code.as_deref()),
        _ => (None, None),
    };
    object(exit, code, status, &error.to_string())
}

/// The same for a command line that could not be read.
pub fn usage_json(message: &str) -> String {
    object(Exit::Usage, None, None, message)
}

fn object(exit: Exit, code: Option<&str>, status: Option<u16>, message: &str) -> String {
    let code = code.unwrap_or(exit.word());
    json!({ "error": { "code": code, "message": message, "http_status": status, "exit_code": exit.code() } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_object_for_programs() {
        let refused = AdminFault::Refused { status: 404, code: Some("not_found".to_owned()), message: "there is no app".to_owned() };
        assert_eq!(
            json(&refused),
            r#"{"error":{"code":"not_found","message":"there is no app (HTTP 404)","http_status":404,"exit_code":12}}"#
        );
        let own: Box<dyn Error + Send + Sync> = "a file cannot be read".into();
        assert_eq!(json(own.as_ref()), r#"{"error":{"code":"failed","message":"a file cannot be read","http_status":null,"exit_code":1}}"#);
    }
}
