//! The call log as a table, and which call somebody means by `last` or by the twelve characters that the log shows.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};

use super::client::{Admin, Reply};
use super::paper::{Ink, NOTHING, Paper, Table, cell, clean, text};
use super::{AdminFault, CommandFault, CommandResult, Printed, capture, named, story};

/// Pages of the log that are looked through for a short id.
const MOST_PAGES: usize = 40;

/// Calls on one of them: the API's most.
const PAGE: &str = "500";

/// The call log, newest first.
#[derive(Debug, Args)]
pub(crate) struct Calls {
    /// Only of this business number: phone_number_id, or the number with +.
    #[arg(long)]
    number: Option<String>,
    /// Only of this user: id, or number with +.
    #[arg(long)]
    user: Option<String>,
    /// in_progress, answered, missed, declined or failed.
    #[arg(long)]
    outcome: Option<String>,
    /// At most so many: 1 to 500, default 50.
    #[arg(long)]
    limit: Option<u32>,
    /// Where the page before said that it goes on.
    #[arg(long)]
    cursor: Option<String>,
}

impl Calls {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let number = match self.number {
            Some(number) => Some(named::number(admin, &number).await?),
            None => None,
        };
        let user = match self.user {
            Some(user) => Some(named::user(admin, &user).await?),
            None => None,
        };
        let filters = [
            ("phone_number_id", number),
            ("user_id", user),
            ("outcome", self.outcome),
            ("limit", self.limit.map(|limit| limit.to_string())),
            ("cursor", self.cursor),
        ];
        let reply = admin.list(&["calls"], &filters).await?;
        Ok(Printed::from(if paper.json { reply.text } else { table(&reply, paper) }))
    }
}

fn table(reply: &Reply, paper: &Paper) -> String {
    let mut table = Table::new(["call", "placed", "from", "to", "outcome", "talked", "ended by"]);
    for call in reply.rows() {
        let (from, to) = parties(call);
        let talked = call["duration_seconds"].as_u64().map_or_else(|| NOTHING.to_owned(), |seconds| format!("{seconds} s"));
        let (outcome, ink) = outcome(call);
        table.inked([
            (Ink::Plain, short(call["id"].as_str().unwrap_or_default())),
            (Ink::Plain, cell(&call["placed_at"])),
            (Ink::Plain, from),
            (Ink::Plain, to),
            (ink, outcome),
            (Ink::Plain, talked),
            (Ink::Plain, cell(&call["reason"])),
        ]);
    }
    let mut told = table.render(paper);
    if let Some(next) = reply.value["next"].as_str() {
        told.push_str(&format!("older calls: --cursor {}\n", clean(next)));
    }
    told
}

/// Who called whom.
pub(crate) fn parties(call: &Value) -> (String, String) {
    let known = |number: &str, id: &str| cell(if call[number].is_null() { &call[id] } else { &call[number] });
    let (user, business) = (known("user_number", "user_id"), known("business_number", "phone_number_id"));
    match call["direction"].as_str() {
        Some("BUSINESS_INITIATED") => (business, user),
        _ => (user, business),
    }
}

/// How a call went, with its published code, and how that wants to be noticed.
pub(crate) fn outcome(call: &Value) -> (String, Ink) {
    let word = text(&call["outcome"]).replace('_', " ");
    let ink = match word.as_str() {
        "answered" => Ink::Good,
        "failed" => Ink::Bad,
        "missed" | "declined" => Ink::Doubtful,
        _ => Ink::Plain,
    };
    let code = call["code"].as_u64().map(|code| format!(" ({code})")).unwrap_or_default();
    (word + &code, ink)
}

/// The twelve characters that tell calls apart; of a foreign id the whole.
pub(crate) fn short(id: &str) -> String {
    let bytes = STANDARD.decode(id.trim_start_matches("wacid.")).unwrap_or_default();
    // Field 3 of the id: a text of 32 hexadecimal digits.
    let own = bytes.windows(34).find(|field| field.starts_with(&[0x18, 32])).and_then(|field| str::from_utf8(&field[2..14]).ok());
    own.filter(|own| own.bytes().all(|byte| byte.is_ascii_hexdigit())).map_or_else(|| clean(id), str::to_owned)
}

