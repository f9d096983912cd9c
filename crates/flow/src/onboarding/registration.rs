//! A number on its way onto Cloud API: added, verified by a code, registered with a PIN, and taken off again
//! (platform docs, Cloud API, Registration and Two-step verification, 2026-06).
//!
//! What is counted (wrong codes and PINs, requests) is counted although the request is refused ([`Stop::NoAndKeep`]).

use std::fmt;
use std::time::Duration;

use callport_core::eligibility::InUseWith;
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::quality::Quality;
use callport_core::registration::{CodeMethod, LocalRegion, Onboarding, Registration, RegistrationRules, Verification};
use callport_core::settings::{AccountMode, CallingSettings, Switch};
use callport_core::time::WallTime;

use crate::journal::{About, Fact};
use crate::line::announced_servers;
use crate::notice::Notice;
use crate::phones::UserEvent;
use crate::records::{Enrolment, Number, NumberRegistration, PreVerifiedNumber, SentCode};
use crate::row::{Key, Row};
use crate::step::{Act, Cx, Draft, Input, Stop, refusal};
use crate::view::{Need, Query, View};

/// Why a number stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationRefusal {
    /// 100/33.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
    /// 100.
    #[error("this phone number is in use on this platform already")]
    NumberTaken,
    /// 100.
    #[error("the portfolio has {most} phone numbers, which is all that it may have")]
    TooManyNumbers {
        /// So many.
        most: u32,
    },
    /// 136024.
    #[error("the phone number is verified already: register it")]
    AlreadyVerified,
    /// 80007.
    #[error("this phone number was sent too many codes: ask for the next one after unix time {}", until.unix_seconds())]
    TooManyCodes {
        /// When one may be sent again.
        until: WallTime,
    },
    /// 100.
    #[error("no code is on its way to this phone number: ask for one with request_code")]
    NoCode,
    /// 100.
    #[error("the code is too old: ask for a new one with request_code")]
    CodeEnded,
    /// 100.
    #[error("this is not the code that was sent: {left} more tries, then ask for a new one")]
    WrongCode {
        /// Tries that are left.
        left: u32,
    },
    /// 133006.
    #[error("the phone number is not verified: ask for a code with request_code and enter it with verify_code")]
    NotVerified,
    /// 133005.
    #[error("the phone number has a two-step verification PIN, and it is another one")]
    PinMismatch,
    /// 133008.
    #[error("the PIN was wrong too often: try again after unix time {}", until.unix_seconds())]
    PinTooOften {
        /// When the next try is looked at.
        until: WallTime,
    },
    /// 133009.
    #[error("PINs come too fast: try again after unix time {}", until.unix_seconds())]
    PinTooFast {
        /// When the next try is looked at.
        until: WallTime,
    },
    /// 133010.
    #[error("the phone number is not registered on Cloud API")]
    NotRegistered,
    /// 133015.
    #[error("the phone number was deregistered a moment ago: register it after unix time {}", until.unix_seconds())]
    Wait {
        /// When it can be registered.
        until: WallTime,
    },
    /// 133016.
    #[error("there were too many such requests for this phone number: they are blocked until unix time {}", until.unix_seconds())]
    TooMany {
        /// When they are looked at again.
        until: WallTime,
    },
    /// 100.
    #[error("the phone number is in use with the WhatsApp Business app, which registers it")]
    OfTheApp,
}

refusal!(RegistrationRefusal);

/// A two-step verification PIN: six digits. Shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct PinText(String);

impl PinText {
    /// Six digits, else none.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for PinText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a PIN")
    }
}

/// Adds a number to an account: not verified, not registered (`POST /{waba}/phone_numbers`).
#[derive(Debug, Clone)]
pub struct AddNumber {
    /// The account.
    pub waba: WabaId,
    /// The number.
    pub number: PhoneNumber,
    /// `verified_name`.
    pub name: String,
}

impl Input for AddNumber {
    type Done = Number;
    type Refusal = RegistrationRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Number, Stop<RegistrationRefusal>> {
        let id = PhoneNumberId::parse(&cx.object_id()).map_err(|_| RegistrationRefusal::Missing("business number"))?;
        add(view, cx, draft, self, id, Onboarding::added())
    }

    fn refused(&self, why: &RegistrationRefusal) -> Option<(About, Fact)> {
        let about = About { waba: Some(self.waba.clone()), ..About::default() };
        Some((about, Fact::BusinessRefused { action: "phone_numbers".to_owned(), says: why.to_string() }))
    }
}

