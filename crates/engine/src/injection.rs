//! Fault injection: webhooks that come late, twice, out of order, badly signed or not at all, and replies of the Graph API that fail, because a
//! test asked for it.
//!
//! What is asked for is in the memory of this process and gone when it ends; a fixture asks again at the next start. Each use is in the journal: of a
//! webhook in the entry of its attempt, of a reply in the entry of its request or beside it.

use std::borrow::Cow;
use std::time::Duration;

use callport_core::ids::{AppId, PhoneNumberId};
use callport_core::scope::Field;
use callport_flow::journal::Injected;
use parking_lot::Mutex;

use crate::records::Delivery;

/// Longest that a webhook is held back until another one has gone before it.
pub const REORDER_AT_MOST: Duration = Duration::from_secs(10);
/// Longest that a webhook may be asked to come late.
pub const LONGEST_DELAY: Duration = Duration::from_secs(86_400);

/// A fault that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// Grows with each rule, is not used twice while the process lives.
    pub id: u32,
    /// What goes wrong, and where.
    pub fault: InjectedFault,
    /// How often still; `None`: until it is taken back.
    pub times_left: Option<u32>,
    /// How often so far.
    pub used: u32,
}

/// What goes wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InjectedFault {
    /// A webhook.
    Webhook {
        /// Which.
        of: WebhookMatch,
        /// How.
        fault: WebhookFault,
    },
    /// A reply of the Graph API.
    Reply {
        /// To which request.
        of: ReplyMatch,
        /// How.
        fault: ReplyFault,
    },
}

impl InjectedFault {
    /// The app and the number that it is limited to.
    pub fn named(&self) -> (Option<&AppId>, Option<&PhoneNumberId>) {
        match self {
            Self::Webhook { of, .. } => (of.app.as_ref(), of.number.as_ref()),
            Self::Reply { of, .. } => (of.app.as_ref(), of.number.as_ref()),
        }
    }
}

/// Which webhooks; what is not said fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookMatch {
    /// To this app.
    pub app: Option<AppId>,
    /// About this number.
    pub number: Option<PhoneNumberId>,
    /// Of this field.
    pub field: Option<Field>,
    /// Of this event, as in `connect`.
    pub event: Option<String>,
}

/// What happens to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFault {
    /// Its first attempt comes so much later; those after it do not wait.
    Delay(Duration),
    /// Its first attempt comes after that of the next webhook to the same app about the same call or message, or after [`REORDER_AT_MOST`].
    Reorder,
    /// It is never sent.
    Drop,
    /// It is sent twice, one right after the other.
    Double,
    /// It has a signature, of another secret.
    WrongSignature,
    /// It has no signature.
    NoSignature,
}

impl WebhookFault {
    /// A word for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Reorder => "reorder",
            Self::Drop => "drop",
            Self::Double => "double",
            Self::WrongSignature => "wrong_signature",
            Self::NoSignature => "no_signature",
        }
    }

    /// It holds back a first attempt, where the others change what an attempt does.
    fn holds(self) -> bool {
        matches!(self, Self::Delay(_) | Self::Reorder)
    }

    /// What signs the webhook under it.
    pub(crate) fn signs_with(self, secret: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::NoSignature => None,
            Self::WrongSignature => Some(format!("not {secret}").into()),
            _ => Some(secret.into()),
        }
    }
}

/// Which requests; what is not said fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyMatch {
    /// Of this app.
    pub app: Option<AppId>,
    /// About this number.
    pub number: Option<PhoneNumberId>,
    /// To this endpoint, the last part of its path, as in `calls`.
    pub endpoint: Option<String>,
    /// With this action, as in `pre_accept`.
    pub action: Option<String>,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyFault {
    /// Of the reply.
    pub status: u16,
    /// `error.code` of the reply.
    pub code: u32,
    /// The request is carried out first, as when a reply is lost on its way; else nothing is.
    pub carried_out: bool,
}

/// A request that was understood, and is not carried out yet.
#[derive(Debug, Clone, Copy)]
pub struct SeenRequest<'a> {
    /// Who asks.
    pub app: &'a AppId,
    /// The first part of its path: an object's id.
    pub object: &'a str,
    /// The last part of its path.
    pub endpoint: &'a str,
    /// What its body names.
    pub action: Option<&'a str>,
}

