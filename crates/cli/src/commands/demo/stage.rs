//! Platform, backends and user in one process, over real sockets: each knows the others only by HTTP, webhooks and media.

use std::error::Error;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use callport_admin::Admin;
use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_core::number::PhoneNumber;
use callport_engine::Engine;
use callport_engine::ports::Clock;
use callport_gateway::{BackendConfig, EVENT_LOG, Gateway, TimelineEvent, What};
use callport_people::{HangUp, Script};
use callport_phone::scripted::{ScriptedUsers, UserReport};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

use super::fixture::{self, BUSINESSES, Secrets};
use super::ledger::Ledger;
use super::outcome::DemoFigures;
use crate::chance;
use crate::clock::Calendar;
use crate::commands::flags::{self, ConfigFlags};
use crate::commands::{gateway, invocation};
use crate::config::Config;
use crate::platform::Platform;
use crate::platform::announcement::Announcement;
use crate::platform::beacon::Beacon;
use crate::stop::{Stopper, stopper};

type Fault = Box<dyn Error + Send + Sync>;

/// The backend's last word on a call comes within this after the call ended.
const LAST_WORD: Duration = Duration::from_secs(10);

/// The port of the phone page, if it is free.
const PAGE_PORT: u16 = 8080;

/// A demo's configuration: test mode, a folder that vanishes, this machine only. What the person says wins. The second value says that the
/// page's usual port was wanted and is taken.
pub fn config(flags: &ConfigFlags, once: bool) -> Result<(Config, bool), Fault> {
    let directory = std::env::temp_dir().join(format!("callport-demo-{}", &chance::secret()[..8]));
    let taken = !once && TcpListener::bind(("127.0.0.1", PAGE_PORT)).is_err();
    let page_port = if once || taken { 0 } else { PAGE_PORT };
    let mut keys = vec![
        "mode=test".to_owned(),
        format!("store.directory={}", directory.display()),
        format!("public.listen=127.0.0.1:{page_port}"),
        "operator.listen=127.0.0.1:0".to_owned(),
        "sip.listen=127.0.0.1:0".to_owned(),
        format!("logging.filter=warn,{EVENT_LOG}=off"),
    ];
    if once {
        keys.push("media.bind=127.0.0.1".to_owned());
    }
    let config = flags.under(keys).load()?;
    let moved = taken && config.public.listen.port() == 0;
    Ok((config, moved))
}

/// Everything that runs.
pub struct DemoStage {
    announcement: Announcement,
    /// Lets `callport admin` find the demo; nothing where the person has no folder for that.
    beacon: Option<Beacon>,
    directory: PathBuf,
    engine: std::sync::Arc<Engine>,
    people: ScriptedUsers,
    backends: Vec<Gateway>,
    stopper: Stopper,
    serving: JoinHandle<()>,
}

impl DemoStage {
    /// Starts the platform, the backends, and provisions all of them.
    pub async fn set(config: Config) -> Result<DemoStage, Fault> {
        let directory = config.store.directory.clone();
        let platform = Platform::start(config).await?;
        let announcement = platform.announcement().clone();
        let mut backends = Vec::new();
        let mut provision = Vec::new();
        for business in &BUSINESSES {
            let secrets =
                Secrets { app_secret: chance::secret(), verify_token: chance::secret(), access_token: format!("EAA{}", chance::secret()) };
            let base = gateway::config(secrets.app_secret.clone(), announcement.public_url.clone(), secrets.access_token.clone())?;
            let backend = Gateway::start(BackendConfig {
                verify_token: secrets.verify_token.clone(),
                graph_version: Some("v25.0".to_owned()),
                phone_number_id: Some(business.number_id.to_owned()),
                mode: business.mode,
                ..base
            })
            .await?;
            provision.push((backend.callback_url(), secrets));
            backends.push(backend);
        }
        platform.apply_fixture(&fixture::text(&provision)).await?;
        let (engine, people) = (platform.engine().clone(), platform.people().clone());
        let (stopper, stop) = stopper();
        let serving = tokio::spawn(platform.serve(stop));
        Ok(DemoStage { announcement, beacon: None, directory, engine, people, backends, stopper, serving })
    }

    /// What stands there now.
    pub fn introduction(&self, moved: bool) -> Vec<String> {
        let Announcement { public_url, operator_url, .. } = &self.announcement;
        let callback = self.backends[0].callback_url();
        let moved = moved.then(|| format!("port {PAGE_PORT} is taken on this machine, so the phone page has another one:"));
        let stands = [
            format!("platform  {public_url}, operator {operator_url}, media on UDP {}", self.announcement.media_in_words()),
            format!("business  {} {}, its backend takes webhooks at {callback}", BUSINESSES[0].name, BUSINESSES[0].number),
            format!("user      {} {}, without a browser", fixture::USER_NAME, fixture::USER),
            String::new(),
            format!("{} calls {} …", fixture::USER_NAME, BUSINESSES[0].name),
            String::new(),
        ];
        moved.into_iter().chain(stands).collect()
    }

