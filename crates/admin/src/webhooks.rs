//! What was told to whom: the outbox, newest first, and one webhook with every attempt.

use clap::Args;
use serde_json::{Value, json};

use super::calls::short;
use super::client::{Admin, Reply};
use super::paper::{Ink, NOTHING, Paper, Table, cell, clean, text};
use super::{CommandResult, Printed};

/// The API's longest list: failures are looked for among so many.
const MOST: &str = "500";

/// The newest webhooks.
#[derive(Debug, Args)]
pub(crate) struct Webhooks {
    /// Only those that were given up, or failed so far and are tried again.
    #[arg(long)]
    failed: bool,
    /// At most so many: 1 to 500, default 50; with --failed, look at so many, default 500.
    #[arg(long)]
    limit: Option<u32>,
}

impl Webhooks {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let limit = self.limit.map(|limit| limit.to_string()).or_else(|| self.failed.then(|| MOST.to_owned()));
        let reply = admin.list(&["webhooks"], &[("limit", limit)]).await?;
        let reply = if self.failed { failed(&reply) } else { reply };
        Ok(Printed::from(if paper.json { reply.text } else { table(&reply, paper) }))
    }
}

/// The rows that are no success, in the API's shape.
fn failed(reply: &Reply) -> Reply {
    let bad = |row: &&Value| row["state"] == "dropped" || (row["state"] == "pending" && row["attempts_made"] != 0);
    json!({ "data": reply.rows().iter().filter(bad).collect::<Vec<_>>() }).into()
}

fn table(reply: &Reply, paper: &Paper) -> String {
    let mut table = Table::new(["id", "created", "app", "event", "call", "state", "attempts"]);
    for row in reply.rows() {
        let plain = |key: &str| (Ink::Plain, cell(&row[key]));
        let state = (state_ink(row), text(&row["state"]));
        let call = (Ink::Plain, row["call_id"].as_str().map_or_else(|| NOTHING.to_owned(), short));
        let event = (Ink::Plain, format!("{} {}", text(&row["field"]), text(&row["event"])));
        table.inked([plain("id"), plain("created_at"), plain("app_id"), event, call, state, plain("attempts_made")]);
    }
    table.render(paper)
}

/// How a webhook's state wants to be noticed.
pub(crate) fn state_ink(webhook: &Value) -> Ink {
    match webhook["state"].as_str() {
        Some("delivered") => Ink::Good,
        Some("dropped") => Ink::Bad,
        _ => Ink::Doubtful,
    }
}

/// One webhook with every attempt and its body.
#[derive(Debug, Args)]
pub(crate) struct Webhook {
    /// From `callport admin webhooks` or the story of a call.
    id: u64,
    /// Send it again, with the same bytes, to where it would go now.
    #[arg(long)]
    replay: bool,
}

impl Webhook {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let id = self.id.to_string();
        if self.replay {
            let reply = admin.post(&["webhooks", &id, "replay"], json!({})).await?;
            return Ok(Printed::from(paper.done(&reply, &format!("webhook {id} is being sent again"))));
        }
        let reply = admin.get(&["webhooks", &id]).await?;
        Ok(Printed::from(if paper.json { reply.text } else { whole(reply.value, paper) }))
    }
}

fn whole(mut webhook: Value, paper: &Paper) -> String {
    let mut take = |key: &str| webhook.as_object_mut().and_then(|fields| fields.shift_remove(key)).unwrap_or_default();
    let (attempts, body): (Value, Value) = (take("attempts"), take("body"));
    let mut told = paper.record(&webhook.into());
    told.push('\n');
    told.push_str(&attempts_table(&attempts, paper));
    let body = body.as_str().unwrap_or_default();
    let laid_out = serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |body| format!("{body:#}"));
    told.push('\n');
    told.extend(laid_out.lines().map(|line| clean(line) + "\n"));
    told
}

fn attempts_table(attempts: &Value, paper: &Paper) -> String {
    let mut table = Table::new(["attempt", "at", "took", "result", "url"]);
    for attempt in attempts.as_array().into_iter().flatten() {
        let took = format!("{} ms", cell(&attempt["took_ms"]));
        table.inked([
            (Ink::Plain, cell(&attempt["number"])),
            (Ink::Plain, cell(&attempt["at"])),
            (Ink::Plain, took),
            result(attempt),
            (Ink::Plain, cell(&attempt["url"])),
        ]);
    }
    table.render(paper)
}

/// How an attempt ended, in words.
pub(crate) fn result(attempt: &Value) -> (Ink, String) {
    match (attempt["error"].as_str(), attempt["status"].as_u64()) {
        (Some(error), _) => (Ink::Bad, clean(error)),
        (None, Some(status)) => (Ink::Good, format!("HTTP {status}")),
        (None, None) => (Ink::Good, "delivered".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Reply {
        let row = |id: u64, state: &str, attempts: u64| {
            json!({ "id": id, "app_id": "1001", "waba_id": "2001", "phone_number_id": "4001", "field": "calls", "event": "connect",
                "call_id": null, "created_at": "2026-11-22T10:00:00.000Z", "state": state, "state_at": "2026-11-22T10:00:01.000Z",
                "attempts_made": attempts })
        };
        json!({ "data": [row(4, "pending", 0), row(3, "pending", 2), row(2, "dropped", 9), row(1, "delivered", 1)] }).into()
    }

    #[test]
    fn failed_are_those_given_up_and_those_tried_in_vain() {
        let ids: Vec<_> = failed(&outbox()).rows().iter().map(|row| row["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, [3, 2]);
    }

    #[test]
    fn the_outbox_is_a_table() {
        let told = table(&failed(&outbox()), &Paper::default());
        let expected = "ID  CREATED              APP   EVENT          CALL  STATE    ATTEMPTS\n\
                        3   2026-11-22 10:00:00  1001  calls connect  –     pending  2\n\
                        2   2026-11-22 10:00:00  1001  calls connect  –     dropped  9\n";
        assert_eq!(told, expected);
    }

    #[test]
    fn one_webhook_is_told_with_attempts_and_body() {
        let told = whole(
            json!({ "id": 3, "event": "connect", "state": "delivered", "attempts": [
                { "number": 1, "at": "2026-11-22T10:00:00.000Z", "took_ms": 4, "url": "http://a/", "status": 500, "error": "the receiver answered 500" },
                { "number": 2, "at": "2026-11-22T10:00:05.000Z", "took_ms": 3, "url": "http://a/", "status": 200, "error": null },
            ], "body": "{\"object\":\"whatsapp_business_account\"}" }),
            &Paper::default(),
        );
        let expected = "id     3\n\
                        event  connect\n\
                        state  delivered\n\
                        \n\
                        ATTEMPT  AT                   TOOK  RESULT                     URL\n\
                        1        2026-11-22 10:00:00  4 ms  the receiver answered 500  http://a/\n\
                        2        2026-11-22 10:00:05  3 ms  HTTP 200                   http://a/\n\
                        \n\
                        {\n  \"object\": \"whatsapp_business_account\"\n}\n";
        assert_eq!(told, expected);
    }
}
