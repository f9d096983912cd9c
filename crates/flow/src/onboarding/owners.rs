//! People who sign businesses up: how they come in, and which portfolios are theirs.

use std::convert::Infallible;
use std::time::Duration;

use callport_core::ids::{AppId, OwnerId, PortfolioId};
use callport_core::token::SecretHash;

use super::MOST_LISTED;
use crate::directory::{ProvisionRefusal, RemovalRefusal, along, made, removed};
use crate::journal::About;
use crate::records::{App, BusinessOwner, Enrolment, EnrolmentKind, OwnerInvitation, OwnerSession, SignUpClient};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Query, View};

/// How long a browser stays signed in as an owner.
const SESSION: Duration = Duration::from_secs(12 * 3600);

/// Most portfolios of one owner.
pub const MAX_PORTFOLIOS: usize = 100;

/// Why nobody comes in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerRefusal {
    /// It was never made, was taken back, or is over.
    #[error("there is no invitation with this code")]
    UnknownCode,
    /// Somebody else came in with it.
    #[error("the invitation is for another person")]
    OtherPerson,
    /// There are as many as are looked through.
    #[error("too many people have signed in here")]
    TooMany,
}

refusal!(OwnerRefusal);

/// Lets a person in as an owner: by an invitation, or, where everybody may come, by name.
#[derive(Debug, Clone)]
pub struct EnterOwner {
    /// SHA-256 of the invitation's code; `None`: everybody may come.
    pub invitation: Option<SecretHash>,
    /// What they call themselves. Where everybody may come, whoever has the same name is the same person: that is the point of a test platform.
    pub name: String,
    /// SHA-256 of the cookie of the session that is opened.
    pub session: SecretHash,
}

impl Input for EnterOwner {
    type Done = BusinessOwner;
    type Refusal = OwnerRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<BusinessOwner, Stop<OwnerRefusal>> {
        let known = match &self.invitation {
            Some(hash) => self.invited(view, cx, draft, hash)?,
            None => self.named(view)?,
        };
        let id = || OwnerId::parse(&cx.object_id()).map_err(|_| OwnerRefusal::TooMany);
        let owner = match known {
            Some(owner) => owner,
            None => BusinessOwner { id: id()?, name: self.name.clone(), portfolios: Vec::new() },
        };
        made(draft, cx, About::default(), "business owner", Some(owner.id.as_str()));
        draft.put(Row::Enrolment(owner.clone().into()));
        let session = OwnerSession { hash: self.session, owner: owner.id.clone(), expires_at: cx.now + SESSION };
        draft.put(Row::Enrolment(session.into()));
        Ok(owner)
    }
}

impl EnterOwner {
    fn named(&self, view: &View) -> Result<Option<BusinessOwner>, Stop<OwnerRefusal>> {
        let owners = view.enrolments::<BusinessOwner>("", MOST_LISTED)?;
        let same = owners.iter().find(|owner| owner.name.eq_ignore_ascii_case(&self.name)).map(|owner| (*owner).clone());
        match same {
            None if owners.len() >= MOST_LISTED as usize => Err(OwnerRefusal::TooMany.into()),
            same => Ok(same),
        }
    }

    fn invited(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft, hash: &SecretHash) -> Result<Option<BusinessOwner>, Stop<OwnerRefusal>> {
        let id = Enrolment::hashed(hash);
        let invitation = view.enrolment::<OwnerInvitation>(&id)?.ok_or(OwnerRefusal::UnknownCode)?;
        if cx.now >= invitation.expires_at {
            return Err(OwnerRefusal::UnknownCode.into());
        }
        if let Some(user) = &invitation.used_by {
            let owner = view.enrolment::<BusinessOwner>(user.as_str())?.ok_or(OwnerRefusal::OtherPerson)?;
            return match owner.name.eq_ignore_ascii_case(&self.name) {
                true => Ok(Some(owner.clone())),
                false => Err(OwnerRefusal::OtherPerson.into()),
            };
        }
        let id = OwnerId::parse(&cx.object_id()).map_err(|_| OwnerRefusal::TooMany)?;
        let owner = BusinessOwner { id: id.clone(), name: self.name.clone(), portfolios: invitation.portfolios.clone() };
        draft.put(Row::Enrolment(OwnerInvitation { used_by: Some(id), ..invitation.clone() }.into()));
        Ok(Some(owner))
    }
}

/// Signs a browser out.
#[derive(Debug, Clone)]
pub struct LeaveOwner(pub SecretHash);

impl Input for LeaveOwner {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, _: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        removed(draft, cx, About::default(), "session of a business owner", None);
        draft.remove(Key::Enrolment(EnrolmentKind::Session, Enrolment::hashed(&self.0)));
        Ok(())
    }
}

/// Says whose portfolios are whose: makes the owner of that name, or gives more portfolios to the one there is.
#[derive(Debug, Clone)]
pub struct PutOwner {
    /// What they call themselves.
    pub name: String,
    /// Portfolios that become theirs; those that they have stay.
    pub portfolios: Vec<PortfolioId>,
}

impl Input for PutOwner {
    type Done = BusinessOwner;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<BusinessOwner, Stop<ProvisionRefusal>> {
        let owners = view.enrolments::<BusinessOwner>("", MOST_LISTED)?;
        let known = owners.iter().find(|owner| owner.name.eq_ignore_ascii_case(&self.name)).map(|owner| (*owner).clone());
        let id = OwnerId::parse(&cx.object_id()).map_err(|_| ProvisionRefusal::Missing("place for one more owner"))?;
        let owner = match known {
            None if owners.len() >= MOST_LISTED as usize => return Err(ProvisionRefusal::Missing("place for one more owner").into()),
            known => known.unwrap_or(BusinessOwner { id, name: self.name.clone(), portfolios: Vec::new() }),
        };
        give(view, cx, draft, owner, &self.portfolios)
    }
}

