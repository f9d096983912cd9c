//! The whole platform in one process: every adapter around one engine, two listeners, and an orderly end.

pub mod announcement;
pub mod beacon;
mod behaviours;
mod hosts;
pub mod media;
mod metrics;
mod people;
pub mod ports;
pub mod public;
mod routers;
pub mod sip;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use callport_core::number::PhoneNumber;
use callport_engine::Engine;
use callport_media::MediaPlane;
use callport_operator::fixture::Fixture;
use callport_operator::{ScriptedPeople, TestMode};
use callport_phone::scripted::ScriptedUsers;
use callport_relay::Identity;
use callport_sip::{SipEdge, SipInbox, sip_line};
use callport_store::SqliteStore;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::oneshot;

use crate::chance;
use crate::clock::{self, Calendar};
use crate::config::Config;
use crate::descriptors;
use crate::home::Home;
use crate::listener::Listener;
use crate::stop::{StopSignal, stopper};
use announcement::Announcement;
use behaviours::Behaviours;
use people::People;
use routers::Lent;

/// Anything that keeps a platform from starting, in words for its operator.
pub type StartFault = Box<dyn Error + Send + Sync>;

/// The file that holds the operator's token, unless the configuration brings it.
const TOKEN: &str = "operator.token";

/// How often the end of the last call is looked for while draining.
const DRAIN_LOOK: Duration = Duration::from_millis(100);

/// A platform that is bound and settled, but serves nobody yet.
pub struct Platform {
    home: Home,
    config: Config,
    engine: Arc<Engine>,
    people: ScriptedUsers,
    /// The same with their standing behaviours, as the operator's side asks for them; in test mode.
    standing: Option<Arc<dyn ScriptedPeople>>,
    store: Arc<SqliteStore>,
    media: Arc<MediaPlane>,
    public: Listener,
    operator: Listener,
    /// The SIP edge, with what the engine has for it.
    sip: Option<(SipEdge, SipInbox)>,
    routers: Routers,
    announcement: Announcement,
    stopping: Arc<AtomicBool>,
    metrics: PrometheusHandle,
}

struct Routers {
    public: Router,
    operator: Router,
}

impl Platform {
    /// Takes folder, ports and certificate, opens the store, and settles what an earlier process left behind.
    pub async fn start(config: Config) -> Result<Platform, StartFault> {
        descriptors::raise_for(config.public.connections + config.operator.connections + usize::from(config.media.sdes_ports));
        let home = Home::open(&config.store.directory)?;
        let (token, token_file) = match &config.operator.token {
            Some(token) => (token.expose().to_owned(), None),
            None => (home.kept(TOKEN, chance::secret)?, Some(std::path::absolute(home.path(TOKEN))?)),
        };
        let certificate = public::certificate(&config, &home)?;
        let public = Listener::bind("public", config.public.listen, certificate, public::bounds(&config.public)).await?;
        let operator = Listener::bind("operator", config.operator.listen, None, public::operator_bounds(&config)).await?;
        let calendar = Arc::new(match config.is_test() {
            true => Calendar::kept(home.path(clock::FILE))?,
            false => Calendar::new(),
        });
        let edge = match sip::config(&config, &home)? {
            Some(sip) => Some(SipEdge::bind(sip).await?),
            None => None,
        };
        let (line, inbox) = sip_line();
        let ports::Parts { ports, store, media, media_events } = ports::open(&config, &home, calendar.clone(), line).await?;
        tokio::task::spawn_blocking(warm_up).await?;
        let engine = Engine::start(ports, ports::engine_config(&config), media_events).await?;
        let announcement = Announcement {
            public_url: public::url(&config, public.address()?),
            operator_url: format!("http://{}", reachable(&operator)?),
            operator_token: token,
            operator_token_file: token_file,
            sip_address: edge.as_ref().map(|edge| edge.address().to_string()),
            media_ports: media.ports(),
            mode: config.platform.mode.word().to_owned(),
        };
        let people = ScriptedUsers::new(engine.clone(), Identity::self_signed()?);
        let standing = match config.is_test() {
            true => {
                let behaviours = Behaviours::open(home.path(behaviours::FILE))?;
                Some(Arc::new(People::start(people.clone(), behaviours).await) as Arc<dyn ScriptedPeople>)
            }
            false => None,
        };
        let stopping = Arc::new(AtomicBool::new(false));
        let metrics = metrics::recorder()?;
        let floods = routers::floods(&config);
        let lent = Lent {
            token: announcement.operator_token.clone(),
            floods: floods.clone(),
            public_url: announcement.public_url.clone(),
            test: standing.clone().map(|people| TestMode { clock: calendar, people }),
            metrics: metrics.clone(),
            store: store.clone(),
            stopping: stopping.clone(),
        };
        let routers = Routers {
            public: routers::public(&config, &engine, &floods, &announcement.public_url),
            operator: routers::operator(&config, &engine, lent),
        };
        home.write(announcement::FILE, &announcement.kept())?;
        let sip = edge.map(|edge| (edge, inbox));
        Ok(Platform {
            home,
            config,
            engine,
            people,
            standing,
            store,
            media,
            public,
            operator,
            sip,
            routers,
            announcement,
            stopping,
            metrics,
        })
    }

