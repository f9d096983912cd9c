//! What a user does now or by itself, and what is kept of a user and a business; test mode only, but for the pair.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::client::{Admin, Reply};
use super::paper::{Paper, cell};
use super::{CommandFault, CommandResult, Printed, named};

/// Columns of a chat.
const CHAT: &[(&str, &str)] = &[("at", "/at"), ("from", "/from"), ("kind", "/kind"), ("status", "/status"), ("body", "/body")];

/// What a user does by itself when a business calls or writes.
#[derive(Debug, Subcommand)]
pub(crate) enum Behaviour {
    /// Show the behaviour of a user.
    Show {
        /// By id or by number with +.
        user: String,
    },
    /// Set it. What is not said is as for a user that was never told anything: picks up at once, reads, answers nothing.
    Set(SetBehaviour),
    /// From now on the user does nothing by itself.
    Remove {
        /// By id or by number with +.
        user: String,
    },
}

/// The usual behaviours as flags; anything else as JSON.
#[derive(Debug, Args)]
pub(crate) struct SetBehaviour {
    /// By id or by number with +.
    user: String,
    /// What a call of a business meets.
    #[arg(long, value_enum)]
    calls: Option<CallWord>,
    /// What a request for call permission meets.
    #[arg(long = "request", value_enum)]
    request: Option<RequestWord>,
    /// Taps call buttons.
    #[arg(long)]
    tap: bool,
    /// How long the user takes for any of these.
    #[arg(long, value_parser = super::span, value_name = "TIME", default_value = "0s")]
    after: std::time::Duration,
    /// The whole behaviour as the admin API takes it, instead of flags.
    #[arg(long, conflicts_with_all = ["calls", "request", "tap"])]
    body: Option<String>,
}

/// What a call of a business meets.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum CallWord {
    /// It is picked up.
    Answer,
    /// It is declined.
    Decline,
    /// It rings, and nobody comes.
    Ignore,
    /// No device rings.
    Offline,
    /// The user is in another call.
    Busy,
}

/// What a request for call permission meets.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum RequestWord {
    /// No answer.
    Ignore,
    /// Permission for good.
    Allow,
    /// Permission for 7 days.
    AllowTemporarily,
    /// None.
    Deny,
}

impl SetBehaviour {
    /// The body of the request.
    fn body(&self) -> Result<Value, CommandFault> {
        if let Some(body) = &self.body {
            return Ok(serde_json::from_str(body).map_err(|error| format!("--body: {error}"))?);
        }
        let after_ms = u64::try_from(self.after.as_millis())?;
        let named = |kind: &str, takes_time: bool| match takes_time {
            true => json!({ "kind": kind, "after_ms": after_ms }),
            false => json!({ "kind": kind }),
        };
        let mut body = json!({});
        if let Some(calls) = self.calls {
            body["calls"] = match calls {
                CallWord::Answer => named("answer", true),
                CallWord::Decline => named("decline", true),
                CallWord::Ignore => named("ignore", false),
                CallWord::Offline => named("offline", false),
                CallWord::Busy => named("busy", false),
            };
        }
        if let Some(request) = self.request {
            body["permission_requests"] = match request {
                RequestWord::Ignore => named("ignore", false),
                RequestWord::Allow => named("allow", true),
                RequestWord::AllowTemporarily => named("allow_temporarily", true),
                RequestWord::Deny => named("deny", true),
            };
        }
        if self.tap {
            body["call_buttons"] = named("tap", true);
        }
        Ok(body)
    }
}

impl Behaviour {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Behaviour::Show { user } => paper.record(&admin.get(&["users", &named::user(admin, &user).await?, "behaviour"]).await?),
            Behaviour::Set(set) => {
                let user = named::user(admin, &set.user).await?;
                paper.record(&admin.put(&["users", &user, "behaviour"], set.body()?).await?)
            }
            Behaviour::Remove { user } => {
                let reply = admin.delete(&["users", &named::user(admin, &user).await?, "behaviour"]).await?;
                paper.done(&reply, "the user does nothing by itself")
            }
        }))
    }
}

/// Something that a user does now, towards a business: its phone_number_id, or its number with +.
#[derive(Debug, Subcommand)]
pub(crate) enum Act {
    /// Write to it, which opens the 24-hour window.
    Say {
        #[command(flatten)]
        pair: UserAndNumber,
        text: String,
    },
    /// Tap the newest call button or quick reply; or one of a message.
    Tap {
        #[command(flatten)]
        pair: UserAndNumber,
        /// wamid.…
        #[arg(long)]
        message: Option<String>,
        /// Which button of the message, from 0.
        #[arg(long)]
        index: Option<usize>,
    },
    /// Answer the newest request for call permission, or change the answer.
    Answer {
        #[command(flatten)]
        pair: UserAndNumber,
        choice: ChoiceWord,
    },
    /// Decide in the business profile; deny takes a permission back.
    Permit {
        #[command(flatten)]
        pair: UserAndNumber,
        choice: ChoiceWord,
    },
    /// Block it: it cannot call, nothing that it sends arrives, and it is not told; a complaint of the newest call with it.
    Block {
        #[command(flatten)]
        pair: UserAndNumber,
    },
    /// Do not block it any more; a permission that it had does not come back.
    Unblock {
        #[command(flatten)]
        pair: UserAndNumber,
    },
    /// The chat, oldest first.
    Chat {
        #[command(flatten)]
        pair: UserAndNumber,
    },
}

