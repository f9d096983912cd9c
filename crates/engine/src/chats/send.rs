//! A business sends a message: rules, one transaction with its first status webhook, then the user's phones show it
//! (platform docs, Send messages; Call buttons and deep links; Obtain user call permissions).

use std::time::Duration;

use callport_core::bsuid::Bsuid;
use callport_core::limits::MAX_PAYLOAD;
use callport_core::message::{Author, Button, CALL_BUTTON_LIFE, CALL_BUTTON_TEXT, Content, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::Pair;
use callport_core::template::{Arguments, Category, FillRefusal, Template, TemplateStatus};
use callport_core::time::WallTime;

use crate::calls::facts;
use crate::directory::To;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, Notice, Recipient};
use crate::records::{Message, MessageBody, Number, Progress, Sent, Tariff, TariffCategory, User, Waba};
use crate::users::UserEvent;

/// The user's app cannot show a message, or there is no such user (131026).
const UNDELIVERABLE: u32 = 131_026;

/// A business's wish to send: `POST /{pnid}/messages`.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The business number.
    pub number: Number,
    /// Whom.
    pub to: To,
    /// What.
    pub draft: Draft,
    /// `context.message_id`.
    pub context: Option<String>,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
}

/// What a business sends, before it is filled and dated.
#[derive(Debug, Clone)]
pub enum Draft {
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
    /// `template`.
    Template {
        /// Its content.
        template: Box<Template>,
        /// Its category.
        category: Category,
        /// Its status.
        status: TemplateStatus,
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
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendRefusal {
    /// A rule says no.
    #[error(transparent)]
    Outreach(#[from] OutreachRefusal),
    /// 131021.
    #[error("the recipient is this phone number itself")]
    ToItself,
    /// `biz_opaque_callback_data` beyond [`MAX_PAYLOAD`] characters.
    #[error("biz_opaque_callback_data has more than {MAX_PAYLOAD} characters")]
    OpaqueTooLong,
    /// 132000, 132005, 132012.
    #[error(transparent)]
    Fill(#[from] FillRefusal),
    /// 132015, 132016, and 132001 for one that was not approved yet.
    #[error("this template cannot be sent: its status is {}", .0.name())]
    Template(TemplateStatus),
    /// A business-scoped id that is nobody's.
    #[error("there is no user with this business-scoped user id")]
    UnknownId,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Accepts a message. What comes of it is told by status webhooks, the first of which is on its way when this returns.
    pub async fn send(&self, wish: Outgoing) -> Result<SentMessage, SendRefusal> {
        if wish.opaque.as_ref().is_some_and(|data| data.chars().count() > MAX_PAYLOAD) {
            return Err(SendRefusal::OpaqueTooLong);
        }
        if wish.to.number().is_some_and(|to| to.is_same_line(&wish.number.number)) {
            return Err(SendRefusal::ToItself);
        }
        let missing = || Fault::new("engine: send", "the number's WABA is gone");
        let waba = self.ports.store.waba(&wish.number.waba).await?.ok_or_else(missing)?;
        match self.find_user(&waba, &wish.to).await? {
            Some(user) => self.send_to(wish, &waba, user).await,
            None => self.send_to_nobody(wish).await,
        }
    }

    async fn send_to(&self, wish: Outgoing, waba: &Waba, user: User) -> Result<SentMessage, SendRefusal> {
        let Outgoing { number, draft, context, opaque, .. } = wish;
        let facts = facts(waba, &number, &user);
        let held = self.hold_pair(&number.id, &user.id).await?;
        let (now, pair) = (self.now(), held.pair());
        self.may_send(&number, Some(&user.number), pair, &draft, now)?;
        let in_window = pair.window_open(now);
        let (content, category) = compose(draft, now)?;
        let progress = match user.outdated_app && content.needs_current_app() {
            true => Progress::Failed(UNDELIVERABLE),
            false => Progress::Sent,
        };
        let tariff = Tariff { category, in_window };
        let id = self.new_message_id(&user.number, Author::Business);
        // A pair appears with its first message, so that the chat is listed.
        let after = if content.asks_permission { pair.clone().request(now) } else { pair.clone() };
        let mut changes = vec![Change::PutPair(Box::new(crate::records::PairRecord { pair: after, ..held.record.clone() }))];
        let status = Notice::MessageStatus {
            recipient: Recipient::from(&facts),
            message: id.clone(),
            at: now,
            progress,
            tariff: (progress == Progress::Sent).then_some(tariff),
            opaque: opaque.clone(),
        };
        let body = MessageBody::Business(Sent { content, tariff, progress, opaque });
        let message = Message { id: id.clone(), number: number.id, waba: number.waba, user: user.id.clone(), at: now, body, context };
        changes.push(Change::PutMessage(Box::new(message.clone())));
        self.save(changes, &[status]).await?;
        if progress == Progress::Sent {
            self.users.tell(&user.id, UserEvent::Message(Box::new(message)));
        }
        Ok(SentMessage { id, user: Some(user.number), bsuid: Some(facts.bsuid) })
    }

    /// Accepted like any other, and told as undeliverable: the platform does not say in advance who exists.
    async fn send_to_nobody(&self, wish: Outgoing) -> Result<SentMessage, SendRefusal> {
        let Outgoing { number, to, draft, opaque, .. } = wish;
        let now = self.now();
        let user = to.number().cloned().ok_or(SendRefusal::UnknownId)?;
        self.may_send(&number, Some(&user), &Pair::default(), &draft, now)?;
        compose(draft, now)?;
        let id = self.new_message_id(&user, Author::Business);
        let Number { waba, id: number_id, number, .. } = number;
        let name = user.digits().to_owned();
        let recipient = Recipient { waba, number_id, number, user: user.clone(), name, bsuid: None };
        let progress = Progress::Failed(UNDELIVERABLE);
        let status = Notice::MessageStatus { recipient, message: id.clone(), at: now, progress, tariff: None, opaque };
        self.save(Vec::new(), &[status]).await?;
        Ok(SentMessage { id, user: Some(user), bsuid: None })
    }

    /// The documented order for permission requests; for the rest what of it applies.
    fn may_send(&self, number: &Number, user: Option<&PhoneNumber>, pair: &Pair, draft: &Draft, now: WallTime) -> Result<(), SendRefusal> {
        let sender = self.sender(number, now);
        let limits = self.config.pairs.of(number.account_mode);
        match draft {
            Draft::PermissionRequest { .. } => Ok(sender.may_request(now, user, pair, true, limits)?),
            Draft::Template { status, .. } if *status != TemplateStatus::Approved => Err(SendRefusal::Template(*status)),
            Draft::Template { template, .. } if template.asks_permission => Ok(sender.may_request(now, user, pair, false, limits)?),
            Draft::Template { .. } => Ok(sender.may_reach(user)?),
            Draft::CallButton { .. } if !sender.enabled => Err(OutreachRefusal::CallingOff.into()),
            Draft::CallButton { .. } | Draft::Text(_) => {
                sender.may_reach(user)?;
                if pair.window_open(now) { Ok(()) } else { Err(OutreachRefusal::WindowClosed.into()) }
            }
        }
    }
}

/// What the message shows from now on, and for whose price it goes.
fn compose(draft: Draft, now: WallTime) -> Result<(Content, TariffCategory), FillRefusal> {
    let content = match draft {
        Draft::Text(body) => Content::text(body),
        Draft::CallButton { header, body, footer, text, life, payload } => Content {
            header,
            footer,
            buttons: vec![Button::Call {
                text: text.unwrap_or_else(|| CALL_BUTTON_TEXT.to_owned()),
                expires_at: now + life.unwrap_or(CALL_BUTTON_LIFE),
                payload,
            }],
            ..Content::text(body)
        },
        Draft::PermissionRequest { body } => Content { body, asks_permission: true, ..Content::default() },
        Draft::Template { template, category, arguments, .. } => {
            let category = match category {
                Category::Utility => TariffCategory::Utility,
                Category::Marketing => TariffCategory::Marketing,
                Category::Authentication => TariffCategory::Authentication,
            };
            return Ok((template.fill(&arguments, now)?, category));
        }
    };
    Ok((content, TariffCategory::Service))
}
