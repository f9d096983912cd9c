//! `callport gateway`: the sample backend by itself, against this platform or any other that speaks the published API.

mod call;
mod flags;
mod outcome;
mod sip;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use callport_engine::ports::{Clock, Random};
use callport_gateway::{BackendConfig, EVENT_LOG, Gateway, Mode, StartError, TimelineEvent, short_form};
use callport_peer::Identity;
use clap::{Args, Subcommand};
use tokio::sync::broadcast::error::RecvError;

use super::{CommandOutcome, runtime};
use crate::chance::SystemRandom;
use crate::clock::Calendar;
use crate::config::LoggingSection;
use crate::listener::tls;
use crate::output;
use crate::{logging, signals};
use call::GatewayCall;
use flags::BackendFlags;
pub use flags::UnfitFlag;
use sip::GatewaySip;
pub use words::words;

/// Run the sample backend: it takes webhooks, answers calls, and echoes, plays a known signal, runs a spoken menu or declines.
/// What users write is marked as read.
#[derive(Debug, Args)]
pub struct GatewayCommand {
    #[command(subcommand)]
    what: Option<GatewayAction>,
    /// What to do with callers: echo, tone, menu or reject.
    #[arg(long, default_value_t = Mode::Echo, env = "CALLPORT_GATEWAY_MODE")]
    mode: Mode,
    /// Answer a message that consists of this word with a call button.
    #[arg(long, value_name = "WORD", env = "CALLPORT_GATEWAY_CALL_KEYWORD")]
    call_keyword: Option<String>,
    #[command(flatten)]
    backend: BackendFlags,
}

#[derive(Debug, Subcommand)]
enum GatewayAction {
    Call(Box<GatewayCall>),
    Sip(Box<GatewaySip>),
}

/// Runs until told to stop, or until the call is over.
pub fn run(command: GatewayCommand) -> CommandOutcome {
    match command.what {
        None => {
            let config = BackendConfig { mode: command.mode, call_keyword: command.call_keyword, ..command.backend.config()? };
            quiet_log();
            runtime()?.block_on(serve(config))
        }
        Some(GatewayAction::Call(call)) => {
            let backend = command.backend.config()?;
            // What fails is told as part of the call's story.
            logging::start(&LoggingSection { filter: "error".to_owned(), ..LoggingSection::default() });
            runtime()?.block_on(call.run(backend))
        }
        Some(GatewayAction::Sip(sip)) => {
            quiet_log();
            tls::install_cryptography()?;
            runtime()?.block_on(sip.run(command.backend.media_bind()))
        }
    }
}

/// Each event is told once: by this command, and not by the log.
fn quiet_log() {
    logging::start(&LoggingSection { filter: format!("warn,{EVENT_LOG}=off"), ..LoggingSection::default() });
}

async fn serve(config: BackendConfig) -> CommandOutcome {
    let mode = config.mode;
    let gateway = start(config).await?;
    let started = serde_json::json!({ "callback_url": gateway.callback_url(), "mode": mode.as_str() });
    output::line(format_args!("{started}"));
    let mut events = gateway.events();
    let mut stop = signals::stop_asked()?;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => tell(&event),
                Err(RecvError::Lagged(missed)) => eprintln!("({missed} events were not shown)"),
                Err(RecvError::Closed) => break,
            },
            _ = stop.recv() => break,
        }
    }
    gateway.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Starts to listen; a port that is taken is told with what to do about it.
async fn start(config: BackendConfig) -> Result<Gateway, String> {
    let listen = config.listen;
    Gateway::start(config).await.map_err(|error| match error {
        StartError::Listen(error) if error.kind() == std::io::ErrorKind::AddrInUse => format!(
            "{listen} is taken, perhaps by a running `callport gateway`. Webhooks must come here: stop what listens there, or choose \
             another address with --listen and make it the app's callback"
        ),
        other => other.to_string(),
    })
}

/// A backend with real chance, the real calendar and a certificate of its own.
pub fn config(
    app_secret: String,
    graph_url: String,
    access_token: String,
) -> Result<BackendConfig, Box<dyn std::error::Error + Send + Sync>> {
    let calendar = Calendar::new();
    let random = Arc::new(|bytes: &mut [u8]| SystemRandom.fill(bytes));
    let unix_seconds = Arc::new(move || calendar.now().unix_seconds());
    Ok(BackendConfig::new(app_secret, graph_url, access_token, Identity::self_signed()?, random, unix_seconds))
}

fn tell(event: &TimelineEvent) {
    output::line(line(event));
}

/// One event: which call, by the id that `callport admin calls` shows, and what happened.
pub fn line(event: &TimelineEvent) -> String {
    let call = event.call_id.as_deref().map(short_form).unwrap_or_default();
    format!("{call:12}  {}", words(&event.what))
}

#[cfg(test)]
mod tests;
