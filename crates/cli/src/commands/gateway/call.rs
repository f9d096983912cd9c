//! `callport gateway call`: one call to a user, from asking for permission to what was heard.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use callport_audio::wav;
use callport_gateway::{Asking, BackendConfig, CallOrder, CallReport, Callee, PermissionTemplate, Speech, TimelineEvent};
use clap::Args;
use serde_json::{Value, json};

use super::outcome;
use super::{flags, start, words};
use crate::commands::{CommandOutcome, exit};
use crate::output;
use crate::signals;

/// The language of a template that was named without one.
const DEFAULT_LANGUAGE: &str = "en";

/// Call a user: ask for permission where it is missing, wait for the reply, then talk.
///
/// The app's callback must lead to --listen, and the app be subscribed to calls and messages. Looks whether the user permits calls; asks where they do not, in the chat or, when the 24-hour window is closed, by a template; waits
/// for the reply; calls; tells RINGING, ACCEPTED and REJECTED as they come; talks; hangs up after --for, on Ctrl-C, or when the user does.
#[derive(Debug, Args)]
#[command(after_help = exit::table(&outcome::EXITS))]
pub struct GatewayCall {
    /// A phone number with its country code, or a business-scoped user id.
    user: Callee,
    #[command(flatten)]
    say: SayFlags,
    /// Hang up so long after the pick-up, as 20 (seconds), 20s or 2m; without it the user or Ctrl-C ends the call.
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    talk_for: Option<Duration>,
    /// What the request for permission says.
    #[arg(long, value_name = "TEXT", default_value = "May we call you here?")]
    ask: String,
    /// A template with a call_permission_request component and no placeholders, for a closed 24-hour window.
    #[arg(long, value_name = "NAME[:LANGUAGE]")]
    template: Option<TemplateName>,
    /// Create the template, with the request's text, if it is not there; needs --waba-id.
    #[arg(long, requires_all = ["template", "waba_id"])]
    create_template: bool,
    /// The WABA that the template belongs to.
    #[arg(long, value_name = "ID", env = "CALLPORT_GATEWAY_WABA_ID")]
    waba_id: Option<String>,
    /// How long to wait for the reply to the request.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = span)]
    wait: Duration,
    /// How long to wait for the user to pick up. The platform may give up earlier.
    #[arg(long, value_name = "TIME", default_value = "90s", value_parser = span)]
    ring: Duration,
    /// Never ask: without permission, end with exit code 6.
    #[arg(long, conflicts_with_all = ["template", "create_template"])]
    no_ask: bool,
    /// Write what was heard to this WAV file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Print one JSON object at the end and nothing else.
    #[arg(long)]
    json: bool,
}

/// What the user hears; one of them.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct SayFlags {
    /// Play a WAV file once, then listen.
    #[arg(long, value_name = "FILE")]
    say: Option<PathBuf>,
    /// Play a known signal that the far end can recognise. The default.
    #[arg(long)]
    tone: bool,
    /// Run the spoken menu; # or 9 ends the call.
    #[arg(long)]
    menu: bool,
    /// Say back what is heard.
    #[arg(long)]
    echo: bool,
    /// Say nothing.
    #[arg(long)]
    silence: bool,
}

/// `NAME` or `NAME:LANGUAGE`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TemplateName {
    name: String,
    language: String,
}

impl FromStr for TemplateName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (name, language) = text.split_once(':').unwrap_or((text, DEFAULT_LANGUAGE));
        if name.is_empty() || language.is_empty() {
            return Err("name a template as NAME or NAME:LANGUAGE");
        }
        Ok(Self { name: name.to_owned(), language: language.to_owned() })
    }
}

/// A length of time with its unit, as the configuration writes it; seconds where it has none.
pub(super) fn span(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| callport_admin::span(text).ok()).ok_or("a length of time is 20 (seconds), 500ms, 20s, 5m or 1h")
}

