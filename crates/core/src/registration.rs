//! How a business number comes onto Cloud API: verified by a code, then registered with a PIN
//! (platform docs, Cloud API, Registration and Two-step verification, 2026-06).
//!
//! These are the words and the figures. What a request does with them is a step of its own.

use std::time::Duration;

use crate::settings::MessagingLimit;
use crate::time::WallTime;
use crate::words::words;

/// `code_verification_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Somebody entered the code that was sent to it.
    Verified,
    /// Nobody has yet.
    NotVerified,
    /// The verification is over: a pre-verified number that was not claimed, or not registered, in time.
    Expired,
}

words!(Verification { Verified = "VERIFIED", NotVerified = "NOT_VERIFIED", Expired = "EXPIRED" });

/// `name_status`: the review of the display name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameStatus {
    /// Reviewed and good.
    Approved,
    /// Good without a review.
    AvailableWithoutReview,
    /// Reviewed and refused.
    Declined,
    /// The approval ended.
    Expired,
    /// Not reviewed yet.
    PendingReview,
    /// No name was given.
    None,
}

words!(NameStatus {
    Approved = "APPROVED",
    AvailableWithoutReview = "AVAILABLE_WITHOUT_REVIEW",
    Declined = "DECLINED",
    Expired = "EXPIRED",
    PendingReview = "PENDING_REVIEW",
    None = "NONE",
});

/// `code_method`: how a verification code reaches its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeMethod {
    /// By text message.
    Sms,
    /// By a voice call, which says it three times.
    Voice,
}

words!(CodeMethod { Sms = "SMS", Voice = "VOICE" });

/// `data_localization_region`: where what is kept of a number's messages stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the country of that ISO 3166 code")]
pub enum LocalRegion {
    Ae,
    Au,
    Bh,
    Br,
    Ca,
    Ch,
    De,
    Gb,
    Id,
    In,
    Jp,
    Kr,
    Sg,
    Za,
}

words!(LocalRegion {
    Ae = "AE",
    Au = "AU",
    Bh = "BH",
    Br = "BR",
    Ca = "CA",
    Ch = "CH",
    De = "DE",
    Gb = "GB",
    Id = "ID",
    In = "IN",
    Jp = "JP",
    Kr = "KR",
    Sg = "SG",
    Za = "ZA",
});

/// Whether a number is registered on Cloud API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It never was.
    Never,
    /// It is: it sends, calls and is called.
    Registered,
    /// It was, until then.
    Deregistered {
        /// When.
        at: WallTime,
    },
}

/// How far a number has come onto Cloud API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onboarding {
    /// `code_verification_status`, as far as it was decided. What it is at a moment: [`at`](Self::at).
    pub verification: Verification,
    /// When the verification ends, unless the number is registered by then: of one that a partner verified and a business claimed.
    pub verified_until: Option<WallTime>,
    /// Whether it may be used.
    pub registration: Registration,
    /// `name_status`.
    pub name: NameStatus,
    /// Two-step verification is retired for it: any six digits pass, and no PIN is kept.
    pub pin_retired: bool,
    /// Where its data stays, if its business chose a place.
    pub region: Option<LocalRegion>,
}

/// A number that the operator makes: verified, registered, its name approved.
impl Default for Onboarding {
    fn default() -> Self {
        Self {
            verification: Verification::Verified,
            verified_until: None,
            registration: Registration::Registered,
            name: NameStatus::Approved,
            pin_retired: false,
            region: None,
        }
    }
}

impl Onboarding {
    /// A number that a business adds: nothing is done yet.
    pub fn added() -> Self {
        Self {
            verification: Verification::NotVerified,
            registration: Registration::Never,
            name: NameStatus::AvailableWithoutReview,
            ..Self::default()
        }
    }

    /// As it is at that moment: a verification may have ended by the clock.
    pub fn at(self, now: WallTime) -> Self {
        let over = self.verification == Verification::Verified && self.verified_until.is_some_and(|until| now >= until);
        if over { Self { verification: Verification::Expired, ..self } } else { self }
    }

    /// Its code was entered, just now.
    pub fn verified(self) -> Self {
        Self { verification: Verification::Verified, verified_until: None, ..self }
    }

    /// It may send, call and be called.
    pub fn registered(&self) -> bool {
        self.registration == Registration::Registered
    }

    /// `status` of the number's node.
    pub fn status(&self) -> &'static str {
        match self.registration {
            Registration::Registered => "CONNECTED",
            Registration::Never => "PENDING",
            Registration::Deregistered { .. } => "DISCONNECTED",
        }
    }
}

/// Figures of registration. Those that the platform does not publish are marked as ours.
#[derive(Debug, Clone)]
pub struct RegistrationRules {
    /// How long a verification code lives. Published: about 10 minutes.
    pub code_lifetime: Duration,
    /// Wrong codes until the code is worth nothing (ours).
    pub code_tries: u32,
    /// Codes that one number is sent within [`code_span`](Self::code_span) (ours).
    pub codes: u32,
    /// See there (ours).
    pub code_span: Duration,
    /// `register` requests, and as many `deregister` ones, within [`change_span`](Self::change_span). Published: 10.
    pub changes: u32,
    /// See there, and for how long one more blocks them. Published: 72 hours.
    pub change_span: Duration,
    /// How long `register` answers 133015 after `deregister`. Published: 5 minutes.
    pub wait: Duration,
    /// Wrong PINs until `register` answers 133008 (ours).
    pub pin_tries: u32,
    /// For how long it does then (ours).
    pub pin_block: Duration,
    /// After a wrong PIN, another one within this time answers 133009 (ours).
    pub pin_pause: Duration,
    /// Numbers of one portfolio that businesses add. Published: 2 at first, 20 later.
    pub numbers_per_portfolio: u32,
    /// What a number may send that a business adds (ours: enough to switch calling on).
    pub messaging_limit: MessagingLimit,
    /// How long a pre-verified number waits for its business, and once it is claimed for its registration. Published: 90 days each.
    pub preverified_lifetime: Duration,
}

const HOUR: Duration = Duration::from_secs(3600);

impl Default for RegistrationRules {
    fn default() -> Self {
        Self {
            code_lifetime: Duration::from_secs(600),
            code_tries: 5,
            codes: 10,
            code_span: HOUR,
            changes: 10,
            change_span: HOUR * 72,
            wait: Duration::from_secs(300),
            pin_tries: 5,
            pin_block: HOUR,
            pin_pause: Duration::from_secs(3),
            numbers_per_portfolio: 20,
            messaging_limit: MessagingLimit::Tier2K,
            preverified_lifetime: HOUR * 24 * 90,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_ends_by_the_clock_unless_the_number_is_registered() {
        let until = WallTime::from_unix_seconds(100);
        let claimed = Onboarding { verified_until: Some(until), ..Onboarding::added().verified() };
        assert_eq!(claimed.at(WallTime::from_unix_seconds(99)), claimed);
        assert_eq!(claimed.at(until).verification, Verification::Expired);
        assert_eq!(claimed.at(until).verified().at(until).verification, Verification::Verified, "it was entered anew");
        let added = Onboarding { verified_until: Some(until), ..Onboarding::added() };
        assert_eq!(added.at(until).verification, Verification::NotVerified);
    }
}
