//! Multi-partner solutions: two partners serve the same businesses, one of them with messages and calls (platform docs, Multi-partner solutions).

use std::collections::BTreeSet;

use callport_core::ids::{AppId, SolutionId};

use crate::directory::made;
use crate::journal::{About, Fact};
use crate::notice::Notice;
use crate::records::{Enrolment, EnrolmentKind, Solution, SolutionSeat, SolutionStatus};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Need, Query, View};

/// Permission words of a solution.
pub const SOLUTION_PERMISSIONS: [&str; 13] = [
    "MANAGE",
    "DEVELOP",
    "MANAGE_TEMPLATES",
    "MANAGE_PHONE",
    "VIEW_COST",
    "MANAGE_EXTENSIONS",
    "VIEW_PHONE_ASSETS",
    "MANAGE_PHONE_ASSETS",
    "VIEW_TEMPLATES",
    "VIEW_INSIGHTS",
    "MESSAGING",
    "MANAGE_USERS",
    "MANAGE_BILLING",
];

/// Who sends and calls.
pub(super) const MESSAGING: &str = "MESSAGING";

/// Most solutions that one app made.
const MAX_SOLUTIONS: usize = 100;

/// Why a solution stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolutionRefusal {
    /// 100/33.
    #[error("there is no multi-partner solution with this id")]
    Missing,
    /// 100.
    #[error("there is no app with the id in partner_app_id, or it is the same app")]
    UnknownPartner,
    /// 100.
    #[error("{0} is no permission of a solution")]
    UnknownPermission(String),
    /// 100.
    #[error("exactly one of owner_permissions and partner_permissions has MESSAGING")]
    OneSends,
    /// 100.
    #[error("MANAGE cannot be assigned without MESSAGING")]
    ManageWithoutMessaging,
    /// 100.
    #[error("this app has {MAX_SOLUTIONS} solutions, which is all that it may have")]
    TooMany,
    /// 200.
    #[error("only the partner that was asked may answer")]
    NotAsked,
    /// 100.
    #[error("the solution is {}: this cannot be done now", .0.name())]
    WrongStatus(SolutionStatus),
}

refusal!(SolutionRefusal);

/// Makes a solution and asks the other partner.
#[derive(Debug, Clone)]
pub struct CreateSolution {
    /// Who makes it.
    pub owner: AppId,
    /// `solution_name`.
    pub name: String,
    /// `partner_app_id`.
    pub partner: AppId,
    /// `owner_permissions`.
    pub owner_permissions: BTreeSet<String>,
    /// `partner_permissions`.
    pub partner_permissions: BTreeSet<String>,
}

impl Input for CreateSolution {
    type Done = Solution;
    type Refusal = SolutionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Solution, Stop<SolutionRefusal>> {
        let sides = [&self.owner_permissions, &self.partner_permissions];
        for word in sides.iter().flat_map(|side| side.iter()) {
            if !SOLUTION_PERMISSIONS.contains(&word.as_str()) {
                return Err(SolutionRefusal::UnknownPermission(word.clone()).into());
            }
        }
        if sides.iter().filter(|side| side.contains(MESSAGING)).count() != 1 {
            return Err(SolutionRefusal::OneSends.into());
        }
        if sides.iter().any(|side| side.contains("MANAGE") && !side.contains(MESSAGING)) {
            return Err(SolutionRefusal::ManageWithoutMessaging.into());
        }
        if self.partner == self.owner || view.app(Key::App(self.partner.clone()))?.is_none() {
            return Err(SolutionRefusal::UnknownPartner.into());
        }
        if view.enrolments::<Solution>(self.owner.as_str(), super::MOST_LISTED)?.len() >= MAX_SOLUTIONS {
            return Err(SolutionRefusal::TooMany.into());
        }
        let solution = Solution {
            id: SolutionId::parse(&cx.object_id()).map_err(|_| SolutionRefusal::Missing)?,
            name: self.name.clone(),
            owner_app: self.owner.clone(),
            owner_permissions: self.owner_permissions.clone(),
            partner_app: self.partner.clone(),
            partner_permissions: self.partner_permissions.clone(),
            status: SolutionStatus::Initiated,
            ending_asked_by: None,
        };
        draft.put(Row::Enrolment(SolutionSeat { app: self.partner.clone(), solution: solution.id.clone() }.into()));
        put(view, cx, draft, &solution, true)?;
        Ok(solution)
    }

