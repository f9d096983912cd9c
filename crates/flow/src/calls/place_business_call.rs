//! A business calls a user: rules in the published order, media, the call with its connect (platform docs, Business-initiated calls).

use callport_core::call::Call;
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::limits::{DAY, MAX_PAYLOAD};
use callport_core::number::PhoneNumber;
use callport_core::outreach::{Known, OutreachRefusal, Sender};
use callport_core::pair::Pair;
use callport_core::time::WallTime;

use super::turn::turn;
use crate::journal::{About, Fact};
use crate::line::{by_sip, may_have_calls};
use crate::notice::Notice;
use crate::parties::parties;
use crate::phones::{UserCall, UserEvent};
use crate::records::{CallLine, CallRecord, Number, Stage};
use crate::routing::account_of;
use crate::row::{CallRow, Key, Row};
use crate::step::{Cx, Draft, Guard, Input, Rules, Stop, refusal};
use crate::view::{Ask, BusyAsk, MediaAnswer, MediaFault, View};

/// A business's wish to call: `connect`.
#[derive(Debug, Clone)]
pub struct PlaceBusinessCall {
    /// The call's id, if it is placed.
    pub call: CallId,
    /// The business number.
    pub number: PhoneNumberId,
    /// The account of the number that calls and pays; `None`: the one that owns it.
    pub account: Option<WabaId>,
    /// Whom; `None` where nobody was found by what the request named.
    pub user: Option<UserId>,
    /// The number that the request named, if it named one.
    pub to: Option<PhoneNumber>,
    /// `session.sdp`.
    pub offer: String,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
    /// The app whose SIP server sends it; `None`: the request came by the Graph API.
    pub sip: Option<AppId>,
}

