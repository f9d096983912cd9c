//! Calling settings of a number and what must hold before calling can be switched on
//! (platform docs, Configure call settings; prerequisites in the Calling overview).
//!
//! Call hours, voicemail and SIP are not part of this yet.

use crate::codec::AdditionalCodec;
use crate::country::Country;
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

/// The `calling` object of a number. `None` is the published `NOT_SET`.
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
    /// `audio.additional_codecs` in the order stored; `None` = never set.
    pub additional_codecs: Option<Vec<AdditionalCodec>>,
}

/// What a settings request sets; absent fields stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsChange {
    /// `calling.status`.
    pub status: Option<Switch>,
    /// `calling.call_icon_visibility`.
    pub call_icon_visibility: Option<IconVisibility>,
    /// `calling.callback_permission_status`.
    pub callback_permission_status: Option<Switch>,
    /// `calling.call_icons.restrict_to_user_countries`.
    pub restrict_to_user_countries: Option<Vec<Country>>,
    /// `calling.audio.additional_codecs`.
    pub additional_codecs: Option<Vec<AdditionalCodec>>,
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

/// What the enabling rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prerequisites {
    /// The number's mode; the messaging-limit rule is waived in the sandbox.
    pub account_mode: AccountMode,
    /// The portfolio's messaging limit.
    pub messaging_limit: MessagingLimit,
    /// An app with field `calls` and the messaging scope is subscribed to the WABA.
    pub calls_subscriber: bool,
}

/// Why calling cannot be enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsRefusal {
    /// 138015.
    #[error("the messaging limit of this number is below 2,000 unique recipients per day")]
    MessagingLimitTooLow,
    /// 138018.
    #[error("no app subscribed to this WhatsApp Business Account has the webhook field `calls`: subscribe one, with that field, first")]
    NoCallsSubscriber,
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

    /// The settings after a change, or why they stay as they are.
    pub fn apply(&self, change: SettingsChange, has: &Prerequisites) -> Result<CallingSettings, SettingsRefusal> {
        if change.status == Some(Switch::Enabled) {
            may_enable(has)?;
        }
        let old = self.clone();
        Ok(CallingSettings {
            status: change.status.or(old.status),
            call_icon_visibility: change.call_icon_visibility.or(old.call_icon_visibility),
            callback_permission_status: change.callback_permission_status.or(old.callback_permission_status),
            restrict_to_user_countries: change.restrict_to_user_countries.or(old.restrict_to_user_countries),
            additional_codecs: change.additional_codecs.or(old.additional_codecs),
        })
    }

    /// Whether the difference to `after` is one that fires `account_settings_update`; hours, codecs and countries alone are not.
    pub fn announces(&self, after: &CallingSettings) -> bool {
        self.status != after.status
            || self.call_icon_visibility != after.call_icon_visibility
            || self.callback_permission_status != after.callback_permission_status
    }
}

fn may_enable(has: &Prerequisites) -> Result<(), SettingsRefusal> {
    if has.account_mode == AccountMode::Live && has.messaging_limit < MessagingLimit::Tier2K {
        return Err(SettingsRefusal::MessagingLimitTooLow);
    }
    if !has.calls_subscriber {
        return Err(SettingsRefusal::NoCallsSubscriber);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabling(has: Prerequisites) -> Result<(), SettingsRefusal> {
        let change = SettingsChange { status: Some(Switch::Enabled), ..SettingsChange::default() };
        CallingSettings::default().apply(change, &has).map(|after| assert!(after.enabled()))
    }

    #[test]
    fn enabling_needs_the_limit_and_a_subscriber() {
        for mode in [AccountMode::Live, AccountMode::Sandbox] {
            for messaging_limit in MessagingLimit::ALL {
                for calls_subscriber in [true, false] {
                    let expected = if mode == AccountMode::Live && messaging_limit < MessagingLimit::Tier2K {
                        Err(SettingsRefusal::MessagingLimitTooLow)
                    } else if !calls_subscriber {
                        Err(SettingsRefusal::NoCallsSubscriber)
                    } else {
                        Ok(())
                    };
                    let has = Prerequisites { account_mode: mode, messaging_limit, calls_subscriber };
                    assert_eq!(enabling(has), expected, "{has:?}");
                }
            }
        }
    }

    #[test]
    fn other_changes_need_nothing_and_leave_the_rest() {
        let nothing = Prerequisites { account_mode: AccountMode::Live, messaging_limit: MessagingLimit::NotSet, calls_subscriber: false };
        let before = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
        let change = SettingsChange { additional_codecs: Some(vec![AdditionalCodec::Pcma]), ..SettingsChange::default() };
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
        ] {
            assert!(before.announces(&after));
        }
        assert!(!before.announces(&before));
    }
}
