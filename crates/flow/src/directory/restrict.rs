//! Warnings and restrictions for low quality: what users' complaints and missed calls lead to, and what an operator says (platform docs,
//! Calling, quality restrictions). When something has a consequence is not published: `core::quality` has the rules, an operator the figures.

use std::time::Duration;

use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::quality::{Quality, QualityConsequence, QualityNotice};
use callport_core::settings::{CallingSettings, IconVisibility};
use callport_core::time::WallTime;

use super::ProvisionRefusal;
use crate::journal::{About, Fact};
use crate::line::announced_servers;
use crate::notice::Notice;
use crate::phones::UserEvent;
use crate::records::{CallRecord, Number, Restriction};
use crate::row::{Key, Row};
use crate::step::{Act, Cx, Draft, Input, Stop};
use crate::view::{Need, View};

/// How long a published pause lasts.
pub const PAUSE: Duration = Duration::from_secs(7 * 86_400);

/// Pauses calling of a number in one direction until that moment, and tells the business; `None` lifts the pause at once.
#[derive(Debug, Clone)]
pub struct Restrict {
    /// The number.
    pub number: PhoneNumberId,
    /// Which calls.
    pub direction: Direction,
    /// Until when.
    pub until: Option<WallTime>,
}

impl Input for Restrict {
    type Done = Number;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Number, Stop<ProvisionRefusal>> {
        let found = view.number(Key::Number(self.number.clone()))?.ok_or(ProvisionRefusal::Missing("business number"))?;
        let number = paused(draft, cx, found, self.direction, self.until);
        draft.put(Row::Number(number.clone()));
        Ok(number)
    }
}

/// The number with calling paused in one direction until then, or with that pause lifted. The business is told of a pause.
fn paused(draft: &mut Draft, cx: &Cx<'_>, found: &Number, direction: Direction, until: Option<WallTime>) -> Number {
    let kept = |pause: &Restriction| pause.direction != direction && cx.now < pause.until;
    let mut restrictions: Vec<_> = found.restrictions.iter().copied().filter(kept).collect();
    restrictions.extend(until.map(|until| Restriction { direction, until }));
    let about = About { waba: Some(found.waba.clone()), ..About::number(&found.id) };
    match until {
        Some(until) => {
            draft.note(cx, about, Fact::CallingPaused { direction, until_ms: until.unix_millis() });
            draft.told.push(Notice::Restricted {
                waba: found.waba.clone(),
                number_id: found.id.clone(),
                number: found.number.clone(),
                at: cx.now,
                restrictions: restrictions.clone(),
            });
        }
        None => draft.note(cx, about, Fact::PauseLifted { direction }),
    }
    draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
    Number { restrictions, ..found.clone() }
}

/// Warns the business, or hides its call button.
#[derive(Debug, Clone)]
pub struct TellQuality {
    /// The number.
    pub number: PhoneNumberId,
    /// What is told.
    pub notice: QualityNotice,
}

impl Input for TellQuality {
    type Done = Number;
    type Refusal = ProvisionRefusal;

    /// A button that is hidden is a setting that changed, and is told as such too.
    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Number, Stop<ProvisionRefusal>> {
        let found = view.number(Key::Number(self.number.clone()))?.ok_or(ProvisionRefusal::Missing("business number"))?;
        let number = told(draft, view, cx, found, self.notice)?;
        if self.notice == QualityNotice::CallButtonHidden {
            draft.put(Row::Number(number.clone()));
        }
        Ok(number)
    }
}

/// The number once its business was warned, or its call button hidden.
fn told(draft: &mut Draft, view: &View, cx: &Cx<'_>, found: &Number, notice: QualityNotice) -> Result<Number, Need> {
    let (waba, number_id, at) = (found.waba.clone(), found.id.clone(), cx.now);
    draft.note(cx, About { waba: Some(waba.clone()), ..About::number(&number_id) }, Fact::QualityTold { notice });
    draft.told.push(Notice::Quality { waba: waba.clone(), number_id: number_id.clone(), number: found.number.clone(), at, notice });
    if notice != QualityNotice::CallButtonHidden {
        return Ok(found.clone());
    }
    let settings = CallingSettings { call_icon_visibility: Some(IconVisibility::DisableAll), ..found.settings.clone() };
    if found.settings.announces(&settings) {
        let (restrictions, servers) = (found.restrictions.clone(), announced_servers(view, found)?);
        draft.told.push(Notice::SettingsChanged { waba, number_id, at, settings: settings.clone(), servers, restrictions });
    }
    draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
    Ok(Number { settings, ..found.clone() })
}

/// A user reports a call that they had with a business.
#[derive(Debug, Clone)]
pub struct Complain {
    /// Who.
    pub user: UserId,
    /// Of which of their calls.
    pub call: CallId,
}

/// There is no such call of this user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the user had no such call")]
pub struct NoSuchCall;

impl Input for Complain {
    type Done = ();
    type Refusal = NoSuchCall;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<NoSuchCall>> {
        let call = view.call(Key::Call(self.call.clone()))?.filter(|call| call.record.user == self.user).ok_or(Stop::No(NoSuchCall))?;
        match view.number(Key::Number(call.record.number.clone()))? {
            Some(number) => complain(draft, view, cx, number, &call.record)?,
            // Of a number that was removed nothing is judged.
            None => draft.note(cx, About::call(&call.record), Fact::UserComplained { direction: call.record.direction }),
        }
        Ok(())
    }
}

/// The user of a call complains of it.
pub(crate) fn complain(draft: &mut Draft, view: &View, cx: &Cx<'_>, number: &Number, call: &CallRecord) -> Result<(), Need> {
    draft.note(cx, About::call(call), Fact::UserComplained { direction: call.direction });
    let (quality, consequence) = number.quality.clone().complaint(&cx.rules.quality, &call.user, call.direction, cx.now);
    judged(draft, view, cx, number, quality, consequence)
}

/// Puts the number with what is known of its quality now, and with what follows from it.
pub(crate) fn judged(
    draft: &mut Draft,
    view: &View,
    cx: &Cx<'_>,
    number: &Number,
    quality: Quality,
    consequence: Option<QualityConsequence>,
) -> Result<(), Need> {
    let known = Number { quality, ..number.clone() };
    let known = match consequence {
        Some(QualityConsequence::Pause(direction, until)) => paused(draft, cx, &known, direction, Some(until)),
        Some(QualityConsequence::Tell(notice)) => told(draft, view, cx, &known, notice)?,
        None => known,
    };
    if known != *number {
        draft.put(Row::Number(known));
    }
    Ok(())
}
