//! Whose a chat is, where several partners answer for one number (platform docs, Conversation routing: messaging_handovers, 2026-09-22; standby,
//! 2026-08-04; changelog to 2026-10-12). Messages only: calls neither create, move nor clear it.

use callport_core::ids::{PhoneNumberId, PortfolioId, UserId};
use callport_core::routing::{RoutingRole, entered, thread_role};

use super::Words;
use crate::journal::{About, Fact};
use crate::notice::{HandoverKind, Notice, Parties};
use crate::parties::parties;
use crate::records::{Number, Routing, ThreadRecord};
use crate::routing::routing_of;
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Need, View};

/// `POST /{pnid}/thread_control`.
#[derive(Debug, Clone)]
pub struct ControlThread {
    /// The business number.
    pub number: PhoneNumberId,
    /// The user whose thread it is.
    pub user: UserId,
    /// The business that owns the asking app; `None`: an app of nobody.
    pub business: Option<PortfolioId>,
    /// What.
    pub action: ThreadAction,
    /// `metadata`, told to whoever is told.
    pub metadata: Option<String>,
}

/// `action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadAction {
    /// `pass`, to the business with this role.
    Pass(RoutingRole),
    /// `take`.
    Take,
    /// `release`: it is nobody's, and nobody is told.
    Release,
}

/// Why a thread stays whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ControlThreadRefusal {
    /// No such number any more.
    #[error("there is no business number with this id")]
    UnknownNumber,
    /// No such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Nothing is configured.
    #[error("this phone number has no conversation routing")]
    NoRouting,
    /// The terms were not accepted.
    #[error("the business has not accepted the terms that thread control needs")]
    NoTerms,
    /// The asking business has no part in the number's messages.
    #[error("the business that owns this app has no messaging role on this phone number")]
    NoRole,
    /// Somebody else's, or nobody's.
    #[error("the thread does not belong to the business that owns this app")]
    NotOwner,
    /// Nobody has the role, or it has no threads.
    #[error("no business has the role {} for threads of this phone number", .0.name())]
    NobodyHas(RoutingRole),
}

refusal!(ControlThreadRefusal);

impl Input for ControlThread {
    type Done = ();
    type Refusal = ControlThreadRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ControlThreadRefusal>> {
        use ControlThreadRefusal as No;
        let number = view.number(Key::Number(self.number.clone()))?.ok_or(No::UnknownNumber)?;
        let waba = view.waba(Key::Waba(number.waba.clone()))?.ok_or(No::UnknownNumber)?;
        let routing = routing_of(view, number, waba)?.ok_or(No::NoRouting)?;
        if !routing.terms {
            return Err(No::NoTerms.into());
        }
        let business = self.business.as_ref().ok_or(No::NoRole)?;
        let own_role = thread_role(&routing.roles, business).ok_or(No::NoRole)?;
        let user = view.user(Key::User(self.user.clone()))?.ok_or(No::UnknownUser)?;
        let parties = parties(waba, number, user);
        let thread = current(view, cx, routing, &number.id, &self.user)?;
        let owned = thread.filter(|thread| thread.owner == *business);
        let put = |draft: &mut Draft, owner: &PortfolioId, role, until| {
            let (number, user, owner) = (number.id.clone(), self.user.clone(), owner.clone());
            draft.put(Row::Thread(ThreadRecord { number, user, owner, role, until }));
        };
        let moved = Moved { parties: &parties, user: &self.user, metadata: self.metadata.as_ref() };
        match self.action {
            ThreadAction::Pass(role) => {
                let thread = owned.ok_or(No::NotOwner)?;
                let holder = routing.roles.get(&role).filter(|_| role.has_threads()).ok_or(No::NobodyHas(role))?;
                put(draft, holder, role, thread.until);
                moved.tell(cx, draft, HandoverKind::Passed, holder, thread.role, role);
            }
            ThreadAction::Take if owned.is_some() => {}
            ThreadAction::Take => {
                put(draft, business, own_role, thread.map_or(cx.now + cx.rules.routing.thread_idle, |thread| thread.until));
                match thread {
                    Some(thread) => moved.tell(cx, draft, HandoverKind::Taken, &thread.owner, thread.role, own_role),
                    None => moved.note(cx, draft, Some(own_role)),
                }
            }
            ThreadAction::Release => {
                owned.ok_or(No::NotOwner)?;
                draft.remove(Key::Thread(number.id.clone(), self.user.clone()));
                moved.note(cx, draft, None);
            }
        }
        Ok(())
    }

    fn refused(&self, why: &ControlThreadRefusal) -> Option<(About, Fact)> {
        let about = About { user: Some(self.user.clone()), ..About::number(&self.number) };
        Some((about, Fact::BusinessRefused { action: "thread_control".to_owned(), says: why.to_string() }))
    }
}

