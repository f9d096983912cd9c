//! Why a number cannot call or be called, and what to do about it, for a person.

use clap::Args;
use serde_json::Value;

use super::client::Admin;
use super::named::number as id;
use super::paper::{Ink, Paper, clean};
use super::{CommandResult, Printed};

/// Say why a number cannot call or be called: each prerequisite, the code that is answered, and the request that mends it.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// phone_number_id, or the number with +.
    number: String,
    /// As this app would meet it, by the account of the number that it works with.
    #[arg(long)]
    app: Option<String>,
}

impl Explain {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let number = id(admin, &self.number).await?;
        let reply = admin.list(&["numbers", &number, "eligibility"], &[("app_id", self.app)]).await?;
        Ok(Printed::from(if paper.json { reply.text.clone() } else { told(paper, &reply.value) }))
    }
}

/// What stands before each line.
const MARK: usize = 3;

fn told(paper: &Paper, answer: &Value) -> String {
    let mut told = String::new();
    for (key, yes, no) in [
        ("user_initiated", "users can call this number", "users cannot call this number"),
        ("business_initiated", "this number can call users", "this number cannot call users"),
    ] {
        let (ink, says) = if answer[key] == true { (Ink::Good, yes) } else { (Ink::Bad, no) };
        told.push_str(&format!("{}\n", paper.ink(ink, says)));
    }
    told.push('\n');
    let all = answer["prerequisites"].as_array().map(Vec::as_slice).unwrap_or_default();
    for one in all {
        told.push_str(&line(paper, one));
    }
    told
}

fn line(paper: &Paper, one: &Value) -> String {
    let text = |value: &Value| value.as_str().map(clean).unwrap_or_default();
    let met = one["met"] == true;
    let mut says = text(&one["says"]);
    if let Some(app) = one["app_id"].as_str() {
        says.push_str(&format!(" ({}app {})", if met { "" } else { "nearest: " }, clean(app)));
    }
    if !met {
        if let Some(code) = one["code"].as_u64() {
            says.push_str(&format!(": {code}"));
        }
        let stops: Vec<_> = one["directions"].as_array().into_iter().flatten().filter_map(Value::as_str).map(stopped).collect();
        if !stops.is_empty() {
            says.push_str(&format!("; stops {}", stops.join(" and ")));
        }
    }
    let mark = paper.ink(if met { Ink::Good } else { Ink::Bad }, if met { "+" } else { "-" });
    let mut lines = paper.hang(&format!("{mark}  "), MARK, &says);
    if let Some(command) = one["fix"]["admin"].as_str() {
        lines.push_str(&format!("{:MARK$}{}\n", "", paper.ink(Ink::Strong, &clean(command))));
    }
    let graph = &one["fix"]["graph"];
    if graph.is_object() {
        let request = format!("{} {} {}", text(&graph["method"]), text(&graph["path"]), clean(&graph["body"].to_string()));
        lines.push_str(&format!("{:MARK$}{} ({})\n", "", paper.ink(Ink::Strong, &request), text(&graph["token"])));
    }
    if !met && one["fix"].is_null() {
        lines.push_str(&format!("{:MARK$}{}\n", "", paper.ink(Ink::Faint, "nothing but a number of another country helps")));
    }
    lines
}

fn stopped(direction: &str) -> &str {
    match direction {
        "USER_INITIATED" => "calls of users",
        _ => "calls of the business",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_is_told_with_its_code_and_what_mends_it() {
        let both = json!(["USER_INITIATED", "BUSINESS_INITIATED"]);
        let answer = json!({ "user_initiated": false, "business_initiated": false, "prerequisites": [
            { "prerequisite": "CLOUD_API", "directions": both, "met": true, "says": "the number is in use with Cloud API alone", "app_id": null, "code": null, "fix": null },
            { "prerequisite": "SUBSCRIPTION", "directions": both, "met": false, "says": "no such app is subscribed", "app_id": "1001", "code": 138018,
              "fix": { "admin": "callport admin subscription create --waba 2001 --app 1001",
                       "graph": { "method": "POST", "path": "/2001/subscribed_apps", "body": {}, "token": "access token" } } },
            { "prerequisite": "COUNTRY", "directions": ["BUSINESS_INITIATED"], "met": false, "says": "not from here", "app_id": null, "code": 138013, "fix": null },
        ] });
        let expected = "users cannot call this number\nthis number cannot call users\n\n\
            +  the number is in use with Cloud API alone\n\
            -  no such app is subscribed (nearest: app 1001): 138018; stops calls of users and calls of the business\n   \
               callport admin subscription create --waba 2001 --app 1001\n   POST /2001/subscribed_apps {} (access token)\n\
            -  not from here: 138013; stops calls of the business\n   nothing but a number of another country helps\n";
        assert_eq!(told(&Paper::default(), &answer), expected);
    }
}
