//! The running backend.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use crate::config::BackendConfig;
use crate::desk::Desk;
use crate::graph::Graph;
use crate::intake::{ARRIVAL_QUEUE, Intake, routes};
use crate::outgoing::{CallOrder, OutgoingCall, PLACEMENT_QUEUE, Placement};
use crate::prompts::Voice;
use crate::switchboard::Switchboard;
use crate::timeline::{Timeline, TimelineEvent};

/// Open webhook connections get this long to finish when the backend stops.
const LAST_WEBHOOKS: Duration = Duration::from_secs(2);

/// Why the backend could not start. All of it is this machine's or its configuration's doing.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("listening for webhooks: {0}")]
    Listen(#[from] std::io::Error),
    /// No HTTP client could be made.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The callback path must begin with a slash and hold no route syntax.
    #[error("the callback path must begin with / and hold neither {{ nor *")]
    Path,
}

/// A backend at work. Dropping it ends its calls without ceremony; [`Gateway::stop`] ends them with a `terminate`.
pub struct Gateway {
    address: SocketAddr,
    path: String,
    timeline: Timeline,
    placements: mpsc::Sender<Placement>,
    stop: watch::Sender<bool>,
    web: JoinHandle<()>,
    switchboard: JoinHandle<()>,
}

impl Gateway {
    /// Listens for webhooks, answers calls and, when asked to, places some.
    pub async fn start(config: BackendConfig) -> Result<Self, StartError> {
        if !config.path.starts_with('/') || config.path.contains(['{', '*']) {
            return Err(StartError::Path);
        }
        let graph = Graph::new(&config.graph_url, config.graph_version.as_deref(), &config.access_token)?;
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let timeline = Timeline::new();
        let (arrivals, inbox) = mpsc::channel(ARRIVAL_QUEUE);
        let (placements, placed) = mpsc::channel(PLACEMENT_QUEUE);
        let (stop, stopped) = watch::channel(false);
        let intake = Intake {
            app_secret: config.app_secret.clone(),
            verify_token: config.verify_token.clone(),
            arrivals,
            timeline: timeline.clone(),
        };
        let path = config.path.clone();
        let web = tokio::spawn(serve(listener, routes(&path, intake), stopped.clone()));
        tracing::info!(%address, path, mode = config.mode.as_str(), "backend listens for webhooks");
        let desk = Arc::new(Desk { config, graph, voice: Voice::default(), timeline: timeline.clone() });
        let switchboard = tokio::spawn(Switchboard::new(desk).run(inbox, placed, stopped));
        Ok(Self { address, path, timeline, placements, stop, web, switchboard })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The callback URL to subscribe, as seen from this machine.
    pub fn callback_url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Every step from now on. A reader that falls far behind loses some.
    pub fn events(&self) -> broadcast::Receiver<TimelineEvent> {
        self.timeline.subscribe()
    }

    /// Places a call. Its webhooks come to this backend, so the app's callback must lead here.
    pub async fn place(&self, order: CallOrder) -> OutgoingCall {
        let (placement, call) = Placement::new(order);
        // Refused only by a backend that has stopped: then the call says so.
        let _ = self.placements.send(placement).await;
        call
    }

    /// Takes no more webhooks, ends every call with `terminate`, and waits for that, a few seconds at most.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in [self.web, self.switchboard] {
            // A task that panicked has already told the log.
            let _ = task.await;
        }
    }
}

async fn serve(listener: TcpListener, routes: axum::Router, mut stopped: watch::Receiver<bool>) {
    let mut stopping = stopped.clone();
    let graceful = axum::serve(listener, routes).with_graceful_shutdown(async move {
        // An error means that the gateway was dropped.
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    let deadline = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(LAST_WEBHOOKS).await;
    };
    tokio::select! {
        served = graceful => {
            if let Err(error) = served {
                tracing::error!(%error, "webhook listener ended");
            }
        }
        () = deadline => {}
    }
}
