//! Platform objects leave (docs/decisions/0053-what-goes-with-an-object.md).

use callport_core::ids::{AppId, CreditLineId, OwnerId, PhoneNumberId, PortfolioId, SystemUserId, TemplateId, WabaId};
use callport_flow::directory::{RemovalRefusal, RemoveApp, RemoveNumber, RemovePortfolio, RemoveTemplate, RemoveWaba};
use callport_flow::onboarding::{RemoveCreditLine, RemoveOwner, RemoveSignUpClient, RemoveSystemUser};

use super::people::REMOVALS;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};

type Outcome = Result<(), Failed<RemovalRefusal>>;

impl Engine {
    /// Removes a portfolio on which nothing hangs.
    pub async fn remove_portfolio(&self, portfolio: &PortfolioId) -> Outcome {
        self.submit(RemovePortfolio(portfolio.clone())).await
    }

    /// Removes an account that has no numbers.
    pub async fn remove_waba(&self, waba: &WabaId) -> Outcome {
        self.submit(RemoveWaba(waba.clone())).await
    }

    /// Removes a business number: its live calls end first.
    pub async fn remove_number(&self, number: &PhoneNumberId) -> Outcome {
        for _ in 0..REMOVALS {
            let live = match self.submit(RemoveNumber(number.clone())).await {
                Err(Failed::Refused(RemovalRefusal::InCalls(live))) => live,
                other => return other,
            };
            for call in live {
                match self.end_call(&call).await {
                    Ok(()) | Err(Failed::Refused(_)) => {}
                    Err(Failed::Fault(fault)) => return Err(fault.into()),
                }
            }
        }
        Err(Fault::new("engine: remove number", "calls of this number are placed faster than they are ended").into())
    }

    /// Removes an app.
    pub async fn remove_app(&self, app: &AppId) -> Outcome {
        self.submit(RemoveApp(app.clone())).await
    }

    /// Removes one template.
    pub async fn remove_template(&self, template: &TemplateId) -> Outcome {
        self.submit(RemoveTemplate(template.clone())).await
    }

    /// Takes an app off the sign-up page.
    pub async fn remove_sign_up_client(&self, app: &AppId) -> Outcome {
        self.submit(RemoveSignUpClient(app.clone())).await
    }

    /// Removes a business owner, who is signed out everywhere.
    pub async fn remove_owner(&self, owner: &OwnerId) -> Outcome {
        self.submit(RemoveOwner(owner.clone())).await
    }

    /// Removes a system user.
    pub async fn remove_system_user(&self, user: &SystemUserId) -> Outcome {
        self.submit(RemoveSystemUser(user.clone())).await
    }

    /// Removes a credit line: nothing is paid by it any more.
    pub async fn remove_credit_line(&self, line: &CreditLineId) -> Outcome {
        self.submit(RemoveCreditLine(line.clone())).await
    }
}
