//! A user without a browser calls a business, with real media, and tells what came of it.

mod expect;
mod report;
mod watch;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum as _};
use serde_json::{Value, json};

use super::client::{Admin, Reply};
use super::exit::{self, Exit};
use super::paper::{Ink, Paper};
use super::{CommandFault, CommandResult, Printed, named, span};
use expect::Expect;
use watch::until_over;
use words::{HangUp, Press, Say};

/// What `dial` can end with.
const EXITS: [Exit; 12] = [
    Exit::Done,
    Exit::Failed,
    Exit::Usage,
    Exit::Declined,
    Exit::NotAnswered,
    Exit::CallFailed,
    Exit::Refused,
    Exit::Unreachable,
    Exit::WrongToken,
    Exit::NotFound,
    Exit::NothingHeard,
    Exit::NotExpected,
];

/// Let a user call a business, without a browser and with real media; test mode only.
///
/// Without --wait, it answers as soon as the user dials. With it, every step is told on standard error while the call goes on, and the exit
/// code says whether the call went as --expect says.
#[derive(Debug, Args)]
#[command(after_help = exit::table(&EXITS))]
pub(crate) struct Dial {
    /// A user's id, or number with +.
    user: String,
    /// The business: phone_number_id, or number with +.
    number: String,
    /// signature, silence, tone:440, wav:FILE, or loop:FILE for a file that begins again.
    #[arg(long, default_value = "signature")]
    say: Say,
    /// Keys, as 500:42 (half a second after the call is connected 4, then 2) or 2s:1; repeatable.
    #[arg(long, value_name = "WHEN:KEYS")]
    press: Vec<Press>,
    /// A time after the call is connected, as 5s; said, or said:1s, after the file was said to its end; never. Default 10s.
    #[arg(long, value_name = "WHEN")]
    hang_up_after: Option<HangUp>,
    /// How long the user waits for the call to be accepted. Default: longer than the platform lets it ring.
    #[arg(long, value_parser = span, value_name = "TIME")]
    patience: Option<Duration>,
    /// Share of media packets lost on purpose, each way.
    #[arg(long, value_name = "PERCENT")]
    lose: Option<f32>,
    /// What was tapped: icon, call_button, deep_link or call_log.
    #[arg(long, value_name = "ENTRY")]
    entry: Option<String>,
    /// payload of the call button.
    #[arg(long, value_name = "TEXT")]
    cta_payload: Option<String>,
    /// biz_payload of the deep link.
    #[arg(long, value_name = "TEXT")]
    deeplink_payload: Option<String>,
    /// Wait for the end, tell each step, and what the user heard.
    #[arg(long)]
    wait: bool,
    /// Wait; exit code 0 only if the call went so. `heard` is what --wait expects by itself.
    #[arg(long, value_enum)]
    expect: Option<Expect>,
    /// Wait, then write what the user heard to this WAV file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// How much of it, in seconds. Default 30.
    #[arg(long, value_name = "SECONDS")]
    record_seconds: Option<u32>,
}

impl Dial {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let user = named::user(admin, &self.user).await?;
        let number = named::number(admin, &self.number).await?;
        let placed = admin.post(&["pairs", &number, &user, "calls"], json!({ "script": self.script()? })).await?;
        let handle = placed.value["handle"].as_str().ok_or("the platform named no call")?;
        if !self.wait && self.record.is_none() && self.expect.is_none() {
            let words = format!("dialling; `callport admin scripted {handle}` tells how far it is, `callport admin call last` its story");
            return Ok(Printed::from(paper.done(&placed, &words)));
        }
        let status = until_over(admin, handle, paper).await?;
        if let Some(file) = &self.record {
            write_recording(admin, handle, file).await?;
        }
        let expected = self.expect.unwrap_or(Expect::Heard);
        let result = expected.judge(&status.value);
        let mut text = told(&status, paper);
        if result != Exit::Done && !paper.json {
            let name = expected.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            let words = format!("expected: {name}; but {} (exit code {})", result.meaning(), result.code());
            text.push_str(&paper.hang(&paper.ink(Ink::Bad, "result   "), 9, &words));
        }
        Ok(Printed { text, exit: result })
    }

    /// In the API's shape.
    fn script(&self) -> Result<Value, CommandFault> {
        Ok(json!({
            "say": self.say.script()?,
            "press": self.press.iter().map(Press::script).collect::<Result<Vec<_>, _>>()?,
            "hang_up": self.hang_up_after.unwrap_or_default().script()?,
            "patience_ms": self.patience.map(|time| u64::try_from(time.as_millis())).transpose()?,
            "record_seconds": self.record_seconds,
            "lost_percent": self.lose.unwrap_or(0.0),
            "entry": self.entry,
            "cta_payload": self.cta_payload,
            "deeplink_payload": self.deeplink_payload,
        }))
    }
}

/// A call that was dialled before.
#[derive(Debug, Args)]
pub(crate) struct Scripted {
    /// As `callport admin dial` named it.
    handle: String,
    /// Hang up now, whatever the script says.
    #[arg(long)]
    hang_up: bool,
    /// Write what the user heard so far to this WAV file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Scripted {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        if self.hang_up {
            admin.post(&["scripted", &self.handle, "hang_up"], json!({})).await?;
        }
        let status = admin.get(&["scripted", &self.handle]).await?;
        if let Some(file) = &self.record {
            write_recording(admin, &self.handle, file).await?;
        }
        let exit = if status.value["trouble"].is_null() { Exit::Done } else { Exit::CallFailed };
        Ok(Printed { text: told(&status, paper), exit })
    }
}

async fn write_recording(admin: &Admin, handle: &str, file: &Path) -> Result<(), CommandFault> {
    let wav = admin.file(&["scripted", handle, "recording.wav"]).await?;
    std::fs::write(file, wav).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn told(status: &Reply, paper: &Paper) -> String {
    if paper.json { status.text.clone() } else { report::tell(&status.value, paper) }
}
