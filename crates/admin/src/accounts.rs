//! Portfolios, WhatsApp Business Accounts and their numbers, with what a number is set to and whose webhooks it sends elsewhere.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;

use super::client::{Admin, Reply};
use super::named::number as id;
use super::operators;
use super::paper::Paper;
use super::{CommandResult, Printed};

/// Business portfolios: they own accounts, and know users by ids of their own.
#[derive(Debug, Subcommand)]
pub(crate) enum Portfolio {
    /// Create a portfolio.
    Create(NewPortfolio),
    /// List portfolios.
    List,
    /// Show a portfolio.
    Show { id: String },
    /// Change the fields that are given; the others stay as they are.
    Change {
        id: String,
        #[command(flatten)]
        change: PortfolioChange,
    },
    /// Remove a portfolio that has no accounts, apps and credit lines any more; its system users and its routing go along.
    Delete { id: String },
    /// List the credit lines of a portfolio, give it one, which it shares with its customers over the Graph API, or remove one.
    CreditLines {
        id: String,
        /// Make one for this legal entity.
        #[arg(long, value_name = "LEGAL ENTITY")]
        add: Option<String>,
        /// Remove this one: accounts that it paid for have no payment method any more, unless they had one before.
        #[arg(long, value_name = "ID", conflicts_with = "add")]
        delete: Option<String>,
    },
    /// List the system users of a portfolio, give it one, or remove one.
    SystemUsers {
        id: String,
        /// Make one of this name.
        #[arg(long, value_name = "NAME")]
        add: Option<String>,
        /// Remove this one.
        #[arg(long, value_name = "ID", conflicts_with = "add")]
        delete: Option<String>,
    },
}

/// A portfolio to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewPortfolio {
    /// Made when absent.
    #[arg(long)]
    id: Option<String>,
    #[arg(long)]
    name: String,
    /// true or false: whether the business behind it was verified; its accounts then have room for 6,000 templates instead of 250.
    #[arg(long, value_name = "BOOL")]
    verified: Option<bool>,
}

/// What can be changed of a portfolio.
#[derive(Debug, Args, Serialize)]
pub(crate) struct PortfolioChange {
    #[arg(long)]
    name: Option<String>,
    /// true or false: whether the business behind it was verified.
    #[arg(long, value_name = "BOOL")]
    verified: Option<bool>,
}

impl Portfolio {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Portfolio::Create(new) => paper.record(&admin.post(&["portfolios"], new).await?),
            Portfolio::List => {
                paper.list(&admin.all(&["portfolios"], &[]).await?, &[("id", "/id"), ("name", "/name"), ("verified", "/verified")])
            }
            Portfolio::Show { id } => paper.record(&admin.get(&["portfolios", &id]).await?),
            Portfolio::Change { id, change } => paper.record(&admin.patch(&["portfolios", &id], change).await?),
            Portfolio::Delete { id } => paper.done(&admin.delete(&["portfolios", &id]).await?, "the portfolio is removed"),
            Portfolio::CreditLines { id, delete: Some(line), .. } => {
                paper.done(&admin.delete(&["portfolios", &id, "credit-lines", &line]).await?, "the credit line is removed")
            }
            Portfolio::CreditLines { id, add: Some(entity), .. } => {
                paper.record(&admin.post(&["portfolios", &id, "credit-lines"], json!({ "legal_entity_name": entity })).await?)
            }
            Portfolio::CreditLines { id, .. } => paper
                .list(&admin.get(&["portfolios", &id, "credit-lines"]).await?, &[("id", "/id"), ("legal entity", "/legal_entity_name")]),
            Portfolio::SystemUsers { id, delete: Some(user), .. } => {
                paper.done(&admin.delete(&["portfolios", &id, "system-users", &user]).await?, "the system user is removed")
            }
            Portfolio::SystemUsers { id, add: Some(name), .. } => {
                paper.record(&admin.post(&["portfolios", &id, "system-users"], json!({ "name": name })).await?)
            }
            Portfolio::SystemUsers { id, .. } => {
                paper.list(&admin.get(&["portfolios", &id, "system-users"]).await?, &[("id", "/id"), ("name", "/name")])
            }
        }))
    }
}

