//! What a business is told. A step says what; the business line, webhooks so far, says how and to whom.

use callport_core::bsuid::Bsuid;
use callport_core::call::{CallStatus, Ending};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, SolutionId, WabaId};
use callport_core::message::{Content, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::quality::QualityNotice;
use callport_core::routing::RoutingRole;
use callport_core::settings::CallingSettings;
use callport_core::sip::SipTarget;
use callport_core::time::WallTime;

use crate::records::{CallLine, Progress, Restriction, Said, SolutionStatus, Tariff, TemplateRecord};

/// What every webhook about a user and a number needs.
#[derive(Debug, Clone)]
pub struct Parties {
    /// `entry[].id`.
    pub waba: WabaId,
    /// `metadata.phone_number_id`.
    pub number_id: PhoneNumberId,
    /// `metadata.display_phone_number`.
    pub number: PhoneNumber,
    /// `wa_id`.
    pub user: PhoneNumber,
    /// `profile.name`.
    pub user_name: String,
    /// `profile.username`.
    pub username: Option<String>,
    /// `user_id`.
    pub bsuid: Bsuid,
}

/// Whom a message went to.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// `entry[].id`.
    pub waba: WabaId,
    /// `metadata.phone_number_id`.
    pub number_id: PhoneNumberId,
    /// `metadata.display_phone_number`.
    pub number: PhoneNumber,
    /// `recipient_id`.
    pub user: PhoneNumber,
    /// `profile.name`; the number where nobody has it.
    pub name: String,
    /// `recipient_user_id`, of a user that exists.
    pub bsuid: Option<Bsuid>,
}

impl From<&Parties> for Recipient {
    fn from(parties: &Parties) -> Self {
        Self {
            waba: parties.waba.clone(),
            number_id: parties.number_id.clone(),
            number: parties.number.clone(),
            user: parties.user.clone(),
            name: parties.user_name.clone(),
            bsuid: Some(parties.bsuid.clone()),
        }
    }
}

/// What a user's message answers: `context`.
#[derive(Debug, Clone)]
pub enum Context {
    /// A message of the business; `from` is the business's number.
    Message(MessageId),
    /// A call of the user; `from` is the user's number.
    Call(CallId),
}

impl Context {
    /// `context.id`.
    pub fn id(&self) -> &str {
        match self {
            Context::Message(message) => message.as_str(),
            Context::Call(call) => call.as_str(),
        }
    }
}

/// How a thread came to another owner: `type` of `messaging_handovers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandoverKind {
    /// Its owner gave it away, and the new owner is told.
    Passed,
    /// Somebody took it, and the previous owner is told.
    Taken,
}

impl HandoverKind {
    /// The published word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "control_passed",
            Self::Taken => "control_taken",
        }
    }
}

/// What became of a partner's access to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerEvent {
    /// `PARTNER_ADDED`.
    Added,
    /// `PARTNER_REMOVED`.
    Removed,
    /// `PARTNER_APP_INSTALLED`.
    Installed,
    /// `PARTNER_APP_UNINSTALLED`.
    Uninstalled,
}

/// What a partner's app is told about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerNews {
    /// Who is told, whether it is subscribed to the account or not.
    pub app: AppId,
    /// `entry[].id`: the partner's portfolio, where it is known.
    pub portfolio: Option<PortfolioId>,
    /// `waba_info.waba_id`.
    pub waba: WabaId,
    /// `waba_info.owner_business_id`.
    pub owner: PortfolioId,
    /// `waba_info.solution_id`.
    pub solution: Option<SolutionId>,
    /// `waba_info.solution_partner_business_ids`.
    pub solution_partners: Vec<PortfolioId>,
    /// `entry[].time`.
    pub at: WallTime,
}