    fn refused(&self, why: &SolutionRefusal) -> Option<(About, Fact)> {
        Some((about(&self.owner), Fact::BusinessRefused { action: "whatsapp_business_solution".to_owned(), says: why.to_string() }))
    }
}

fn about(app: &AppId) -> About {
    About { app: Some(app.clone()), ..About::default() }
}

/// Keeps a solution and tells both partners, as far as it is known which portfolio is theirs.
fn put(view: &View, cx: &Cx<'_>, draft: &mut Draft, solution: &Solution, created: bool) -> Result<(), Need> {
    made(draft, cx, about(&solution.owner_app), "multi-partner solution", Some(solution.id.as_str()));
    for app in [&solution.owner_app, &solution.partner_app] {
        tell(view, cx, draft, app, solution, created)?;
    }
    draft.put(Row::Enrolment(solution.clone().into()));
    Ok(())
}

fn tell(view: &View, cx: &Cx<'_>, draft: &mut Draft, app: &AppId, solution: &Solution, created: bool) -> Result<(), Need> {
    if let Some(portfolio) = super::partners::business(view, app)? {
        let (app, solution, status) = (app.clone(), solution.id.clone(), solution.status);
        draft.told.push(Notice::Solution { app, portfolio, solution, created, status, at: cx.now });
    }
    Ok(())
}

/// Ends the solutions of an app that leaves; the other partner is told. What it was asked into, it is not asked any more.
pub(crate) fn end_solutions(view: &View, cx: &Cx<'_>, draft: &mut Draft, app: &AppId) -> Result<(), Need> {
    let of = |kind| Query::Enrolments(kind, app.as_str().to_owned(), super::MOST_LISTED);
    let mut theirs = Vec::new();
    for row in draft.all(view, of(EnrolmentKind::Solution))? {
        if let Row::Enrolment(Enrolment::Solution(solution)) = row {
            theirs.push(solution);
        }
    }
    for row in draft.all(view, of(EnrolmentKind::SolutionSeat))? {
        let Row::Enrolment(Enrolment::SolutionSeat(seat)) = row else { continue };
        theirs.extend(view.enrolment::<Solution>(seat.solution.as_str())?);
        draft.remove(row.key());
    }
    for solution in theirs {
        let status = match solution.status {
            SolutionStatus::Initiated => SolutionStatus::Rejected,
            SolutionStatus::Active | SolutionStatus::PendingDeactivation => SolutionStatus::Deactivated,
            SolutionStatus::Rejected | SolutionStatus::Deactivated => continue,
        };
        let solution = Solution { status, ending_asked_by: None, ..solution.clone() };
        made(draft, cx, about(&solution.owner_app), "multi-partner solution", Some(solution.id.as_str()));
        for other in [&solution.owner_app, &solution.partner_app].into_iter().filter(|other| *other != app) {
            tell(view, cx, draft, other, &solution, false)?;
        }
        draft.put(Row::Enrolment(solution.into()));
    }
    Ok(())
}

/// What a partner does with a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SolutionDeed {
    /// The partner that was asked says yes.
    Accept,
    /// The partner that was asked says no.
    Reject,
    /// One of both asks to end it.
    AskToEnd,
    /// The other one agrees.
    AgreeToEnd,
    /// The other one does not.
    RefuseToEnd,
}

/// Changes where a solution stands.
#[derive(Debug, Clone)]
pub struct MoveSolution {
    /// Which.
    pub solution: SolutionId,
    /// Who asks.
    pub app: AppId,
    /// For what.
    pub deed: SolutionDeed,
}

impl Input for MoveSolution {
    type Done = Solution;
    type Refusal = SolutionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<Solution, Stop<SolutionRefusal>> {
        use SolutionStatus as S;
        let solution = view.enrolment::<Solution>(self.solution.as_str())?.ok_or(SolutionRefusal::Missing)?;
        solution.permissions(&self.app).ok_or(SolutionRefusal::Missing)?;
        let mut solution = solution.clone();
        let asked = match self.deed {
            SolutionDeed::Accept | SolutionDeed::Reject => self.app == solution.partner_app,
            SolutionDeed::AskToEnd => true,
            SolutionDeed::AgreeToEnd | SolutionDeed::RefuseToEnd => solution.ending_asked_by.as_ref() != Some(&self.app),
        };
        let (status, by) = match (self.deed, solution.status) {
            (SolutionDeed::Accept, S::Initiated) => (S::Active, None),
            (SolutionDeed::Reject, S::Initiated) => (S::Rejected, None),
            (SolutionDeed::AskToEnd, S::Active) => (S::PendingDeactivation, Some(self.app.clone())),
            (SolutionDeed::AgreeToEnd, S::PendingDeactivation) => (S::Deactivated, None),
            (SolutionDeed::RefuseToEnd, S::PendingDeactivation) => (S::Active, None),
            (_, status) => return Err(SolutionRefusal::WrongStatus(status).into()),
        };
        if !asked {
            return Err(SolutionRefusal::NotAsked.into());
        }
        (solution.status, solution.ending_asked_by) = (status, by);
        put(view, cx, draft, &solution, false)?;
        Ok(solution)
    }

