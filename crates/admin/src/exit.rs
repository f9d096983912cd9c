//! What the process ends with: one table for every command, so that a script may tell a refusal from a platform that is not there.

use std::process::ExitCode;

macro_rules! endings {
    ($($Exit:ident = $code:literal: $meaning:literal;)+) => {
        /// How a command ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Exit { $(#[doc = $meaning] $Exit,)+ }

        /// Every ending with its number and its meaning.
        const TABLE: [(Exit, u8, &str); [$($code),+].len()] = [$((Exit::$Exit, $code, $meaning)),+];
    };
}

endings! {
    Done = 0: "success";
    Failed = 1: "this machine or a check failed: a port is taken, a file cannot be read, a configuration is wrong";
    Usage = 2: "the command line is wrong";
    Declined = 3: "the other side declined the call";
    NotAnswered = 4: "nobody picked up";
    CallFailed = 5: "the call could not be placed, or failed; its story says why";
    NotAsked = 6: "no permission, and the user was not asked: --no-ask, a limit, or a closed 24-hour window without --template";
    PermissionDenied = 7: "the user was asked for permission, and refused";
    NoReply = 8: "the user was asked for permission, and has not answered in time";
    Refused = 9: "the platform refused a request; its words say why";
    Unreachable = 10: "the platform does not run, cannot be reached, or did not answer as published";
    WrongToken = 11: "the token is missing or wrong (HTTP 401)";
    NotFound = 12: "what was named does not exist (HTTP 404)";
    NothingHeard = 13: "the call was answered, and nothing was heard";
    NotExpected = 14: "the call was answered where --expect said declined";
    Stopped = 130: "stopped by Ctrl-C before anybody picked up";
}

impl Exit {
    /// The endings of a command that asks a platform.
    pub const OF_REQUESTS: [Exit; 7] =
        [Exit::Done, Exit::Failed, Exit::Usage, Exit::Refused, Exit::Unreachable, Exit::WrongToken, Exit::NotFound];

    /// The number that a shell sees.
    pub fn code(self) -> u8 {
        TABLE.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }

    /// The same in words.
    pub fn meaning(self) -> &'static str {
        TABLE.iter().find(|(exit, ..)| *exit == self).map_or("it failed", |(.., meaning)| meaning)
    }

    /// For a program.
    pub fn word(self) -> &'static str {
        match self {
            Exit::Usage => "usage",
            Exit::Refused => "refused",
            Exit::Unreachable => "unreachable",
            Exit::WrongToken => "unauthorized",
            Exit::NotFound => "not_found",
            _ => "failed",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The whole table, for `callport --help`.
pub fn whole_table() -> String {
    table(&TABLE.map(|(exit, ..)| exit))
}

/// Some endings with their meanings, for the help of one command.
pub fn table(exits: &[Exit]) -> String {
    let rows = TABLE.iter().filter(|(exit, ..)| exits.contains(exit));
    let rows = rows.map(|(_, code, meaning)| format!("  {code:<4} {meaning}")).collect::<Vec<_>>();
    format!("Exit codes:\n{}", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_a_number_of_its_own_that_the_help_explains() {
        let mut codes = TABLE.map(|(exit, ..)| exit.code()).to_vec();
        for code in &codes {
            assert!(whole_table().lines().any(|line| line.split_whitespace().next() == Some(&code.to_string())), "{code}");
        }
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }
}