/// WhatsApp Business Accounts: they hold numbers, and apps subscribe to them.
#[derive(Debug, Subcommand)]
pub(crate) enum Waba {
    /// Create an account in a portfolio.
    Create(NewWaba),
    /// List accounts.
    List,
    /// Show an account.
    Show { id: String },
    /// Change the fields that are given; the others stay as they are.
    Change {
        id: String,
        #[command(flatten)]
        change: WabaChange,
    },
    /// Remove an account that has no numbers; its templates, grants and subscriptions go along.
    Delete { id: String },
}

/// An account to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewWaba {
    /// Made when absent.
    #[arg(long)]
    id: Option<String>,
    #[arg(long = "portfolio")]
    portfolio_id: String,
    #[arg(long)]
    name: String,
    #[command(flatten)]
    #[serde(flatten)]
    rest: WabaTraits,
}

/// What can be changed of an account.
#[derive(Debug, Args, Serialize)]
pub(crate) struct WabaChange {
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rest: WabaTraits,
}

/// What may be left as it is.
#[derive(Debug, Args, Serialize)]
pub(crate) struct WabaTraits {
    /// ISO 4217, as USD.
    #[arg(long)]
    currency: Option<String>,
    /// IANA name, as Asia/Jakarta.
    #[arg(long)]
    timezone: Option<String>,
    /// The zone's number in the platform's own list, as `GET /{waba-id}` shows it.
    #[arg(long)]
    timezone_id: Option<String>,
    /// ISO 3166, as ID: where the business is.
    #[arg(long)]
    country: Option<String>,
    /// true or false: without a payment method users cannot call (131044).
    #[arg(long, value_name = "BOOL")]
    payment_method: Option<bool>,
}

const WABAS: &[(&str, &str)] = &[
    ("id", "/id"),
    ("portfolio", "/portfolio_id"),
    ("name", "/name"),
    ("currency", "/currency"),
    ("timezone", "/timezone"),
    ("pays", "/payment_method"),
];

impl Waba {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Waba::Create(new) => paper.record(&admin.post(&["wabas"], new).await?),
            Waba::List => paper.list(&admin.all(&["wabas"], &[]).await?, WABAS),
            Waba::Show { id } => paper.record(&admin.get(&["wabas", &id]).await?),
            Waba::Change { id, change } => paper.record(&admin.patch(&["wabas", &id], change).await?),
            Waba::Delete { id } => paper.done(&admin.delete(&["wabas", &id]).await?, "the account is removed"),
        }))
    }
}

/// Business phone numbers.
#[derive(Debug, Subcommand)]
pub(crate) enum Number {
    /// Create a business number in an account.
    Create(NewNumber),
    /// List business numbers.
    List {
        /// Only of this account.
        #[arg(long)]
        waba: Option<String>,
    },
    /// Show a business number, by its phone_number_id or its number with +.
    Show { number: String },
    /// Change the fields that are given; the others stay as they are.
    Change {
        /// phone_number_id, or the number with +.
        number: String,
        #[command(flatten)]
        change: NumberChange,
    },
    /// Remove a number: live calls end, and its permissions, chats, routing and overrides go along; the call log stays.
    Delete {
        /// phone_number_id, or the number with +.
        number: String,
    },
    /// Pause calling in one direction for low quality, as users' complaints would: 138014; subscribed apps are told.
    Restrict {
        /// phone_number_id, or the number with +.
        number: String,
        /// Which calls.
        #[arg(value_enum)]
        direction: DirectionWord,
        /// Until this moment, as 2026-12-24T18:00:00Z; without it, for 7 days.
        #[arg(long, value_name = "MOMENT")]
        until: Option<String>,
        /// End the pause at once.
        #[arg(long, conflicts_with = "until")]
        lift: bool,
    },
    /// Show the verification code that is on its way to a number: nothing else sends it.
    Code {
        /// phone_number_id, or the number with +.
        number: String,
    },
    /// Show how far a number has come onto Cloud API, or say how far: verified, registered.
    Registration {
        /// phone_number_id, or the number with +.
        number: String,
        #[command(flatten)]
        change: RegistrationChange,
    },
    /// Warn the business of low quality, or hide its call button; subscribed apps are told.
    Quality {
        /// phone_number_id, or the number with +.
        number: String,
        /// What it is told.
        #[arg(value_enum)]
        notice: QualityWord,
    },
    #[command(flatten)]
    Sharing(operators::Sharing),
}

