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
mod quality;
mod registration;
mod retention;
mod routing;
mod sample;
mod section;
mod sip;
mod store;
mod tls;
mod value;
mod webhooks;

pub use calls::CallsSection;
pub use floods::FloodsSection;
pub use graph::GraphSection;
pub use load::Layers;
pub use logging::{LogFormat, LoggingSection};
pub use media::{AnswerSetup, MediaSection, SdpDialect};
pub use messages::MessagesSection;
pub use operator::OperatorSection;
pub use permissions::{PermissionsSection, SandboxPermissionsSection};
pub use phone::{PhoneSection, SignUpSetting};
pub use platform::{PlatformMode, PlatformSection};
pub use public::PublicSection;
pub use quality::QualitySection;
pub use registration::RegistrationSection;
pub use retention::RetentionSection;
pub use routing::RoutingSection;
pub use sample::{sample, sample_with};
pub use sip::{SipCallerName, SipChallenge, SipSection};
pub use store::StoreSection;
pub use tls::{TlsMode, TlsSection};
pub use value::Secret;
pub use webhooks::WebhooksSection;

use section::ConfigSection;

/// Everything that can be configured.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What kind of platform this is.
    pub platform: PlatformSection,
    /// The public listener.
    pub public: PublicSection,
    /// Its TLS.
    pub tls: TlsSection,
    /// The operator's listener.
    pub operator: OperatorSection,
    /// The media relay.
    pub media: MediaSection,
    /// Calls by SIP.
    pub sip: SipSection,
    /// What is kept.
    pub store: StoreSection,
    /// The Graph API.
    pub graph: GraphSection,
    /// Webhook delivery.
    pub webhooks: WebhooksSection,
    /// How long what is over is kept.
    pub retention: RetentionSection,
    /// Timers and limits of calls.
    pub calls: CallsSection,
    /// Registration of numbers.
    pub registration: RegistrationSection,
    /// Prices of messages.
    pub messages: MessagesSection,
    /// Permissions and their limits.
    pub permissions: PermissionsSection,
    /// The same in the sandbox.
    pub sandbox_permissions: SandboxPermissionsSection,
    /// Quality of calls.
    pub quality: QualitySection,
    /// Several operators on one number.
    pub routing: RoutingSection,
    /// The phone page.
    pub phone: PhoneSection,
    /// Floods.
    pub floods: FloodsSection,
    /// Logs.
    pub logging: LoggingSection,
}

impl Config {
    /// Every section, in the order of the sample.
    fn sections(&self) -> [&dyn ConfigSection; 20] {
        [
            &self.platform,
            &self.public,
            &self.tls,
            &self.operator,
            &self.media,
            &self.sip,
            &self.store,
            &self.graph,
            &self.webhooks,
            &self.retention,
            &self.registration,
            &self.messages,
            &self.calls,
            &self.permissions,
            &self.sandbox_permissions,
            &self.quality,
            &self.routing,
            &self.phone,
            &self.floods,
            &self.logging,
        ]
    }

    /// The section with this table name.
    fn section_mut(&mut self, name: &str) -> Option<&mut dyn ConfigSection> {
        let all: [&mut dyn ConfigSection; 20] = [
            &mut self.platform,
            &mut self.public,
            &mut self.tls,
            &mut self.operator,
            &mut self.media,
            &mut self.sip,
            &mut self.store,
            &mut self.graph,
            &mut self.webhooks,
            &mut self.retention,
            &mut self.registration,
            &mut self.messages,
            &mut self.calls,
            &mut self.permissions,
            &mut self.sandbox_permissions,
            &mut self.quality,
            &mut self.routing,
            &mut self.phone,
            &mut self.floods,
            &mut self.logging,
        ];
        all.into_iter().find(|section| section.name() == name)
    }

    /// Whether this is a test platform.
    pub fn is_test(&self) -> bool {
        self.platform.mode == PlatformMode::Test
    }
}