/// Puts a new number into an account, if it may have one more.
pub(super) fn add(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    new: &AddNumber,
    id: PhoneNumberId,
    onboarding: Onboarding,
) -> Result<Number, Stop<RegistrationRefusal>> {
    let waba = view.waba(Key::Waba(new.waba.clone()))?.ok_or(RegistrationRefusal::Missing("WhatsApp Business Account"))?;
    if view.number(Key::NumberCalled(new.number.clone()))?.is_some() || view.user(Key::UserCalled(new.number.clone()))?.is_some() {
        return Err(RegistrationRefusal::NumberTaken.into());
    }
    let most = cx.rules.registration.numbers_per_portfolio;
    if view.count(Query::NumbersOf(waba.portfolio.clone(), most))? >= most as usize {
        return Err(RegistrationRefusal::TooManyNumbers { most }.into());
    }
    let number = Number {
        id,
        waba: new.waba.clone(),
        number: new.number.clone(),
        name: new.name.clone(),
        in_use_with: InUseWith::CloudApi,
        account_mode: AccountMode::Live,
        messaging_limit: cx.rules.registration.messaging_limit,
        settings: CallingSettings::default(),
        allowed_recipients: None,
        restrictions: Vec::new(),
        quality: Quality::default(),
        onboarding,
    };
    crate::directory::made(draft, cx, about(&number), "number", Some(number.id.as_str()));
    draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
    draft.put(Row::Number(number.clone()));
    Ok(number)
}

fn about(number: &Number) -> About {
    About { waba: Some(number.waba.clone()), ..About::number(&number.id) }
}

/// What a code is sent to.
enum Subject {
    Number(Box<Number>),
    PreVerified(PreVerifiedNumber),
}

impl Subject {
    fn of(view: &View, id: &PhoneNumberId) -> Result<Self, Stop<RegistrationRefusal>> {
        if let Some(number) = view.number(Key::Number(id.clone()))? {
            return Ok(Self::Number(Box::new(number.clone())));
        }
        let waiting = view.enrolment::<PreVerifiedNumber>(id.as_str())?.ok_or(RegistrationRefusal::Missing("business number"))?;
        Ok(Self::PreVerified(waiting.clone()))
    }

    fn verified(&self, now: WallTime) -> bool {
        match self {
            Self::Number(number) => number.onboarding.at(now).verification == Verification::Verified,
            Self::PreVerified(waiting) => waiting.verified_until.is_some_and(|until| now < until),
        }
    }

    fn about(&self) -> About {
        match self {
            Self::Number(number) => about(number),
            Self::PreVerified(_) => About::default(),
        }
    }
}

fn kept(view: &View, number: &PhoneNumberId) -> Result<NumberRegistration, Need> {
    let kept = view.enrolment::<NumberRegistration>(number.as_str())?.cloned();
    Ok(kept.unwrap_or_else(|| NumberRegistration::of_number(number)))
}

fn keep(draft: &mut Draft, kept: NumberRegistration) {
    draft.put(Row::Enrolment(Enrolment::from(kept)));
}

/// Moments that are younger than that.
fn recent(moments: &mut Vec<WallTime>, now: WallTime, span: Duration) {
    moments.retain(|at| now.since(*at) < span);
}

/// Sends a verification code (`request_code`). Nothing leaves the platform: the operator sees it.
#[derive(Debug, Clone)]
pub struct SendCode {
    /// Whose: a business number, or one that a partner verifies.
    pub number: PhoneNumberId,
    /// How.
    pub method: CodeMethod,
    /// In which language.
    pub language: String,
}

impl Input for SendCode {
    type Done = ();
    type Refusal = RegistrationRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RegistrationRefusal>> {
        let subject = Subject::of(view, &self.number)?;
        if subject.verified(cx.now) {
            return Err(RegistrationRefusal::AlreadyVerified.into());
        }
        send_code(view, cx, draft, self, subject.about())
    }

    fn refused(&self, why: &RegistrationRefusal) -> Option<(About, Fact)> {
        Some((About::number(&self.number), Fact::BusinessRefused { action: "request_code".to_owned(), says: why.to_string() }))
    }
}

/// Puts a code on its way to a number that waits for one.
pub(super) fn send_code(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    send: &SendCode,
    about: About,
) -> Result<(), Stop<RegistrationRefusal>> {
    let rules = &cx.rules.registration;
    let mut kept = kept(view, &send.number)?;
    recent(&mut kept.sent_at, cx.now, rules.code_span);
    if kept.sent_at.len() >= rules.codes as usize {
        return Err(RegistrationRefusal::TooManyCodes { until: kept.sent_at[0] + rules.code_span }.into());
    }
    kept.sent_at.push(cx.now);
    kept.code = Some(SentCode {
        code: cx.six_digits(),
        method: send.method,
        language: send.language.clone(),
        expires_at: cx.now + rules.code_lifetime,
        wrong: 0,
    });
    draft.note(cx, about, Fact::CodeSent { number: send.number.as_str().to_owned(), method: send.method, language: send.language.clone() });
    keep(draft, kept);
    Ok(())
}

