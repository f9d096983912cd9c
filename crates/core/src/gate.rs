//! Whether a user may call a business now, and whether the call icon shows.
//!
//! Platform docs, User-initiated calls and Configure call settings. A refused call makes no `calls` webhook;
//! only a missing payment method is told to the business, as an error webhook (131044).

use crate::call_hours::Standing;
use crate::country::Country;
use crate::settings::{CallingSettings, IconVisibility};
use crate::time::WallTime;
use crate::words::words;

/// How the user came to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryPoint {
    /// The call icon in the chat or profile.
    Icon,
    /// A call button in a message (`cta_payload`).
    CallButton,
    /// A deep link (`deeplink_payload`).
    DeepLink,
    /// Contacts, "new call" or the call log.
    CallLog,
}

/// What the user holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// The primary phone.
    Phone,
    /// A companion phone.
    Companion,
    /// A browser of the platform's own web client: may not call.
    Web,
    /// A desktop client: may not call.
    Desktop,
}

words!(DeviceKind { Phone = "phone", Companion = "companion", Web = "web", Desktop = "desktop" });

impl DeviceKind {
    /// Phones may call and be called; web and desktop may not.
    pub fn may_call(self) -> bool {
        matches!(self, DeviceKind::Phone | DeviceKind::Companion)
    }
}

/// What `call_icon_visibility: DISABLE_ALL` means for users, which the documentation says in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HiddenIcon {
    /// The icon goes, and the business can be called from contacts and the call log all the same.
    #[default]
    Callable,
    /// Users place no calls that the business did not ask for (page of 2026-07-06).
    NotCallable,
}

words!(HiddenIcon { Callable = "callable", NotCallable = "not_callable" });

/// Why a call cannot be placed, in the order in which it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The device kind cannot call.
    #[error("calls can be placed from a phone only")]
    DeviceCannotCall,
    /// `calling.status` is not `ENABLED`.
    #[error("this business does not take calls")]
    CallingOff,
    /// `DISABLE_ALL` hides this entry point.
    #[error("this business has hidden its call icon; it can be called from a call button in a message or from the call log")]
    IconHidden,
    /// `DISABLE_ALL`, where that ends all calls that the business did not ask for.
    #[error("this business takes only calls that it asked for: from a call button in a message")]
    Unsolicited,
    /// The user's country is not among `restrict_to_user_countries`.
    #[error("this business does not take calls from your country")]
    CountryNotServed,
    /// The number takes no calls for a while, because users gave too much negative feedback.
    #[error("this business cannot be called at the moment")]
    Paused,
    /// The call button of a message is past its `ttl_minutes`, or is not there.
    #[error("this call button does not work any more")]
    ButtonExpired,
    /// Outside the number's `call_hours`. The icon shows all the same: the phone offers to write, or to be called back.
    #[error("this business takes no calls at this hour{}", next(*opens_at))]
    Closed {
        /// When it takes calls next, if it ever does.
        opens_at: Option<WallTime>,
    },
    /// No payment method on the WABA: told to the business with 131044.
    #[error("this business cannot be called at the moment")]
    NoPaymentMethod,
    /// This user and this business are in a call already.
    #[error("you are already in a call with this business")]
    AlreadyCalling,
    /// The user is in a call with another business.
    #[error("you are in another call; end it first")]
    OnAnotherCall,
    /// The number has its full count of concurrent calls.
    #[error("this business cannot be called at the moment")]
    TooManyCalls,
}

fn next(opens_at: Option<WallTime>) -> String {
    opens_at.map_or(String::new(), |at| format!("; it does again at unix time {}", at.unix_seconds()))
}

