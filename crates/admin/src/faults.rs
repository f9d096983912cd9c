//! Faults on demand: webhooks and replies that go wrong because a test asked for it.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::client::{Admin, Reply};
use super::paper::{Ink, NOTHING, Paper, Table, cell};
use super::{CommandResult, Printed, span};

/// Make webhooks and replies go wrong on purpose; test mode only. Each use is in the story of its call.
#[derive(Debug, Subcommand)]
pub(crate) enum Fault {
    /// Delay, reorder, drop, double or mis-sign webhooks.
    Webhook(WebhookFault),
    /// Let requests of the Graph API fail, before or after they are carried out.
    Reply(ReplyFault),
    /// List the faults since the platform started, with how often each was used.
    List,
    /// Remove a fault by its id.
    Remove { id: u32 },
    /// Remove all faults.
    Clear,
}

/// How often a fault happens.
#[derive(Debug, Args)]
struct Often {
    /// So many times; once when absent.
    #[arg(long, conflicts_with = "until_removed")]
    times: Option<u32>,
    /// Every time, until it is removed.
    #[arg(long)]
    until_removed: bool,
}

/// What happens to a webhook.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The first attempt comes later, by --by; what comes after it does not wait.
    Delay,
    /// The first attempt comes after the next webhook to the same app about the same call or message, or after 10 s.
    Reorder,
    /// It is never sent.
    Drop,
    /// It is sent twice, one right after the other.
    Double,
    /// It is signed with another secret.
    WrongSignature,
    /// It is not signed.
    NoSignature,
}

/// A fault of webhooks; what is not said fits all of them.
#[derive(Debug, Args)]
pub(crate) struct WebhookFault {
    fault: What,
    /// How long a delay is, as 5s.
    #[arg(long, value_parser = span, value_name = "TIME", required_if_eq("fault", "delay"))]
    by: Option<Duration>,
    /// Only to this app.
    #[arg(long)]
    app: Option<String>,
    /// Only about this number, by its id.
    #[arg(long)]
    number: Option<String>,
    /// Only of this field, as calls.
    #[arg(long)]
    field: Option<String>,
    /// Only of this event, as connect or terminate: what `callport admin webhooks` shows.
    #[arg(long)]
    event: Option<String>,
    #[command(flatten)]
    often: Often,
}

/// A fault of replies; what is not said fits all requests.
#[derive(Debug, Args)]
pub(crate) struct ReplyFault {
    /// HTTP status of the reply: 400 to 599.
    status: u16,
    /// error.code of the reply; one that goes with the status when absent.
    #[arg(long)]
    code: Option<u32>,
    /// Carry the request out, and lose only its reply.
    #[arg(long)]
    carried_out: bool,
    /// Only of this app.
    #[arg(long)]
    app: Option<String>,
    /// Only about this number, by its id.
    #[arg(long)]
    number: Option<String>,
    /// Only to this endpoint, the last part of its path, as calls or messages.
    #[arg(long)]
    endpoint: Option<String>,
    /// Only with this action, as accept.
    #[arg(long)]
    action: Option<String>,
    #[command(flatten)]
    often: Often,
}

impl Fault {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Fault::Webhook(fault) => paper.record(&admin.post(&["faults"], fault.body()?).await?),
            Fault::Reply(fault) => paper.record(&admin.post(&["faults"], fault.body()).await?),
            Fault::List => {
                let reply = admin.get(&["faults"]).await?;
                if paper.json { reply.text } else { table(&reply, paper) }
            }
            Fault::Remove { id } => paper.done(&admin.delete(&["faults", &id.to_string()]).await?, "the fault is removed"),
            Fault::Clear => paper.done(&admin.delete(&["faults"]).await?, "all faults are removed"),
        }))
    }
}

impl WebhookFault {
    fn body(self) -> Result<Value, super::CommandFault> {
        let fault = match self.fault {
            What::Delay => "delay",
            What::Reorder => "reorder",
            What::Drop => "drop",
            What::Double => "double",
            What::WrongSignature => "wrong_signature",
            What::NoSignature => "no_signature",
        };
        let delay_ms = self.by.map(|by| u64::try_from(by.as_millis())).transpose()?;
        let webhook = json!({
            "fault": fault, "delay_ms": delay_ms, "app_id": self.app, "phone_number_id": self.number, "field": self.field, "event": self.event
        });
        Ok(self.often.with("webhook", webhook))
    }
}

impl ReplyFault {
    fn body(self) -> Value {
        let reply = json!({
            "status": self.status, "code": self.code, "carried_out": self.carried_out, "app_id": self.app, "phone_number_id": self.number,
            "endpoint": self.endpoint, "action": self.action
        });
        self.often.with("reply", reply)
    }
}

impl Often {
    fn with(self, of: &str, fault: Value) -> Value {
        json!({ of: fault, "times": self.times, "until_removed": self.until_removed })
    }
}

fn table(reply: &Reply, paper: &Paper) -> String {
    let mut table = Table::new(["id", "of", "fault", "only", "left", "used"]);
    for row in reply.rows() {
        let (of, shape) = if row["reply"].is_object() { ("reply", &row["reply"]) } else { ("webhook", &row["webhook"]) };
        let left = if row["times_left"].is_null() { "always".to_owned() } else { cell(&row["times_left"]) };
        let plain = |text: String| (Ink::Plain, text);
        table.inked([
            plain(cell(&row["id"])),
            plain(of.to_owned()),
            plain(what(of, shape)),
            plain(only(shape)),
            plain(left),
            plain(cell(&row["used"])),
        ]);
    }
    table.render(paper)
}

fn what(of: &str, shape: &Value) -> String {
    match of {
        "reply" => {
            let done = if shape["carried_out"] == true { ", carried out" } else { "" };
            format!("{} with code {}{done}", cell(&shape["status"]), cell(&shape["code"]))
        }
        _ if shape["delay_ms"].is_u64() => format!("delay of {} ms", cell(&shape["delay_ms"])),
        _ => cell(&shape["fault"]).replace('_', " "),
    }
}

/// What it is limited to.
fn only(shape: &Value) -> String {
    let keys = [
        ("app_id", "app"),
        ("phone_number_id", "number"),
        ("field", "field"),
        ("event", "event"),
        ("endpoint", "endpoint"),
        ("action", "action"),
    ];
    let limits: Vec<_> =
        keys.iter().filter(|(key, _)| !shape[key].is_null()).map(|(key, word)| format!("{word} {}", cell(&shape[key]))).collect();
    if limits.is_empty() { NOTHING.to_owned() } else { limits.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_a_table() {
        let reply = json!({ "data": [
            { "id": 1, "webhook": { "fault": "delay", "delay_ms": 5000, "event": "connect", "app_id": "1001" }, "times_left": 0, "used": 1 },
            { "id": 2, "webhook": { "fault": "wrong_signature" }, "times_left": null, "used": 7 },
            { "id": 3, "reply": { "status": 503, "code": 131016, "carried_out": true, "endpoint": "calls", "action": "accept" }, "times_left": 2, "used": 0 },
        ] });
        let expected = "ID  OF       FAULT                              ONLY                           LEFT    USED\n\
                        1   webhook  delay of 5000 ms                   app 1001, event connect        0       1\n\
                        2   webhook  wrong signature                    –                              always  7\n\
                        3   reply    503 with code 131016, carried out  endpoint calls, action accept  2       0\n";
        assert_eq!(table(&reply.into(), &Paper::default()), expected);
    }
}
