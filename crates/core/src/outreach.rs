//! What must hold before a business may reach out to a user: call, or ask for permission to call
//! (platform docs, Business-initiated calls and Obtain user call permissions; the order of the checks is ours).

use crate::country::Country;
use crate::limits::PairLimits;
use crate::number::PhoneNumber;
use crate::pair::{Pair, PairRefusal, RequestRefusal};
use crate::time::WallTime;

/// Countries whose business numbers may not call users; users may be anywhere. Told apart within "+1".
pub const NO_BUSINESS_CALLS: [&str; 5] = ["US", "CA", "EG", "VN", "NG"];

/// Why a business may not reach this user from this number. Each maps to one published code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutreachRefusal {
    /// 138000.
    #[error("calling is not enabled on this phone number")]
    CallingOff,
    /// 138013.
    #[error("business-initiated calling is not available for phone numbers of this country")]
    Country,
    /// 138014.
    #[error("business-initiated calling of this phone number is paused until unix time {}, because users gave too much negative feedback", until.unix_seconds())]
    Paused {
        /// Ends by itself.
        until: WallTime,
    },
    /// 131030.
    #[error("this is a test number, and the recipient is not on its list of allowed recipients")]
    NotListed,
    /// 138001.
    #[error("the recipient cannot be called: there is no user with this number, or the user's app cannot take calls of businesses")]
    Uncallable,
    /// 138017 and 138009.
    #[error(transparent)]
    Request(#[from] RequestRefusal),
    /// 131047.
    #[error("more than 24 hours have passed since the user last wrote to or called this phone number; send a template")]
    WindowClosed,
    /// 138006 and 138012.
    #[error(transparent)]
    Pair(#[from] PairRefusal),
    /// 138005.
    #[error("this phone number started as many calls as is allowed in 24 hours")]
    TooManyStarts,
    /// 138002.
    #[error("this phone number has as many calls at the same time as is allowed")]
    TooManyCalls,
    /// 138003.
    #[error("a call between this phone number and this user is already in progress")]
    Duplicate,
}

/// The business's side of an attempt to reach a user.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The business number.
    pub number: &'a PhoneNumber,
    /// Calling is on.
    pub enabled: bool,
    /// Paused for low quality until then.
    pub paused_until: Option<WallTime>,
    /// The only users that a public test number reaches; `None` for other numbers.
    pub allowed_recipients: Option<&'a [PhoneNumber]>,
    /// Countries whose numbers may not call users.
    pub no_business_calls: &'a [Country],
}

impl Sender<'_> {
    /// What holds for calls as for permission requests: 138000, 138014 and 138013, in the published order of that endpoint.
    fn check(&self, now: WallTime, country_first: bool) -> Result<(), OutreachRefusal> {
        if !self.enabled {
            return Err(OutreachRefusal::CallingOff);
        }
        let country = || match self.number.country() {
            Some(country) if self.no_business_calls.contains(&country) => Err(OutreachRefusal::Country),
            _ => Ok(()),
        };
        let paused = || match self.paused_until {
            Some(until) if now < until => Err(OutreachRefusal::Paused { until }),
            _ => Ok(()),
        };
        if country_first {
            country()?;
            paused()
        } else {
            paused()?;
            country()
        }
    }

    /// 131030: a test number reaches only the users on its list, in either spelling of their numbers. `None` for an id that is nobody's.
    pub fn may_reach(&self, user: Option<&PhoneNumber>) -> Result<(), OutreachRefusal> {
        match self.allowed_recipients {
            Some(listed) if user.is_none_or(|user| !listed.iter().any(|entry| entry.is_same_line(user))) => Err(OutreachRefusal::NotListed),
            _ => Ok(()),
        }
    }

    /// Whether a call may be placed, as far as number, user and pair are concerned. `known` is there for a user that exists.
    pub fn may_call(
        &self,
        now: WallTime,
        user: Option<&PhoneNumber>,
        known: Option<Known<'_>>,
        limits: &PairLimits,
    ) -> Result<(), OutreachRefusal> {
        self.check(now, false)?;
        self.may_reach(user)?;
        let Known { pair, callable } = known.ok_or(OutreachRefusal::Uncallable)?;
        if !callable {
            return Err(OutreachRefusal::Uncallable);
        }
        Ok(pair.may_call(now, limits)?)
    }

    /// Whether permission may be requested. `free_form` requests need an open customer service window; templates do not.
    pub fn may_request(
        &self,
        now: WallTime,
        user: Option<&PhoneNumber>,
        pair: &Pair,
        free_form: bool,
        limits: &PairLimits,
    ) -> Result<(), OutreachRefusal> {
        self.check(now, true)?;
        self.may_reach(user)?;
        match pair.may_request(now, limits) {
            Err(RequestRefusal::PermanentPermission) => return Err(RequestRefusal::PermanentPermission.into()),
            _ if free_form && !pair.window_open(now) => return Err(OutreachRefusal::WindowClosed),
            result => result?,
        }
        Ok(())
    }
}

