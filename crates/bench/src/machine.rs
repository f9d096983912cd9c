//! What a figure was measured on. Figures of different machines, or builds, do not compare.

use serde::Serialize;

use super::target::round;

/// The machine, as far as it matters to speed.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    cpu: Option<String>,
    kernel: Option<String>,
    /// `release` or `debug`: figures of the latter say nothing about speed.
    build: &'static str,
    /// Processes that wanted a core at the start, averaged over a minute: much more than 0 and the figures are too low.
    busy_before: Option<f64>,
    /// Share of its cores' time that the host of a virtual machine gave to others during the benchmark.
    stolen_share: Option<f64>,
    #[serde(skip)]
    stolen_before: Option<Ticks>,
}

/// Time of all cores, in ticks of the kernel's.
#[derive(Clone, Copy, Debug)]
struct Ticks {
    all: u64,
    stolen: u64,
}

impl Machine {
    /// This one.
    pub(crate) fn look() -> Machine {
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
            stolen_share: None,
            stolen_before: ticks(),
        }
    }

    /// The same at the end of the benchmark.
    pub(crate) fn look_again(self) -> Machine {
        let share = |(before, after): (Ticks, Ticks)| {
            let all = after.all.saturating_sub(before.all).max(1);
            round(after.stolen.saturating_sub(before.stolen) as f64 / all as f64)
        };
        Machine { stolen_share: self.stolen_before.zip(ticks()).map(share), ..self }
    }
}

fn ticks() -> Option<Ticks> {
    read_ticks(&std::fs::read_to_string("/proc/stat").ok()?)
}

/// The first line: `cpu`, then user, nice, system, idle, iowait, irq, softirq, steal and what is in these already (proc_stat(5)).
fn read_ticks(stat: &str) -> Option<Ticks> {
    let fields: Option<Vec<u64>> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8).map(|field| field.parse().ok()).collect();
    let fields = fields?;
    Some(Ticks { all: fields.iter().sum(), stolen: *fields.get(7)? })
}

/// How many cores may be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_host_took() {
        let ticks = read_ticks("cpu  10 20 30 400 5 6 7 22 9 9\ncpu0 1 2\n").unwrap();
        assert_eq!((ticks.all, ticks.stolen), (500, 22));
        assert!(read_ticks("cpu  10 20 30").is_none());
        assert!(read_ticks("").is_none());
    }

    #[test]
    fn the_host_takes_a_share() {
        let share = Machine::look().look_again().stolen_share;
        assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)));
    }
}
