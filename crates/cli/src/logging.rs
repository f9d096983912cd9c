//! Logs on standard error, as the configuration wants them.

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::config::{LogFormat, LoggingSection};

/// Installs the process's logger. A second call changes nothing.
pub fn start(config: &LoggingSection) {
    let layer = match config.format {
        LogFormat::Text => fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).boxed(),
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
    };
    // The configuration was checked when it was loaded; a filter that cannot be read lets everything through.
    let filter: Targets = config.filter.parse().unwrap_or_default();
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
}