/// A thread that comes to another owner.
struct Moved<'a> {
    parties: &'a Parties,
    user: &'a UserId,
    metadata: Option<&'a String>,
}

impl Moved<'_> {
    fn tell(&self, cx: &Cx<'_>, draft: &mut Draft, kind: HandoverKind, to: &PortfolioId, previous: RoutingRole, new: RoutingRole) {
        let (parties, to, metadata) = (self.parties.clone(), to.clone(), self.metadata.cloned());
        draft.told.push(Notice::Handover { parties, at: cx.now, kind, to, previous, new, metadata });
        self.note(cx, draft, Some(new));
    }

    fn note(&self, cx: &Cx<'_>, draft: &mut Draft, role: Option<RoutingRole>) {
        let role = role.map(|role| role.name().to_owned());
        draft.note(cx, About::pair(self.parties, self.user), Fact::ThreadMoved { role });
    }
}

/// The thread at this moment; `None`: it is nobody's, or of somebody who has no role any more.
pub(super) fn current<'a>(
    view: &'a View,
    cx: &Cx<'_>,
    routing: &Routing,
    number: &PhoneNumberId,
    user: &UserId,
) -> Result<Option<&'a ThreadRecord>, Need> {
    let thread = view.thread(Key::Thread(number.clone(), user.clone()))?;
    Ok(thread.filter(|thread| cx.now < thread.until && thread_role(&routing.roles, &thread.owner).is_some()))
}

/// The user wrote: who is told, and until when the thread is theirs. `answers`: the role of the template that was answered.
pub(super) fn heard(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    routing: Option<&Routing>,
    words: &Words<'_>,
    answers: Option<RoutingRole>,
) -> Result<Option<PortfolioId>, Need> {
    let Some(routing) = routing else { return Ok(None) };
    let (number, user) = (&words.parties.number_id, words.user);
    let thread = current(view, cx, routing, number, user)?;
    let kept = thread.map(|thread| (thread.role, &thread.owner));
    let Some((role, owner)) = kept.or_else(|| entered(&routing.roles, answers)) else { return Ok(None) };
    if thread.is_none() {
        Moved { parties: words.parties, user, metadata: None }.note(cx, draft, Some(role));
    }
    let until = cx.now + cx.rules.routing.thread_idle;
    draft.put(Row::Thread(ThreadRecord { number: number.clone(), user: user.clone(), owner: owner.clone(), role, until }));
    Ok(Some(owner.clone()))
}

/// Somebody else answers in this thread (131070).
pub(super) struct OtherOwner;

/// A service message of a business: whose the thread is with it. That of the business with `escalation` takes the thread over.
pub(super) fn written(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    routing: &Routing,
    words: &Words<'_>,
    business: Option<&PortfolioId>,
) -> Result<Result<Option<PortfolioId>, OtherOwner>, Need> {
    let (number, user) = (&words.parties.number_id, words.user);
    let Some(thread) = current(view, cx, routing, number, user)? else { return Ok(Ok(None)) };
    if business == Some(&thread.owner) {
        return Ok(Ok(Some(thread.owner.clone())));
    }
    let Some(escalation) = routing.escalates_to().filter(|holder| business == Some(holder)) else { return Ok(Err(OtherOwner)) };
    let role = RoutingRole::Escalation;
    draft.put(Row::Thread(ThreadRecord { owner: escalation.clone(), role, ..thread.clone() }));
    let moved = Moved { parties: words.parties, user, metadata: None };
    moved.tell(cx, draft, HandoverKind::Taken, &thread.owner, thread.role, role);
    Ok(Ok(Some(escalation.clone())))
}

/// Those who read along are told too, if there are any and the thread is somebody's.
pub(super) fn read_along(draft: &mut Draft, routing: Option<&Routing>, owner: Option<&PortfolioId>, parties: &Parties, of: Notice) {
    let (Some(routing), Some(owner)) = (routing, owner) else { return };
    if routing.standby.iter().any(|business| routing.on_standby(business) && business != owner) {
        draft.told.push(Notice::Standby { of: Box::new(of), parties: parties.clone(), owner: owner.clone() });
    }
}

/// The owner of a thread at this moment, where somebody has routing.
pub(super) fn owner_of(
    view: &View,
    cx: &Cx<'_>,
    routing: Option<&Routing>,
    number: &Number,
    user: &UserId,
) -> Result<Option<PortfolioId>, Need> {
    let Some(routing) = routing else { return Ok(None) };
    Ok(current(view, cx, routing, &number.id, user)?.map(|thread| thread.owner.clone()))
}
