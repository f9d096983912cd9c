//! A user calls a business: gates, media, one transaction with the connect webhook, then the call has an owner.

use std::sync::Arc;

use callport_core::call::Call;
use callport_core::call_id::{CallId, Direction};
use callport_core::country::Country;
use callport_core::gate::{Attempt, DeviceKind, EntryPoint, Unavailable};
use callport_core::ids::PhoneNumberId;
use callport_core::limits::MAX_PAYLOAD;
use callport_core::message::MessageId;

use super::facts::facts;
use super::live::{Place, UserCall};
use super::task::CallTask;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, MediaFault, Notice, OpenCall, Parties};
use crate::records::{CallRecord, MessageBody, Number, Stage, TimelineEntry, TimelineKind, User, Waba};

/// A user's wish to call.
#[derive(Debug, Clone)]
pub struct Dial {
    /// Who calls.
    pub user: User,
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
pub struct Dialled {
    /// Its id.
    pub call: CallId,
    /// The platform's SDP answer for the phone.
    pub answer: String,
}

/// Why a call was not placed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DialRefusal {
    /// No such business number.
    #[error("there is no business with this number")]
    UnknownNumber,
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
    /// A payload beyond [`MAX_PAYLOAD`] characters.
    #[error("the payload of a call button or link has at most {MAX_PAYLOAD} characters")]
    PayloadTooLong,
    /// The phone's offer or the relay.
    #[error(transparent)]
    Media(#[from] MediaFault),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Places a user-initiated call. On success the connect webhook is durable and on its way.
    pub async fn dial(self: &Arc<Self>, mut dial: Dial) -> Result<Dialled, DialRefusal> {
        self.takes_calls()?;
        let too_long = |payload: &Option<String>| payload.as_ref().is_some_and(|text| text.chars().count() > MAX_PAYLOAD);
        if too_long(&dial.cta_payload) || too_long(&dial.deeplink_payload) {
            return Err(DialRefusal::PayloadTooLong);
        }
        let number = self.ports.store.number(&dial.number).await?.ok_or(DialRefusal::UnknownNumber)?;
        let waba = self.ports.store.waba(&number.waba).await?.ok_or(DialRefusal::UnknownNumber)?;
        let facts = facts(&waba, &number, &dial.user);
        let button_works = self.press_button(&mut dial).await?;
        let place = match self.take_place(&dial, &number, &waba, !button_works) {
            Ok(place) => place,
            Err(Unavailable::NoPaymentMethod) => {
                let notice = Notice::NoPaymentMethod { facts, at: self.now() };
                self.save(Vec::new(), &[notice]).await?;
                return Err(Unavailable::NoPaymentMethod.into());
            }
            Err(closed) => return Err(self.closed(&dial.user, closed)),
        };
        self.place_call(dial, number, facts, place).await
    }

    /// A closed gate, with the call that closes it.
    fn closed(&self, user: &User, why: Unavailable) -> DialRefusal {
        let call = self.live.call_of(&user.id).filter(|_| matches!(why, Unavailable::AlreadyCalling | Unavailable::OnAnotherCall));
        call.map_or(DialRefusal::Unavailable(why), |UserCall { call, .. }| DialRefusal::InCall { why, call })
    }

    /// Whether the tapped button, if any, works; the call gets its payload.
    async fn press_button(&self, dial: &mut Dial) -> Result<bool, Fault> {
        let Some(message) = &dial.button else { return Ok(true) };
        dial.entry = EntryPoint::CallButton;
        let message = self.ports.store.message(message).await?;
        let Some(message) = message.filter(|message| message.user == dial.user.id && message.number == dial.number) else {
            return Ok(false);
        };
        let MessageBody::Business(sent) = &message.body else { return Ok(false) };
        let Some((_, expires_at, payload)) = sent.content.call_button() else { return Ok(false) };
        dial.cta_payload = payload.map(str::to_owned);
        Ok(self.now() < expires_at)
    }

    fn take_place(&self, dial: &Dial, number: &Number, waba: &Waba, button_expired: bool) -> Result<Place, Unavailable> {
        let paused = number.paused_until(Direction::UserInitiated, self.now()).is_some();
        self.live.take(&dial.user.id, &number.id, |busy| {
            Attempt {
                settings: &number.settings,
                user_country: Country::of(&dial.user.number),
                entry: dial.entry,
                device: dial.device,
                paused,
                button_expired,
                payment_method: waba.payment_method,
                pair_busy: busy.pair,
                user_busy: busy.user,
                concurrent: busy.concurrent,
                concurrent_limit: self.config.limits.concurrent_calls,
            }
            .check()
        })
    }

    async fn place_call(self: &Arc<Self>, dial: Dial, number: Number, facts: Parties, place: Place) -> Result<Dialled, DialRefusal> {
        let now = self.now();
        let id = CallId::compose(&dial.user.number, Direction::UserInitiated, &number.number, self.random());
        let codecs: Vec<_> = number.settings.codecs().iter().copied().filter(|codec| self.ports.media.transcodes(*codec)).collect();
        let request = OpenCall { call: id.clone(), number: number.id.clone(), phone_offer: dial.offer, codecs: codecs.clone(), now };
        let opened = self.ports.media.open(request).await?;
        let record = CallRecord {
            id: id.clone(),
            direction: Direction::UserInitiated,
            number: number.id,
            waba: number.waba,
            user: dial.user.id,
            device: Some(dial.device),
            placed_at: now,
            stage: Stage::Calling,
            cta_payload: dial.cta_payload,
            deeplink_payload: dial.deeplink_payload,
            opaque: None,
            codecs,
            media: None,
        };
        let connect = Notice::Connect {
            facts: facts.clone(),
            call: id.clone(),
            direction: Direction::UserInitiated,
            at: now,
            sdp: opened.business_offer,
            cta_payload: record.cta_payload.clone(),
            deeplink_payload: record.deeplink_payload.clone(),
            opaque: None,
        };
        let placed = TimelineEntry { call: id.clone(), at: now, kind: TimelineKind::User, text: "the user placed the call".to_owned() };
        // The owner exists before the webhook can be answered: a backend may pre-accept before our commit returns to us.
        let owner = CallTask::prepare(self.clone(), Call::place(now, self.config.timers), record.clone(), facts, place);
        if let Err(fault) = self.save_placed(record, placed, connect).await {
            self.ports.media.close(&id);
            self.live.disown(&id);
            return Err(fault.into());
        }
        tracing::info!(call = id.short(), "user-initiated call placed");
        owner.start();
        Ok(Dialled { call: id, answer: opened.phone_answer })
    }

    /// A call by the user is also a word of the user: it opens the customer service window.
    async fn save_placed(&self, record: CallRecord, placed: TimelineEntry, connect: Notice) -> Result<(), Fault> {
        let held = self.hold_pair(&record.number, &record.user).await?;
        let heard = held.pair().clone().heard(record.placed_at);
        let mut changes: Vec<_> = held.becomes(heard).into_iter().collect();
        changes.extend([Change::PutCall(Box::new(record)), Change::AddTimeline(placed)]);
        self.save(changes, &[connect]).await
    }
}