/// So many rules there may be. A test needs a handful.
const MOST: usize = 100;

/// There are as many rules as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are {MOST} faults already; take some back")]
pub struct TooManyFaults;

/// The rules, in the order in which they were asked for. The first that fits is used.
#[derive(Debug, Default)]
pub struct FaultInjection {
    rules: Mutex<Rules>,
}

#[derive(Debug, Default)]
struct Rules {
    last: u32,
    rules: Vec<FaultRule>,
}

impl FaultInjection {
    /// From now on, so many times; `None`: until it is taken back. A rule that was used up gives its place to a new one.
    pub fn add(&self, fault: InjectedFault, times: Option<u32>) -> Result<FaultRule, TooManyFaults> {
        let mut rules = self.rules.lock();
        if rules.rules.len() >= MOST {
            let used_up = rules.rules.iter().position(|rule| rule.times_left == Some(0)).ok_or(TooManyFaults)?;
            rules.rules.remove(used_up);
        }
        rules.last += 1;
        let rule = FaultRule { id: rules.last, fault, times_left: times, used: 0 };
        rules.rules.push(rule.clone());
        Ok(rule)
    }

    /// All of them, those that were used up too.
    pub fn all(&self) -> Vec<FaultRule> {
        self.rules.lock().rules.clone()
    }

    /// Takes one back. False: there is none.
    pub fn remove(&self, id: u32) -> bool {
        let rules = &mut self.rules.lock().rules;
        let before = rules.len();
        rules.retain(|rule| rule.id != id);
        rules.len() < before
    }

    /// Takes all back.
    pub fn clear(&self) {
        self.rules.lock().rules.clear();
    }

    /// Whether the first attempt of a new webhook is held back.
    pub(crate) fn holds(&self, webhook: &SeenWebhook<'_>) -> Option<(Injected, WebhookFault)> {
        self.use_of_webhook(webhook, WebhookFault::holds)
    }

    /// Whether an attempt goes wrong.
    pub(crate) fn of_attempt(&self, delivery: &Delivery) -> Option<(Injected, WebhookFault)> {
        let Delivery { app, number, field, event, .. } = delivery;
        self.use_of_webhook(&SeenWebhook { app, number: number.as_ref(), field: *field, event }, |fault| !fault.holds())
    }

    fn use_of_webhook(&self, webhook: &SeenWebhook<'_>, which: fn(WebhookFault) -> bool) -> Option<(Injected, WebhookFault)> {
        self.take(|fault| match fault {
            InjectedFault::Webhook { of, fault } => (which(*fault) && webhook.fits(of)).then_some((fault.name(), *fault)),
            InjectedFault::Reply { .. } => None,
        })
    }

    /// Whether the reply to a request goes wrong.
    pub fn of_reply(&self, asking: &SeenRequest<'_>) -> Option<(Injected, ReplyFault)> {
        self.take(|fault| match fault {
            InjectedFault::Reply { of, fault } => asking.fits(of).then_some(("reply", *fault)),
            InjectedFault::Webhook { .. } => None,
        })
    }

    fn take<F>(&self, fits: impl Fn(&InjectedFault) -> Option<(&'static str, F)>) -> Option<(Injected, F)> {
        let mut rules = self.rules.lock();
        let fitting = |rule: &mut FaultRule| {
            let (name, fault) = fits(&rule.fault).filter(|_| rule.times_left != Some(0))?;
            rule.times_left = rule.times_left.map(|times| times - 1);
            rule.used = rule.used.saturating_add(1);
            Some((Injected { rule: rule.id, fault: name.to_owned() }, fault))
        };
        rules.rules.iter_mut().find_map(fitting)
    }
}

/// What of a webhook decides whether a rule fits.
pub(crate) struct SeenWebhook<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) number: Option<&'a PhoneNumberId>,
    pub(crate) field: Field,
    pub(crate) event: &'a str,
}

