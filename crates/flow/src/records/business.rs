//! Platform objects: portfolio → WABA → number; apps, tokens, subscriptions (platform docs, Objects and identifiers).

use std::collections::BTreeSet;
use std::fmt;

use callport_core::call_id::Direction;
use callport_core::country::Country;
use callport_core::eligibility::{InUseWith, in_sandbox_account};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::quality::Quality;
use callport_core::registration::Onboarding;
use callport_core::scope::{Field, Scope};
use callport_core::settings::{AccountMode, CallingSettings, MessagingLimit};
use callport_core::time::WallTime;
use callport_core::token::SecretHash;

/// A business portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portfolio {
    /// Its id.
    pub id: PortfolioId,
    /// What people call it.
    pub name: String,
    /// The business behind it was verified: its accounts may have more templates.
    pub verified: bool,
}

/// A WhatsApp Business Account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waba {
    /// Its id: `entry[].id` of webhooks.
    pub id: WabaId,
    /// The portfolio that owns it.
    pub portfolio: PortfolioId,
    /// What people call it.
    pub name: String,
    /// ISO 4217, as in `USD`.
    pub currency: String,
    /// IANA zone, as in `Asia/Jakarta`.
    pub timezone: String,
    /// `timezone_id`: the zone's number in the platform's own list, which is not published.
    pub timezone_id: Option<String>,
    /// Where the business is.
    pub country: Option<Country>,
    /// Without one, users cannot call (131044).
    pub payment_method: bool,
}

/// A business phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The PNID.
    pub id: PhoneNumberId,
    /// The WABA that holds it: the first of its accounts. Further ones are [`NumberAccount`](super::NumberAccount)s.
    pub waba: WabaId,
    /// The number itself.
    pub number: PhoneNumber,
    /// `verified_name`.
    pub name: String,
    /// Where it lives. Calling is off wherever that is not Cloud API alone.
    pub in_use_with: InUseWith,
    /// `account_mode`.
    pub account_mode: AccountMode,
    /// Messaging limit, which switching calling on depends on.
    pub messaging_limit: MessagingLimit,
    /// Calling settings.
    pub settings: CallingSettings,
    /// The only users that it reaches, if it is a public test number; `None` for other numbers.
    pub allowed_recipients: Option<Vec<PhoneNumber>>,
    /// Pauses for low quality, those that are over included until the next change.
    pub restrictions: Vec<Restriction>,
    /// Complaints of its calls, and what the business was told of them.
    pub quality: Quality,
    /// How far it has come onto Cloud API.
    pub onboarding: Onboarding,
}

impl Number {
    /// It is of a sandbox account, which apps of Tech Partners alone have.
    pub fn in_sandbox_account(&self) -> bool {
        in_sandbox_account(self.account_mode, self.allowed_recipients.is_some())
    }

    /// Pauses that hold at this moment.
    pub fn pauses(&self, now: WallTime) -> Vec<(Direction, WallTime)> {
        self.restrictions.iter().filter(|pause| now < pause.until).map(|pause| (pause.direction, pause.until)).collect()
    }

    /// Until when calling in that direction is paused at this moment.
    pub fn paused_until(&self, direction: Direction, now: WallTime) -> Option<WallTime> {
        self.restrictions.iter().filter(|pause| pause.direction == direction && now < pause.until).map(|pause| pause.until).max()
    }
}

/// Most users that a public test number reaches.
pub const MAX_ALLOWED_RECIPIENTS: usize = 5;

/// Calling in one direction is paused for low quality (platform docs, Calling, quality restrictions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restriction {
    /// `RESTRICTED_BUSINESS_INITIATED_CALLING` or `RESTRICTED_USER_INITIATED_CALLING`.
    pub direction: Direction,
    /// `expiration`.
    pub until: WallTime,
}

/// Where webhooks go. The verify token is shown to that URL once, in the verification GET.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// The URL.
    pub url: String,
    /// Sent as `hub.verify_token`.
    pub verify_token: String,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback {}", self.url)
    }
}

/// An app: receives webhooks signed with its secret, and is the subject of tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// What people call it.
    pub name: String,
    /// Signs its webhooks and makes its app token. Kept encrypted by the store.
    pub secret: String,
    /// The app-level callback, verified before it was stored.
    pub callback: Option<Callback>,
    /// The business that owns it, which roles of conversation routing belong to; `None`: nobody said.
    pub business: Option<PortfolioId>,
    /// It is a Tech Partner's: only such apps have sandbox accounts.
    pub tech_partner: bool,
    /// The version that serves its requests without one, as in `v25.0`.
    pub graph_version: Option<String>,
    /// Subscribed webhook fields, by published name: also those that this platform never emits.
    pub fields: BTreeSet<String>,
}

impl App {
    /// Whether the app subscribed to this field.
    pub fn wants(&self, field: Field) -> bool {
        self.fields.contains(field.name())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "app {} {:?}", self.id, self.fields)
    }
}

/// An app's subscription to a WABA (`subscribed_apps`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The app.
    pub app: AppId,
    /// The WABA.
    pub waba: WabaId,
    /// The WABA-level override.
    pub override_callback: Option<Callback>,
}

/// An app's override for one number (`webhook_configuration`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneOverride {
    /// The app.
    pub app: AppId,
    /// The number.
    pub number: PhoneNumberId,
    /// Where that number's webhooks go for this app.
    pub callback: Callback,
}

/// What an app may do with a WABA: whoever owns the account said so. Tokens of the app reach no further, and webhooks of the account go by it
/// (platform docs, Access tokens and permissions; Webhooks, Permissions).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppGrant {
    /// The app.
    pub app: AppId,
    /// The WABA.
    pub waba: WabaId,
    /// What it may do there.
    pub scopes: BTreeSet<Scope>,
}

impl AppGrant {
    /// Whether the app may be told of this field.
    pub fn covers(&self, field: Field) -> bool {
        self.scopes.contains(&field.needs())
    }
}

/// An access token, known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the token.
    pub hash: SecretHash,
    /// The app that it speaks for.
    pub app: AppId,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// The WABAs that it was made for; `None` = not limited to some.
    pub wabas: Option<BTreeSet<WabaId>>,
    /// When it was made.
    pub issued_at: WallTime,
    /// When it ends; `None` = never.
    pub expires_at: Option<WallTime>,
}

impl Token {
    /// Not expired.
    pub fn valid_at(&self, now: WallTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// What it allows on `waba`, of which its app was granted so much; `None`: it does not reach the account. `unlimited`: a token that is not
    /// limited to some accounts reaches those that nobody granted, too, as in test mode.
    pub fn on(&self, waba: &WabaId, granted: Option<&AppGrant>, unlimited: bool) -> Option<BTreeSet<Scope>> {
        match (&self.wabas, granted) {
            (Some(wabas), _) if !wabas.contains(waba) => None,
            (None, _) if unlimited => Some(self.scopes.clone()),
            (_, granted) => granted.map(|grant| &self.scopes & &grant.scopes),
        }
    }
}