/// What a business is told of the quality of its calls.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum QualityWord {
    /// A warning: users block or report it for its calls.
    BusinessInitiated,
    /// A warning: users block or report it for how it takes calls.
    UserInitiated,
    /// A warning: too few calls of users are picked up.
    LowPickUp,
    /// Its call button is hidden, until its settings show it again.
    CallButtonHidden,
}

impl QualityWord {
    fn published(self) -> &'static str {
        match self {
            QualityWord::BusinessInitiated => "LOW_BUSINESS_INITIATED_CALLING_QUALITY",
            QualityWord::UserInitiated => "LOW_USER_INITIATED_CALLING_QUALITY",
            QualityWord::LowPickUp => "USER_INITIATED_CALLS_LOW_PICKUP_RATE",
            QualityWord::CallButtonHidden => "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN",
        }
    }
}

/// Who places the calls.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum DirectionWord {
    /// The business.
    BusinessInitiated,
    /// Users.
    UserInitiated,
}

impl DirectionWord {
    fn published(self) -> &'static str {
        match self {
            DirectionWord::BusinessInitiated => "BUSINESS_INITIATED",
            DirectionWord::UserInitiated => "USER_INITIATED",
        }
    }
}

/// What can be said of a number's registration.
#[derive(Debug, Args, Serialize)]
pub(crate) struct RegistrationChange {
    /// true or false: as if its code had been entered, or not.
    #[arg(long, value_name = "BOOL")]
    verified: Option<bool>,
    /// true or false: as if it had been registered, or never.
    #[arg(long, value_name = "BOOL")]
    registered: Option<bool>,
    /// APPROVED, AVAILABLE_WITHOUT_REVIEW, DECLINED, EXPIRED, PENDING_REVIEW or NONE.
    #[arg(long, value_name = "WORD")]
    name_status: Option<String>,
    /// true or false: whether any six digits pass as its PIN.
    #[arg(long, value_name = "BOOL")]
    pin_retired: Option<bool>,
}

impl RegistrationChange {
    fn says_nothing(&self) -> bool {
        self.verified.is_none() && self.registered.is_none() && self.name_status.is_none() && self.pin_retired.is_none()
    }
}

/// A number to be made.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NewNumber {
    /// Made when absent.
    #[arg(long)]
    id: Option<String>,
    #[arg(long = "waba")]
    waba_id: String,
    /// In international form, as +6281255509999.
    #[arg(long)]
    number: String,
    /// What users see (verified_name).
    #[arg(long)]
    name: String,
    #[command(flatten)]
    #[serde(flatten)]
    rest: NumberTraits,
}

/// What can be changed of a number.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NumberChange {
    /// What users see (verified_name).
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rest: NumberTraits,
}

