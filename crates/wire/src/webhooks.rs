//! What is delivered to callback URLs.
//!
//! Platform docs, Calling, API and Webhook Reference (2026-06-26), "Webhooks"; key order as captured from live
//! deliveries where a capture exists. Every delivery holds one entry with one change with one event, because some
//! clients read only the first. Readers take unknown members, fields and events without complaint.

pub mod account_update;
pub mod calls;
pub mod contact;
pub mod envelope;
pub mod errors;
pub mod messages;
mod partners;
pub mod routing;
pub mod settings_update;
pub mod status;
pub mod template_status;

pub use account_update::{AccountEvent, AccountUpdateValue, RestrictionInfo, RestrictionType, ViolationInfo, ViolationType};
pub use calls::{CallEvent, CallsValue, Direction, EventKind, Metadata, TerminateStatus, WebhookSession};
pub use contact::{Contact, Profile};
pub use envelope::{Change, Entry, Envelope};
pub use errors::ErrorObject;
pub use messages::{InboundContent, InboundMessage, MessageContext, MessageStatus, MessageStatusEvent, MessagesValue, SystemMessage};
pub use messages::{PermissionReply, Pricing, PricingCategory, PricingType, ReplySource, UserAnswer};
pub use partners::{DisconnectionInfo, PartnerSolutionValue, PartnerUpdateEvent, PartnerUpdateValue, WabaInfo};
pub use routing::{EchoText, HandoverDetails, HandoverRecipient, HandoverSender, HandoverValue, MessageEcho, Standby, StandbyValue};
pub use settings_update::{NumberSettings, SettingsUpdateValue};
pub use status::{Status, StatusEvent};
pub use template_status::{TemplateEvent, TemplateStatusValue};