/// What the gate looks at.
#[derive(Debug, Clone, Copy)]
pub struct CallAttempt<'a> {
    /// The business number's settings.
    pub settings: &'a CallingSettings,
    /// Where the user's number is registered.
    pub user_country: Option<Country>,
    /// What a hidden call icon means.
    pub hidden_icon: HiddenIcon,
    /// How the user came to call.
    pub entry: EntryPoint,
    /// With what.
    pub device: DeviceKind,
    /// The number's user-initiated calling is paused for low quality.
    pub paused: bool,
    /// The number's hours at this moment.
    pub standing: Standing,
    /// The call button that was tapped is over.
    pub button_expired: bool,
    /// The WABA has a valid payment method.
    pub payment_method: bool,
    /// This pair has a live call.
    pub pair_busy: bool,
    /// The user has a live call with anybody.
    pub user_busy: bool,
    /// Live calls of the number.
    pub concurrent: u32,
    /// The most it may have.
    pub concurrent_limit: u32,
}

impl CallAttempt<'_> {
    /// The verdict.
    pub fn check(&self) -> Result<(), Unavailable> {
        let refuse_if = |refused: bool, why: Unavailable| if refused { Err(why) } else { Ok(()) };
        refuse_if(!self.device.may_call(), Unavailable::DeviceCannotCall)?;
        icon(self.settings, self.hidden_icon, self.paused, self.user_country, self.entry)?;
        refuse_if(self.button_expired, Unavailable::ButtonExpired)?;
        if let Standing::Closed { opens_at } = self.standing {
            return Err(Unavailable::Closed { opens_at });
        }
        refuse_if(!self.payment_method, Unavailable::NoPaymentMethod)?;
        refuse_if(self.pair_busy, Unavailable::AlreadyCalling)?;
        refuse_if(self.user_busy, Unavailable::OnAnotherCall)?;
        refuse_if(self.concurrent >= self.concurrent_limit, Unavailable::TooManyCalls)
    }
}

