//! `callport gateway`: the sample backend by itself, against this platform or any other that speaks the published API.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use callport_engine::ports::{Clock, Random};
use callport_gateway::{Config, Ending, Event, Gateway, Mode, What, short_form};
use callport_peer::{Identity, News};
use clap::Args;
use tokio::sync::broadcast::error::RecvError;

use super::{Outcome, runtime};
use crate::chance::SystemRandom;
use crate::clock::Calendar;
use crate::config::Logging;
use crate::{logging, signals};

/// Run the sample backend: it takes webhooks, answers calls, and echoes, plays a known signal, runs a spoken menu or declines.
#[derive(Debug, Args)]
pub struct GatewayCommand {
    /// Where webhooks are taken; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:9000", env = "CALLPORT_GATEWAY_LISTEN")]
    listen: SocketAddr,
    /// Path of the callback URL.
    #[arg(long, default_value = "/webhook", env = "CALLPORT_GATEWAY_PATH")]
    path: String,
    /// The app's secret, which signs every webhook.
    #[arg(long, env = "CALLPORT_GATEWAY_APP_SECRET", hide_env_values = true)]
    app_secret: String,
    /// What the verification GET must bring.
    #[arg(long, default_value = "", env = "CALLPORT_GATEWAY_VERIFY_TOKEN", hide_env_values = true)]
    verify_token: String,
    /// The Graph API without its version, such as http://127.0.0.1:8080.
    #[arg(long, env = "CALLPORT_GATEWAY_GRAPH_URL")]
    graph_url: String,
    /// Its version, such as v25.0; without one, paths carry none.
    #[arg(long, env = "CALLPORT_GATEWAY_GRAPH_VERSION")]
    graph_version: Option<String>,
    /// Bearer token with whatsapp_business_messaging.
    #[arg(long, env = "CALLPORT_GATEWAY_ACCESS_TOKEN", hide_env_values = true)]
    access_token: String,
    /// Answer calls to this number only.
    #[arg(long, env = "CALLPORT_GATEWAY_PHONE_NUMBER_ID")]
    phone_number_id: Option<String>,
    /// What to do with callers: echo, tone, menu or reject.
    #[arg(long, default_value_t = Mode::Echo, env = "CALLPORT_GATEWAY_MODE")]
    mode: Mode,
    /// biz_opaque_callback_data to send with accept.
    #[arg(long)]
    opaque: Option<String>,
    /// Where media sockets bind; the wildcard means the address that leads to the platform.
    #[arg(long, default_value = "0.0.0.0:0")]
    media_bind: SocketAddr,
}

/// Runs until told to stop.
pub fn run(command: GatewayCommand) -> Outcome {
    logging::start(&Logging::default());
    runtime()?.block_on(serve(command))
}

async fn serve(command: GatewayCommand) -> Outcome {
    let base = config(command.app_secret, command.graph_url, command.access_token)?;
    let gateway = Gateway::start(Config {
        listen: command.listen,
        path: command.path,
        verify_token: command.verify_token,
        graph_version: command.graph_version,
        phone_number_id: command.phone_number_id,
        mode: command.mode,
        opaque: command.opaque,
        media_bind: command.media_bind,
        ..base
    })
    .await?;
    let started = serde_json::json!({ "callback_url": gateway.callback_url(), "mode": command.mode.as_str() });
    println!("{started}");
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

/// A backend with real chance, the real calendar and a certificate of its own.
pub fn config(app_secret: String, graph_url: String, access_token: String) -> Result<Config, Box<dyn std::error::Error + Send + Sync>> {
    let calendar = Calendar::new();
    let random = Arc::new(|bytes: &mut [u8]| SystemRandom.fill(bytes));
    let unix_seconds = Arc::new(move || calendar.now().unix_seconds());
    Ok(Config::new(app_secret, graph_url, access_token, Identity::self_signed()?, random, unix_seconds))
}

fn tell(event: &Event) {
    let call = event.call_id.as_deref().map(short_form).unwrap_or_default();
    println!("{call:8} {}", words(&event.what));
}

/// One line for a person.
pub fn words(what: &What) -> String {
    match what {
        What::Verification { accepted: true } => "callback verified".to_owned(),
        What::Verification { accepted: false } => "callback verification with a wrong token turned away".to_owned(),
        What::WebhookRefused(why) => format!("webhook turned away: {why}"),
        What::Webhook { event, verdict } => format!("webhook {event}: {verdict:?}"),
        What::Request { action, outcome: Ok(reply), took } => format!("{action}: {} after {} ms", reply.status, took.as_millis()),
        What::Request { action, outcome: Err(failure), took } => format!("{action} failed after {} ms: {failure}", took.as_millis()),
        What::Media(news) => format!("media: {}", media_words(news)),
        What::MouthOpened => "speaking".to_owned(),
        What::CallFailed(why) => format!("the call could not be answered: {why}"),
        What::Ended(report) => format!("ended: {}", ending_words(&report.ending)),
    }
}

/// A milestone, without addresses and without the key that was pressed.
fn media_words(news: &News) -> &'static str {
    match news {
        News::Nominated(_) => "a path is chosen",
        News::Connected(_) => "DTLS is up",
        News::Failed(why) => why,
        News::FirstPacketOut => "first audio packet out",
        News::FirstPacketIn => "first audio packet in",
        News::Quiet => "nothing comes any more",
        News::HeardAgain => "packets come again",
        News::Digit(_) => "a key was pressed",
        News::Said => "everything was said",
    }
}

fn ending_words(ending: &Ending) -> String {
    match ending {
        Ending::Terminated { status, duration, codes } => {
            let seconds = duration.map(|seconds| format!(", {seconds} s")).unwrap_or_default();
            let codes = if codes.is_empty() { String::new() } else { format!(", codes {codes:?}") };
            format!("the platform says {}{seconds}{codes}", status.as_deref().unwrap_or("nothing of a status"))
        }
        Ending::ByUs => "by this side".to_owned(),
        Ending::Refused => "the platform would not have our requests".to_owned(),
        Ending::NoMedia => "no media in time".to_owned(),
        Ending::Stopped => "the backend was stopped".to_owned(),
    }
}
