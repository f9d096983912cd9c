//! What every use of the sample backend needs: where it listens, and whom it asks.

use std::error::Error;
use std::net::SocketAddr;

use callport_admin::address::{BadAddress, web_address};
use callport_gateway::BackendConfig;
use clap::Args;

/// The flags, which may stand before or after the sub-command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where it listens and whom it asks")]
pub struct BackendFlags {
    /// Where webhooks are taken; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:9000", env = "CALLPORT_GATEWAY_LISTEN", global = true)]
    listen: SocketAddr,
    /// Path of the callback URL.
    #[arg(long, default_value = "/webhook", env = "CALLPORT_GATEWAY_PATH", global = true)]
    path: String,
    /// The app's secret, which signs every webhook. Needed.
    #[arg(long, env = "CALLPORT_GATEWAY_APP_SECRET", hide_env_values = true, global = true)]
    app_secret: Option<String>,
    /// What the verification GET must bring.
    #[arg(long, default_value = "", env = "CALLPORT_GATEWAY_VERIFY_TOKEN", hide_env_values = true, global = true)]
    verify_token: String,
    /// The Graph API without its version, such as http://127.0.0.1:8080. Needed.
    #[arg(long, env = "CALLPORT_GATEWAY_GRAPH_URL", global = true)]
    graph_url: Option<String>,
    /// Its version, such as v25.0; without one, paths carry none.
    #[arg(long, env = "CALLPORT_GATEWAY_GRAPH_VERSION", global = true)]
    graph_version: Option<String>,
    /// Bearer token with whatsapp_business_messaging. Needed.
    #[arg(long, env = "CALLPORT_GATEWAY_ACCESS_TOKEN", hide_env_values = true, global = true)]
    access_token: Option<String>,
    /// Answer calls to this number only; the number that `call` calls from.
    #[arg(long, env = "CALLPORT_GATEWAY_PHONE_NUMBER_ID", global = true)]
    phone_number_id: Option<String>,
    /// biz_opaque_callback_data to send with accept, connect and requests.
    #[arg(long, global = true)]
    opaque: Option<String>,
    /// Where media sockets bind; the wildcard means the address that leads to the platform.
    #[arg(long, default_value = "0.0.0.0:0", global = true)]
    media_bind: SocketAddr,
}

/// A flag that has to be there is not, or is no use as it stands.
#[derive(Debug, thiserror::Error)]
pub enum UnfitFlag {
    /// It was not said.
    #[error("--{flag} is needed, or {variable} in the environment; `callport gateway --help` explains it")]
    Missing { flag: &'static str, variable: &'static str },
    /// It is no address.
    #[error("--graph-url: {0}")]
    Address(#[from] BadAddress),
}

type Fault = Box<dyn Error + Send + Sync>;

impl BackendFlags {
    /// Where media sockets bind, which calls by SIP have in common with the others.
    pub fn media_bind(&self) -> SocketAddr {
        self.media_bind
    }

    /// The backend's set-up.
    pub fn config(self) -> Result<BackendConfig, Fault> {
        let app_secret = needed(self.app_secret, "app-secret", "CALLPORT_GATEWAY_APP_SECRET")?;
        let graph_url = needed(self.graph_url, "graph-url", "CALLPORT_GATEWAY_GRAPH_URL")?;
        let access_token = needed(self.access_token, "access-token", "CALLPORT_GATEWAY_ACCESS_TOKEN")?;
        web_address(&graph_url).map_err(UnfitFlag::from)?;
        let base = super::config(app_secret, graph_url, access_token)?;
        Ok(BackendConfig {
            listen: self.listen,
            path: self.path,
            verify_token: self.verify_token,
            graph_version: self.graph_version,
            phone_number_id: self.phone_number_id,
            opaque: self.opaque,
            media_bind: self.media_bind,
            ..base
        })
    }
}

/// A number to call from.
pub fn phone_number_id(config: &BackendConfig) -> Result<String, UnfitFlag> {
    needed(config.phone_number_id.clone(), "phone-number-id", "CALLPORT_GATEWAY_PHONE_NUMBER_ID")
}

fn needed(value: Option<String>, flag: &'static str, variable: &'static str) -> Result<String, UnfitFlag> {
    value.filter(|value| !value.is_empty()).ok_or(UnfitFlag::Missing { flag, variable })
}
