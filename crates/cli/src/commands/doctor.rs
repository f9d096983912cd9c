//! `callport doctor`: tries what the configuration says, and tells what to change in plain words.

mod backup;
mod callbacks;
mod certificate;
mod finding;
mod machine;
mod origin;
mod ports;
mod reach;
mod sip;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::flags::ConfigFlags;
use super::{CommandOutcome, runtime};
use crate::config::Config;
use crate::home::{Home, HomeFault};
use crate::listener::tls;
use crate::output;
use crate::platform::announcement::{self, Announcement};
use finding::Finding;
use sip::DoctorSip;

/// Longest wait for a running platform.
const PATIENCE: Duration = Duration::from_secs(5);

/// Check configuration, ports, certificate, addresses and callbacks on this machine.
#[derive(Debug, Args)]
pub struct DoctorCommand {
    #[command(subcommand)]
    what: Option<DoctorAction>,
    #[command(flatten)]
    flags: ConfigFlags,
    /// One JSON object: `ok`, and `findings` with `check`, `state` (pass, warn, fail) and `says`.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum DoctorAction {
    Sip(Box<DoctorSip>),
}

/// Exit code 0 when nothing fails; warnings do not count.
pub fn run(command: &DoctorCommand) -> CommandOutcome {
    tls::install_cryptography()?;
    let findings = match &command.what {
        Some(DoctorAction::Sip(server)) => runtime()?.block_on(server.examine())?,
        None => match command.flags.load() {
            Err(error) => vec![Finding::fail("configuration", error.to_string())],
            Ok(config) => runtime()?.block_on(examine(&config)),
        },
    };
    if command.json {
        output::line(format_args!("{:#}", Finding::document(&findings)));
    } else {
        findings.iter().for_each(|finding| output::line(finding.line()));
    }
    Ok(if findings.iter().any(Finding::failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::pass("configuration", format!("in order, mode \"{}\"", config.platform.mode.word()))];
    match Home::open(&config.store.directory) {
        Ok(home) => {
            findings.push(Finding::pass("store", format!("{} can be written", config.store.directory.display())));
            findings.extend(ports::free(config));
            findings.push(certificate::handshake(config, &home).await);
            findings.extend(callbacks::verified(config, &home).await);
            findings.extend(reach::stored(config, &home).await);
        }
        Err(HomeFault::InUse(directory)) => {
            findings.push(Finding::pass("store", format!("{} is in use by a running callport", directory.display())));
            findings.extend(running(config).await);
        }
        Err(fault) => {
            findings.push(Finding::fail("store", format!("{fault}: make the folder writable, or say another with store.directory")))
        }
    }
    findings.push(backup::secrets(config));
    findings.push(origin::microphone(config));
    findings.extend(machine::addresses(config));
    findings.push(machine::buffers());
    findings
}

/// What a running platform says of itself.
async fn running(config: &Config) -> Vec<Finding> {
    let Some(announcement) = announcement::read(&config.store.directory) else {
        return vec![Finding::warn("running", "it does not say where it listens: it is starting or stopping".to_owned())];
    };
    let Announcement { public_url, operator_url, .. } = &announcement;
    let mut findings = vec![match readiness(operator_url).await {
        Ok(status) if status.is_success() => {
            Finding::pass("running", format!("ready at {public_url}, media on UDP {}", announcement.media_in_words()))
        }
        Ok(status) => Finding::fail("running", format!("not ready: {operator_url}/readyz answers {status}")),
        Err(error) => Finding::fail("running", format!("the operator's listener does not answer: {}", innermost(&error))),
    }];
    findings.extend(callbacks::answering(&announcement).await);
    findings.extend(reach::running(config, &announcement).await);
    findings
}

async fn readiness(operator_url: &str) -> Result<reqwest::StatusCode, reqwest::Error> {
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
    let reply = client.get(format!("{operator_url}/readyz")).send().await?;
    Ok(reply.status())
}

/// The cause that says most; outer layers repeat that a request failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
