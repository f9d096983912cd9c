//! What partners do: solutions, credit lines, system users, and numbers that they verify for customers to come.

use std::collections::BTreeSet;

use callport_core::ids::{AllocationId, AppId, CreditLineId, PortfolioId, SolutionId, SystemUserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::scope::Scope;
use callport_flow::onboarding::{
    AddPreVerified, AssignUser, AttachCredit, CreateSolution, EndAllocation, MOST_LISTED, MoveSolution, PartnerRefusal, PutCreditLine,
    PutSystemUser, ShareCredit, SolutionDeed, SolutionRefusal,
};

use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::records::{Allocation, ClientAccount, CreditLine, PreVerifiedNumber, Solution, SolutionAccount, SolutionSeat, SystemUser};

/// A solution to be made.
pub type NewSolution = CreateSolution;

impl Engine {
    /// Makes a solution and asks the other partner.
    pub async fn create_solution(&self, new: NewSolution) -> Result<Solution, Failed<SolutionRefusal>> {
        self.submit(new).await
    }

    /// Changes where a solution stands.
    pub async fn move_solution(&self, solution: &SolutionId, app: &AppId, deed: SolutionDeed) -> Result<Solution, Failed<SolutionRefusal>> {
        self.submit(MoveSolution { solution: solution.clone(), app: app.clone(), deed }).await
    }

    /// Solutions that an app has a part in, by id: those that it made, then those that it was asked into.
    pub async fn solutions_of(&self, app: &AppId) -> Result<Vec<Solution>, Fault> {
        let mut all = self.enrolments::<Solution>(app.as_str(), MOST_LISTED).await?;
        for seat in self.enrolments::<SolutionSeat>(app.as_str(), MOST_LISTED).await? {
            all.extend(self.enrolment::<Solution>(seat.solution.as_str()).await?);
        }
        Ok(all)
    }

    /// What an app may do with an account, as far as a solution lets it: of two partners, one sends and calls.
    pub async fn may_send(&self, app: &AppId, waba: &WabaId) -> Result<bool, Fault> {
        let Some(account) = self.enrolment::<SolutionAccount>(waba.as_str()).await? else { return Ok(true) };
        let solution = self.enrolment::<Solution>(account.solution.as_str()).await?;
        Ok(solution.is_none_or(|solution| solution.permissions(app).is_none() || solution.sender() == app))
    }

    /// The portfolio that an app belongs to, where it is known.
    pub async fn portfolio_of(&self, app: &AppId) -> Result<Option<PortfolioId>, Fault> {
        Ok(self.store().app(app).await?.and_then(|app| app.business))
    }

    /// A token for what an app was granted of a client's accounts, all of them or those of one solution; `None` when that is nothing.
    pub async fn client_token(&self, app: &AppId, client: &PortfolioId, solution: Option<&SolutionId>) -> Result<Option<String>, Fault> {
        let (mut wabas, mut scopes) = (BTreeSet::new(), BTreeSet::new());
        let accounts: Vec<WabaId> = match (solution, self.portfolio_of(app).await?) {
            (Some(solution), _) => {
                let accounts = self.enrolments::<SolutionAccount>(solution.as_str(), MOST_LISTED).await?;
                accounts.into_iter().filter(|account| account.portfolio == *client).map(|account| account.waba).collect()
            }
            (None, Some(partner)) => {
                let accounts = self.enrolments::<ClientAccount>(partner.as_str(), MOST_LISTED).await?;
                accounts
                    .into_iter()
                    .filter(|account| account.client == *client && account.app == *app)
                    .map(|account| account.waba)
                    .collect()
            }
            (None, None) => Vec::new(),
        };
        let mut sends = true;
        for waba in accounts {
            if let Some(grant) = self.store().grant(app, &waba).await? {
                sends &= self.may_send(app, &waba).await?;
                scopes.extend(grant.scopes);
                wabas.insert(waba);
            }
        }
        if !sends {
            scopes.remove(&Scope::Messaging);
        }
        if wabas.is_empty() || scopes.is_empty() {
            return Ok(None);
        }
        match self.fetch_token(app, scopes, wabas).await {
            Ok(token) => Ok(Some(token)),
            Err(Failed::Refused(_)) => Ok(None), // the app was removed meanwhile
            Err(Failed::Fault(fault)) => Err(fault),
        }
    }

    /// Makes a credit line, as the platform's credit department would.
    pub async fn put_credit_line(&self, portfolio: PortfolioId, legal_entity_name: String) -> Result<CreditLine, Failed<PartnerRefusal>> {
        self.submit(PutCreditLine { portfolio, legal_entity_name }).await
    }

    /// Shares a credit line with a business.
    pub async fn share_credit(&self, line: &CreditLineId, receiving: PortfolioId) -> Result<Allocation, Failed<PartnerRefusal>> {
        self.submit(ShareCredit { line: line.clone(), receiving }).await
    }

    /// Lets a credit line pay for an account.
    pub async fn attach_credit(
        &self,
        line: &CreditLineId,
        waba: &WabaId,
        currency: String,
        sharing: bool,
    ) -> Result<Allocation, Failed<PartnerRefusal>> {
        self.submit(AttachCredit { line: line.clone(), waba: waba.clone(), currency, sharing }).await
    }

    /// Takes a share of a credit line back.
    pub async fn end_allocation(&self, allocation: &AllocationId) -> Result<(), Failed<PartnerRefusal>> {
        self.submit(EndAllocation(allocation.clone())).await
    }

    /// Makes a system user of a portfolio.
    pub async fn put_system_user(&self, portfolio: PortfolioId, name: String) -> Result<SystemUser, Failed<PartnerRefusal>> {
        self.submit(PutSystemUser { portfolio, name }).await
    }

    /// Gives a system user tasks on an account.
    pub async fn assign_user(&self, waba: &WabaId, user: SystemUserId, tasks: BTreeSet<String>) -> Result<(), Failed<PartnerRefusal>> {
        self.submit(AssignUser { waba: waba.clone(), user, tasks }).await
    }

    /// Adds a number that a partner verifies for a customer to come.
    pub async fn add_pre_verified(
        &self,
        portfolio: &PortfolioId,
        number: PhoneNumber,
    ) -> Result<PreVerifiedNumber, Failed<PartnerRefusal>> {
        self.submit(AddPreVerified { portfolio: portfolio.clone(), number }).await
    }
}