    /// Where it is found.
    pub fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// The engine, for whoever asks about calls in the same process.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Users without a browser.
    pub fn people(&self) -> &ScriptedUsers {
        &self.people
    }

    /// Puts the platform into the state that a fixture's text describes. Test mode only.
    pub async fn apply_fixture(&self, text: &str) -> Result<(), StartFault> {
        if !self.config.is_test() {
            return Err("a fixture is taken in test mode only: it changes what others own".into());
        }
        let applied = Fixture::parse(text)?.apply(&self.engine, self.standing.as_deref()).await?;
        tracing::info!(changed = applied.changed, "fixture applied");
        Ok(())
    }

    /// The same from a file.
    pub async fn apply_fixture_file(&self, path: &Path) -> Result<(), StartFault> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        self.apply_fixture(&text).await.map_err(|fault| format!("{}: {fault}", path.display()).into())
    }

    /// Serves until told to stop. Then readiness says no, live calls may end by themselves for a while, and what is left is cut;
    /// businesses are told of calls that were cut, and what cannot be delivered at once stays in the store for the next start.
    pub async fn serve(self, mut stop: StopSignal) {
        let (inner, listeners_stop) = stopper();
        let public = tokio::spawn(self.public.serve(self.routers.public, listeners_stop.clone()));
        let operator = tokio::spawn(self.operator.serve(self.routers.operator, listeners_stop));
        let (edge_stop, edge_stopped) = oneshot::channel::<()>();
        let edge = self.sip.map(|(edge, inbox)| {
            let stopped = async { drop(edge_stopped.await) }; // a stop that is dropped is a stop
            tokio::spawn(edge.serve(self.engine.clone(), inbox, stopped))
        });
        let metrics = tokio::spawn(metrics::keep(self.metrics, self.engine.clone(), self.media.clone(), stop.clone()));
        stop.draining().await;
        self.stopping.store(true, Ordering::Relaxed);
        self.engine.take_no_more_calls();
        tracing::info!("stopping: calls may end by themselves for {:?}", self.config.platform.drain);
        self.home.remove(announcement::FILE);
        tokio::select! {
            biased;
            () = last_call(&self.engine) => {}
            () = tokio::time::sleep(self.config.platform.drain) => tracing::warn!("calls are cut"),
            () = stop.cut() => tracing::warn!("second stop signal: live calls are ended now"),
        }
        inner.drain();
        self.engine.stop(LAST_WORDS).await;
        drop(edge_stop);
        if let Some(edge) = edge {
            let _ = edge.await; // an edge that panicked has already told the log
        }
        inner.cut();
        for listener in [public, operator] {
            let _ = listener.await; // a listener that panicked has already told the log
        }
        metrics.abort();
        self.store.close().await;
        drop(self.home);
        tracing::info!("stopped");
    }
}

/// How long a platform that stops takes to tell businesses of the calls that it cut.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The table of the world's numbering plans is read when first asked for; better here than in the first call.
fn warm_up() {
    let _ = PhoneNumber::parse("+12025550100"); // asked for the reading, not for the answer
}

/// Returns when no call is live.
async fn last_call(engine: &Engine) {
    while engine.live_call_count() > 0 {
        tokio::time::sleep(DRAIN_LOOK).await;
    }
}

fn reachable(listener: &Listener) -> std::io::Result<std::net::SocketAddr> {
    let bound = listener.address()?;
    Ok((public::reachable(bound.ip()), bound.port()).into())
}
