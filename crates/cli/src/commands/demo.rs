//! `callport demo`: a platform, three businesses and a user from nothing; one call with real media; then the page for a person.

mod fixture;
mod ledger;
mod outcome;
mod stage;

use std::time::Duration;

use clap::Args;

use super::exit::{self, Exit};
use super::flags::ConfigFlags;
use super::{CommandOutcome, runtime};
use crate::listener::tls;
use crate::output;
use crate::output::ProgressLine;
use crate::{logging, signals};
use stage::DemoStage;

/// Start everything from nothing, place one call as a scripted user with real media, show what happened, and keep serving.
#[derive(Debug, Args)]
#[command(after_help = exit::table(&[Exit::Done, Exit::Failed, Exit::Usage, Exit::NothingHeard]))]
pub struct DemoCommand {
    /// Stop after the scripted call; exit code 0 only if each side heard the other.
    #[arg(long)]
    once: bool,
    /// Print the scripted call as one JSON object instead of words.
    #[arg(long)]
    json: bool,
    /// How long the scripted user talks, in seconds.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(2..=60))]
    seconds: u64,
    #[command(flatten)]
    flags: ConfigFlags,
}

/// Plays the demo.
pub fn run(command: &DemoCommand) -> CommandOutcome {
    let (config, moved) = stage::config(&command.flags, command.once)?;
    logging::start(&config.logging);
    tls::install_cryptography()?;
    runtime()?.block_on(play(command, config, moved))
}

async fn play(command: &DemoCommand, config: crate::config::Config, moved: bool) -> CommandOutcome {
    let mut asked = signals::stop_asked()?;
    let say = |line: &str| {
        if !command.json {
            output::line(format_args!("{line}"))
        }
    };
    let mut progress = ProgressLine::new();
    progress.say("starting the platform, three backends and a user");
    let mut stage = DemoStage::set(config).await?;
    progress.clear();
    stage.introduction(moved).iter().for_each(|line| say(line));
    progress.say(&format!("the call goes on for {} s", command.seconds));
    let figures = tokio::select! {
        figures = stage.call(Duration::from_secs(command.seconds)) => figures?,
        _ = asked.recv() => {
            progress.clear();
            stage.strike().await?;
            return Ok(Exit::Failed.into());
        }
    };
    progress.clear();
    if command.json {
        output::line(format_args!("{:#}", figures.json()));
    } else {
        figures.lines().iter().for_each(|line| output::line(format_args!("{line}")));
    }
    if !command.once {
        stage.light_beacon();
        stage.invitation().iter().for_each(|line| say(line));
        stage.keep_serving(&mut asked, say).await;
    }
    stage.strike().await?;
    Ok(if figures.each_heard_the_other() { Exit::Done } else { Exit::NothingHeard }.into())
}