/// Enters the code that was sent (`verify_code`).
#[derive(Clone)]
pub struct VerifyCode {
    /// Whose.
    pub number: PhoneNumberId,
    /// What was entered; a hyphen in it does not count.
    pub code: String,
}

impl fmt::Debug for VerifyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyCode of {}", self.number)
    }
}

impl Input for VerifyCode {
    type Done = ();
    type Refusal = RegistrationRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RegistrationRefusal>> {
        let subject = Subject::of(view, &self.number)?;
        if subject.verified(cx.now) {
            return Err(RegistrationRefusal::AlreadyVerified.into());
        }
        let mut kept = kept(view, &self.number)?;
        let sent = kept.code.as_mut().ok_or(RegistrationRefusal::NoCode)?;
        if cx.now >= sent.expires_at {
            return Err(RegistrationRefusal::CodeEnded.into());
        }
        if self.code.replace(['-', ' '], "") != sent.code {
            sent.wrong += 1;
            let left = cx.rules.registration.code_tries.saturating_sub(sent.wrong);
            if left == 0 {
                kept.code = None;
            }
            keep(draft, kept);
            return Err(Stop::NoAndKeep(RegistrationRefusal::WrongCode { left }));
        }
        kept.code = None;
        keep(draft, kept);
        draft.note(cx, subject.about(), Fact::NumberVerified { number: self.number.as_str().to_owned() });
        match subject {
            Subject::Number(mut number) => {
                number.onboarding = number.onboarding.verified();
                draft.put(Row::Number(*number));
            }
            Subject::PreVerified(waiting) => {
                let verified_until = Some(cx.now + cx.rules.registration.preverified_lifetime);
                draft.put(Row::Enrolment(PreVerifiedNumber { verified_until, ..waiting }.into()));
            }
        }
        Ok(())
    }

    fn refused(&self, why: &RegistrationRefusal) -> Option<(About, Fact)> {
        Some((About::number(&self.number), Fact::BusinessRefused { action: "verify_code".to_owned(), says: why.to_string() }))
    }
}

fn of_cloud_api(view: &View, id: &PhoneNumberId) -> Result<Number, Stop<RegistrationRefusal>> {
    let number = view.number(Key::Number(id.clone()))?.ok_or(RegistrationRefusal::Missing("business number"))?;
    match number.in_use_with {
        InUseWith::CloudApi => Ok(number.clone()),
        InUseWith::Coexistence => Err(RegistrationRefusal::OfTheApp.into()),
        InUseWith::BusinessApp => Err(RegistrationRefusal::NotRegistered.into()),
    }
}

/// Counts one request among those of late; too many block all of them for a while.
fn count(
    moments: &mut Vec<WallTime>,
    blocked: &mut Option<WallTime>,
    now: WallTime,
    rules: &RegistrationRules,
) -> Result<(), RegistrationRefusal> {
    if let Some(until) = blocked.filter(|until| now < *until) {
        return Err(RegistrationRefusal::TooMany { until });
    }
    *blocked = None;
    recent(moments, now, rules.change_span);
    if moments.len() >= rules.changes as usize {
        let until = now + rules.change_span;
        *blocked = Some(until);
        return Err(RegistrationRefusal::TooMany { until });
    }
    moments.push(now);
    Ok(())
}

/// Registers a verified number on Cloud API (`register`). One that is registered stays so, and keeps its PIN.
#[derive(Debug, Clone)]
pub struct Register {
    /// Which.
    pub number: PhoneNumberId,
    /// Its PIN, or what becomes its PIN when it has none.
    pub pin: PinText,
    /// `data_localization_region`.
    pub region: Option<LocalRegion>,
}

impl Input for Register {
    type Done = ();
    type Refusal = RegistrationRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RegistrationRefusal>> {
        let mut number = of_cloud_api(view, &self.number)?;
        let mut kept = kept(view, &self.number)?;
        let was_registered = number.onboarding.registered();
        let outcome = self.register(&mut number, &mut kept, cx);
        keep(draft, kept);
        outcome.map_err(Stop::NoAndKeep)?;
        draft.note(cx, about(&number), Fact::NumberRegistered { again: was_registered });
        draft.put(Row::Number(number));
        Ok(())
    }

    fn refused(&self, why: &RegistrationRefusal) -> Option<(About, Fact)> {
        Some((About::number(&self.number), Fact::BusinessRefused { action: "register".to_owned(), says: why.to_string() }))
    }
}