/// Why a call was not placed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaceBusinessCallRefusal {
    /// No such business number any more.
    #[error("there is no business number with this id")]
    UnknownNumber,
    /// A rule says no.
    #[error(transparent)]
    Outreach(#[from] OutreachRefusal),
    /// The same with the call that is in the way.
    #[error("{}: {}; terminate ends it, or the operator with `callport admin hang-up {}`", OutreachRefusal::Duplicate, call.short(), call.short())]
    InCall {
        /// The call of this number and this user.
        call: CallId,
    },
    /// Calls of the number go by SIP, and this one came by the Graph API (131055); or the other way round.
    #[error("calls of this phone number {}", other_line(*by_sip))]
    OtherLine {
        /// They go by SIP.
        by_sip: bool,
    },
    /// The app has a server for the number, and not the permission.
    #[error("the app has a SIP server for this phone number, and not the permission whatsapp_business_messaging")]
    AppNotAllowed,
    /// `biz_opaque_callback_data` beyond [`MAX_PAYLOAD`] characters.
    #[error("biz_opaque_callback_data has more than {MAX_PAYLOAD} characters")]
    OpaqueTooLong,
    /// The platform stops.
    #[error("the platform is stopping and places no more calls")]
    Stopping,
    /// The SDP offer, or the relay.
    #[error(transparent)]
    Media(#[from] MediaFault),
}

type No = Stop<PlaceBusinessCallRefusal>;

refusal!(PlaceBusinessCallRefusal);

impl Input for PlaceBusinessCall {
    type Done = CallId;
    type Refusal = PlaceBusinessCallRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<CallId, No> {
        if !cx.takes_calls {
            return Err(PlaceBusinessCallRefusal::Stopping.into());
        }
        if self.opaque.as_ref().is_some_and(|data| data.chars().count() > MAX_PAYLOAD) {
            return Err(PlaceBusinessCallRefusal::OpaqueTooLong.into());
        }
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(PlaceBusinessCallRefusal::UnknownNumber)?;
        let account = account_of(view, number, self.account.as_ref())?.ok_or(PlaceBusinessCallRefusal::UnknownNumber)?;
        let waba = view.waba(Key::Waba(account))?.ok_or(PlaceBusinessCallRefusal::UnknownNumber)?;
        let by_sip_now = number.settings.by_sip();
        if by_sip_now != self.sip.is_some() {
            return Err(PlaceBusinessCallRefusal::OtherLine { by_sip: by_sip_now }.into());
        }
        let line = match &self.sip {
            Some(app) if !may_have_calls(view, number, app)? => return Err(PlaceBusinessCallRefusal::AppNotAllowed.into()),
            Some(app) => by_sip(number, app),
            None => CallLine::Webhooks,
        };
        let user = match &self.user {
            Some(user) => view.user(Key::User(user.clone()))?,
            None => None,
        };
        let pair = user.map_or(Ok(Pair::default()), |user| view.pair(&number.id, &user.id))?;
        let reached = user.map(|user| &user.number).or(self.to.as_ref());
        let known = user.map(|user| Known { pair: &pair, callable: !user.outdated_app });
        sender(number, cx.now, cx.rules).may_call(cx.now, reached, known, cx.limits(number.account_mode))?;
        let user = user.ok_or(OutreachRefusal::Uncallable)?;

        let (since, starts) = (cx.now - DAY, cx.rules.limits.business_calls_per_day);
        let busy = view.busy(BusyAsk { number: Some(number.id.clone()), user: user.id.clone(), since, most: starts })?;
        let most = cx.rules.limits.concurrent_calls;
        if busy.started_too_many {
            return Err(OutreachRefusal::TooManyStarts.into());
        }
        if busy.concurrent >= most {
            return Err(OutreachRefusal::TooManyCalls.into());
        }
        if let Some((call, _)) = busy.user.as_ref().filter(|(_, with)| *with == number.id) {
            return Err(PlaceBusinessCallRefusal::InCall { call: call.clone() }.into());
        }
        let codecs: Vec<_> = number.settings.codecs().iter().copied().filter(|codec| cx.transcodes.contains(codec)).collect();
        let ask = Ask::OpenBusinessCall {
            call: self.call.clone(),
            number: number.id.clone(),
            offer: self.offer.clone(),
            codecs: codecs.clone(),
            keys: number.settings.keys(),
        };
        let MediaAnswer::OpenedBusinessCall { business_answer, warnings } = view.media(ask)?? else {
            return Err(MediaFault::Unavailable("the media plane answered another question".to_owned()).into());
        };
        let record = CallRecord {
            id: self.call.clone(),
            direction: Direction::BusinessInitiated,
            number: number.id.clone(),
            waba: waba.id.clone(),
            user: user.id.clone(),
            device: None,
            placed_at: cx.now,
            stage: Stage::Calling,
            cta_payload: None,
            deeplink_payload: None,
            opaque: self.opaque.clone(),
            line: line.clone(),
            keys: number.settings.keys(),
            codecs,
            media: None,
        };
        draft.guards =
            vec![Guard::Concurrent { number: number.id.clone(), most }, Guard::Starts { number: number.id.clone(), since, most: starts }];
        let parties = parties(waba, number, user);
        if let CallLine::Sip { webhooks: true, .. } = &line {
            let (parties, call) = (parties.clone(), self.call.clone());
            draft.told.push(Notice::CallCreated { parties, call, direction: Direction::BusinessInitiated, at: cx.now });
        }
        draft.told.push(Notice::Connect {
            parties,
            call: self.call.clone(),
            direction: Direction::BusinessInitiated,
            at: cx.now,
            sdp: business_answer.clone(),
            cta_payload: None,
            deeplink_payload: None,
            opaque: self.opaque.clone(),
            line,
        });
        draft.note(cx, About::call(&record), Fact::BusinessAsked { action: "connect".to_owned() });
        for says in warnings {
            draft.note(cx, About::call(&record), Fact::DescriptionOdd { says: says.clone() });
        }
        let call = Call::offer(cx.now, cx.rules.timers, self.opaque.clone());
        let row = CallRow { record, call, owner: cx.node, holds_user: busy.user.is_none(), joined: false };
        if row.holds_user {
            draft.guards.push(Guard::UserFree(user.id.clone()));
            draft.show(
                &user.id,
                UserEvent::View(UserCall {
                    call: self.call.clone(),
                    number: number.id.clone(),
                    direction: Direction::BusinessInitiated,
                    view: row.call.view(),
                    since: None,
                }),
            );
            draft.put(Row::Call(row));
        } else if let Ok(step) = row.call.clone().user_busy(cx.now) {
            // A user in another call is no refusal: the call is placed, and over as busy, in one commit.
            draft.note(cx, About::call(&row.record), Fact::UserBusy);
            turn(draft, view, cx, row, step)?;
        }
        Ok(self.call.clone())
    }

    fn refused(&self, why: &PlaceBusinessCallRefusal) -> Option<(About, Fact)> {
        let about = About { user: self.user.clone(), ..About::number(&self.number) };
        Some((about, Fact::BusinessRefused { action: "connect".to_owned(), says: why.to_string() }))
    }
}

fn other_line(by_sip: bool) -> &'static str {
    if by_sip { "go by SIP: the Graph API places, takes and ends none" } else { "go by the Graph API: SIP is switched off" }
}

/// The business's side of an attempt to reach a user.
pub fn sender<'a>(number: &'a Number, now: WallTime, rules: &'a Rules) -> Sender<'a> {
    Sender {
        number: &number.number,
        enabled: number.settings.enabled(),
        paused_until: number.paused_until(Direction::BusinessInitiated, now),
        allowed_recipients: number.allowed_recipients.as_deref(),
        no_business_calls: &rules.no_business_calls,
    }
}