/// A user that exists.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// What is kept of the pair.
    pub pair: &'a Pair,
    /// The user's app takes calls of businesses.
    pub callable: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pair::Decision;

    const NOW: WallTime = WallTime::from_unix_seconds(1_795_000_000);
    const LIMITS: PairLimits = PairLimits::PRODUCTION;

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::parse(digits).unwrap()
    }

    fn blocked() -> Vec<Country> {
        NO_BUSINESS_CALLS.iter().map(|code| Country::parse(code).unwrap()).collect()
    }

    fn permitted() -> Pair {
        Pair::default().heard(NOW).decide(NOW, Decision::Allow, &LIMITS).0
    }

    #[test]
    fn calls_are_refused_in_the_documented_order() {
        let (business, user, blocked) = (number("6281255509999"), number("5511955501234"), blocked());
        let (american, listed) = (number("15559020077"), [number("6281200000000")]);
        let paused_until = Some(NOW + std::time::Duration::from_secs(1));
        let fine = Sender { number: &business, enabled: true, paused_until: None, allowed_recipients: None, no_business_calls: &blocked };
        let (none, permitted) = (Pair::default(), permitted());
        let known = |pair, callable| Some(Known { pair, callable });
        let everything = Sender { number: &american, enabled: false, paused_until, allowed_recipients: Some(&listed), ..fine };
        let cases = [
            (everything, None, Err(OutreachRefusal::CallingOff)),
            (Sender { enabled: true, ..everything }, None, Err(OutreachRefusal::Paused { until: NOW + std::time::Duration::from_secs(1) })),
            (Sender { enabled: true, paused_until: None, ..everything }, None, Err(OutreachRefusal::Country)),
            (Sender { allowed_recipients: Some(&listed), ..fine }, None, Err(OutreachRefusal::NotListed)),
            (fine, None, Err(OutreachRefusal::Uncallable)),
            (fine, known(&permitted, false), Err(OutreachRefusal::Uncallable)),
            (fine, known(&none, true), Err(PairRefusal::NoPermission.into())),
            (fine, known(&permitted, true), Ok(())),
            (Sender { paused_until: Some(NOW), ..fine }, known(&permitted, true), Ok(())),
        ];
        for (sender, known, expected) in cases {
            assert_eq!(sender.may_call(NOW, Some(&user), known, &LIMITS), expected, "{sender:?}");
        }
    }

    #[test]
    fn the_five_countries_are_blocked_and_their_neighbours_in_plus_one_are_not() {
        let (user, blocked, permitted) = (number("5511955501234"), blocked(), permitted());
        for (digits, allowed) in [
            ("12125550123", false),
            ("14165550123", false),
            ("201001234567", false),
            ("84912345678", false),
            ("2348031234567", false),
            ("17875550123", true),
            ("18765550123", true),
            ("6281255509999", true),
        ] {
            let number = number(digits);
            let sender =
                Sender { number: &number, enabled: true, paused_until: None, allowed_recipients: None, no_business_calls: &blocked };
            let result = sender.may_call(NOW, Some(&user), Some(Known { pair: &permitted, callable: true }), &LIMITS);
            assert_eq!(result.is_ok(), allowed, "{digits}");
        }
    }

    #[test]
    fn free_form_requests_need_a_window_and_templates_do_not() {
        let (business, user, blocked) = (number("6281255509999"), number("5511955501234"), blocked());
        let fine = Sender { number: &business, enabled: true, paused_until: None, allowed_recipients: None, no_business_calls: &blocked };
        let (silent, spoke) = (Pair::default(), Pair::default().heard(NOW));
        let asked = silent.clone().request(NOW);
        let limit = OutreachRefusal::Request(RequestRefusal::Limit { next_at: NOW + crate::limits::DAY });
        let cases = [
            (&silent, true, Err(OutreachRefusal::WindowClosed)),
            (&silent, false, Ok(())),
            (&spoke, true, Ok(())),
            (&asked, true, Err(OutreachRefusal::WindowClosed)),
            (&asked, false, Err(limit)),
            (&permitted(), true, Err(RequestRefusal::PermanentPermission.into())),
        ];
        for (pair, free_form, expected) in cases {
            assert_eq!(fine.may_request(NOW, Some(&user), pair, free_form, &LIMITS), expected, "{pair:?}");
        }
    }
}