impl Register {
    fn register(&self, number: &mut Number, kept: &mut NumberRegistration, cx: &Cx<'_>) -> Result<(), RegistrationRefusal> {
        let (rules, state) = (&cx.rules.registration, &mut number.onboarding);
        count(&mut kept.registers, &mut kept.register_blocked_until, cx.now, rules)?;
        match state.registration {
            Registration::Registered => return Ok(()), // passes silently, and the PIN is not reset
            Registration::Deregistered { at } if cx.now < at + rules.wait => {
                return Err(RegistrationRefusal::Wait { until: at + rules.wait });
            }
            Registration::Deregistered { .. } | Registration::Never => {}
        }
        if state.at(cx.now).verification != Verification::Verified {
            return Err(RegistrationRefusal::NotVerified);
        }
        if state.pin_retired {
            kept.pin = None;
        } else {
            self.try_pin(kept, cx.now, rules)?;
        }
        (state.registration, state.verified_until) = (Registration::Registered, None);
        state.region = self.region.or(state.region);
        Ok(())
    }

    fn try_pin(&self, kept: &mut NumberRegistration, now: WallTime, rules: &RegistrationRules) -> Result<(), RegistrationRefusal> {
        recent(&mut kept.wrong_pins, now, rules.pin_block);
        if let Some(last) = kept.wrong_pins.last() {
            if kept.wrong_pins.len() >= rules.pin_tries as usize {
                return Err(RegistrationRefusal::PinTooOften { until: *last + rules.pin_block });
            }
            if now < *last + rules.pin_pause {
                return Err(RegistrationRefusal::PinTooFast { until: *last + rules.pin_pause });
            }
        }
        match &kept.pin {
            Some(pin) if *pin != self.pin.0 => {
                kept.wrong_pins.push(now);
                Err(RegistrationRefusal::PinMismatch)
            }
            _ => {
                kept.pin = Some(self.pin.0.clone());
                kept.wrong_pins.clear();
                Ok(())
            }
        }
    }
}

/// Takes a number off Cloud API (`deregister`): it can neither send, call nor be called. Calls that are up go on to their end.
#[derive(Debug, Clone)]
pub struct Deregister {
    /// Which.
    pub number: PhoneNumberId,
}

impl Input for Deregister {
    type Done = ();
    type Refusal = RegistrationRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RegistrationRefusal>> {
        let mut number = of_cloud_api(view, &self.number)?;
        if !number.onboarding.registered() {
            return Err(RegistrationRefusal::NotRegistered.into());
        }
        let mut kept = kept(view, &self.number)?;
        let counted = count(&mut kept.deregisters, &mut kept.deregister_blocked_until, cx.now, &cx.rules.registration);
        keep(draft, kept);
        counted.map_err(Stop::NoAndKeep)?;
        number.onboarding.registration = Registration::Deregistered { at: cx.now };
        draft.note(cx, about(&number), Fact::NumberDeregistered);
        if number.settings.enabled() {
            number.settings.status = Some(Switch::Disabled);
            draft.told.push(Notice::SettingsChanged {
                waba: number.waba.clone(),
                number_id: number.id.clone(),
                at: cx.now,
                settings: number.settings.clone(),
                servers: announced_servers(view, &number)?,
                restrictions: number.restrictions.clone(),
            });
        }
        draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
        draft.put(Row::Number(number));
        Ok(())
    }

    fn refused(&self, why: &RegistrationRefusal) -> Option<(About, Fact)> {
        Some((About::number(&self.number), Fact::BusinessRefused { action: "deregister".to_owned(), says: why.to_string() }))
    }
}

/// Sets the two-step verification PIN of a registered number. Where PINs are retired, nothing is kept.
#[derive(Debug, Clone)]
pub struct SetPin {
    /// Whose.
    pub number: PhoneNumberId,
    /// The new one.
    pub pin: PinText,
}

impl Input for SetPin {
    type Done = ();
    type Refusal = RegistrationRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RegistrationRefusal>> {
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(RegistrationRefusal::Missing("business number"))?;
        if !number.onboarding.registered() {
            return Err(RegistrationRefusal::NotRegistered.into());
        }
        draft.note(cx, about(number), Fact::PinSet);
        if !number.onboarding.pin_retired {
            let kept = kept(view, &self.number)?;
            keep(draft, NumberRegistration { pin: Some(self.pin.0.clone()), wrong_pins: Vec::new(), ..kept });
        }
        Ok(())
    }

    fn refused(&self, why: &RegistrationRefusal) -> Option<(About, Fact)> {
        Some((About::number(&self.number), Fact::BusinessRefused { action: "pin".to_owned(), says: why.to_string() }))
    }
}

#[cfg(test)]
mod tests;
