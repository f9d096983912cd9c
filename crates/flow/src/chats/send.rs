//! A business sends a message: rules, the message with its first status, then the user's phones show it
//! (platform docs, Send messages; Call buttons and deep links; Obtain user call permissions).

use std::time::Duration;

use callport_core::bsuid::Bsuid;
use callport_core::call_hours::Zone;
use callport_core::ids::{PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::limits::MAX_PAYLOAD;
use callport_core::message::{Author, Button, CALL_BUTTON_LIFE, CALL_BUTTON_TEXT, Content, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::Pair;
use callport_core::template::{Arguments, Category, FillRefusal, Template, TemplateStatus};
use callport_core::time::WallTime;

use super::{Words, threads};
use crate::calls::sender;
use crate::journal::{About, Fact};
use crate::notice::{Notice, Recipient};
use crate::parties::parties;
use crate::phones::UserEvent;
use crate::records::{Message, MessageBody, Number, PairRecord, Progress, Sent, Tariff, TariffCategory, TemplateRecord, User, Waba};
use crate::routing::{account_of, routing_of};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{FreeAsk, Need, View};

/// A business's wish to send: `POST /{pnid}/messages`. What comes of it is told by statuses.
#[derive(Debug, Clone)]
pub struct Send {
    /// The business number.
    pub number: PhoneNumberId,
    /// The account of the number that sends and pays; `None`: the one that owns it.
    pub account: Option<WabaId>,
    /// The business that owns the sending app, where somebody said so.
    pub business: Option<PortfolioId>,
    /// Whom; `None` where nobody was found by what the request named.
    pub user: Option<UserId>,
    /// The number that the request named, if it named one.
    pub to: Option<PhoneNumber>,
    /// What.
    pub draft: MessageDraft,
    /// `context.message_id`.
    pub context: Option<String>,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
}

/// What a business sends, before it is filled and dated.
#[derive(Debug, Clone)]
pub enum MessageDraft {
    /// `text`.
    Text(String),
    /// `interactive.voice_call`.
    CallButton {
        /// `header.text`.
        header: Option<String>,
        /// `body.text`.
        body: String,
        /// `footer.text`.
        footer: Option<String>,
        /// `display_text`; [`CALL_BUTTON_TEXT`] when absent.
        text: Option<String>,
        /// `ttl_minutes`; [`CALL_BUTTON_LIFE`] when absent.
        life: Option<Duration>,
        /// `payload`.
        payload: Option<String>,
    },
    /// `interactive.call_permission_request`.
    PermissionRequest {
        /// `body.text`.
        body: Option<String>,
    },
    /// `template`. Its category and status are those on record when the message is judged, not those that the sender read.
    Template {
        /// Which.
        id: TemplateId,
        /// Its content, which never changes.
        template: Box<Template>,
        /// What fills it.
        arguments: Arguments,
    },
}

/// An accepted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// `messages[].id`.
    pub id: MessageId,
    /// `contacts[].wa_id`; `None` for an id that is nobody's.
    pub user: Option<PhoneNumber>,
    /// `contacts[].user_id` of a user that exists.
    pub bsuid: Option<Bsuid>,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SendRefusal {
    /// A rule says no.
    #[error(transparent)]
    Outreach(#[from] OutreachRefusal),
    /// 131070.
    #[error("this thread belongs to another business, as conversation routing says")]
    OtherOwner,
    /// 131021.
    #[error("the recipient is this phone number itself")]
    ToItself,
    /// `biz_opaque_callback_data` beyond [`MAX_PAYLOAD`] characters.
    #[error("biz_opaque_callback_data has more than {MAX_PAYLOAD} characters")]
    OpaqueTooLong,
    /// 132000, 132005, 132012.
    #[error(transparent)]
    Fill(#[from] FillRefusal),
    /// 132001: removed after the request named it.
    #[error("this template was removed")]
    NoTemplate,
    /// 132015, 132016, and 132001 for one that was not approved yet.
    #[error("this template cannot be sent: its status is {}", .0.name())]
    Template(TemplateStatus),
    /// A business-scoped id that is nobody's.
    #[error("there is no user with this business-scoped user id")]
    UnknownId,
    /// No such business number any more.
    #[error("there is no business number with this id")]
    UnknownNumber,
}

type No = Stop<SendRefusal>;

refusal!(SendRefusal);

impl Input for Send {
    type Done = SentMessage;
    type Refusal = SendRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<SentMessage, No> {
        if self.opaque.as_ref().is_some_and(|data| data.chars().count() > MAX_PAYLOAD) {
            return Err(SendRefusal::OpaqueTooLong.into());
        }
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(SendRefusal::UnknownNumber)?;
        if self.to.as_ref().is_some_and(|to| to.is_same_line(&number.number)) {
            return Err(SendRefusal::ToItself.into());
        }
        let account = account_of(view, number, self.account.as_ref())?.ok_or(SendRefusal::UnknownNumber)?;
        let waba = view.waba(Key::Waba(account))?.ok_or(SendRefusal::UnknownNumber)?;
        let user = match &self.user {
            Some(user) => view.user(Key::User(user.clone()))?,
            None => None,
        };
        match user {
            Some(user) => self.send_to(view, cx, draft, number, waba, user),
            None => self.send_to_nobody(view, cx, draft, number, waba),
        }
    }

    fn refused(&self, why: &SendRefusal) -> Option<(About, Fact)> {
        let about = About { user: self.user.clone(), ..About::number(&self.number) };
        Some((about, Fact::BusinessRefused { action: "messages".to_owned(), says: why.to_string() }))
    }
}

/// Whether the number had as many free service messages in this month, by its account's time zone, as it may have.
fn free_ones_are_used_up(view: &View, cx: &Cx<'_>, number: &Number, waba: &Waba) -> Result<bool, Need> {
    let most = cx.rules.limits.free_service_messages;
    // A time zone that the database does not know counts as UTC.
    let since = Zone::parse(&waba.timezone).unwrap_or_default().month_start(cx.now);
    Ok(view.free_messages(FreeAsk { number: number.id.clone(), since, most })? >= most)
}

impl Send {
    fn send_to(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft, number: &Number, waba: &Waba, user: &User) -> Result<SentMessage, No> {
        let (parties, now) = (parties(waba, number, user), cx.now);
        let pair = view.pair(&number.id, &user.id)?;
        let category = self.template(view, waba)?;
        let routing = routing_of(view, number, waba)?;
        let words = Words { parties: &parties, user: &user.id, nth: 0 };
        let owner = match routing {
            Some(routing) if category == TariffCategory::Service => {
                let written = threads::written(view, cx, draft, routing, &words, self.business.as_ref())?;
                written.map_err(|threads::OtherOwner| SendRefusal::OtherOwner)?
            }
            routing => threads::owner_of(view, cx, routing, number, &user.id)?,
        };
        self.may_send(cx, number, Some(&user.number), &pair)?;
        let content = compose(self.draft.clone(), now)?;
        // A business that is blocked is told what it is told of an app that is too old, or not there.
        let unfit = user.outdated_app && content.needs_current_app();
        let shown = !pair.is_blocked() && !unfit;
        let charged = category != TariffCategory::Service || (shown && free_ones_are_used_up(view, cx, number, waba)?);
        let progress = match (shown, charged && category == TariffCategory::Service && !waba.payment_method) {
            (false, _) => Progress::Undeliverable,
            (true, true) => Progress::Unpaid,
            (true, false) => Progress::Sent,
        };
        let tariff = Tariff { category, free: shown && !charged };
        let id = MessageId::compose(&user.number, Author::Business, cx.message_bytes(0));
        // A pair appears with its first message, so that the chat is listed.
        let after = if content.asks_permission { pair.clone().request(now) } else { pair.clone() };
        if after != pair || !view.has_pair(&number.id, &user.id)? {
            draft.put(Row::Pair(PairRecord { number: number.id.clone(), user: user.id.clone(), pair: after }));
        }
        let status = Notice::MessageStatus {
            recipient: Recipient::from(&parties),
            message: id.clone(),
            at: now,
            progress,
            tariff: (progress == Progress::Sent).then_some(tariff),
            opaque: self.opaque.clone(),
        };
        let (template, shows) = (category != TariffCategory::Service, Box::new(content.clone()));
        let echo = Notice::Echo { parties: parties.clone(), message: id.clone(), at: now, content: shows, template };
        threads::read_along(draft, routing, owner.as_ref(), &parties, echo);
        draft.told.push(status);
        let (asks_permission, undeliverable, unpaid) =
            (content.asks_permission, progress == Progress::Undeliverable, progress == Progress::Unpaid);
        draft.note(cx, About::pair(&parties, &user.id).of_message(&id), Fact::MessageSent { asks_permission, undeliverable, unpaid });
        let message = Message {
            id: id.clone(),
            number: number.id.clone(),
            waba: waba.id.clone(),
            user: user.id.clone(),
            at: now,
            body: MessageBody::Business(Sent { content, tariff, progress, opaque: self.opaque.clone() }),
            context: self.context.clone(),
        };
        if progress == Progress::Sent {
            draft.show(&user.id, UserEvent::Message(Box::new(message.clone())));
        }
        draft.put(Row::Message(message));
        Ok(SentMessage { id, user: Some(user.number.clone()), bsuid: Some(parties.bsuid) })
    }

    /// Accepted like any other, and told as undeliverable: the platform does not say in advance who exists.
    fn send_to_nobody(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft, number: &Number, waba: &Waba) -> Result<SentMessage, No> {
        let user = self.to.clone().ok_or(SendRefusal::UnknownId)?;
        self.template(view, waba)?;
        self.may_send(cx, number, Some(&user), &Pair::default())?;
        let content = compose(self.draft.clone(), cx.now)?;
        let id = MessageId::compose(&user, Author::Business, cx.message_bytes(0));
        let recipient = Recipient {
            waba: waba.id.clone(),
            number_id: number.id.clone(),
            number: number.number.clone(),
            user: user.clone(),
            name: user.digits().to_owned(),
            bsuid: None,
        };
        let (progress, opaque) = (Progress::Undeliverable, self.opaque.clone());
        draft.told.push(Notice::MessageStatus { recipient, message: id.clone(), at: cx.now, progress, tariff: None, opaque });
        let about = About { waba: Some(waba.id.clone()), ..About::number(&number.id) }.of_message(&id);
        draft.note(cx, about, Fact::MessageSent { asks_permission: content.asks_permission, undeliverable: true, unpaid: false });
        Ok(SentMessage { id, user: Some(user), bsuid: None })
    }

    /// For whose price it goes. A template must be there and approved at this moment: a reviewer may pause it while its sender fills it.
    fn template(&self, view: &View, waba: &Waba) -> Result<TariffCategory, No> {
        let MessageDraft::Template { id, .. } = &self.draft else { return Ok(TariffCategory::Service) };
        let record = view.template(Key::Template(id.clone()))?.filter(|record| record.waba == waba.id);
        match record.ok_or(SendRefusal::NoTemplate)? {
            TemplateRecord { status: TemplateStatus::Approved, category, .. } => Ok(match category {
                Category::Utility => TariffCategory::Utility,
                Category::Marketing => TariffCategory::Marketing,
                Category::Authentication => TariffCategory::Authentication,
            }),
            record => Err(SendRefusal::Template(record.status).into()),
        }
    }

    /// The documented order for permission requests; for the rest what of it applies.
    fn may_send(&self, cx: &Cx<'_>, number: &Number, user: Option<&PhoneNumber>, pair: &Pair) -> Result<(), SendRefusal> {
        let (now, limits) = (cx.now, cx.limits(number.account_mode));
        let sender = sender(number, now, cx.rules);
        match &self.draft {
            MessageDraft::PermissionRequest { .. } => Ok(sender.may_request(now, user, pair, true, limits)?),
            MessageDraft::Template { template, .. } if template.asks_permission => Ok(sender.may_request(now, user, pair, false, limits)?),
            MessageDraft::Template { .. } => Ok(sender.may_reach(user)?),
            MessageDraft::CallButton { .. } if !sender.enabled => Err(OutreachRefusal::CallingOff.into()),
            MessageDraft::CallButton { .. } | MessageDraft::Text(_) => {
                sender.may_reach(user)?;
                if pair.window_open(now) { Ok(()) } else { Err(OutreachRefusal::WindowClosed.into()) }
            }
        }
    }
}

/// What the message shows from now on.
fn compose(draft: MessageDraft, now: WallTime) -> Result<Content, FillRefusal> {
    Ok(match draft {
        MessageDraft::Text(body) => Content::text(body),
        MessageDraft::CallButton { header, body, footer, text, life, payload } => Content {
            header,
            footer,
            buttons: vec![Button::Call {
                text: text.unwrap_or_else(|| CALL_BUTTON_TEXT.to_owned()),
                expires_at: now + life.unwrap_or(CALL_BUTTON_LIFE),
                payload,
            }],
            ..Content::text(body)
        },
        MessageDraft::PermissionRequest { body } => Content { body, asks_permission: true, ..Content::default() },
        MessageDraft::Template { template, arguments, .. } => template.fill(&arguments, now)?,
    })
}
