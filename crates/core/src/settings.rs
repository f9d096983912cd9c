//! Calling settings of a number and what must hold before calling can be switched on
//! (platform docs, Configure call settings; prerequisites in the Calling overview).
//!
//! Voicemail is not part of this yet. A number's SIP servers are rows of their own, one for each app ([`crate::sip`]).

use crate::call_hours::{CallHours, HolidayMeaning, HoursRefusal, Standing};
use crate::codec::AdditionalCodec;
use crate::country::Country;
use crate::eligibility::{InUseWith, limit_suffices};
use crate::key_exchange::KeyExchange;
use crate::sip::BadSipServer;
use crate::time::WallTime;
use crate::words::words;

/// A published `ENABLED` | `DISABLED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// `ENABLED`.
    Enabled,
    /// `DISABLED`.
    Disabled,
}

words!(Switch { Enabled = "ENABLED", Disabled = "DISABLED" });

/// `call_icon_visibility`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconVisibility {
    /// `DEFAULT`: shown.
    Default,
    /// `DISABLE_ALL`: icon and external entry points hidden; call buttons, contacts and the call log still call.
    DisableAll,
}

words!(IconVisibility { Default = "DEFAULT", DisableAll = "DISABLE_ALL" });

/// The `calling` object of a number. `None` is the published `NOT_SET`; in a [change](CallingSettings::apply), what stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallingSettings {
    /// Off until switched on.
    pub status: Option<Switch>,
    /// Shown unless hidden.
    pub call_icon_visibility: Option<IconVisibility>,
    /// Whether a call by the user grants call permission.
    pub callback_permission_status: Option<Switch>,
    /// `call_icons.restrict_to_user_countries`; empty = everywhere, `None` = never set.
    pub restrict_to_user_countries: Option<Vec<Country>>,
    /// When users may call; `None` = at any time.
    pub call_hours: Option<CallHours>,
    /// `audio.additional_codecs` in the order stored; `None` = never set.
    pub additional_codecs: Option<Vec<AdditionalCodec>>,
    /// `srtp_key_exchange_protocol`; `None` = never set, which is DTLS.
    pub key_exchange: Option<KeyExchange>,
    /// `sip.status`: calls go by SIP, and by nothing else. `None` = never set.
    pub sip_status: Option<Switch>,
    /// `sip.webhook_delivery`: calls by SIP are told by webhooks too; `None` = never set.
    pub sip_webhook_delivery: Option<Switch>,
}

/// Messaging limit of a portfolio (`whatsapp_business_manager_messaging_limit`), in unique recipients per day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessagingLimit {
    /// `TIER_NOT_SET`.
    NotSet,
    /// `TIER_50`.
    Tier50,
    /// `TIER_250`.
    Tier250,
    /// `TIER_1K`, older.
    Tier1K,
    /// `TIER_2K`: enough to switch calling on.
    Tier2K,
    /// `TIER_10K`.
    Tier10K,
    /// `TIER_100K`.
    Tier100K,
    /// `TIER_UNLIMITED`.
    Unlimited,
}

words!(MessagingLimit {
    NotSet = "TIER_NOT_SET",
    Tier50 = "TIER_50",
    Tier250 = "TIER_250",
    Tier1K = "TIER_1K",
    Tier2K = "TIER_2K",
    Tier10K = "TIER_10K",
    Tier100K = "TIER_100K",
    Unlimited = "TIER_UNLIMITED",
});

/// `account_mode` of a number: which limit set applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountMode {
    /// `LIVE`.
    Live,
    /// `SANDBOX`: also public test numbers, as far as limits go.
    Sandbox,
}

words!(AccountMode { Live = "LIVE", Sandbox = "SANDBOX" });

/// What a change of settings depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prerequisites {
    /// Where the number lives.
    pub in_use_with: InUseWith,
    /// It is registered on Cloud API.
    pub registered: bool,
    /// The number's mode; the messaging-limit rule is waived in the sandbox.
    pub account_mode: AccountMode,
    /// It is a public test number, for which that rule is waived too.
    pub public_test: bool,
    /// The portfolio's messaging limit.
    pub messaging_limit: MessagingLimit,
    /// An app with field `calls` and the messaging scope is subscribed to the WABA. Where calls go by SIP, nobody need be.
    pub calls_subscriber: bool,
    /// SIP servers of the number, of whatever apps, once the change is made.
    pub sip_servers: usize,
    /// The platform has a SIP listener.
    pub sip_served: bool,
    /// Dates before it are past.
    pub now: WallTime,
}