/// Who acts, and towards whom.
#[derive(Debug, Args)]
pub(crate) struct UserAndNumber {
    /// The user, by id or by number with +.
    user: String,
    /// The business: its phone_number_id, or its number with +.
    number: String,
}

impl UserAndNumber {
    /// By their ids.
    async fn found(&self, admin: &Admin) -> Result<FoundPair, CommandFault> {
        Ok(FoundPair { number: named::number(admin, &self.number).await?, user: named::user(admin, &self.user).await? })
    }
}

/// The ids of a pair.
struct FoundPair {
    number: String,
    user: String,
}

impl FoundPair {
    /// A path below its own.
    fn path<'a>(&'a self, below: &'a str) -> [&'a str; 4] {
        ["pairs", &self.number, &self.user, below]
    }
}

/// A choice of a user.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum ChoiceWord {
    /// For good.
    Allow,
    /// For 7 days.
    AllowTemporarily,
    /// Not.
    Deny,
}

impl ChoiceWord {
    fn name(self) -> &'static str {
        match self {
            ChoiceWord::Allow => "allow",
            ChoiceWord::AllowTemporarily => "allow_temporarily",
            ChoiceWord::Deny => "deny",
        }
    }
}

impl Act {
    fn pair(&self) -> &UserAndNumber {
        match self {
            Act::Say { pair, .. }
            | Act::Tap { pair, .. }
            | Act::Answer { pair, .. }
            | Act::Permit { pair, .. }
            | Act::Block { pair }
            | Act::Unblock { pair }
            | Act::Chat { pair } => pair,
        }
    }

    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let pair = self.pair().found(admin).await?;
        Ok(Printed::from(match self {
            Act::Say { text, .. } => {
                let reply = admin.post(&pair.path("messages"), json!({ "text": text })).await?;
                paper.done(&reply, &format!("said: {}", cell(&reply.value["id"])))
            }
            Act::Tap { message, index, .. } => {
                paper.record(&admin.post(&pair.path("taps"), json!({ "message": message, "index": index })).await?)
            }
            Act::Answer { choice, .. } => permission(paper, &admin.post(&pair.path("cards"), json!({ "choice": choice.name() })).await?),
            Act::Permit { choice, .. } => {
                permission(paper, &admin.put(&pair.path("permission"), json!({ "choice": choice.name() })).await?)
            }
            Act::Block { .. } => paper.done(&admin.put(&pair.path("block"), json!({})).await?, "the business is blocked"),
            Act::Unblock { .. } => paper.done(&admin.delete(&pair.path("block")).await?, "the business is not blocked any more"),
            Act::Chat { .. } => paper.list(&admin.get(&pair.path("messages")).await?, CHAT),
        }))
    }
}

fn permission(paper: &Paper, reply: &Reply) -> String {
    paper.done(reply, &format!("permission: {}", cell(&reply.value["status"])))
}

/// What is kept of a business number and a user: permission, counters, limits, window.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// The business: its phone_number_id, or its number with +.
    number: String,
    /// By id or by number with +.
    user: String,
}

impl Pair {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let (number, user) = (named::number(admin, &self.number).await?, named::user(admin, &self.user).await?);
        Ok(Printed::from(paper.record(&admin.get(&["pairs", &number, &user]).await?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> SetBehaviour {
        let user = "+5511955501234".to_owned();
        SetBehaviour { user, calls: None, request: None, tap: false, after: std::time::Duration::from_secs(2), body: None }
    }

    #[test]
    fn flags_become_the_body_of_the_api() {
        assert_eq!(set().body().unwrap(), json!({}));
        let all = SetBehaviour { calls: Some(CallWord::Decline), request: Some(RequestWord::AllowTemporarily), tap: true, ..set() };
        let expected = json!({
            "calls": { "kind": "decline", "after_ms": 2000 },
            "permission_requests": { "kind": "allow_temporarily", "after_ms": 2000 },
            "call_buttons": { "kind": "tap", "after_ms": 2000 },
        });
        assert_eq!(all.body().unwrap(), expected);
        let offline = SetBehaviour { calls: Some(CallWord::Offline), ..set() };
        assert_eq!(offline.body().unwrap(), json!({ "calls": { "kind": "offline" } }), "what does not happen takes no time");
    }

    #[test]
    fn a_body_that_is_no_json_is_refused_by_name() {
        let bad = SetBehaviour { body: Some("{".to_owned()), ..set() };
        assert!(bad.body().unwrap_err().to_string().starts_with("--body"));
    }
}