impl SeenWebhook<'_> {
    fn fits(&self, of: &WebhookMatch) -> bool {
        of.app.as_ref().is_none_or(|app| app == self.app)
            && of.number.as_ref().is_none_or(|number| Some(number) == self.number)
            && of.field.is_none_or(|field| field == self.field)
            && of.event.as_ref().is_none_or(|event| event == self.event)
    }
}

impl SeenRequest<'_> {
    fn fits(&self, of: &ReplyMatch) -> bool {
        of.app.as_ref().is_none_or(|app| app == self.app)
            && of.number.as_ref().is_none_or(|number| number.as_str() == self.object)
            && of.endpoint.as_ref().is_none_or(|endpoint| endpoint == self.endpoint)
            && of.action.as_ref().is_none_or(|action| Some(action.as_str()) == self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn webhook(of: WebhookMatch, fault: WebhookFault) -> InjectedFault {
        InjectedFault::Webhook { of, fault }
    }

    #[test]
    fn the_first_rule_that_fits_is_used_so_often_and_no_more() {
        let faults = FaultInjection::default();
        let (first, second) = (app("1"), app("2"));
        let of_first = WebhookMatch { app: Some(first.clone()), event: Some("connect".into()), ..WebhookMatch::default() };
        faults.add(webhook(of_first, WebhookFault::Delay(Duration::from_secs(3))), Some(2)).unwrap();
        faults.add(webhook(WebhookMatch::default(), WebhookFault::Reorder), None).unwrap();
        let held = |app, event| faults.holds(&SeenWebhook { app, number: None, field: Field::Calls, event }).map(|(used, _)| used.rule);
        assert_eq!(held(&second, "connect"), Some(2));
        assert_eq!(held(&first, "terminate"), Some(2));
        assert_eq!([held(&first, "connect"), held(&first, "connect"), held(&first, "connect")], [Some(1), Some(1), Some(2)]);
        let counts: Vec<_> = faults.all().iter().map(|rule| (rule.used, rule.times_left)).collect();
        assert_eq!(counts, [(2, Some(0)), (3, None)]);
        assert!(faults.remove(2) && !faults.remove(2));
        assert_eq!(held(&first, "connect"), None);
        faults.clear();
        assert_eq!(faults.all(), []);
    }

    #[test]
    fn each_kind_is_asked_for_where_it_happens() {
        let faults = FaultInjection::default();
        faults.add(webhook(WebhookMatch::default(), WebhookFault::Drop), None).unwrap();
        let reply = ReplyFault { status: 503, code: 131016, carried_out: true };
        let of = ReplyMatch { endpoint: Some("calls".into()), action: Some("accept".into()), ..ReplyMatch::default() };
        faults.add(InjectedFault::Reply { of, fault: reply }, None).unwrap();
        let caller = app("1");
        assert_eq!(faults.holds(&SeenWebhook { app: &caller, number: None, field: Field::Calls, event: "connect" }), None);
        let asking = |endpoint, action| SeenRequest { app: &caller, object: "4001", endpoint, action };
        assert_eq!(faults.of_reply(&asking("calls", Some("pre_accept"))), None);
        assert_eq!(faults.of_reply(&asking("messages", None)), None);
        let (used, fault) = faults.of_reply(&asking("calls", Some("accept"))).unwrap();
        assert_eq!((used, fault), (Injected { rule: 2, fault: "reply".into() }, reply));
    }

    #[test]
    fn there_is_a_bound_and_what_was_used_up_makes_room() {
        let faults = FaultInjection::default();
        for _ in 0..MOST {
            faults.add(webhook(WebhookMatch::default(), WebhookFault::Reorder), Some(1)).unwrap();
        }
        assert_eq!(faults.add(webhook(WebhookMatch::default(), WebhookFault::Drop), None), Err(TooManyFaults));
        faults.holds(&SeenWebhook { app: &app("1"), number: None, field: Field::Calls, event: "connect" }).unwrap();
        assert_eq!(faults.add(webhook(WebhookMatch::default(), WebhookFault::Drop), None).map(|rule| rule.id), Ok(101));
        assert_eq!(faults.all().len(), MOST);
    }
}
