//! A user calls a business: gates, media, the call with its connect (platform docs, User-initiated calls).

use callport_core::call::Call;
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::{CallAttempt, DeviceKind, EntryPoint, Unavailable};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::limits::{DAY, MAX_PAYLOAD};
use callport_core::message::MessageId;

use crate::journal::{About, Fact};
use crate::line::line_of;
use crate::notice::Notice;
use crate::parties::parties;
use crate::phones::{UserCall, UserEvent};
use crate::records::{CallLine, CallRecord, MessageBody, Stage};
use crate::routing::somebody_pays;
use crate::row::{CallRow, Key, Row};
use crate::step::{Cx, Draft, Guard, Input, Stop, refusal};
use crate::view::{Ask, BusyAsk, MediaAnswer, MediaFault, Need, View};

/// Places a user's call.
#[derive(Debug, Clone)]
pub struct PlaceUserCall {
    /// The call's id, if it is placed.
    pub call: CallId,
    /// What the user asked for.
    pub new: NewUserCall,
}

/// A user's wish to call.
#[derive(Debug, Clone)]
pub struct NewUserCall {
    /// Who calls.
    pub user: UserId,
    /// With what.
    pub device: DeviceKind,
    /// Whom.
    pub number: PhoneNumberId,
    /// From where.
    pub entry: EntryPoint,
    /// The phone's SDP offer.
    pub offer: String,
    /// The message whose call button was tapped: its payload is known here.
    pub button: Option<MessageId>,
    /// `payload` of a call button, from a caller that is trusted to know it.
    pub cta_payload: Option<String>,
    /// `biz_payload` of the deep link.
    pub deeplink_payload: Option<String>,
}

/// A placed call.
#[derive(Debug, Clone)]
pub struct PlacedUserCall {
    /// Its id.
    pub call: CallId,
    /// The platform's SDP answer for the phone.
    pub answer: String,
}

/// Why a call was not placed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaceUserCallRefusal {
    /// No such business number.
    #[error("there is no business with this number")]
    UnknownNumber,
    /// No such user any more.
    #[error("there is no such user")]
    UnknownUser,
    /// The user blocks the business.
    #[error("the user blocks this business")]
    Blocked,
    /// A gate is closed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The user is in a call, which is the one that could be ended.
    #[error("{why}: call {} is live, and `callport admin hang-up {}` ends it", call.short(), call.short())]
    InCall {
        /// The gate that is closed.
        why: Unavailable,
        /// The user's call.
        call: CallId,
    },
    /// Its calls go by SIP, and no app that may have them has a server.
    #[error(
        "calls of this business go by SIP, and none of its apps has a SIP server and the permission whatsapp_business_messaging for the number"
    )]
    NoSipServer,
    /// A payload beyond [`MAX_PAYLOAD`] characters.
    #[error("the payload of a call button or link has at most {MAX_PAYLOAD} characters")]
    PayloadTooLong,
    /// The platform stops.
    #[error("the platform is stopping and places no more calls")]
    Stopping,
    /// The phone's offer or the relay.
    #[error(transparent)]
    Media(#[from] MediaFault),
}

type No = Stop<PlaceUserCallRefusal>;

refusal!(PlaceUserCallRefusal);

