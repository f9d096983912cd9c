//! Portfolio → WABA → number, and users (platform docs, Objects and identifiers): what an operator, a fixture or a set-up tool asks for.
//! Applying the same twice changes nothing.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use callport_core::eligibility::InUseWith;
use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::settings::{CallingSettings, SettingsRefusal, Switch};

use super::settings::with_settings;
use super::{made, renumber, user_called};
use crate::journal::About;
use crate::phones::UserEvent;
use crate::records::{Number, Portfolio, User, Waba};
use crate::row::{Key, Row};
use crate::step::{Act, Cx, Draft, Input, Stop, refusal};
use crate::view::View;

/// Why an object is not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionRefusal {
    /// It, or something that it names, is not there.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
    /// It is there already.
    #[error("there is a {0} with this id already")]
    Exists(&'static str),
    /// Another object has this phone number.
    #[error("this phone number belongs to another {0}")]
    NumberTaken(&'static str),
    /// A token with this value belongs to another app.
    #[error("this token value is in use by another app")]
    TokenTaken,
    /// It would reach the accounts of everybody.
    #[error("a token says which accounts it reaches: without that it would reach everybody's")]
    ReachMissing,
    /// A new app's secret is easily guessed.
    #[error("an app secret of a live platform has at least {0} characters")]
    ShortSecret(usize),
    /// A number cannot have these settings.
    #[error(transparent)]
    Settings(#[from] SettingsRefusal),
}

refusal!(ProvisionRefusal);

/// What shall be different in a row. It is applied to the row as the commit finds it, so that it overlaps with nobody's change.
#[derive(Clone)]
pub struct Patch<T>(Arc<dyn Fn(&mut T) + Send + Sync>);

impl<T> Patch<T> {
    /// A change by a function of the row alone, which may run several times.
    pub fn new(change: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    pub(super) fn of(&self, row: &T) -> T
    where
        T: Clone,
    {
        let mut row = row.clone();
        (self.0)(&mut row);
        row
    }
}

impl<T> fmt::Debug for Patch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a patch")
    }
}

/// Makes or replaces a portfolio.
#[derive(Debug, Clone)]
pub struct PutPortfolio(pub Portfolio);

impl Input for PutPortfolio {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, _: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        made(draft, cx, About::default(), "portfolio", Some(self.0.id.as_str()));
        draft.put(Row::Portfolio(self.0.clone()));
        Ok(())
    }
}

/// Makes or replaces an account in a portfolio that exists.
#[derive(Debug, Clone)]
pub struct PutWaba(pub Waba);

impl Input for PutWaba {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        put_waba(view, cx, draft, self.0.clone())
    }
}

fn put_waba(view: &View, cx: &Cx<'_>, draft: &mut Draft, waba: Waba) -> Result<(), Stop<ProvisionRefusal>> {
    view.portfolio(Key::Portfolio(waba.portfolio.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
    let about = About { waba: Some(waba.id.clone()), ..About::default() };
    made(draft, cx, about, "account", Some(waba.id.as_str()));
    draft.put(Row::Waba(waba));
    Ok(())
}

/// Changes an account.
#[derive(Debug, Clone)]
pub struct ChangeWaba(pub WabaId, pub Patch<Waba>);

impl Input for ChangeWaba {
    type Done = Waba;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Waba, Stop<ProvisionRefusal>> {
        let waba = view.waba(Key::Waba(self.0.clone()))?.ok_or(ProvisionRefusal::Missing("WhatsApp Business Account"))?;
        let waba = self.1.of(waba);
        put_waba(view, cx, draft, waba.clone())?;
        Ok(waba)
    }
}

/// Makes or replaces a business number in an account that exists. With a change of its settings: both or neither.
#[derive(Debug, Clone)]
pub struct PutNumber {
    /// The number.
    pub number: Number,
    /// What shall be different in its settings, as the business would ask for it.
    pub settings: Option<CallingSettings>,
}

impl Input for PutNumber {
    type Done = Number;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Number, Stop<ProvisionRefusal>> {
        put_number(view, cx, draft, self.number.clone(), self.settings.as_ref())
    }
}

fn put_number(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    number: Number,
    settings: Option<&CallingSettings>,
) -> Result<Number, Stop<ProvisionRefusal>> {
    view.waba(Key::Waba(number.waba.clone()))?.ok_or(ProvisionRefusal::Missing("WhatsApp Business Account"))?;
    let holder = view.number(Key::NumberCalled(number.number.clone()))?;
    if holder.is_some_and(|holder| holder.id != number.id) {
        return Err(ProvisionRefusal::NumberTaken("business number").into());
    }
    let about = About { waba: Some(number.waba.clone()), ..About::number(&number.id) };
    made(draft, cx, about, "number", Some(number.id.as_str()));
    let mut number = match settings {
        Some(change) => with_settings::<ProvisionRefusal>(view, cx, draft, number, None, change, None)?,
        None => number,
    };
    if (number.in_use_with != InUseWith::CloudApi || !number.onboarding.registered()) && number.settings.enabled() {
        // Calls of such a number go to the app, or nowhere: whoever moves it there, switches calling off.
        let off = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
        number = with_settings::<ProvisionRefusal>(view, cx, draft, number, None, &off, None)?;
    }
    draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
    draft.put(Row::Number(number.clone()));
    Ok(number)
}

/// Changes a business number. With a change of its settings, which are judged by the number as it becomes: both or neither.
#[derive(Debug, Clone)]
pub struct ChangeNumber {
    /// Which.
    pub number: PhoneNumberId,
    /// What shall be different in anything but its settings.
    pub patch: Patch<Number>,
    /// What shall be different in its settings, as the business would ask for it.
    pub settings: Option<CallingSettings>,
}

impl Input for ChangeNumber {
    type Done = Number;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Number, Stop<ProvisionRefusal>> {
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(ProvisionRefusal::Missing("business number"))?;
        put_number(view, cx, draft, self.patch.of(number), self.settings.as_ref())
    }
}

/// Makes or replaces a user. Another number is told to the businesses that the user has a chat with.
#[derive(Debug, Clone)]
pub struct PutUser(pub User);

impl Input for PutUser {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let before = view.user(Key::User(self.0.id.clone()))?;
        put_user(view, cx, draft, before, self.0.clone()).map(drop)
    }
}

fn put_user(view: &View, cx: &Cx<'_>, draft: &mut Draft, before: Option<&User>, user: User) -> Result<User, Stop<ProvisionRefusal>> {
    if user_called(view, &user.number)?.is_some_and(|holder| holder.id != user.id) {
        return Err(ProvisionRefusal::NumberTaken("user").into());
    }
    made(draft, cx, About::user(&user.id), "user", Some(user.id.as_str()));
    let user = renumber::counted(view, cx, draft, before, user)?;
    draft.put(Row::User(user.clone()));
    Ok(user)
}

/// Changes a user, as [`PutUser`] does.
#[derive(Debug, Clone)]
pub struct ChangeUser(pub UserId, pub Patch<User>);

impl Input for ChangeUser {
    type Done = User;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<User, Stop<ProvisionRefusal>> {
        let before = view.user(Key::User(self.0.clone()))?.ok_or(ProvisionRefusal::Missing("user"))?;
        put_user(view, cx, draft, Some(before), self.1.of(before))
    }
}
