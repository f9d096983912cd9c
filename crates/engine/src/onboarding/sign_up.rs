//! Business owners, their walks through the sign-up page, and the codes that these end with.

use std::collections::BTreeSet;
use std::time::Duration;

use callport_core::ids::{AppId, OwnerId, PortfolioId, SignUpId, WabaId};
use callport_core::scope::Scope;
use callport_core::token::SecretHash;
use callport_flow::directory::ProvisionRefusal;
use callport_flow::onboarding::{
    BeginSignUp, CodeRefusal, EnterOwner, ExchangeCode, FetchToken, InviteOwner, LeaveOwner, OwnerRefusal, PutOwner, PutSignUpClient,
    RevokeOwnerInvitation, SignUpDeed, WalkOn, WalkRefusal,
};

use crate::directory::never;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::records::{BusinessOwner, Enrolment, OwnerInvitation, OwnerSession, SignUpClient, SignUpOpener, SignUpWalk, SignUpWishes};

impl Engine {
    /// Says how the sign-up page knows an app, and whose app it is; `None`: as before.
    pub async fn put_sign_up_client(&self, client: SignUpClient, business: Option<PortfolioId>) -> Result<(), Failed<ProvisionRefusal>> {
        self.submit(PutSignUpClient { client, business }).await
    }

    /// Lets a person in as a business owner: by the code of an invitation, or, where everybody may come, by name. With the cookie of the session.
    pub async fn enter_owner(&self, invitation: Option<&str>, name: String) -> Result<(String, BusinessOwner), Failed<OwnerRefusal>> {
        let secret = self.secret_text();
        let (invitation, session) = (invitation.map(SecretHash::of), SecretHash::of(&secret));
        let owner = self.submit(EnterOwner { invitation, name, session }).await?;
        Ok((secret, owner))
    }

    /// Whose session this is; `None` when it is unknown or over.
    pub async fn owner_of(&self, secret: &str) -> Result<Option<BusinessOwner>, Fault> {
        let session: Option<OwnerSession> = self.enrolment(&Enrolment::hashed(&SecretHash::of(secret))).await?;
        match session.filter(|session| self.now() < session.expires_at) {
            Some(session) => self.enrolment(session.owner.as_str()).await,
            None => Ok(None),
        }
    }

    /// Signs a browser out.
    pub async fn leave_owner(&self, secret: &str) -> Result<(), Fault> {
        never(self.submit(LeaveOwner(SecretHash::of(secret))).await)
    }

    /// Makes the owner of that name, or gives more portfolios to the one there is.
    pub async fn put_owner(&self, name: String, portfolios: Vec<PortfolioId>) -> Result<BusinessOwner, Failed<ProvisionRefusal>> {
        self.submit(PutOwner { name, portfolios }).await
    }

    /// Makes a way in for an owner, who is somebody new unless named. Its code is told this once.
    pub async fn invite_owner(
        &self,
        owner: Option<OwnerId>,
        portfolios: Vec<PortfolioId>,
        lifetime: Duration,
    ) -> Result<(String, OwnerInvitation), Failed<ProvisionRefusal>> {
        let code = self.secret_text()[..20].to_owned();
        let invitation = self.submit(InviteOwner { hash: SecretHash::of(&code), owner, portfolios, lifetime }).await?;
        Ok((code, invitation))
    }

    /// Takes a way in back. False when there is none.
    pub async fn revoke_owner_invitation(&self, invitation: SecretHash) -> Result<bool, Fault> {
        never(self.submit(RevokeOwnerInvitation(invitation)).await)
    }

    /// Begins a walk. Whether the opener is one of the app's was judged before.
    pub async fn begin_sign_up(
        &self,
        owner: &OwnerId,
        app: &AppId,
        opener: SignUpOpener,
        wishes: SignUpWishes,
    ) -> Result<SignUpWalk, Failed<WalkRefusal>> {
        let form_key = self.secret_text();
        self.submit(BeginSignUp { owner: owner.clone(), app: app.clone(), opener, wishes, form_key }).await
    }

    /// Does one step of a walk.
    pub async fn walk_on(&self, walk: &SignUpId, owner: &OwnerId, deed: SignUpDeed) -> Result<SignUpWalk, Failed<WalkRefusal>> {
        let on = WalkOn { walk: walk.clone(), owner: owner.clone(), deed };
        self.submit(on).await
    }

    /// Ends a walk with what the app may do, and with the code that it gets.
    pub async fn consent(
        &self,
        walk: &SignUpId,
        owner: &OwnerId,
        scopes: BTreeSet<Scope>,
    ) -> Result<(SignUpWalk, String), Failed<WalkRefusal>> {
        let code = format!("AQ{}", self.secret_text());
        let walk = self.walk_on(walk, owner, SignUpDeed::Consent(scopes, SecretHash::of(&code))).await?;
        Ok((walk, code))
    }

    /// Exchanges a code for a token, and says how long that lives; `None`: for ever. The secret of the app was right.
    pub async fn exchange_code(
        &self,
        app: &AppId,
        code: &str,
        redirect_uri: Option<String>,
    ) -> Result<(String, Option<Duration>), Failed<CodeRefusal>> {
        let value = format!("EAA{}", self.secret_text());
        let exchange = ExchangeCode { code: SecretHash::of(code), app: app.clone(), redirect_uri, token: SecretHash::of(&value) };
        let lifetime = self.submit(exchange).await?;
        Ok((value, lifetime))
    }

    /// A token without a code, for some accounts of which the app was granted something.
    pub async fn fetch_token(&self, app: &AppId, scopes: BTreeSet<Scope>, wabas: BTreeSet<WabaId>) -> Result<String, Failed<CodeRefusal>> {
        let value = format!("EAA{}", self.secret_text());
        self.submit(FetchToken { app: app.clone(), scopes, wabas, token: SecretHash::of(&value) }).await?;
        Ok(value)
    }
}
