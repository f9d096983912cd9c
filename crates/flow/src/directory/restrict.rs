//! Warnings and restrictions for low quality. What leads to them is not published, so an operator says when (platform docs, Calling, quality
//! restrictions).

use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::ids::PhoneNumberId;
use callport_core::quality::QualityNotice;
use callport_core::settings::{CallingSettings, IconVisibility};
use callport_core::time::WallTime;

use super::ProvisionRefusal;
use crate::journal::{About, Fact};
use crate::notice::Notice;
use crate::phones::UserEvent;
use crate::records::{Number, Restriction};
use crate::row::{Key, Row};
use crate::step::{Act, Cx, Draft, Input, Stop};
use crate::view::View;

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
        let (now, direction) = (cx.now, self.direction);
        let kept = |pause: &Restriction| pause.direction != direction && now < pause.until;
        let mut restrictions: Vec<_> = found.restrictions.iter().copied().filter(kept).collect();
        restrictions.extend(self.until.map(|until| Restriction { direction, until }));
        let number = Number { restrictions: restrictions.clone(), ..found.clone() };
        let about = About { waba: Some(number.waba.clone()), ..About::number(&number.id) };
        match self.until {
            Some(until) => {
                draft.note(cx, about, Fact::CallingPaused { direction, until_ms: until.unix_millis() });
                draft.told.push(Notice::Restricted {
                    waba: number.waba.clone(),
                    number_id: number.id.clone(),
                    number: number.number.clone(),
                    at: now,
                    restrictions,
                });
            }
            None => draft.note(cx, about, Fact::PauseLifted { direction }),
        }
        draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
        draft.put(Row::Number(number.clone()));
        Ok(number)
    }
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
        let (waba, number_id, at) = (found.waba.clone(), found.id.clone(), cx.now);
        draft.note(cx, About { waba: Some(waba.clone()), ..About::number(&number_id) }, Fact::QualityTold { notice: self.notice });
        draft.told.push(Notice::Quality {
            waba: waba.clone(),
            number_id: number_id.clone(),
            number: found.number.clone(),
            at,
            notice: self.notice,
        });
        if self.notice != QualityNotice::CallButtonHidden {
            return Ok(found.clone());
        }
        let settings = CallingSettings { call_icon_visibility: Some(IconVisibility::DisableAll), ..found.settings.clone() };
        if found.settings.announces(&settings) {
            let restrictions = found.restrictions.clone();
            draft.told.push(Notice::SettingsChanged { waba, number_id, at, settings: settings.clone(), restrictions });
        }
        let number = Number { settings, ..found.clone() };
        draft.acts.push(Act::ShowAll(UserEvent::BusinessesChanged));
        draft.put(Row::Number(number.clone()));
        Ok(number)
    }
}
