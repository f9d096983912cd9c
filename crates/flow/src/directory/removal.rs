//! Platform objects leave. What hangs on one must have gone before it; what is only said about it goes along; what happened stays
//! (docs/decisions/0053-what-goes-with-an-object.md).

use std::fmt;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, WabaId};

use super::{grants, removed};
use crate::journal::About;
use crate::onboarding::{MOST_LISTED, end_solutions};
use crate::phones::UserEvent;
use crate::records::{BusinessOwner, ClientAccount, Enrolment, EnrolmentKind, OwnerInvitation, RoutingReach};
use crate::row::{Key, Row};
use crate::step::{Act, Cx, Draft, Guard, Input, Stop, refusal};
use crate::view::{Need, Query, View};

/// So many of what must go first are named.
const MOST_NAMED: u32 = 10;

/// Why an object stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemovalRefusal {
    /// It is not there.
    #[error("there is no {0} with this id")]
    Missing(&'static str),
    /// Others hang on it.
    #[error("{0}")]
    InTheWay(InTheWay),
    /// Calls of the number are live.
    #[error("this number is in {} calls", .0.len())]
    InCalls(Vec<CallId>),
}

refusal!(RemovalRefusal);

/// What must go before an object can, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay(Vec<String>);

impl fmt::Display for InTheWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.0.len().min(MOST_NAMED as usize);
        write!(f, "these must be removed first: {}", self.0[..named].join(", "))?;
        if self.0.len() > named { f.write_str(", and others") } else { Ok(()) }
    }
}

/// Refuses while one of these queries finds anything; once none does, none may at the commit.
fn nothing_hangs(view: &View, draft: &mut Draft, queries: Vec<Query>) -> Result<(), Stop<RemovalRefusal>> {
    let mut named = Vec::new();
    for query in queries {
        named.extend(draft.all(view, query)?.into_iter().map(named_as));
    }
    if named.is_empty() { Ok(()) } else { Err(RemovalRefusal::InTheWay(InTheWay(named)).into()) }
}

/// One more than are named, to know that there are more.
const MOST_ASKED: u32 = MOST_NAMED + 1;

fn named_as(row: &Row) -> String {
    match row {
        Row::Waba(row) => format!("account {}", row.id),
        Row::App(row) => format!("app {}", row.id),
        Row::Number(row) => format!("number {}", row.id),
        Row::NumberAccount(row) => format!("account {} of number {}, which is another account's", row.waba, row.number),
        Row::Routing(row) => match &row.reach {
            RoutingReach::Number(number) => format!("the routing of number {number}"),
            RoutingReach::Portfolio(portfolio) => format!("the routing of portfolio {portfolio}"),
        },
        Row::Enrolment(Enrolment::CreditLine(row)) => format!("credit line {}", row.id),
        other => format!("{:?}", other.key()),
    }
}

/// Removes every row of these queries, of which there are no others at the commit.
pub(crate) fn along(view: &View, draft: &mut Draft, queries: Vec<Query>) -> Result<(), Need> {
    for query in queries {
        let keys: Vec<Key> = draft.all(view, query)?.into_iter().map(Row::key).collect();
        keys.into_iter().for_each(|key| draft.remove(key));
    }
    Ok(())
}

fn enrolments(kind: EnrolmentKind, owner: &str) -> Query {
    Query::Enrolments(kind, owner.to_owned(), MOST_LISTED)
}

/// Removes a portfolio on which nothing hangs. Its routing, system users and pre-verified numbers go along, what was shared with it, and its place among
/// the portfolios of business owners.
#[derive(Debug, Clone)]
pub struct RemovePortfolio(pub PortfolioId);

impl Input for RemovePortfolio {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = &self.0;
        view.portfolio(Key::Portfolio(id.clone()))?.ok_or(RemovalRefusal::Missing("portfolio"))?;
        let hanging = vec![
            Query::WabasOf(id.clone(), MOST_ASKED),
            Query::AppsOf(id.clone(), MOST_ASKED),
            Query::Enrolments(EnrolmentKind::CreditLine, id.as_str().to_owned(), MOST_ASKED),
            Query::SharesFor(id.clone(), MOST_ASKED),
            Query::RoutingsNaming(id.clone(), MOST_ASKED),
        ];
        nothing_hangs(view, draft, hanging)?;
        let kinds = [EnrolmentKind::SystemUser, EnrolmentKind::PreVerified, EnrolmentKind::ClientAccount];
        along(view, draft, kinds.into_iter().map(|kind| enrolments(kind, id.as_str())).collect())?;
        leave_owners(view, draft, id)?;
        draft.remove(Key::Routing(RoutingReach::Portfolio(id.clone())));
        removed(draft, cx, About::default(), "portfolio", Some(id.as_str()));
        draft.remove(Key::Portfolio(id.clone()));
        Ok(())
    }
}

