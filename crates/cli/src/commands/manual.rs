//! `callport completions` and `callport man`: what shells and the system's manual want to know of the commands, made from their help.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{CommandLine, CommandOutcome};
use crate::output;

/// Print what a shell needs to complete commands and flags.
///
/// bash: `callport completions bash > ~/.local/share/bash-completion/completions/callport`;
/// fish: `callport completions fish > ~/.config/fish/completions/callport.fish`;
/// zsh: `callport completions zsh > _callport`, in a folder of `$fpath`.
#[derive(Debug, Args)]
pub struct CompletionsCommand {
    /// Which shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page, or write one for each command: `callport man | man -l -`.
#[derive(Debug, Args)]
pub struct ManCommand {
    /// Write callport.1, callport-serve.1 and so on into this folder, such as ~/.local/share/man/man1.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn completions(command: &CompletionsCommand) -> CommandOutcome {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut CommandLine::command(), "callport", &mut script);
    output::bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}

pub fn pages(command: &ManCommand) -> CommandOutcome {
    let mut whole = CommandLine::command();
    whole.build();
    match &command.dir {
        None => output::bytes(&page(&whole)?)?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
            write_all(&whole, folder)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn page(command: &clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// A page for a command and for each below it, named with dashes as its manual page is asked for.
fn write_all(command: &clap::Command, folder: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let file = folder.join(format!("{}.1", command.get_display_name().unwrap_or(command.get_name())));
    let written = page(command).and_then(|page| std::fs::File::create(&file)?.write_all(&page));
    written.map_err(|error| unwritable(&file, &error))?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write_all(below, folder))
}

fn unwritable(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
