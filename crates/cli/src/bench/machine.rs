//! What a figure was measured on. Figures of different machines, or builds, do not compare.

use serde::Serialize;

/// The machine, as far as it matters to speed.
#[derive(Debug, Serialize)]
pub struct Machine {
    cores: usize,
    cpu: Option<String>,
    kernel: Option<String>,
    /// `release` or `debug`: figures of the latter say nothing about speed.
    build: &'static str,
    /// Processes that wanted a core at the start, averaged over a minute: much more than 0 and the figures are too low.
    busy_before: Option<f64>,
}

impl Machine {
    /// This one.
    pub fn look() -> Machine {
        let read = |path| std::fs::read_to_string(path).ok();
        let cpu = read("/proc/cpuinfo").and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        Machine {
            cores: cores(),
            cpu,
            kernel: read("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            busy_before: read("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok()),
        }
    }
}

/// How many cores may be used.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
