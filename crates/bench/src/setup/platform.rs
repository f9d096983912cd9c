//! The platform under test: `callport serve` as shipped, in test mode, in a process and a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use callport_engine::ports::Random;
use serde::Deserialize;
use serde_json::json;

use crate::BenchFault;
use crate::secret;

/// The business's number, as people dial it.
pub(crate) const NUMBER: &str = "+6281255509999";
/// Its id.
pub(crate) const NUMBER_ID: &str = "4001";

/// A running platform. Dropping it ends the process and removes its folder.
pub(crate) struct Platform {
    process: Child,
    folder: PathBuf,
    /// Where it is found.
    pub announcement: Announcement,
}

/// What it says of itself, as far as a phone and a business need it.
#[derive(Deserialize)]
pub(crate) struct Announcement {
    /// The Graph API and the phone's socket.
    pub public_url: String,
}

impl Platform {
    /// Starts one that sends webhooks to `callback` and knows `token`, with these sections of its configuration beside its own.
    pub(crate) fn start(callback: &str, token: &str, settings: &serde_json::Value, random: &dyn Random) -> Result<Platform, BenchFault> {
        let folder = std::env::temp_dir().join(format!("callport-bench-{}", &secret(random)[..12]));
        std::fs::create_dir(&folder)?;
        let started = start(&folder, callback, token, settings);
        if started.is_err() {
            let _ = std::fs::remove_dir_all(&folder);
        }
        let (process, announcement) = started?;
        Ok(Platform { process, folder, announcement })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it wrote to its log last.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join(LOG)).unwrap_or_default();
        let last: Vec<_> = log.lines().rev().filter(|line| line.contains("WARN") || line.contains("ERROR")).take(5).collect();
        last.join("\n")
    }
}

const LOG: &str = "log";

fn start(folder: &std::path::Path, callback: &str, token: &str, settings: &serde_json::Value) -> Result<(Child, Announcement), BenchFault> {
    let fixture = json!({
        "app": [{ "id": "1001", "name": "Bench", "secret": "bench_app_secret", "callback_url": callback, "verify_token": "v", "fields": ["calls"], "verify": false }],
        "waba": [{ "id": "2001", "portfolio": "3001", "name": "Acme", "currency": "USD", "timezone": "Asia/Jakarta", "payment_method": true, "apps": ["1001"] }],
        "number": [{ "id": NUMBER_ID, "waba": "2001", "number": NUMBER, "name": "Acme Repairs", "account_mode": "LIVE", "messaging_limit": "TIER_2K", "calling": "ENABLED" }],
        "token": [{ "value": token, "app": "1001", "scopes": ["whatsapp_business_messaging", "whatsapp_business_management"] }],
    });
    let (fixture_file, config_file) = (folder.join("fixture.toml"), folder.join("callport.toml"));
    std::fs::write(&fixture_file, toml::to_string(&fixture)?)?;
    let mut config = json!({
        "mode": "test",
        "public": { "listen": "127.0.0.1:0" },
        "operator": { "listen": "127.0.0.1:0" },
        "media": { "threads": 1, "bind": ["127.0.0.1"] },
        "store": { "directory": folder.join("data") },
    });
    if let (Some(config), Some(settings)) = (config.as_object_mut(), settings.as_object()) {
        config.extend(settings.clone());
    }
    std::fs::write(&config_file, toml::to_string(&config)?)?;
    let mut process = Command::new(std::env::current_exe()?)
        .args(["serve".as_ref(), "--config".as_ref(), config_file.as_os_str(), "--fixture".as_ref(), fixture_file.as_os_str()])
        .env_clear() // what the surroundings say of another platform is not for this one
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join(LOG))?)
        .spawn()?;
    let mut line = String::new();
    let out = process.stdout.take().ok_or("the platform has no output")?;
    BufReader::new(out).read_line(&mut line)?;
    match serde_json::from_str(&line) {
        Ok(announcement) => Ok((process, announcement)),
        Err(_) => {
            let _ = process.kill();
            let _ = process.wait();
            let log = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
            Err(format!("the platform did not start: {log}").into())
        }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