/// Gives more portfolios to an owner, as many as one may have.
fn give(
    view: &View,
    cx: &Cx<'_>,
    draft: &mut Draft,
    mut owner: BusinessOwner,
    portfolios: &[PortfolioId],
) -> Result<BusinessOwner, Stop<ProvisionRefusal>> {
    for portfolio in portfolios {
        view.portfolio(Key::Portfolio(portfolio.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
        if !owner.portfolios.contains(portfolio) && owner.portfolios.len() < MAX_PORTFOLIOS {
            owner.portfolios.push(portfolio.clone());
        }
    }
    made(draft, cx, About::default(), "business owner", Some(owner.id.as_str()));
    draft.put(Row::Enrolment(owner.clone().into()));
    Ok(owner)
}

/// Makes a way in for an owner, with portfolios that become theirs.
#[derive(Debug, Clone)]
pub struct InviteOwner {
    /// SHA-256 of its code.
    pub hash: SecretHash,
    /// Whom it lets in again; `None`: somebody new.
    pub owner: Option<OwnerId>,
    /// Which, if any.
    pub portfolios: Vec<PortfolioId>,
    /// How long it lasts.
    pub lifetime: Duration,
}

impl Input for InviteOwner {
    type Done = OwnerInvitation;
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<OwnerInvitation, Stop<ProvisionRefusal>> {
        for portfolio in &self.portfolios {
            view.portfolio(Key::Portfolio(portfolio.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
        }
        if let Some(owner) = &self.owner {
            let owner = view.enrolment::<BusinessOwner>(owner.as_str())?.ok_or(ProvisionRefusal::Missing("business owner"))?;
            give(view, cx, draft, owner.clone(), &self.portfolios)?;
        }
        let (hash, portfolios, used_by) = (self.hash, self.portfolios.clone(), self.owner.clone());
        let invitation = OwnerInvitation { hash, portfolios, expires_at: cx.now + self.lifetime, used_by };
        made(draft, cx, About::default(), "invitation of a business owner", None);
        draft.put(Row::Enrolment(invitation.clone().into()));
        Ok(invitation)
    }
}

/// Takes a way in back. False when there is none.
#[derive(Debug, Clone)]
pub struct RevokeOwnerInvitation(pub SecretHash);

impl Input for RevokeOwnerInvitation {
    type Done = bool;
    type Refusal = Infallible;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<bool, Stop<Infallible>> {
        let id = Enrolment::hashed(&self.0);
        if view.enrolment::<OwnerInvitation>(&id)?.is_none() {
            return Ok(false);
        }
        removed(draft, cx, About::default(), "invitation of a business owner", None);
        draft.remove(Key::Enrolment(EnrolmentKind::Invitation, id));
        Ok(true)
    }
}

/// Says how the sign-up page knows an app, and whose app it is.
#[derive(Debug, Clone)]
pub struct PutSignUpClient {
    /// How the page knows it.
    pub client: SignUpClient,
    /// The portfolio that it belongs to from now on; `None`: as before.
    pub business: Option<PortfolioId>,
}

impl Input for PutSignUpClient {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let id = &self.client.app;
        let app = view.app(Key::App(id.clone()))?.ok_or(ProvisionRefusal::Missing("app"))?;
        if let Some(business) = self.business.as_ref().filter(|business| app.business.as_ref() != Some(business)) {
            view.portfolio(Key::Portfolio(business.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
            draft.put(Row::App(App { business: Some(business.clone()), ..app.clone() }));
        }
        made(draft, cx, About { app: Some(id.clone()), ..About::default() }, "sign-up client", Some(id.as_str()));
        draft.put(Row::Enrolment(self.client.clone().into()));
        Ok(())
    }
}

/// Takes an app off the sign-up page: nobody signs up for it any more. What it has, it keeps.
#[derive(Debug, Clone)]
pub struct RemoveSignUpClient(pub AppId);

impl Input for RemoveSignUpClient {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = self.0.as_str();
        view.enrolment::<SignUpClient>(id)?.ok_or(RemovalRefusal::Missing("sign-up client"))?;
        removed(draft, cx, About { app: Some(self.0.clone()), ..About::default() }, "sign-up client", Some(id));
        draft.remove(Key::Enrolment(EnrolmentKind::Client, id.to_owned()));
        Ok(())
    }
}

/// Removes a business owner: browsers are signed out, walks are over, ways in for this person lead nowhere. What they made stays.
#[derive(Debug, Clone)]
pub struct RemoveOwner(pub OwnerId);

impl Input for RemoveOwner {
    type Done = ();
    type Refusal = RemovalRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<RemovalRefusal>> {
        let id = self.0.as_str();
        view.enrolment::<BusinessOwner>(id)?.ok_or(RemovalRefusal::Missing("business owner"))?;
        let of = |kind, owner: &str| Query::Enrolments(kind, owner.to_owned(), MOST_LISTED);
        along(view, draft, vec![of(EnrolmentKind::Session, id), of(EnrolmentKind::SignUp, id)])?;
        for row in draft.all(view, of(EnrolmentKind::Invitation, ""))? {
            if matches!(row, Row::Enrolment(Enrolment::Invitation(invitation)) if invitation.used_by.as_ref() == Some(&self.0)) {
                draft.remove(row.key());
            }
        }
        removed(draft, cx, About::default(), "business owner", Some(id));
        draft.remove(Key::Enrolment(EnrolmentKind::Owner, id.to_owned()));
        Ok(())
    }
}