/// A fact that a business must be told.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A call was placed (`calls`, event `connect`).
    Connect {
        /// Parties.
        parties: Parties,
        /// `id`.
        call: CallId,
        /// `direction`.
        direction: Direction,
        /// `timestamp`.
        at: WallTime,
        /// `session.sdp`; `sdp_type` follows from the direction.
        sdp: String,
        /// Tapped call button.
        cta_payload: Option<String>,
        /// Opened deep link.
        deeplink_payload: Option<String>,
        /// Echo, BIC only.
        opaque: Option<String>,
        /// How its business hears of it.
        line: CallLine,
    },
    /// A call by SIP was attempted, in either direction (`calls`, event `call_created`).
    CallCreated {
        /// Parties.
        parties: Parties,
        /// `id`.
        call: CallId,
        /// `direction`.
        direction: Direction,
        /// `timestamp`.
        at: WallTime,
    },
    /// A call ended (`calls`, event `terminate`).
    Terminate {
        /// Parties.
        parties: Parties,
        /// `id`.
        call: CallId,
        /// `direction`.
        direction: Direction,
        /// How it ended.
        ending: Ending,
        /// Tapped call button.
        cta_payload: Option<String>,
        /// Opened deep link.
        deeplink_payload: Option<String>,
        /// Echo.
        opaque: Option<String>,
        /// How its business hears of it.
        line: CallLine,
    },
    /// What a business-initiated call meets at the user's device (`calls`, `statuses`).
    CallStatus {
        /// Parties.
        parties: Parties,
        /// `id`.
        call: CallId,
        /// When.
        at: WallTime,
        /// `status`.
        status: CallStatus,
        /// Echo.
        opaque: Option<String>,
        /// How its business hears of it.
        line: CallLine,
    },
    /// How far a message of the business came (`messages`, `statuses`).
    MessageStatus {
        /// Parties. A recipient that nobody is has only a number.
        recipient: Recipient,
        /// `id`.
        message: MessageId,
        /// When.
        at: WallTime,
        /// `status`, with `errors` when it failed.
        progress: Progress,
        /// `pricing`, where it belongs to this status.
        tariff: Option<Tariff>,
        /// Echo.
        opaque: Option<String>,
    },
    /// The user wrote, tapped, or answered (`messages`, `messages`).
    Said {
        /// Parties.
        parties: Parties,
        /// `id`.
        message: MessageId,
        /// When.
        at: WallTime,
        /// `type` and its object.
        said: Said,
        /// What it answers.
        context: Option<Context>,
        /// The business that the thread belongs to, which alone is told; `None`: everybody.
        owner: Option<PortfolioId>,
    },
    /// The user took another number, and is another id to the business's portfolio (`messages`, of type `system`).
    UserChanged {
        /// Parties, the user as they were.
        parties: Parties,
        /// `id`.
        message: MessageId,
        /// When.
        at: WallTime,
        /// `system.wa_id`, where the business sees numbers of this user: `user_changed_number`, else `user_changed_user_id`.
        number: Option<PhoneNumber>,
        /// `system.user_id`.
        bsuid: Bsuid,
    },
    /// A thread has another owner (`messaging_handovers`).
    Handover {
        /// Parties.
        parties: Parties,
        /// When.
        at: WallTime,
        /// `type`.
        kind: HandoverKind,
        /// The business that is told.
        to: PortfolioId,
        /// `previous_owner_role`.
        previous: RoutingRole,
        /// `new_owner_role`.
        new: RoutingRole,
        /// `metadata`.
        metadata: Option<String>,
    },
    /// The same as another notice, for businesses that read along in a thread of `owner` (`standby`).
    Standby {
        /// [`Notice::Said`], [`Notice::MessageStatus`] or [`Notice::Echo`].
        of: Box<Notice>,
        /// Parties.
        parties: Parties,
        /// The business that answers, and is told otherwise.
        owner: PortfolioId,
    },
    /// What a business wrote into its thread (`standby`, `message_echoes`).
    Echo {
        /// Parties.
        parties: Parties,
        /// `id`.
        message: MessageId,
        /// When.
        at: WallTime,
        /// What it shows.
        content: Box<Content>,
        /// It was made of a template.
        template: bool,
    },
    /// The status of a template changed (`message_template_status_update`).
    TemplateStatus {
        /// The template, with its WABA.
        template: Box<TemplateRecord>,
        /// When.
        at: WallTime,
    },
    /// Calling is paused for low quality (`account_update`, `ACCOUNT_RESTRICTION`).
    Restricted {
        /// Its WABA.
        waba: WabaId,
        /// `phone_number_id`, for the receivers.
        number_id: PhoneNumberId,
        /// `phone_number`.
        number: PhoneNumber,
        /// `entry[].time`.
        at: WallTime,
        /// `restriction_info`.
        restrictions: Vec<Restriction>,
    },
    /// A warning for low quality, or the call button is hidden (`account_update`, `ACCOUNT_VIOLATION` or `ACCOUNT_RESTRICTION`).
    Quality {
        /// Its WABA.
        waba: WabaId,
        /// `phone_number_id`, for the receivers.
        number_id: PhoneNumberId,
        /// `phone_number`.
        number: PhoneNumber,
        /// `entry[].time`.
        at: WallTime,
        /// `violation_info` or `restriction_info`.
        notice: QualityNotice,
    },
    /// A user tried to call and there is no payment method (`calls`, `errors` 131044, no call).
    NoPaymentMethod {
        /// Parties.
        parties: Parties,
        /// When.
        at: WallTime,
    },
    /// A business let a partner's app in, or took that back (`account_update`).
    Partner {
        /// What happened.
        event: PartnerEvent,
        /// To whom and what.
        news: Box<PartnerNews>,
    },
    /// A multi-partner solution was made, or changed (`partner_solutions`).
    Solution {
        /// Who is told.
        app: AppId,
        /// `entry[].id`: the partner's portfolio.
        portfolio: PortfolioId,
        /// `solution_id`.
        solution: SolutionId,
        /// `SOLUTION_CREATED`, else `SOLUTION_UPDATED`.
        created: bool,
        /// `solution_status`.
        status: SolutionStatus,
        /// `entry[].time`.
        at: WallTime,
    },
    /// Calling settings changed (`account_settings_update`).
    SettingsChanged {
        /// `entry[].id`.
        waba: WabaId,
        /// `phone_number_id`.
        number_id: PhoneNumberId,
        /// `timestamp`.
        at: WallTime,
        /// As they are now.
        settings: CallingSettings,
        /// SIP servers, by app; looked up only where the number has to do with SIP.
        servers: Vec<(AppId, SipTarget)>,
        /// Pauses of the number, those that are over included.
        restrictions: Vec<Restriction>,
    },
}

