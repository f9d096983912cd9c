//! A platform in a known state, from a file: for an integrator's tests as for ours.
//!
//! A fixture is whole: what its tables name is in it. What it says is made so; what it does not say (the callback that a backend
//! registered, calling settings, other objects) is left as it is. Applying it twice changes nothing.
//!
//! ```toml
//! [[app]]
//! id = "1001"
//! secret = "test_app_secret"
//! callback_url = "http://127.0.0.1:9000/hook"   # may be absent
//! verify_token = "s3cr3t"
//! fields = ["calls", "messages"]
//! verify = false                                # skips the verification GET
//!
//! [[waba]]
//! id = "2001"
//! portfolio = "3001"                            # made with it
//! name = "Acme"
//! apps = ["1001"]
//!
//! [[number]]
//! id = "4001"
//! waba = "2001"
//! number = "+6281255509999"
//! name = "Acme Repairs"
//! calling = "ENABLED"
//!
//! [[token]]
//! value = "EAAtest"
//! app = "1001"
//!
//! [[grant]]                                     # may be absent: without one, an app has what its tokens say, else both scopes
//! app = "1001"
//! waba = "2001"
//! scopes = ["whatsapp_business_messaging"]
//!
//! [[share]]                                     # a further account of a number, of the same portfolio; may be absent
//! number = "4001"
//! waba = "2002"
//! partner = "3102"                              # the business that it was made for; may be absent
//!
//! [[routing]]                                   # conversation routing; `number = "4001"` instead of `portfolio` is for that number alone
//! portfolio = "3001"
//! calls = "3101"                                # role = business, as an [[app]]'s `business`
//! customer_service = "3102"
//! standby = ["3101"]
//!
//! [[user]]
//! number = "+5511955501234"
//! name = "Nadia"
//! [user.behaviour]                              # as in the admin API; may be absent
//! calls = { kind = "answer", after_ms = 500 }
//! permission_requests = { kind = "allow" }
//!
//! [[permission]]                                # a user's decision, which the business is told like any other
//! number = "4001"
//! user = "+5511955501234"
//! kind = "permanent"                            # or "temporary"
//!
//! [[fault]]                                     # as in the admin API; there again after each start
//! webhook = { fault = "delay", delay_ms = 5000, event = "connect" }
//! times = 3
//! ```
//!
//! A `[[number]]` with `allowed_recipients` is a public test number; it may have `in_use_with` (`CLOUD_API`, `COEXISTENCE`, `BUSINESS_APP`) and
//! `call_hours` as in the published settings. An `[[app]]` may have `tech_partner = false`, a `graph_version` and
//! the `business` that owns it (a portfolio, made with it), a `[[waba]]` a `country`, a `timezone_id` and `verified = true` (its portfolio), a `[[user]]` an `outdated_app`.

mod apply;
mod read;
mod row;
mod whole;

use std::collections::BTreeSet;

use callport_core::call_hours::CallHours;
use callport_core::country::Country;
use callport_core::eligibility::InUseWith;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::pair::Decision;
use callport_core::scope::Scope;
use callport_core::settings::{AccountMode, MessagingLimit, Switch};
use callport_engine::injection::InjectedFault;
use callport_engine::records::{AppGrant, Callback, NumberAccount, Routing};
use callport_people::Behaviour;

pub use apply::{Applied, ApplyFault};
pub use read::FixtureMistakes;

/// Most rows of all tables together.
pub const MAX_ROWS: usize = 10_000;

/// A fixture that was read and is whole in itself.
#[derive(Debug, Clone)]
pub struct Fixture {
    apps: Vec<AppRow>,
    wabas: Vec<WabaRow>,
    numbers: Vec<NumberRow>,
    tokens: Vec<TokenRow>,
    grants: Vec<AppGrant>,
    shares: Vec<NumberAccount>,
    routings: Vec<Routing>,
    users: Vec<UserRow>,
    permissions: Vec<PermissionRow>,
    faults: Vec<FaultRow>,
}

#[derive(Debug, Clone)]
struct AppRow {
    id: AppId,
    name: Option<String>,
    secret: Secret,
    callback: Option<Callback>,
    fields: Option<BTreeSet<String>>,
    verify: bool,
    tech_partner: Option<bool>,
    business: Option<PortfolioId>,
    graph_version: Option<String>,
}

#[derive(Debug, Clone)]
struct WabaRow {
    id: WabaId,
    portfolio: PortfolioId,
    name: String,
    currency: String,
    timezone: String,
    timezone_id: Option<String>,
    country: Option<Country>,
    payment_method: bool,
    verified: Option<bool>,
    apps: Vec<AppId>,
}

#[derive(Debug, Clone)]
struct NumberRow {
    id: PhoneNumberId,
    waba: WabaId,
    number: PhoneNumber,
    name: String,
    in_use_with: InUseWith,
    account_mode: AccountMode,
    messaging_limit: MessagingLimit,
    calling: Option<Switch>,
    call_hours: Option<CallHours>,
    allowed_recipients: Option<Vec<PhoneNumber>>,
}

#[derive(Debug, Clone)]
struct TokenRow {
    value: Secret,
    app: AppId,
    scopes: BTreeSet<Scope>,
    wabas: Option<BTreeSet<WabaId>>,
}

#[derive(Debug, Clone)]
struct UserRow {
    id: Option<UserId>,
    number: PhoneNumber,
    name: String,
    username: Option<String>,
    outdated_app: Option<bool>,
    behaviour: Option<Behaviour>,
}

#[derive(Debug, Clone)]
struct PermissionRow {
    number: PhoneNumberId,
    user: PhoneNumber,
    /// [`Decision::Allow`] or [`Decision::AllowTemporarily`].
    decision: Decision,
}

#[derive(Debug, Clone)]
struct FaultRow {
    fault: InjectedFault,
    /// `None`: until it is removed.
    times: Option<u32>,
}

/// A text that is not printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
