//! `callport init`: a configuration to edit, and a folder with what an installation makes for itself.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::flags::ConfigFlags;
use super::{CommandOutcome, invocation, runtime};
use crate::config::{self, Config, Secret};
use crate::listener::tls;
use crate::logging;
use crate::output;
use crate::platform::Platform;
use crate::stop::stopper;

/// Write a configuration to edit and create the folder of an installation. Files that exist already are left as they are.
///
/// What --mode and --set say stands in the new configuration.
#[derive(Debug, Args)]
pub struct InitCommand {
    #[command(flatten)]
    flags: ConfigFlags,
    /// Put the platform into the state that this file describes; test mode only.
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
}

/// Makes what is missing.
pub fn run(command: &InitCommand) -> CommandOutcome {
    let file = command.flags.file_path();
    let told = command.flags.told()?;
    let written = write_new(&file, &config::sample_with(&told)).map_err(|error| format!("{}: {error}", file.display()))?;
    output::line(format_args!("{} {}", file.display(), if written { WRITTEN } else { LEFT }));
    for key in if written { vec![] } else { overlooked(&command.flags, &told)? } {
        output::line(format_args!("  {key} was said now and does not stand there: write it in, or say it each time"));
    }
    let config = command.flags.load()?;
    logging::start(&config.logging);
    tls::install_cryptography()?;
    let directory = config.store.directory.clone();
    let mode = config.platform.mode.word();
    runtime()?.block_on(settle(on_free_ports(config), command.fixture.as_deref()))?;
    output::line(format_args!(
        "{} holds the database, its key and the operator's token: back it up, show it to nobody",
        directory.display()
    ));
    if let Some(fixture) = &command.fixture {
        output::line(format_args!("the platform is as {} says", fixture.display()));
    }
    let program = invocation::program();
    output::line(format_args!("mode \"{mode}\"; next: {program} doctor, then {program} serve, then {program} admin setup"));
    Ok(ExitCode::SUCCESS)
}

const WRITTEN: &str = "written: every key stands there with its default, and what was said now is in force";
const LEFT: &str = "was there and is left as it is";

/// What was told to this command and is not so without it.
fn overlooked(flags: &ConfigFlags, told: &BTreeMap<String, String>) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let stands = flags.without_flags()?.values();
    let overlooked = told.iter().filter(|(key, value)| stands.get(*key).is_some_and(|there| there != *value && *there != Secret::hidden()));
    Ok(overlooked.map(|(key, _)| key.clone()).collect())
}

/// Writes a file that is not there. It may hold secrets: only its owner reads it.
fn write_new(path: &Path, text: &str) -> std::io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Nobody is served yet, so nobody's port is taken.
fn on_free_ports(mut config: Config) -> Config {
    config.public.listen.set_port(0);
    config.operator.listen.set_port(0);
    config.media.port = 0;
    config
}

/// A platform that starts and stops leaves everything behind that it makes for itself.
async fn settle(config: Config, fixture: Option<&Path>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let platform = Platform::start(config).await?;
    if let Some(path) = fixture {
        platform.apply_fixture_file(path).await?;
    }
    let (stopper, stop) = stopper();
    stopper.drain();
    platform.serve(stop).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callport.toml");
        assert!(write_new(&path, "first").unwrap());
        assert!(!write_new(&path, "second").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
    }
}