/// Why settings cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsRefusal {
    /// 100.
    #[error("calling is for numbers that are in use with Cloud API alone: this one is in use with the WhatsApp Business app")]
    NotOnCloudApi,
    /// 133010.
    #[error("this number is not registered: register it first (POST /{{phone_number_id}}/register)")]
    NotRegistered,
    /// 138015.
    #[error("the messaging limit of this number is below 2,000 unique recipients per day")]
    MessagingLimitTooLow,
    /// 138018.
    #[error(
        "no app that is subscribed to this WhatsApp Business Account has the webhook field `calls` and the permission whatsapp_business_messaging \
         for the account: subscribe one, with both, first"
    )]
    NoCallsSubscriber,
    /// 100.
    #[error(transparent)]
    CallHours(#[from] HoursRefusal),
    /// 100.
    #[error("sip.servers[0]: {0}")]
    SipServer(#[from] BadSipServer),
    /// 100.
    #[error("sip.status is ENABLED, and no app has a SIP server for this number: name one in sip.servers, or switch SIP off first")]
    NoSipServer,
    /// 100.
    #[error("this platform has no SIP listener: its operator switched it off")]
    SipNotServed,
}

impl CallingSettings {
    /// Calling is on.
    pub fn enabled(&self) -> bool {
        self.status == Some(Switch::Enabled)
    }

    /// Codecs beside Opus.
    pub fn codecs(&self) -> &[AdditionalCodec] {
        self.additional_codecs.as_deref().unwrap_or(&[])
    }

    /// Calls go by SIP.
    pub fn by_sip(&self) -> bool {
        self.sip_status == Some(Switch::Enabled)
    }

    /// Where the keys of the business's media come from.
    pub fn keys(&self) -> KeyExchange {
        self.key_exchange.unwrap_or(KeyExchange::Dtls)
    }

    /// Whether users may call at this moment, as far as the hours go.
    pub fn standing(&self, now: WallTime, holidays: HolidayMeaning) -> Standing {
        self.call_hours.as_ref().map_or(Standing::Open, |hours| hours.standing(now, holidays))
    }

    /// The settings after a change, or why they stay as they are. A setting that the change has replaces the old one whole.
    ///
    /// # Errors
    /// The first rule that says no.
    pub fn apply(&self, change: CallingSettings, has: &Prerequisites) -> Result<CallingSettings, SettingsRefusal> {
        if let Some(hours) = &change.call_hours {
            hours.check(has.now)?;
        }
        let enables = change.status == Some(Switch::Enabled);
        let old = self.clone();
        let after = CallingSettings {
            status: change.status.or(old.status),
            call_icon_visibility: change.call_icon_visibility.or(old.call_icon_visibility),
            callback_permission_status: change.callback_permission_status.or(old.callback_permission_status),
            restrict_to_user_countries: change.restrict_to_user_countries.or(old.restrict_to_user_countries),
            call_hours: change.call_hours.or(old.call_hours),
            additional_codecs: change.additional_codecs.or(old.additional_codecs),
            key_exchange: change.key_exchange.or(old.key_exchange),
            sip_status: change.sip_status.or(old.sip_status),
            sip_webhook_delivery: change.sip_webhook_delivery.or(old.sip_webhook_delivery),
        };
        if change.sip_status == Some(Switch::Enabled) && !has.sip_served {
            return Err(SettingsRefusal::SipNotServed);
        }
        if after.by_sip() && has.sip_servers == 0 {
            return Err(SettingsRefusal::NoSipServer);
        }
        if enables {
            may_enable(has, after.by_sip())?;
        }
        Ok(after)
    }

    /// Whether the difference to `after` is one that fires `account_settings_update`; hours, codecs and countries alone are not.
    pub fn announces(&self, after: &CallingSettings) -> bool {
        self.status != after.status
            || self.call_icon_visibility != after.call_icon_visibility
            || self.callback_permission_status != after.callback_permission_status
            || self.sip_status != after.sip_status
            || self.key_exchange != after.key_exchange
    }
}

fn may_enable(has: &Prerequisites, by_sip: bool) -> Result<(), SettingsRefusal> {
    if has.in_use_with != InUseWith::CloudApi {
        return Err(SettingsRefusal::NotOnCloudApi);
    }
    if !has.registered {
        return Err(SettingsRefusal::NotRegistered);
    }
    if !limit_suffices(has.account_mode, has.public_test, has.messaging_limit) {
        return Err(SettingsRefusal::MessagingLimitTooLow);
    }
    if !has.calls_subscriber && !by_sip {
        return Err(SettingsRefusal::NoCallsSubscriber);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallTime = WallTime::from_unix_seconds(1_795_770_000);

    fn enabling(has: Prerequisites) -> Result<(), SettingsRefusal> {
        let change = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
        CallingSettings::default().apply(change, &has).map(|after| assert!(after.enabled()))
    }

    #[test]
    fn enabling_needs_the_limit_and_a_subscriber() {
        for mode in [AccountMode::Live, AccountMode::Sandbox] {
            for messaging_limit in MessagingLimit::ALL {
                for (calls_subscriber, public_test) in [(true, false), (false, false), (true, true), (false, true)] {
                    let limited = mode == AccountMode::Live && !public_test && messaging_limit < MessagingLimit::Tier2K;
                    let expected = match (limited, calls_subscriber) {
                        (true, _) => Err(SettingsRefusal::MessagingLimitTooLow),
                        (false, false) => Err(SettingsRefusal::NoCallsSubscriber),
                        (false, true) => Ok(()),
                    };
                    let has = Prerequisites {
                        account_mode: mode,
                        public_test,
                        messaging_limit,
                        calls_subscriber,
                        in_use_with: InUseWith::CloudApi,
                        registered: true,
                        sip_servers: 0,
                        sip_served: true,
                        now: NOW,
                    };
                    assert_eq!(enabling(has), expected, "{has:?}");
                    assert_eq!(enabling(Prerequisites { registered: false, ..has }), Err(SettingsRefusal::NotRegistered));
                    for in_use_with in [InUseWith::Coexistence, InUseWith::BusinessApp] {
                        assert_eq!(enabling(Prerequisites { in_use_with, ..has }), Err(SettingsRefusal::NotOnCloudApi));
                    }
                }
            }
        }
    }

    #[test]
    fn other_changes_need_nothing_and_leave_the_rest() {
        let nothing = Prerequisites {
            in_use_with: InUseWith::BusinessApp,
            registered: false,
            account_mode: AccountMode::Live,
            public_test: false,
            messaging_limit: MessagingLimit::NotSet,
            calls_subscriber: false,
            sip_servers: 0,
            sip_served: true,
            now: NOW,
        };
        let before = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
        let change = CallingSettings { additional_codecs: Some(vec![AdditionalCodec::Pcma]), ..CallingSettings::default() };
        let after = before.apply(change, &nothing).unwrap();
        assert_eq!(after.codecs(), [AdditionalCodec::Pcma]);
        assert!(after.enabled());
        assert!(!before.announces(&after), "codecs alone are not announced");
    }

    #[test]
    fn status_visibility_and_callback_are_announced() {
        let before = CallingSettings::default();
        for after in [
            CallingSettings { status: Some(Switch::Disabled), ..before.clone() },
            CallingSettings { call_icon_visibility: Some(IconVisibility::DisableAll), ..before.clone() },
            CallingSettings { callback_permission_status: Some(Switch::Enabled), ..before.clone() },
            CallingSettings { sip_status: Some(Switch::Enabled), ..before.clone() },
            CallingSettings { key_exchange: Some(KeyExchange::Sdes), ..before.clone() },
        ] {
            assert!(before.announces(&after));
        }
        assert!(!before.announces(&before));
    }

    #[test]
    fn sip_needs_a_server_and_waives_the_subscription() {
        let has = Prerequisites {
            in_use_with: InUseWith::CloudApi,
            registered: true,
            account_mode: AccountMode::Live,
            public_test: false,
            messaging_limit: MessagingLimit::Tier2K,
            calls_subscriber: false,
            sip_servers: 1,
            sip_served: true,
            now: NOW,
        };
        let both = CallingSettings { status: Some(Switch::Enabled), sip_status: Some(Switch::Enabled), ..CallingSettings::default() };
        let on = CallingSettings::default().apply(both.clone(), &has).unwrap();
        assert!(on.enabled() && on.by_sip());
        let bare = Prerequisites { sip_servers: 0, ..has };
        let unserved = Prerequisites { sip_served: false, ..has };
        assert_eq!(CallingSettings::default().apply(both.clone(), &unserved), Err(SettingsRefusal::SipNotServed));
        assert_eq!(CallingSettings::default().apply(both, &bare), Err(SettingsRefusal::NoSipServer));
        // The last server cannot go while SIP is on, whatever else is asked.
        assert_eq!(on.apply(CallingSettings::default(), &bare), Err(SettingsRefusal::NoSipServer));
        let off = CallingSettings { sip_status: Some(Switch::Disabled), ..CallingSettings::default() };
        assert!(!on.apply(off, &bare).unwrap().by_sip());
        assert_eq!(enabling(bare), Err(SettingsRefusal::NoCallsSubscriber));
    }
}