impl Input for PlaceUserCall {
    type Done = PlacedUserCall;
    type Refusal = PlaceUserCallRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<PlacedUserCall, No> {
        if !cx.takes_calls {
            return Err(PlaceUserCallRefusal::Stopping.into());
        }
        let too_long = |payload: &Option<String>| payload.as_ref().is_some_and(|text| text.chars().count() > MAX_PAYLOAD);
        if too_long(&self.new.cta_payload) || too_long(&self.new.deeplink_payload) {
            return Err(PlaceUserCallRefusal::PayloadTooLong.into());
        }
        let number = view.number(Key::Number(self.new.number.clone()))?.ok_or(PlaceUserCallRefusal::UnknownNumber)?;
        let waba = view.waba(Key::Waba(number.waba.clone()))?.ok_or(PlaceUserCallRefusal::UnknownNumber)?;
        let user = view.user(Key::User(self.new.user.clone()))?.ok_or(PlaceUserCallRefusal::UnknownUser)?;
        let pair = view.pair(&number.id, &user.id)?;
        if pair.is_blocked() {
            return Err(PlaceUserCallRefusal::Blocked.into());
        }
        let parties = parties(waba, number, user);
        let (entry, button) = self.pressed(view, cx)?;
        let limit = cx.rules.limits.concurrent_calls;
        let ask = BusyAsk { number: Some(number.id.clone()), user: user.id.clone(), since: cx.now - DAY, most: u32::MAX };
        let busy = view.busy(ask)?;
        let gates = CallAttempt {
            settings: &number.settings,
            user_country: user.number.country(),
            hidden_icon: cx.rules.hidden_icon,
            entry,
            device: self.new.device,
            paused: number.paused_until(Direction::UserInitiated, cx.now).is_some(),
            standing: number.settings.standing(cx.now, cx.rules.holidays),
            button_expired: button.is_none(),
            payment_method: somebody_pays(view, number, waba)?,
            pair_busy: busy.user.as_ref().is_some_and(|(_, with)| *with == number.id),
            user_busy: busy.user.is_some(),
            concurrent: busy.concurrent,
            concurrent_limit: limit,
        };
        gates.check().map_err(|why| match (why, &busy.user) {
            (Unavailable::NoPaymentMethod, _) => {
                let notice = Notice::NoPaymentMethod { parties: parties.clone(), at: cx.now };
                Stop::NoAndTell(why.into(), Box::new(notice))
            }
            (Unavailable::AlreadyCalling | Unavailable::OnAnotherCall, Some((call, _))) => {
                PlaceUserCallRefusal::InCall { why, call: call.clone() }.into()
            }
            _ => why.into(),
        })?;
        let line = line_of(view, number)?.ok_or(PlaceUserCallRefusal::NoSipServer)?;
        let codecs: Vec<_> = number.settings.codecs().iter().copied().filter(|codec| cx.transcodes.contains(codec)).collect();
        let ask = Ask::OpenUserCall {
            call: self.call.clone(),
            number: number.id.clone(),
            offer: self.new.offer.clone(),
            codecs: codecs.clone(),
            keys: number.settings.keys(),
        };
        let MediaAnswer::OpenedUserCall { phone_answer, business_offer } = view.media(ask)?? else {
            return Err(MediaFault::Unavailable("the media plane answered another question".to_owned()).into());
        };
        let record = CallRecord {
            id: self.call.clone(),
            direction: Direction::UserInitiated,
            number: number.id.clone(),
            waba: waba.id.clone(),
            user: user.id.clone(),
            device: Some(self.new.device),
            placed_at: cx.now,
            stage: Stage::Calling,
            cta_payload: button.flatten().or_else(|| self.new.cta_payload.clone()),
            deeplink_payload: self.new.deeplink_payload.clone(),
            opaque: None,
            line: line.clone(),
            keys: number.settings.keys(),
            codecs,
            media: None,
        };
        draft.guards = vec![Guard::UserFree(user.id.clone()), Guard::Concurrent { number: number.id.clone(), most: limit }];
        if let CallLine::Sip { webhooks: true, .. } = &line {
            let (parties, call) = (parties.clone(), self.call.clone());
            draft.told.push(Notice::CallCreated { parties, call, direction: Direction::UserInitiated, at: cx.now });
        }
        draft.told.push(Notice::Connect {
            parties,
            call: self.call.clone(),
            direction: Direction::UserInitiated,
            at: cx.now,
            sdp: business_offer.clone(),
            cta_payload: record.cta_payload.clone(),
            deeplink_payload: record.deeplink_payload.clone(),
            opaque: None,
            line,
        });
        draft.note(cx, About::call(&record), Fact::UserPlacedCall { device: self.new.device });
        // A call by the user is also a word of the user: it opens the customer service window.
        draft.put_pair(&number.id, &user.id, &pair, pair.clone().heard(cx.now));
        let call = Call::place(cx.now, cx.rules.timers);
        draft.show(
            &user.id,
            UserEvent::View(UserCall {
                call: self.call.clone(),
                number: number.id.clone(),
                direction: Direction::UserInitiated,
                view: call.view(),
                since: None,
            }),
        );
        draft.put(Row::Call(CallRow { record, call, owner: cx.node, holds_user: true, joined: false }));
        Ok(PlacedUserCall { call: self.call.clone(), answer: phone_answer.clone() })
    }

    fn refused(&self, why: &PlaceUserCallRefusal) -> Option<(About, Fact)> {
        let about = About { user: Some(self.new.user.clone()), ..About::number(&self.new.number) };
        Some((about, Fact::UserCallRefused { says: why.to_string() }))
    }
}

impl PlaceUserCall {
    /// Where the call comes from, and the tapped button's payload. `None` for a button that works no more, or is none.
    fn pressed(&self, view: &View, cx: &Cx<'_>) -> Result<(EntryPoint, Option<Option<String>>), Need> {
        let Some(button) = &self.new.button else { return Ok((self.new.entry, Some(None))) };
        let message = view.message_of(button)?.filter(|message| message.user == self.new.user && message.number == self.new.number);
        let found = message.and_then(|message| match &message.body {
            MessageBody::Business(sent) => sent.content.call_button(),
            _ => None,
        });
        let works = found.filter(|(_, expires_at, _)| cx.now < *expires_at);
        Ok((EntryPoint::CallButton, works.map(|(_, _, payload)| payload.map(str::to_owned))))
    }
}
