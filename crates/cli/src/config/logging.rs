//! What is logged. Logs go to standard error; standard output carries only the line printed at start.

use super::section::section;
use super::value::words;

words! {
    /// How a log line looks.
    pub enum LogFormat {
        /// For eyes.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

section! {
    /// Logs, on standard error. Phone numbers, tokens and session descriptions are never in them whole.
    pub struct LoggingSection = "logging" {
        /// "text" or "json".
        pub format: LogFormat = LogFormat::Text,
        /// What is let through, most specific first: a level (error, warn, info, debug, trace), or target=level with commas between.
        pub filter: String = "info".to_owned(),
    }
}