/// The whole story of one call.
#[derive(Debug, Args)]
pub(crate) struct Call {
    /// `wacid.…`, the twelve characters that `callport admin calls` shows, or `last`.
    id: String,
    /// Every sentence of the media checklist, not only those about what is not well.
    #[arg(long)]
    all: bool,
    /// Write the SIP messages of the call into this file (pcapng), for Wireshark. Keys and answers to challenges are overwritten.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

impl Call {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let id = find(admin, &self.id).await?;
        let reply = admin.get(&["calls", &id]).await?;
        if let Some(path) = &self.pcap {
            let file = capture::of_story(&reply.value);
            let file = file.ok_or_else(|| AdminFault::Absent(format!("call {} has no SIP message", short(&id))))?;
            let written: Result<(), CommandFault> =
                std::fs::write(path, file).map_err(|error| format!("{}: {error}", path.display()).into());
            written?;
            return Ok(Printed::from(paper.done(&reply, &format!("{} holds the SIP messages of call {}", path.display(), short(&id)))));
        }
        Ok(Printed::from(if paper.json { reply.text } else { story::tell(&reply.value, self.all, paper) }))
    }
}

/// End a live call.
#[derive(Debug, Args)]
pub(crate) struct HangUp {
    /// `wacid.…`, the twelve characters that `callport admin calls` and refusals show, or `last`.
    id: String,
}

impl HangUp {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let id = find(admin, &self.id).await?;
        let reply = admin.post(&["calls", &id, "hang_up"], json!({})).await?;
        Ok(Printed::from(paper.done(&reply, &format!("call {} is over", short(&id)))))
    }
}

/// Complain of a call as its user would who blocks or reports the business: enough users who do pause calling in that direction.
#[derive(Debug, Args)]
pub(crate) struct ComplainOf {
    /// `wacid.…`, the twelve characters that `callport admin calls` and refusals show, or `last`.
    id: String,
}

impl ComplainOf {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let id = find(admin, &self.id).await?;
        let reply = admin.post(&["calls", &id, "complaint"], json!({})).await?;
        Ok(Printed::from(paper.done(&reply, &format!("the user of call {} complained", short(&id)))))
    }
}

/// The id of the call that is meant.
async fn find(admin: &Admin, meant: &str) -> Result<String, CommandFault> {
    if meant.starts_with("wacid.") {
        return Ok(meant.to_owned());
    }
    let id = |call: &Value| call["id"].as_str().unwrap_or_default().to_owned();
    if meant == "last" {
        let newest = admin.list(&["calls"], &[("limit", Some("1".to_owned()))]).await?;
        return Ok(newest.rows().first().map(id).ok_or_else(|| AdminFault::Absent("there is no call yet".to_owned()))?);
    }
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let calls = admin.list(&["calls"], &[("limit", Some(PAGE.to_owned())), ("cursor", cursor)]).await?;
        if let Some(found) = calls.rows().iter().map(id).find(|id| short(id).eq_ignore_ascii_case(meant)) {
            return Ok(found);
        }
        cursor = calls.value["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    Err(AdminFault::Absent(format!("no call {meant} is in the log; `callport admin calls` shows the newest")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkQyNzJEMTM3MUMxNzE0OUQ0Mzk1MRwYCzE1NTU5MDIwMDc3FQIAFQoA";

    #[test]
    fn the_log_is_a_table_with_short_ids() {
        let call = |outcome: &str, code: Value, duration: Value| {
            json!({ "id": ID, "direction": "USER_INITIATED", "user_id": "9001", "user_number": "+15557010042", "phone_number_id": "4001",
                "business_number": null, "placed_at": "2026-11-22T10:00:00.000Z", "outcome": outcome, "code": code,
                "duration_seconds": duration, "reason": "user_hung_up" })
        };
        let reply =
            json!({ "data": [call("answered", Value::Null, 7.into()), call("failed", 138_021.into(), Value::Null)], "next": "17.1" });
        let expected = "CALL          PLACED               FROM          TO    OUTCOME          TALKED  ENDED BY\n\
                        A4C123B1612D  2026-11-22 10:00:00  +15557010042  4001  answered         7 s     user_hung_up\n\
                        A4C123B1612D  2026-11-22 10:00:00  +15557010042  4001  failed (138021)  –       user_hung_up\n\
                        older calls: --cursor 17.1\n";
        assert_eq!(table(&reply.into(), &Paper::default()), expected);
    }

    #[test]
    fn foreign_ids_are_shown_whole() {
        assert_eq!(short("wacid.ABGG"), "wacid.ABGG");
        assert_eq!(short(ID), "A4C123B1612D");
    }
}
