//! A business calls a user: rules, media, one transaction with the connect webhook, then the user's phones ring.

use std::sync::Arc;

use callport_core::call::Call;
use callport_core::call_id::{CallId, Direction};
use callport_core::limits::MAX_PAYLOAD;
use callport_core::outreach::{Known, OutreachRefusal, Sender};

use super::facts::facts;
use super::live::{Place, UserCall};
use super::starts::Start;
use super::task::CallTask;
use crate::directory::To;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{BusinessOfferFault, Change, Notice, OpenBusinessCall, OpenedBusinessCall};
use crate::records::{CallRecord, Number, Stage, TimelineEntry, TimelineKind, User, Waba};

/// A business's wish to call: `connect`.
#[derive(Debug, Clone)]
pub struct PlaceCall {
    /// The business number.
    pub number: Number,
    /// Whom.
    pub to: To,
    /// `session.sdp`.
    pub offer: String,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
}

/// Why a call was not placed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PlaceRefusal {
    /// A rule says no.
    #[error(transparent)]
    Outreach(#[from] OutreachRefusal),
    /// The same with the call that is in the way.
    #[error("{}: {}; terminate ends it, or the operator with `callport admin hang-up {}`", OutreachRefusal::Duplicate, call.short(), call.short())]
    InCall {
        /// The call of this number and this user.
        call: CallId,
    },
    /// `biz_opaque_callback_data` beyond [`MAX_PAYLOAD`] characters.
    #[error("biz_opaque_callback_data has more than {MAX_PAYLOAD} characters")]
    OpaqueTooLong,
    /// The SDP offer.
    #[error("{0}")]
    BadOffer(String),
    /// The store or the relay failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<BusinessOfferFault> for PlaceRefusal {
    fn from(fault: BusinessOfferFault) -> Self {
        match fault {
            BusinessOfferFault::Refused(reason) => Self::BadOffer(reason),
            BusinessOfferFault::Unavailable(reason) => Fault::new("engine: place", reason).into(),
        }
    }
}

impl Engine {
    /// Places a business-initiated call. On success the connect webhook with our answer is durable and on its way.
    pub async fn place(self: &Arc<Self>, wish: PlaceCall) -> Result<CallId, PlaceRefusal> {
        self.takes_calls()?;
        if wish.opaque.as_ref().is_some_and(|data| data.chars().count() > MAX_PAYLOAD) {
            return Err(PlaceRefusal::OpaqueTooLong);
        }
        let missing = || Fault::new("engine: place", "the number's WABA is gone");
        let waba = self.ports.store.waba(&wish.number.waba).await?.ok_or_else(missing)?;
        let user = self.find_user(&waba, &wish.to).await?;
        let user = self.check_outreach(&wish, user).await?;
        let start = self.count_start(&wish.number.id, self.now()).await?.ok_or(OutreachRefusal::TooManyStarts)?;
        let place = self.take_business_place(&wish.number, &user).map_err(|refusal| self.in_the_way(&user, refusal))?;
        self.place_with(wish, &waba, user, place, start).await
    }

    /// Everything that can be said before a place is taken, in the documented order.
    async fn check_outreach(&self, wish: &PlaceCall, user: Option<User>) -> Result<User, PlaceRefusal> {
        let (now, number) = (self.now(), &wish.number);
        let pair = match &user {
            Some(user) => self.pair(&number.id, &user.id).await?,
            None => callport_core::pair::Pair::default(),
        };
        let reached = user.as_ref().map(|user| &user.number).or(wish.to.number());
        let known = user.as_ref().map(|user| Known { pair: &pair, callable: !user.outdated_app });
        let limits = self.config.pairs.of(number.account_mode);
        self.sender(number, now).may_call(now, reached, known, limits)?;
        Ok(user.ok_or(OutreachRefusal::Uncallable)?)
    }

    /// The business's side of an attempt to reach a user.
    pub fn sender<'a>(&'a self, number: &'a Number, now: callport_core::time::WallTime) -> Sender<'a> {
        Sender {
            number: &number.number,
            enabled: number.settings.enabled(),
            paused_until: number.paused_until(Direction::BusinessInitiated, now),
            allowed_recipients: number.allowed_recipients.as_deref(),
            no_business_calls: &self.config.no_business_calls,
        }
    }

    /// A user in another call is no refusal: that call is placed and ends as busy.
    fn take_business_place(&self, number: &Number, user: &User) -> Result<Place, OutreachRefusal> {
        self.live.take(&user.id, &number.id, |busy| {
            if busy.concurrent >= self.config.limits.concurrent_calls {
                return Err(OutreachRefusal::TooManyCalls);
            }
            if busy.pair { Err(OutreachRefusal::Duplicate) } else { Ok(()) }
        })
    }

    /// A refusal, with the call that is in the way, if one is.
    fn in_the_way(&self, user: &User, refusal: OutreachRefusal) -> PlaceRefusal {
        let call = self.live.call_of(&user.id).filter(|_| refusal == OutreachRefusal::Duplicate);
        call.map_or(refusal.into(), |UserCall { call, .. }| PlaceRefusal::InCall { call })
    }

    async fn place_with(
        self: &Arc<Self>,
        wish: PlaceCall,
        waba: &Waba,
        user: User,
        place: Place,
        start: Start,
    ) -> Result<CallId, PlaceRefusal> {
        let (now, number) = (self.now(), wish.number);
        let id = CallId::compose(&user.number, Direction::BusinessInitiated, &number.number, self.random());
        let codecs: Vec<_> = number.settings.codecs().iter().copied().filter(|codec| self.ports.media.transcodes(*codec)).collect();
        let request =
            OpenBusinessCall { call: id.clone(), number: number.id.clone(), business_offer: wish.offer, codecs: codecs.clone(), now };
        let OpenedBusinessCall { business_answer, warnings } = self.ports.media.open_business_call(request).await?;
        let facts = facts(waba, &number, &user);
        let record = CallRecord {
            id: id.clone(),
            direction: Direction::BusinessInitiated,
            number: number.id,
            waba: number.waba,
            user: user.id,
            device: None,
            placed_at: now,
            stage: Stage::Calling,
            cta_payload: None,
            deeplink_payload: None,
            opaque: wish.opaque.clone(),
            codecs,
            media: None,
        };
        let connect = Notice::Connect {
            facts: facts.clone(),
            call: id.clone(),
            direction: Direction::BusinessInitiated,
            at: now,
            sdp: business_answer,
            cta_payload: None,
            deeplink_payload: None,
            opaque: wish.opaque.clone(),
        };
        let line = |kind, text| Change::AddTimeline(TimelineEntry { call: id.clone(), at: now, kind, text });
        let mut changes = vec![Change::PutCall(Box::new(record.clone()))];
        changes.push(line(TimelineKind::Api, "connect from the business".to_owned()));
        changes.extend(warnings.into_iter().map(|warning| line(TimelineKind::Media, warning)));
        // The owner exists before the webhook is out: a backend may terminate before our commit returns to us.
        let owner = CallTask::prepare(self.clone(), Call::offer(now, self.config.timers, wish.opaque), record, facts, place);
        if let Err(fault) = self.save(changes, &[connect]).await {
            self.ports.media.close(&id);
            self.live.disown(&id);
            return Err(fault.into());
        }
        start.keep();
        tracing::info!(call = id.short(), "business-initiated call placed");
        owner.start();
        Ok(id)
    }
}
