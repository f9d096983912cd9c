//! File descriptors: each connection takes one, and systems allow a process a thousand unless it asks for more.

/// Descriptors beside those of connections: store, media, webhooks, logs.
const OTHERS: u64 = 1024;

/// Asks for as many as this process may have, and returns how many it has.
pub fn raise() -> u64 {
    // Whatever fails here leaves the limit as it was.
    rlimit::increase_nofile_limit(u64::MAX).or_else(|_| rlimit::Resource::NOFILE.get_soft()).unwrap_or_default()
}

/// The same for a process that takes so many connections; the log says when they are too few.
pub fn raise_for(connections: usize) {
    let (allowed, connections) = (raise(), connections as u64);
    if allowed < connections + OTHERS {
        tracing::warn!(
            allowed,
            connections,
            "this process may open fewer files than it takes connections: raise its limit (ulimit -n, LimitNOFILE)"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_gets_what_it_may_have() {
        assert_eq!(raise(), rlimit::Resource::NOFILE.get_hard().unwrap());
    }
}
