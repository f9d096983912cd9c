//! The engine's ports as the configuration wants them.

use std::sync::Arc;
use std::time::Duration;

use callport_core::limits::{CallTimers, NumberLimits, PairLimitSets};
use callport_engine::ports::{Alone, MediaEvent, SipLine, TokioTasks, media_events};
use callport_engine::{DeliveryPolicy, EngineConfig, Ports, Retention, Rules, SecretLengths};
use callport_media::{MediaParts, MediaPlane};
use callport_relay::Identity;
use callport_store::{SealingKey, SqliteStore};
use callport_webhook::{CarrierConfig, HttpCarrier, JsonWording, Targets};
use tokio::sync::mpsc;

use super::{StartFault, media};
use crate::chance::{self, SystemRandom};
use crate::clock::Calendar;
use crate::config::{Config, Secret};
use crate::home::Home;

/// The database, in the folder of the installation.
pub const DATABASE: &str = "callport.sqlite";

/// The key of the database, unless the configuration brings it.
pub const KEY: &str = "store.key";

/// Media events that may wait for the engine; media threads keep the rest.
const MEDIA_EVENTS: usize = 8192;

/// The ports, and those behind them that somebody must also stop.
pub struct Parts {
    pub ports: Ports,
    pub store: Arc<SqliteStore>,
    pub media: Arc<MediaPlane>,
    pub media_events: mpsc::Receiver<MediaEvent>,
}

/// Opens store, media plane and HTTP client.
pub async fn open(config: &Config, home: &Home, calendar: Arc<Calendar>, sip: Arc<dyn SipLine>) -> Result<Parts, StartFault> {
    let store = Arc::new(store(config, home).await?);
    let (events, media_events) = media_events(MEDIA_EVENTS);
    let random = Arc::new(SystemRandom);
    let parts = MediaParts { identity: Identity::self_signed()?, random: random.clone(), clock: calendar.clone(), events };
    let media = Arc::new(MediaPlane::start(media::config(&config.media), parts)?);
    let ports = Ports {
        store: store.clone(),
        media: media.clone(),
        sip,
        carrier: Arc::new(carrier(config)?),
        wording: Arc::new(JsonWording),
        clock: calendar,
        random,
        tasks: Arc::new(TokioTasks),
        bus: Arc::new(Alone),
    };
    Ok(Parts { ports, store, media, media_events })
}

/// Timers, limits and schedule.
pub fn engine_config(config: &Config) -> EngineConfig {
    let rules = Rules {
        timers: CallTimers {
            accept_window: config.calls.accept_window,
            ring_window: config.calls.ring_window,
            connect_window: config.calls.connect_window,
            first_media: config.calls.first_media,
            silence: config.calls.silence,
        },
        limits: NumberLimits {
            concurrent_calls: config.calls.concurrent,
            business_calls_per_day: config.calls.starts_per_day,
            free_service_messages: config.messages.free_service_per_month,
        },
        pairs: PairLimitSets { production: config.permissions.limits(), sandbox: config.sandbox_permissions.limits() },
        no_business_calls: config.calls.no_business_calls.clone(),
        holidays: config.calls.holidays,
        hidden_icon: config.calls.hidden_icon,
        quality: config.quality.rules(),
        unlimited_tokens: config.is_test(),
        routing: config.routing.rules(),
        registration: config.registration.rules(),
        sip: config.sip.enabled,
        secrets: if config.is_test() { SecretLengths::default() } else { SecretLengths::LIVE },
    };
    let deliveries = DeliveryPolicy {
        schedule: config.webhooks.retry.clone(),
        then_every: config.webhooks.retry_every,
        give_up_after: config.webhooks.give_up_after,
        give_up_messages_after: config.webhooks.give_up_messages_after,
        in_flight_per_app: config.webhooks.parallel,
    };
    let kept = |time: Duration| (!time.is_zero()).then_some(time);
    let retention = Retention {
        calls: kept(config.retention.calls),
        messages: kept(config.retention.messages),
        webhooks: kept(config.retention.webhooks),
        journal: kept(config.retention.journal),
        sign_ins: kept(config.retention.sign_ins),
    };
    EngineConfig { rules, deliveries, retention }
}

/// The database of this installation.
pub async fn store(config: &Config, home: &Home) -> Result<SqliteStore, StartFault> {
    Ok(SqliteStore::open(&home.path(DATABASE), key(config, home)?).await?)
}

/// The client that carries webhooks.
pub fn carrier(config: &Config) -> Result<HttpCarrier, StartFault> {
    let targets = Targets {
        https_only: !config.webhooks.allow_http.unwrap_or(config.is_test()),
        public_only: !config.webhooks.allow_private.unwrap_or(config.is_test()),
    };
    let read = |path: &std::path::PathBuf| std::fs::read(path).map_err(|error| format!("webhooks.ca_file {}: {error}", path.display()));
    let extra_roots = config.webhooks.ca_file.iter().map(read).collect::<Result<_, _>>()?;
    Ok(HttpCarrier::new(CarrierConfig { timeout: config.webhooks.timeout, targets, extra_roots })?)
}

/// The key that seals secrets: as configured, or made at the first start and kept.
fn key(config: &Config, home: &Home) -> Result<SealingKey, StartFault> {
    let text = match &config.store.key {
        Some(key) => Secret::expose(key).to_owned(),
        None => home.kept(KEY, chance::secret)?,
    };
    let mut bytes = [0; 32];
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()));
    let read: Option<Vec<u8>> = pairs.collect();
    let read = read.filter(|read| read.len() == bytes.len()).ok_or("the store's key is not 64 hexadecimal digits")?;
    bytes.copy_from_slice(&read);
    Ok(SealingKey::from_bytes(bytes))
}