impl SayFlags {
    fn read(&self) -> Result<Speech, String> {
        match self {
            Self { say: Some(file), .. } => {
                let unreadable = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
                let open = File::open(file).map_err(|error| unreadable(&error))?;
                wav::read(BufReader::new(open)).map(Speech::Clip).map_err(|error| unreadable(&error))
            }
            Self { menu: true, .. } => Ok(Speech::Menu),
            Self { echo: true, .. } => Ok(Speech::Echo),
            Self { silence: true, .. } => Ok(Speech::Nothing),
            _ => Ok(Speech::Tone),
        }
    }
}

impl GatewayCall {
    /// Places the call and lives through it.
    pub async fn run(self, config: BackendConfig) -> CommandOutcome {
        let phone_number_id = flags::phone_number_id(&config)?;
        let order = self.order(phone_number_id, config.opaque.clone())?;
        let gateway = start(BackendConfig { attends: false, answer_within: self.ring, ..config }).await?;
        let mut asked = signals::stop_asked()?;
        let mut story = Story::begin(!self.json);
        story.say(&format!("webhooks are taken at {}", gateway.callback_url()));
        let mut events = gateway.events();
        let mut call = gateway.place(order).await;
        let report = loop {
            tokio::select! {
                biased;
                Ok(event) = events.recv() => story.tell(&event),
                report = call.finished() => break report,
                // It says goodbye first. A second Ctrl-C finds the process waiting for a reply of the platform for seconds at most.
                _ = asked.recv() => call.hang_up().await,
            }
        };
        while let Ok(event) = events.try_recv() {
            story.tell(&event);
        }
        gateway.stop().await;
        record(self.record.as_deref(), &report)?;
        story.end(&report);
        Ok(outcome::exit(&report.outcome).into())
    }

    fn order(&self, phone_number_id: String, opaque: Option<String>) -> Result<CallOrder, String> {
        let create_in = self.waba_id.clone().filter(|_| self.create_template);
        let template = self.template.clone().map(|TemplateName { name, language }| PermissionTemplate { name, language, create_in });
        let asking = Asking { text: self.ask.clone(), template, reply_within: self.wait };
        let asking = (!self.no_ask).then_some(asking);
        let (user, say) = (self.user.clone(), self.say.read()?);
        Ok(CallOrder { phone_number_id, user, say, talk_for: self.talk_for, asking, opaque })
    }
}

/// Writes what was heard to a WAV file, where one is wanted.
pub(super) fn record(file: Option<&Path>, report: &CallReport) -> Result<(), String> {
    let (Some(file), Some(ear)) = (file, report.hearing.as_ref().and_then(|hearing| hearing.ear.as_ref())) else { return Ok(()) };
    let written = File::create(file).map_err(|error| error.to_string());
    let written = written.and_then(|open| wav::write(open, &ear.recording()).map_err(|error| error.to_string()));
    written.map_err(|error| format!("{}: {error}", file.display()))
}

/// What happened so far: said as it happens, or kept for one object at the end.
pub(super) struct Story {
    began: Instant,
    aloud: bool,
    lines: Vec<Value>,
}

impl Story {
    pub(super) fn begin(aloud: bool) -> Self {
        Self { began: Instant::now(), aloud, lines: Vec::new() }
    }

    pub(super) fn tell(&mut self, event: &TimelineEvent) {
        let at_ms = u64::try_from(event.at.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX);
        let what = words(&event.what);
        self.say(&format!("{at_ms:>7} ms  {what}"));
        self.lines.push(json!({ "at_ms": at_ms, "what": what }));
    }

    /// Platforms choose their texts: what steers a terminal is not printed.
    fn say(&self, line: &str) {
        if self.aloud {
            output::line(format_args!("{}", line.replace(|c: char| c.is_control(), "\u{fffd}")));
        }
    }

    /// What the last event has not said yet.
    pub(super) fn end(self, report: &CallReport) {
        if !self.aloud {
            output::line(format_args!("{:#}", outcome::json(report, self.lines)));
            return;
        }
        if let Some(hearing) = &report.hearing {
            self.say(&outcome::heard_words(hearing));
        }
        if let Some(advice) = outcome::what_to_do(&report.outcome) {
            self.say(&advice);
        }
    }
}

#[cfg(test)]
mod tests;
