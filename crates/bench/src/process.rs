//! What the kernel knows of a process: its memory, and the processor time of each of its threads (proc(5)).

use std::collections::BTreeMap;
use std::time::Duration;

/// Length of a clock tick in `/proc/*/stat`: the kernel's USER_HZ, 100 a second on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// Resident memory of this process, in KiB.
pub(crate) fn resident_kib() -> Option<u64> {
    resident_kib_of(std::process::id())
}

/// Resident memory of a process, in KiB.
pub(crate) fn resident_kib_of(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What one thread has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// On a core.
    pub on_core: Duration,
    /// Ready to run, while others had the cores.
    pub waited: Duration,
}

impl Used {
    /// Since an earlier look.
    pub(crate) fn since(self, earlier: Used) -> Used {
        Used { on_core: self.on_core.saturating_sub(earlier.on_core), waited: self.waited.saturating_sub(earlier.waited) }
    }
}

/// What the threads of a process have used, summed by name; digits at the end of a name are left out, so that a pool is one line.
pub(crate) fn threads(pid: u32) -> BTreeMap<String, Used> {
    let mut sums = BTreeMap::<String, Used>::new();
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return sums };
    for task in tasks.flatten() {
        let read = |file| std::fs::read_to_string(task.path().join(file)).ok();
        let (Some(name), Some(used)) = (read("comm"), read("schedstat").and_then(|text| parse_schedstat(&text))) else { continue };
        let name = name.trim().trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        let sum = sums.entry(name).or_default();
        sum.on_core += used.on_core;
        sum.waited += used.waited;
    }
    sums
}

/// Processor time of a whole process, threads that have ended included.
pub(crate) fn processor_time(pid: u32) -> Option<Processor> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Processor time, in the program and in the kernel on its behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Processor {
    /// In the program.
    pub user: Duration,
    /// In the kernel.
    pub system: Duration,
}

impl Processor {
    /// Both.
    pub(crate) fn total(self) -> Duration {
        self.user + self.system
    }

    /// Since an earlier look.
    pub(crate) fn since(self, earlier: Processor) -> Processor {
        Processor { user: self.user.saturating_sub(earlier.user), system: self.system.saturating_sub(earlier.system) }
    }
}

/// `on-core-ns waiting-ns timeslices`.
fn parse_schedstat(text: &str) -> Option<Used> {
    let mut fields = text.split_whitespace().map(|field| field.parse().ok().map(Duration::from_nanos));
    Some(Used { on_core: fields.next()??, waited: fields.next()?? })
}

/// The second field is the name in brackets and may hold spaces and brackets; user and system time are the 14th and 15th.
fn parse_stat(text: &str) -> Option<Processor> {
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11).map(|field| field.parse::<u32>().ok());
    Some(Processor { user: TICK * fields.next()??, system: TICK * fields.next()?? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 9 0 100 1 2 3";
        assert_eq!(parse_stat(stat), Some(Processor { user: Duration::from_millis(1500), system: Duration::from_millis(250) }));
        assert_eq!(parse_stat("42 (cut"), None);
        assert_eq!(parse_schedstat("3000 500 7\n"), Some(Used { on_core: Duration::from_nanos(3000), waited: Duration::from_nanos(500) }));
        assert_eq!(parse_schedstat("3000"), None);
    }

    #[test]
    fn this_process_is_there() {
        assert!(resident_kib() > Some(0));
        assert!(processor_time(std::process::id()).is_some());
        assert!(threads(std::process::id()).values().any(|used| used.on_core > Duration::ZERO));
    }

    #[test]
    fn a_process_that_is_gone_has_no_figures() {
        assert_eq!(processor_time(u32::MAX), None);
        assert!(threads(u32::MAX).is_empty());
    }
}
