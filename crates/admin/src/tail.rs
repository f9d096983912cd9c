//! Everything that happens, as it happens: the journal's event stream, line by line (WHATWG HTML, Server-sent events).

use std::io::{ErrorKind, Write as _};
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::calls::short;
use super::client::{Admin, AdminFault};
use super::paper::{Paper, clean, text};
use super::{CommandResult, Printed};

/// Before the platform is asked again after a stream broke off.
const PAUSE: Duration = Duration::from_secs(1);
/// Of one event. The platform's own are far shorter.
const LONGEST_LINE: usize = 1 << 20;

/// Follow what happens: requests of businesses and their refusals, webhooks with what receivers answered, media, what phones do.
///
/// Ends with Ctrl-C, or with its reader (`callport admin tail | head`). When the platform restarts, it goes on where it left off.
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Only of this call.
    #[arg(long)]
    call: Option<String>,
    /// Only of this business number, by its id.
    #[arg(long)]
    number: Option<String>,
    /// Only of this user, by its id.
    #[arg(long)]
    user: Option<String>,
    /// Only of this app.
    #[arg(long)]
    app: Option<String>,
    /// Only this: user, api, webhook, media or rule.
    #[arg(long)]
    kind: Option<String>,
    /// Only requests and webhooks that were answered with this HTTP status, as in 400, or with such a one, as in 4xx.
    #[arg(long)]
    status: Option<String>,
    /// Begin after this entry; 0 begins with the oldest that is kept. Without it: with what happens next.
    #[arg(long)]
    after: Option<u64>,
    /// End after so many entries.
    #[arg(long)]
    count: Option<u64>,
}

impl Tail {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let filters = [
            ("call_id", self.call.clone()),
            ("phone_number_id", self.number.clone()),
            ("user_id", self.user.clone()),
            ("app_id", self.app.clone()),
            ("kind", self.kind.clone()),
            ("status", self.status.clone()),
        ];
        let (mut last, mut left, mut began) = (self.after, self.count, false);
        loop {
            let mut stream = match admin.stream(&["events"], &filters, last).await {
                Ok(stream) => stream,
                // What never answered is told; what was there a moment ago restarts, and is waited for.
                Err(AdminFault::Silent { .. }) if began => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(fault) => return Err(fault.into()),
            };
            began = true;
            let mut events = Events::default();
            while let Ok(Some(bytes)) = stream.chunk().await {
                for data in events.take(&bytes) {
                    let entry: Value = serde_json::from_str(&data).unwrap_or_default();
                    last = entry["id"].as_u64().or(last);
                    let line = if paper.json { data } else { told(&entry) };
                    if !print(&line)? {
                        return Ok(Printed::from(String::new()));
                    }
                    if let Some(left) = &mut left {
                        *left = left.saturating_sub(1);
                        if *left == 0 {
                            return Ok(Printed::from(String::new()));
                        }
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// False when nobody reads any more.
fn print(line: &str) -> std::io::Result<bool> {
    let mut output = std::io::stdout().lock();
    match writeln!(output, "{line}").and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

/// One entry as a line: when, what kind, about what, and the sentence.
fn told(entry: &Value) -> String {
    let at = text(&entry["at"]);
    let about = match (entry["call_id"].as_str(), entry["phone_number_id"].as_str()) {
        (Some(call), _) => format!("call {}  ", short(call)),
        (None, Some(number)) => format!("number {number}  "),
        (None, None) => String::new(),
    };
    format!("{at}  {:7}  {about}{}", text(&entry["kind"]), clean(&text(&entry["text"])))
}

/// Takes a stream of bytes apart into the data of its events.
#[derive(Default)]
struct Events {
    line: Vec<u8>,
    data: String,
}

impl Events {
    /// The data of every event that these bytes complete.
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut whole = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() < LONGEST_LINE {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.is_empty() {
                if !self.data.is_empty() {
                    whole.push(std::mem::take(&mut self.data));
                }
            } else if let Some(data) = line.strip_prefix("data:") {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            } // ids stand in the data too; comments keep the connection alive
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_taken_apart_however_they_arrive() {
        let stream = ": keep\n\nid: 7\ndata: {\"id\":7}\n\ndata:{\"a\":\r\ndata: 1}\r\n\r\nid: 8\ndata: tail";
        for size in [1, 3, stream.len()] {
            let mut events = Events::default();
            let found: Vec<_> = stream.as_bytes().chunks(size).flat_map(|bytes| events.take(bytes)).collect();
            assert_eq!(found, ["{\"id\":7}", "{\"a\":\n1}"], "{size}");
        }
    }

    #[test]
    fn a_line_that_never_ends_does_not_fill_the_memory() {
        let mut events = Events::default();
        events.take(&vec![b'x'; 2 * LONGEST_LINE]);
        assert_eq!(events.line.len(), LONGEST_LINE);
    }

    #[test]
    fn a_line_says_when_what_and_about_whom() {
        let entry =
            serde_json::json!({ "at": "2026-11-27T10:00:00.123Z", "kind": "api", "phone_number_id": "4001", "text": "connect refused: x" });
        assert_eq!(told(&entry), "2026-11-27T10:00:00.123Z  api      number 4001  connect refused: x");
    }
}