impl Notice {
    /// The call that it is about, with its parties.
    pub fn of_call(&self) -> Option<(&CallId, &Parties)> {
        match self {
            Notice::Connect { call, parties, .. }
            | Notice::CallCreated { call, parties, .. }
            | Notice::Terminate { call, parties, .. }
            | Notice::CallStatus { call, parties, .. } => Some((call, parties)),
            _ => None,
        }
    }

    /// It is told by SIP: what comes of a call that took that line.
    pub fn by_sip(&self) -> bool {
        match self {
            Notice::Connect { line, .. } | Notice::Terminate { line, .. } | Notice::CallStatus { line, .. } => line.is_sip(),
            _ => false,
        }
    }

    /// It is told by webhook. A call by SIP has no `connect` and no status there, and its end only where the number delivers webhooks of SIP.
    pub fn by_webhook(&self) -> bool {
        match self {
            Notice::Connect { line, .. } | Notice::CallStatus { line, .. } => !line.is_sip(),
            Notice::Terminate { line, .. } => !matches!(line, CallLine::Sip { webhooks: false, .. }),
            _ => true,
        }
    }

    /// A word for the outbox.
    pub fn event(&self) -> &'static str {
        match self {
            Notice::Connect { .. } => "connect",
            Notice::CallCreated { .. } => "call_created",
            Notice::Terminate { .. } => "terminate",
            Notice::CallStatus { status: CallStatus::Ringing, .. } => "ringing",
            Notice::CallStatus { status: CallStatus::Accepted, .. } => "accepted",
            Notice::CallStatus { status: CallStatus::Rejected, .. } => "rejected",
            Notice::MessageStatus { progress, .. } => progress.name(),
            Notice::Said { said, .. } => said.kind(),
            Notice::UserChanged { number: Some(_), .. } => "user_changed_number",
            Notice::UserChanged { number: None, .. } => "user_changed_user_id",
            Notice::Handover { kind, .. } => kind.name(),
            Notice::Standby { .. } => "standby",
            Notice::Echo { .. } => "echo",
            Notice::TemplateStatus { .. } => "template_status",
            Notice::Restricted { .. } | Notice::Quality { notice: QualityNotice::CallButtonHidden, .. } => "restriction",
            Notice::Quality { .. } => "violation",
            Notice::NoPaymentMethod { .. } => "error",
            Notice::SettingsChanged { .. } => "settings",
            Notice::Partner { event: PartnerEvent::Added, .. } => "partner_added",
            Notice::Partner { event: PartnerEvent::Removed, .. } => "partner_removed",
            Notice::Partner { event: PartnerEvent::Installed, .. } => "partner_app_installed",
            Notice::Partner { event: PartnerEvent::Uninstalled, .. } => "partner_app_uninstalled",
            Notice::Solution { .. } => "solution",
        }
    }
}