    /// Lets the scripted user call, and gathers what each side saw.
    pub async fn call(&self, talk: Duration) -> Result<DemoFigures, Fault> {
        let number = PhoneNumber::parse(fixture::USER)?;
        let user = self.engine.store().user_by_number(&number).await?.ok_or("the scripted user is not there")?;
        let mut events = self.backends[0].events();
        let script = Script { hang_up: HangUp::after(talk), ..Script::default() };
        let (began, began_at) = (Instant::now(), Calendar::new().now());
        let call = self.people.dial(user, PhoneNumberId::parse(BUSINESSES[0].number_id)?, script, None)?;
        let user = call.finished().await;
        let mut ledger = Ledger::new(began, began_at);
        ledger.phone(&user);
        let business = self.last_word(&mut events, &user, &mut ledger).await;
        if let Some(id) = &user.call {
            ledger.platform(&self.story(id).await?);
        }
        Ok(DemoFigures::new(began, user, business, ledger.into_entries()))
    }

    /// The backend's events of this call up to its report.
    async fn last_word(
        &self,
        events: &mut broadcast::Receiver<TimelineEvent>,
        user: &UserReport,
        ledger: &mut Ledger,
    ) -> Option<callport_gateway::Report> {
        let ours = user.call.as_ref()?.as_str();
        let report = async {
            loop {
                let event = match events.recv().await {
                    Ok(event) => event,
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return None,
                };
                if event.call_id.as_deref() != Some(ours) {
                    continue;
                }
                ledger.backend(&event);
                if let What::Ended(report) = event.what {
                    return Some(*report);
                }
            }
        };
        tokio::time::timeout(LAST_WORD, report).await.ok().flatten()
    }

    /// The platform's own story, asked for as an operator would.
    async fn story(&self, call: &CallId) -> Result<serde_json::Value, Fault> {
        let admin = Admin::new(&self.announcement.operator_url, self.announcement.operator_token.clone())?;
        Ok(admin.get(&["calls", call.as_str()]).await?.value)
    }

    /// From now on `callport admin` of the same person finds this demo.
    pub fn light_beacon(&mut self) {
        let Some(folder) = flags::state_folder() else { return };
        let unlit = |error| tracing::warn!(%error, folder = %folder.display(), "callport admin will not find this demo by itself");
        self.beacon = Beacon::light(&folder, &self.announcement).map_err(unlit).ok();
    }

    /// What a person can do now.
    pub fn invitation(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            format!("Now you: open {}/phone, sign up with any number, allow the microphone, and call", self.announcement.public_url),
        ];
        lines.extend(BUSINESSES.iter().rev().map(|business| format!("  {:12} {}", business.name, business.does)));
        lines.push("Why a call went as it did, from another terminal:".to_owned());
        lines.extend(["admin call last", "admin calls"].map(|what| format!("  {} {what}{}", invocation::program(), self.access())));
        lines.push("Ctrl-C ends it.".to_owned());
        lines.push(String::new());
        lines
    }

    /// What must be said to `callport admin` where it cannot find the demo by itself.
    fn access(&self) -> String {
        let Announcement { operator_url, operator_token, .. } = &self.announcement;
        if self.beacon.is_some() { String::new() } else { format!(" --url {operator_url} --token {operator_token}") }
    }

    /// Serves until asked to stop, and tells what the backends do meanwhile.
    pub async fn keep_serving(&self, asked: &mut mpsc::Receiver<()>, say: impl Fn(&str)) {
        let (lines, mut told) = mpsc::channel(64);
        let mut listeners = tokio::task::JoinSet::new();
        for (backend, business) in self.backends.iter().zip(&BUSINESSES) {
            let mut events = backend.events();
            let lines = lines.clone();
            listeners.spawn(async move {
                while let Ok(event) = events.recv().await {
                    let _ = lines.send(format!("{:12} {}", business.name, gateway::line(&event))).await; // nobody reads once it ends
                }
            });
        }
        loop {
            tokio::select! {
                Some(line) = told.recv() => say(&line),
                _ = asked.recv() => return,
            }
        }
    }

    /// Ends everything and leaves nothing behind.
    pub async fn strike(self) -> Result<(), Fault> {
        drop(self.beacon);
        for backend in self.backends {
            backend.stop().await;
        }
        self.stopper.cut();
        self.serving.await?;
        let _ = std::fs::remove_dir_all(&self.directory); // a folder in the system's temporary folder: its cleaner takes what stays
        Ok(())
    }
}