/// Whether this entry point works for a user of that country: what decides if the call icon shows.
///
/// A call button sent to the user works also where the icon is hidden or restricted by country.
pub fn icon(
    settings: &CallingSettings,
    hidden: HiddenIcon,
    paused: bool,
    user_country: Option<Country>,
    entry: EntryPoint,
) -> Result<(), Unavailable> {
    if !settings.enabled() {
        return Err(Unavailable::CallingOff);
    }
    if paused {
        return Err(Unavailable::Paused);
    }
    if entry == EntryPoint::CallButton {
        return Ok(());
    }
    if settings.call_icon_visibility == Some(IconVisibility::DisableAll) {
        let external = matches!(entry, EntryPoint::Icon | EntryPoint::DeepLink);
        match hidden {
            HiddenIcon::NotCallable => return Err(Unavailable::Unsolicited),
            HiddenIcon::Callable if external => return Err(Unavailable::IconHidden),
            HiddenIcon::Callable => {}
        }
    }
    match settings.restrict_to_user_countries.as_deref() {
        None | Some([]) => Ok(()),
        Some(served) if user_country.is_some_and(|country| served.contains(&country)) => Ok(()),
        Some(_) => Err(Unavailable::CountryNotServed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Switch;

    const MONDAY: WallTime = WallTime::from_unix_seconds(1_796_000_400);

    fn open() -> CallingSettings {
        CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() }
    }

    fn attempt(settings: &CallingSettings) -> CallAttempt<'_> {
        CallAttempt {
            settings,
            user_country: Country::parse("BR").ok(),
            hidden_icon: HiddenIcon::Callable,
            entry: EntryPoint::Icon,
            device: DeviceKind::Phone,
            paused: false,
            standing: Standing::Open,
            button_expired: false,
            payment_method: true,
            pair_busy: false,
            user_busy: false,
            concurrent: 0,
            concurrent_limit: 1,
        }
    }

    #[test]
    fn an_open_number_takes_a_call() {
        assert_eq!(attempt(&open()).check(), Ok(()));
    }

    #[test]
    fn each_gate_refuses_by_its_own_name() {
        let (open, off) = (open(), CallingSettings::default());
        let hidden = CallingSettings { call_icon_visibility: Some(IconVisibility::DisableAll), ..open.clone() };
        let elsewhere = CallingSettings { restrict_to_user_countries: Some(vec![Country::parse("ID").unwrap()]), ..open.clone() };
        let cases = [
            (CallAttempt { device: DeviceKind::Web, ..attempt(&open) }, Unavailable::DeviceCannotCall),
            (CallAttempt { device: DeviceKind::Desktop, ..attempt(&open) }, Unavailable::DeviceCannotCall),
            (attempt(&off), Unavailable::CallingOff),
            (attempt(&hidden), Unavailable::IconHidden),
            (CallAttempt { entry: EntryPoint::DeepLink, ..attempt(&hidden) }, Unavailable::IconHidden),
            (CallAttempt { hidden_icon: HiddenIcon::NotCallable, ..attempt(&hidden) }, Unavailable::Unsolicited),
            (
                CallAttempt { hidden_icon: HiddenIcon::NotCallable, entry: EntryPoint::CallLog, ..attempt(&hidden) },
                Unavailable::Unsolicited,
            ),
            (attempt(&elsewhere), Unavailable::CountryNotServed),
            (CallAttempt { user_country: None, ..attempt(&elsewhere) }, Unavailable::CountryNotServed),
            (CallAttempt { paused: true, ..attempt(&open) }, Unavailable::Paused),
            (CallAttempt { button_expired: true, ..attempt(&open) }, Unavailable::ButtonExpired),
            (
                CallAttempt { standing: Standing::Closed { opens_at: Some(MONDAY) }, ..attempt(&open) },
                Unavailable::Closed { opens_at: Some(MONDAY) },
            ),
            (CallAttempt { payment_method: false, ..attempt(&open) }, Unavailable::NoPaymentMethod),
            (CallAttempt { pair_busy: true, ..attempt(&open) }, Unavailable::AlreadyCalling),
            (CallAttempt { user_busy: true, ..attempt(&open) }, Unavailable::OnAnotherCall),
            (CallAttempt { concurrent: 1, ..attempt(&open) }, Unavailable::TooManyCalls),
        ];
        for (attempt, why) in cases {
            assert_eq!(attempt.check(), Err(why), "{attempt:?}");
        }
    }

    #[test]
    fn a_call_button_works_whatever_a_hidden_icon_means() {
        let hidden = CallingSettings { call_icon_visibility: Some(IconVisibility::DisableAll), ..open() };
        for hidden_icon in [HiddenIcon::Callable, HiddenIcon::NotCallable] {
            assert_eq!(CallAttempt { hidden_icon, entry: EntryPoint::CallButton, ..attempt(&hidden) }.check(), Ok(()), "{hidden_icon:?}");
        }
    }

    #[test]
    fn closed_hours_hold_for_every_way_to_call_and_are_told_before_the_business_is() {
        let open = open();
        for entry in [EntryPoint::Icon, EntryPoint::CallButton, EntryPoint::DeepLink, EntryPoint::CallLog] {
            let standing = Standing::Closed { opens_at: None };
            let closed = CallAttempt { entry, standing, payment_method: false, ..attempt(&open) };
            assert_eq!(closed.check(), Err(Unavailable::Closed { opens_at: None }), "{entry:?}");
        }
        let said = Unavailable::Closed { opens_at: Some(MONDAY) }.to_string();
        assert_eq!(said, "this business takes no calls at this hour; it does again at unix time 1796000400");
    }

    #[test]
    fn hidden_icons_leave_buttons_and_the_call_log() {
        let hidden = CallingSettings { call_icon_visibility: Some(IconVisibility::DisableAll), ..open() };
        for entry in [EntryPoint::CallButton, EntryPoint::CallLog] {
            assert_eq!(CallAttempt { entry, ..attempt(&hidden) }.check(), Ok(()), "{entry:?}");
        }
    }

    #[test]
    fn an_empty_country_list_serves_everywhere() {
        let anywhere = CallingSettings { restrict_to_user_countries: Some(vec![]), ..open() };
        assert_eq!(attempt(&anywhere).check(), Ok(()));
    }
}
