//! Where a demo says that it runs. Its folder has another name each time, so it leaves its announcement at a place of the person who
//! started it, where `callport admin` looks when no platform runs from the configured folder. The newest demo is the one found.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::announcement::Announcement;
use crate::home::write_whole;

/// The announcement's name in the folder of a person's programs.
const FILE: &str = "demo.json";

/// How long a demo may take to accept a connection on this machine.
const PATIENCE: Duration = Duration::from_secs(1);

/// An announcement that lasts as long as this.
#[derive(Debug)]
pub struct Beacon {
    path: PathBuf,
    line: String,
}

impl Beacon {
    /// Says where the demo runs, to nobody but the person who started it.
    pub fn light(folder: &Path, announcement: &Announcement) -> io::Result<Beacon> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let beacon = Beacon { path: folder.join(FILE), line: announcement.line() };
        write_whole(&beacon.path, &beacon.line)?;
        Ok(beacon)
    }
}

impl Drop for Beacon {
    /// What a later demo wrote stays.
    fn drop(&mut self) {
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.line) {
            let _ = fs::remove_file(&self.path); // a demo that does not answer is not found either
        }
    }
}

/// The demo that runs. One that was killed left its announcement behind: it counts only if somebody listens there.
pub fn read(folder: &Path) -> Option<Announcement> {
    let text = fs::read_to_string(folder.join(FILE)).ok()?;
    let announcement: Announcement = serde_json::from_str(&text).ok()?;
    let address = url::Url::parse(&announcement.operator_url).ok()?.socket_addrs(|| None).ok()?;
    let listens = address.iter().any(|address| TcpStream::connect_timeout(address, PATIENCE).is_ok());
    listens.then_some(announcement)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn announced(listener: &TcpListener) -> Announcement {
        Announcement {
            public_url: "http://127.0.0.1:1".to_owned(),
            operator_url: format!("http://{}", listener.local_addr().unwrap()),
            operator_token: "t".to_owned(),
            operator_token_file: None,
            sip_address: None,
            media_ports: vec![],
            mode: "test".to_owned(),
        }
    }

    #[test]
    fn the_newest_demo_is_found_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let first = Beacon::light(&folder, &announced(&listeners[0])).unwrap();
        let second = Beacon::light(&folder, &announced(&listeners[1])).unwrap();
        assert_eq!(fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600, "it holds a token");
        drop(first);
        let found = read(&folder).unwrap();
        assert_eq!(found.operator_url, announced(&listeners[1]).operator_url, "the end of one demo does not hide another");
        drop(second);
        assert!(!folder.join(FILE).exists());
    }

    #[test]
    fn a_demo_that_was_killed_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _beacon = Beacon::light(folder.path(), &announced(&listener)).unwrap();
        drop(listener);
        assert!(read(folder.path()).is_none());
    }
}