/// What may be left as it is.
#[derive(Debug, Args, Serialize)]
pub(crate) struct NumberTraits {
    /// CLOUD_API, COEXISTENCE or BUSINESS_APP: calling is for CLOUD_API alone.
    #[arg(long, value_name = "WHERE")]
    in_use_with: Option<String>,
    /// LIVE or SANDBOX.
    #[arg(long, value_name = "MODE")]
    account_mode: Option<String>,
    /// TIER_250, TIER_2K …: calling can be switched on from TIER_2K.
    #[arg(long, value_name = "TIER")]
    messaging_limit: Option<String>,
    /// ENABLED or DISABLED; an app must be subscribed first (138018). More settings: `callport admin settings`.
    #[arg(long, value_name = "SWITCH")]
    #[serde(serialize_with = "calling")]
    calling: Option<String>,
    /// The only users that it reaches, as +5511955501234,+5511955507777: makes it a public test number; an empty text: it is none any more.
    #[arg(long, value_name = "NUMBERS")]
    #[serde(serialize_with = "recipients", skip_serializing_if = "Option::is_none")]
    allowed_recipients: Option<String>,
}

fn calling<S: serde::Serializer>(status: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    status.as_ref().map(|status| json!({ "status": status })).serialize(to)
}

/// Of this field alone `null` says something: that there is no list.
fn recipients<S: serde::Serializer>(listed: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    let listed = listed.as_deref().filter(|text| !text.is_empty());
    listed.map(|text| text.split(',').map(str::trim).collect::<Vec<_>>()).serialize(to)
}

const NUMBERS: &[(&str, &str)] = &[
    ("id", "/id"),
    ("waba", "/waba_id"),
    ("number", "/number"),
    ("name", "/name"),
    ("mode", "/account_mode"),
    ("limit", "/messaging_limit"),
    ("calling", "/calling/status"),
];

impl Number {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        Ok(Printed::from(match self {
            Number::Sharing(what) => return what.ask(admin, paper).await,
            Number::Create(new) => paper.record(&admin.post(&["numbers"], new).await?),
            Number::List { waba } => paper.list(&admin.all(&["numbers"], &[("waba_id", waba)]).await?, NUMBERS),
            Number::Show { number } => paper.record(&admin.get(&["numbers", &id(admin, &number).await?]).await?),
            Number::Restrict { number, direction, until, lift } => {
                let number = id(admin, &number).await?;
                let path = ["numbers", &number, "restrictions", direction.published()];
                match lift {
                    true => paper.done(&admin.delete(&path).await?, "the pause is over"),
                    false => paper.record(&admin.put(&path, json!({ "until": until })).await?),
                }
            }
            Number::Code { number } => {
                // One that a partner verifies for a customer to come has an id, and is no business number yet.
                let number = if number.starts_with('+') { id(admin, &number).await? } else { number };
                let reply = admin.get(&["numbers", &number, "registration"]).await?;
                match reply.value["code"].is_object() {
                    true => paper.record(&Reply { text: reply.value["code"].to_string(), value: reply.value["code"].clone() }),
                    false => paper.done(&reply, "no code is on its way to this number: POST /PHONE_NUMBER_ID/request_code sends one"),
                }
            }
            Number::Registration { number, change } => {
                let number = id(admin, &number).await?;
                match change.says_nothing() {
                    true => paper.record(&admin.get(&["numbers", &number, "registration"]).await?),
                    false => paper.record(&admin.patch(&["numbers", &number, "registration"], change).await?),
                }
            }
            Number::Quality { number, notice } => {
                let number = id(admin, &number).await?;
                paper.record(&admin.post(&["numbers", &number, "quality"], json!({ "notice": notice.published() })).await?)
            }
            Number::Delete { number } => {
                paper.done(&admin.delete(&["numbers", &id(admin, &number).await?]).await?, "the number is removed")
            }
            Number::Change { number, change } => paper.record(&admin.patch(&["numbers", &id(admin, &number).await?], change).await?),
        }))
    }
}