/// Whoever makes a portfolio with the same id some day makes it for nobody.
fn leave_owners(view: &View, draft: &mut Draft, portfolio: &PortfolioId) -> Result<(), Need> {
    for kind in [EnrolmentKind::Owner, EnrolmentKind::Invitation] {
        for row in draft.all(view, enrolments(kind, ""))? {
            let without = |portfolios: &[PortfolioId]| {
                let others: Vec<_> = portfolios.iter().filter(|one| *one != portfolio).cloned().collect();
                (others.len() < portfolios.len()).then_some(others)
            };
            let after: Option<Enrolment> = match row {
                Row::Enrolment(Enrolment::Owner(row)) => {
                    without(&row.portfolios).map(|portfolios| BusinessOwner { portfolios, ..row.clone() }.into())
                }
                Row::Enrolment(Enrolment::Invitation(row)) => {
                    without(&row.portfolios).map(|portfolios| OwnerInvitation { portfolios, ..row.clone() }.into())
                }
                _ => None,
            };
            after.into_iter().for_each(|after| draft.put(Row::Enrolment(after)));
        }
    }
    Ok(())
}

/// Removes an account that has no numbers. Grants, subscriptions and templates go along, and what partners had of it: they are told.
#[derive(Debug, Clone)]
pub struct RemoveWaba(pub WabaId);

impl Input for RemoveWaba {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = &self.0;
        view.waba(Key::Waba(id.clone()))?.ok_or(RemovalRefusal::Missing("WhatsApp Business Account"))?;
        nothing_hangs(view, draft, vec![Query::NumbersIn(id.clone(), MOST_ASKED), Query::SharesOf(id.clone(), MOST_ASKED)])?;
        for row in draft.all(view, Query::Grants(id.clone()))? {
            let Row::Grant(grant) = row else { continue };
            grants::end(view, cx, draft, &grant.app, id)?;
            let partner = view.app(Key::App(grant.app.clone()))?.and_then(|app| app.business.clone());
            if let Some(partner) = partner {
                draft.remove(Key::Enrolment(EnrolmentKind::ClientAccount, ClientAccount::id_of(&partner, id)));
            }
        }
        along(view, draft, vec![enrolments(EnrolmentKind::Assignment, id.as_str())])?;
        for kind in [EnrolmentKind::Funding, EnrolmentKind::SolutionAccount] {
            draft.remove(Key::Enrolment(kind, id.as_str().to_owned()));
        }
        removed(draft, cx, About { waba: Some(id.clone()), ..About::default() }, "account", Some(id.as_str()));
        draft.remove(Key::Waba(id.clone()));
        Ok(())
    }
}

/// Removes a business number that is in no call: end them first. Its routing, registration, shares, overrides, SIP servers, pairs, threads and messages go
/// along.
#[derive(Debug, Clone)]
pub struct RemoveNumber(pub PhoneNumberId);

impl Input for RemoveNumber {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = &self.0;
        let number = view.number(Key::Number(id.clone()))?.ok_or(RemovalRefusal::Missing("business number"))?;
        let live = view.found(Query::LiveCalls(id.clone(), MOST_LISTED))?;
        let live: Vec<CallId> =
            live.into_iter().filter_map(|row| if let Row::Call(row) = row { Some(row.record.id.clone()) } else { None }).collect();
        if !live.is_empty() {
            return Err(RemovalRefusal::InCalls(live).into());
        }
        draft.guards.push(Guard::Concurrent { number: id.clone(), most: 1 });
        draft.remove(Key::Routing(RoutingReach::Number(id.clone())));
        draft.remove(Key::Enrolment(EnrolmentKind::Registration, id.as_str().to_owned()));
        removed(draft, cx, About { waba: Some(number.waba.clone()), ..About::number(id) }, "number", Some(id.as_str()));
        draft.remove(Key::Number(id.clone()));
        draft.acts.push(Act::ShowAll(UserEvent::BusinessGone));
        Ok(())
    }
}

/// Removes an app. Its tokens, grants, subscriptions, overrides and SIP servers go along, and how the sign-up page knew it; its multi-partner solutions end,
/// and the other partner is told.
#[derive(Debug, Clone)]
pub struct RemoveApp(pub AppId);

impl Input for RemoveApp {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = &self.0;
        view.app(Key::App(id.clone()))?.ok_or(RemovalRefusal::Missing("app"))?;
        end_solutions(view, cx, draft, id)?;
        draft.remove(Key::Enrolment(EnrolmentKind::Client, id.as_str().to_owned()));
        removed(draft, cx, About { app: Some(id.clone()), ..About::default() }, "app", Some(id.as_str()));
        draft.remove(Key::App(id.clone()));
        Ok(())
    }
}

/// Removes one template, whatever its name.
#[derive(Debug, Clone)]
pub struct RemoveTemplate(pub TemplateId);

impl Input for RemoveTemplate {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let template = view.template(Key::Template(self.0.clone()))?.ok_or(RemovalRefusal::Missing("template"))?;
        let about = About { waba: Some(template.waba.clone()), ..About::default() };
        removed(draft, cx, about, "template", Some(template.id.as_str()));
        draft.remove(Key::Template(template.id.clone()));
        Ok(())
    }
}
