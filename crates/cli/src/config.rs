//! The configuration: one typed tree, one file a section, every mistake told at once.
//!
//! Precedence, later wins: the defaults written at each field, `callport.toml`, `CALLPORT_*` in the environment, flags.

mod calls;
mod check;
mod floods;
mod graph;
mod load;
mod logging;
mod media;
mod messages;
mod operator;
mod permissions;
mod phone;
mod platform;
mod public;
mod retention;
mod sample;
mod section;
mod store;
mod tls;
mod value;
mod webhooks;

pub use calls::Calls;
pub use floods::Floods;
pub use graph::Graph;
pub use load::Layers;
pub use logging::{LogFormat, Logging};
pub use media::{AnswerSetup, Media, SdpDialect};
pub use messages::Messages;
pub use operator::Operator;
pub use permissions::{Permissions, SandboxPermissions};
pub use phone::{Phone, SignUp};
pub use platform::{Mode, Platform};
pub use public::Public;
pub use retention::Retention;
pub use sample::{sample, sample_with};
pub use store::Store;
pub use tls::{Tls, TlsMode};
pub use value::Secret;
pub use webhooks::Webhooks;

use section::Section;

/// Everything that can be configured.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What kind of platform this is.
    pub platform: Platform,
    /// The public listener.
    pub public: Public,
    /// Its TLS.
    pub tls: Tls,
    /// The operator's listener.
    pub operator: Operator,
    /// The media relay.
    pub media: Media,
    /// What is kept.
    pub store: Store,
    /// The Graph API.
    pub graph: Graph,
    /// Webhook delivery.
    pub webhooks: Webhooks,
    /// How long what is over is kept.
    pub retention: Retention,
    /// Timers and limits of calls.
    pub calls: Calls,
    /// Prices of messages.
    pub messages: Messages,
    /// Permissions and their limits.
    pub permissions: Permissions,
    /// The same in the sandbox.
    pub sandbox_permissions: SandboxPermissions,
    /// The phone page.
    pub phone: Phone,
    /// Floods.
    pub floods: Floods,
    /// Logs.
    pub logging: Logging,
}

impl Config {
    /// Every section, in the order of the sample.
    fn sections(&self) -> [&dyn Section; 16] {
        [
            &self.platform,
            &self.public,
            &self.tls,
            &self.operator,
            &self.media,
            &self.store,
            &self.graph,
            &self.webhooks,
            &self.retention,
            &self.messages,
            &self.calls,
            &self.permissions,
            &self.sandbox_permissions,
            &self.phone,
            &self.floods,
            &self.logging,
        ]
    }

    /// The section with this table name.
    fn section_mut(&mut self, name: &str) -> Option<&mut dyn Section> {
        let all: [&mut dyn Section; 16] = [
            &mut self.platform,
            &mut self.public,
            &mut self.tls,
            &mut self.operator,
            &mut self.media,
            &mut self.store,
            &mut self.graph,
            &mut self.webhooks,
            &mut self.retention,
            &mut self.messages,
            &mut self.calls,
            &mut self.permissions,
            &mut self.sandbox_permissions,
            &mut self.phone,
            &mut self.floods,
            &mut self.logging,
        ];
        all.into_iter().find(|section| section.name() == name)
    }

    /// Whether this is a test platform.
    pub fn is_test(&self) -> bool {
        self.platform.mode == Mode::Test
    }
}