/// Calling settings of a number; with flags, changes them and tells subscribed apps.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// phone_number_id, or the number with +.
    number: String,
    /// ENABLED or DISABLED.
    #[arg(long, value_name = "SWITCH")]
    status: Option<String>,
    /// DEFAULT or DISABLE_ALL.
    #[arg(long, value_name = "VISIBILITY")]
    call_icon_visibility: Option<String>,
    /// Show the icon only to users of these countries, as ID,BR; an empty text: to everybody.
    #[arg(long, value_name = "COUNTRIES")]
    countries: Option<String>,
    /// ENABLED or DISABLED.
    #[arg(long, value_name = "SWITCH")]
    callback_permission_status: Option<String>,
    /// Offered beside Opus, as PCMA,PCMU; an empty text: none.
    #[arg(long, value_name = "CODECS")]
    additional_codecs: Option<String>,
    #[command(flatten)]
    hours: HoursFlags,
}

/// When users may call. Said together: they replace the hours that there are.
#[derive(Debug, Args, Default)]
pub(crate) struct HoursFlags {
    /// When users may call, as "MONDAY 0800-1200, MONDAY 1300-1730, FRIDAY 0900-1500", up to two windows a day.
    #[arg(long, value_name = "WEEK", requires = "timezone")]
    hours: Option<String>,
    /// Dates with hours of their own, as "2027-01-01 1000-1400".
    #[arg(long, value_name = "DATES", requires = "hours")]
    holidays: Option<String>,
    /// IANA name of the zone of those hours, as Asia/Jakarta.
    #[arg(long, value_name = "ZONE", requires = "hours")]
    timezone: Option<String>,
    /// Users may call at any time.
    #[arg(long, conflicts_with = "hours")]
    always_open: bool,
}

impl HoursFlags {
    /// The published object; nothing if nothing was said.
    fn call_hours(self) -> Result<Option<serde_json::Value>, String> {
        let (Some(week), Some(zone)) = (self.hours, self.timezone) else {
            let open = json!({ "status": "DISABLED", "timezone_id": "UTC", "weekly_operating_hours": [] });
            return Ok(self.always_open.then_some(open));
        };
        let week = windows(&week, ["day_of_week", "open_time", "close_time"])
            .ok_or("--hours: write it as \"MONDAY 0800-1200, FRIDAY 0900-1500\"")?;
        let holidays = windows(self.holidays.as_deref().unwrap_or_default(), ["date", "start_time", "end_time"])
            .ok_or("--holidays: write it as \"2027-01-01 1000-1400\"")?;
        Ok(Some(json!({ "status": "ENABLED", "timezone_id": zone, "weekly_operating_hours": week, "holiday_schedule": holidays })))
    }
}

/// `DAY FROM-UNTIL`, with commas between several. What the words are worth, the platform says.
fn windows(text: &str, [day, from, until]: [&str; 3]) -> Option<Vec<serde_json::Value>> {
    let one = |window: &str| {
        let (name, times) = window.trim().split_once(' ')?;
        let (opens, closes) = times.trim().split_once('-')?;
        let time = |text: &str| text.trim().replace(':', "");
        Some(json!({ day: name.to_uppercase(), from: time(opens), until: time(closes) }))
    };
    text.split(',').filter(|window| !window.trim().is_empty()).map(one).collect()
}

impl Settings {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        let id = id(admin, &self.number).await?;
        let reply = match self.change()? {
            Some(change) => admin.patch(&["numbers", &id], json!({ "calling": change })).await?,
            None => admin.get(&["numbers", &id]).await?,
        };
        let calling: Reply = reply.value["calling"].clone().into();
        let nothing_set = calling.value.as_object().is_none_or(serde_json::Map::is_empty);
        Ok(Printed::from(match nothing_set && !paper.json {
            true => "never set: calling is off\n".to_owned(),
            false => paper.record(&calling),
        }))
    }

    /// What was said, in the published shape; nothing if nothing was.
    fn change(self) -> Result<Option<serde_json::Value>, String> {
        let words = |text: String| text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let change = json!({
            "status": self.status,
            "call_icon_visibility": self.call_icon_visibility,
            "callback_permission_status": self.callback_permission_status,
            "call_icons": self.countries.map(|text| json!({ "restrict_to_user_countries": words(text) })),
            "call_hours": self.hours.call_hours()?,
            "audio": self.additional_codecs.map(|text| json!({ "additional_codecs": words(text) })),
        });
        let said = change.as_object().is_some_and(|change| change.values().any(|value| !value.is_null()));
        Ok(said.then_some(change))
    }
}

