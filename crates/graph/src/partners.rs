//! Partners: the portfolio that an app belongs to, and what must not be asked of another's.
//!
//! An app acts for the portfolio that the operator says it belongs to. With its own token, APP_ID|APP_SECRET, or with an access token for managing.

use axum::http::Method;
use callport_core::ids::{PortfolioId, SolutionId};
use callport_core::scope::Scope;
use callport_engine::records::{Portfolio, Solution};
use callport_engine::{PartnerRefusal, SolutionRefusal};
use callport_wire::Code;

use crate::Graph;
use crate::answer::Refusal;
use crate::auth::Caller;
use crate::objects::unknown;

impl Graph {
    /// The portfolio of that id, whoever asks.
    pub(crate) async fn business(&self, id: &str, method: &Method) -> Result<Portfolio, Refusal> {
        let portfolio = match PortfolioId::parse(id) {
            Ok(id) => self.engine.store().portfolio(&id).await?,
            Err(_) => None,
        };
        portfolio.ok_or_else(|| unknown(id, method))
    }

    /// The portfolio of that id, if the caller's app belongs to it and its token manages.
    pub(crate) async fn own_business(&self, caller: &Caller, id: &str, method: &Method) -> Result<PortfolioId, Refusal> {
        let portfolio = self.business(id, method).await?.id;
        self.demand_own(caller, &portfolio).await?;
        Ok(portfolio)
    }

    /// The caller's app belongs to that portfolio, and its token manages.
    pub(crate) async fn demand_own(&self, caller: &Caller, portfolio: &PortfolioId) -> Result<(), Refusal> {
        if caller.actor.app.business.as_ref() != Some(portfolio) {
            let details = "The app does not belong to this business portfolio. The operator of this platform says which it belongs to.";
            return Err(Refusal::because(Code::PermissionMissing, details));
        }
        self.demand_managing(caller)
    }

    /// The app's own token, or one that manages anything.
    pub(crate) fn demand_managing(&self, caller: &Caller) -> Result<(), Refusal> {
        let manages = |scope| matches!(scope, &Scope::Management | &Scope::Business);
        match &caller.actor.token {
            Some(token) if !token.scopes.iter().any(manages) => {
                Err(Refusal::because(Code::PermissionDenied, "The access token lacks the permission whatsapp_business_management."))
            }
            _ => {
                caller.request.has_rights();
                Ok(())
            }
        }
    }

    /// The solution of that id, if the caller's app has a part in it.
    pub(crate) async fn solution(&self, caller: &Caller, id: &str, method: &Method) -> Result<Solution, Refusal> {
        let solution = match SolutionId::parse(id) {
            Ok(id) => self.engine.enrolment::<Solution>(id.as_str()).await?,
            Err(_) => None,
        };
        let solution =
            solution.filter(|solution| solution.permissions(&caller.actor.app.id).is_some()).ok_or_else(|| unknown(id, method))?;
        self.demand_managing(caller)?;
        Ok(solution)
    }
}

impl From<PartnerRefusal> for Refusal {
    fn from(refusal: PartnerRefusal) -> Self {
        let code = if matches!(refusal, PartnerRefusal::Missing(_)) { Code::UnknownObject } else { Code::InvalidParameter };
        Self::told(code, &refusal)
    }
}

impl From<SolutionRefusal> for Refusal {
    fn from(refusal: SolutionRefusal) -> Self {
        let code = match refusal {
            SolutionRefusal::Missing => Code::UnknownObject,
            SolutionRefusal::NotAsked => Code::PermissionMissing,
            _ => Code::InvalidParameter, // the platform publishes no codes for these
        };
        Self::told(code, &refusal)
    }
}