    fn refused(&self, why: &SolutionRefusal) -> Option<(About, Fact)> {
        Some((about(&self.app), Fact::BusinessRefused { action: "solution".to_owned(), says: why.to_string() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::SignUpClient;
    use crate::testing::{World, app, desk};

    fn words(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn create(owner: &[&str], partner: &[&str]) -> CreateSolution {
        CreateSolution {
            owner: app(),
            name: "Calls and chat".into(),
            partner: AppId::parse("1002").unwrap(),
            owner_permissions: words(owner),
            partner_permissions: words(partner),
        }
    }

    fn world() -> World {
        let other = crate::records::App { id: AppId::parse("1002").unwrap(), ..desk() };
        let mut world = World::new().with(Row::App(other));
        for app in ["1001", "1002"] {
            let client = SignUpClient {
                app: AppId::parse(app).unwrap(),
                origins: BTreeSet::new(),
                configurations: BTreeSet::new(),
                token_lifetime_s: None,
            };
            let business = callport_core::ids::PortfolioId::parse("3001").ok();
            world.run(&crate::onboarding::PutSignUpClient { client, business }).done.unwrap();
        }
        world
    }

    #[test]
    fn exactly_one_sends_and_nobody_manages_without() {
        let mut world = world();
        for (owner, partner, why) in [
            (&[][..], &[][..], SolutionRefusal::OneSends),
            (&["MESSAGING"], &["MESSAGING"], SolutionRefusal::OneSends),
            (&["MANAGE"], &["MESSAGING"], SolutionRefusal::ManageWithoutMessaging),
            (&["FLY"], &["MESSAGING"], SolutionRefusal::UnknownPermission("FLY".into())),
        ] {
            assert_eq!(world.run(&create(owner, partner)).done.unwrap_err(), why);
        }
        let alone = CreateSolution { partner: app(), ..create(&[], &["MESSAGING"]) };
        assert_eq!(world.run(&alone).done.unwrap_err(), SolutionRefusal::UnknownPartner);
        assert!(world.did(&create(&["VIEW_COST"], &["MESSAGING", "MANAGE"])).contains("tells solution solution"));
    }

    #[test]
    fn only_who_was_asked_answers_and_only_once() {
        let mut world = world();
        let solution = world.run(&create(&[], &["MESSAGING"])).done.unwrap();
        let (owner, partner) = (app(), AppId::parse("1002").unwrap());
        let mut goes = |app: &AppId, deed| {
            let moves = MoveSolution { solution: solution.id.clone(), app: app.clone(), deed };
            world.run(&moves).done.map(|solution| solution.status)
        };
        use SolutionDeed as D;
        use SolutionStatus as S;
        assert_eq!(goes(&owner, D::Accept), Err(SolutionRefusal::NotAsked));
        assert_eq!(goes(&AppId::parse("1003").unwrap(), D::Accept), Err(SolutionRefusal::Missing));
        assert_eq!(goes(&partner, D::AskToEnd), Err(SolutionRefusal::WrongStatus(S::Initiated)));
        assert_eq!(goes(&partner, D::Accept), Ok(S::Active));
        assert_eq!(goes(&partner, D::Reject), Err(SolutionRefusal::WrongStatus(S::Active)));
        assert_eq!(goes(&owner, D::AskToEnd), Ok(S::PendingDeactivation));
        assert_eq!(goes(&owner, D::AgreeToEnd), Err(SolutionRefusal::NotAsked));
        assert_eq!(goes(&partner, D::RefuseToEnd), Ok(S::Active));
        assert_eq!(goes(&partner, D::AskToEnd), Ok(S::PendingDeactivation));
        assert_eq!(goes(&owner, D::AgreeToEnd), Ok(S::Deactivated));
    }
}