/// Where the webhooks of one number go for one app, before any other callback.
#[derive(Debug, Subcommand)]
pub(crate) enum Override {
    /// Set or replace one; the URL gets its verification GET.
    Create {
        /// phone_number_id, or the number with +.
        #[arg(long)]
        number: String,
        #[arg(long)]
        app: String,
        #[command(flatten)]
        to: OverrideTo,
    },
    /// Those of a number.
    List { number: String },
    /// Remove one.
    Delete { number: String, app: String },
}

/// Where to.
#[derive(Debug, Args, Serialize)]
pub(crate) struct OverrideTo {
    #[arg(long, value_name = "URL")]
    callback_url: String,
    #[arg(long)]
    verify_token: String,
}

impl Override {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper) -> CommandResult {
        const OVERRIDES: &[(&str, &str)] = &[("number", "/phone_number_id"), ("app", "/app_id"), ("callback", "/callback_url")];
        Ok(Printed::from(match self {
            Override::Create { number, app, to } => {
                paper.record(&admin.put(&["numbers", &id(admin, &number).await?, "overrides", &app], to).await?)
            }
            Override::List { number } => paper.list(&admin.get(&["numbers", &id(admin, &number).await?, "overrides"]).await?, OVERRIDES),
            Override::Delete { number, app } => {
                paper.done(&admin.delete(&["numbers", &id(admin, &number).await?, "overrides", &app]).await?, "removed")
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_said_of_the_settings_is_changed() {
        let said = |status: Option<&str>, countries: Option<&str>| Settings {
            number: "4001".to_owned(),
            status: status.map(str::to_owned),
            call_icon_visibility: None,
            countries: countries.map(str::to_owned),
            callback_permission_status: None,
            additional_codecs: None,
            hours: HoursFlags::default(),
        };
        assert_eq!(said(None, None).change(), Ok(None));
        let change = said(Some("ENABLED"), Some("ID, BR")).change().unwrap().unwrap();
        assert_eq!(change["status"], "ENABLED");
        assert_eq!(change["call_icons"], json!({ "restrict_to_user_countries": ["ID", "BR"] }));
        assert!(change["audio"].is_null() && change["call_icon_visibility"].is_null());
        assert_eq!(said(None, Some("")).change().unwrap().unwrap()["call_icons"], json!({ "restrict_to_user_countries": [] }));
    }

    #[test]
    fn hours_are_written_as_people_say_them() {
        let flags = |hours: &str, holidays: Option<&str>| HoursFlags {
            hours: Some(hours.to_owned()),
            holidays: holidays.map(str::to_owned),
            timezone: Some("Asia/Jakarta".to_owned()),
            always_open: false,
        };
        let hours = flags("monday 08:00-12:00, FRIDAY 0900 - 1500", Some("2027-01-01 1000-1400")).call_hours().unwrap().unwrap();
        let week = json!([
            { "day_of_week": "MONDAY", "open_time": "0800", "close_time": "1200" },
            { "day_of_week": "FRIDAY", "open_time": "0900", "close_time": "1500" },
        ]);
        assert_eq!(hours["weekly_operating_hours"], week);
        assert_eq!(hours["holiday_schedule"], json!([{ "date": "2027-01-01", "start_time": "1000", "end_time": "1400" }]));
        assert!(flags("MONDAY", None).call_hours().is_err() && flags("MONDAY 0800-1200", Some("soon")).call_hours().is_err());
        let open = HoursFlags { always_open: true, ..HoursFlags::default() }.call_hours().unwrap().unwrap();
        assert_eq!((&open["status"], &open["weekly_operating_hours"]), (&json!("DISABLED"), &json!([])));
        assert_eq!(HoursFlags::default().call_hours(), Ok(None));
    }
}
