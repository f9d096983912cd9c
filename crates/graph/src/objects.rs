//! The object that a path names. An id that is unknown and one of another kind are the same refusal (100, subcode 33).

use axum::http::Method;
use callport_core::eligibility::InUseWith;
use callport_core::ids::{PhoneNumberId, TemplateId, WabaId};
use callport_core::scope::Scope;
use callport_engine::ports::Page;
use callport_engine::records::{Number, PreVerifiedNumber, TemplateRecord, Waba};
use callport_wire::{Code, ErrorReply};

use crate::Graph;
use crate::answer::Refusal;
use crate::auth::Caller;

impl Graph {
    /// The number of that id, if the caller has one of `scopes` on it. Counts the request for it.
    pub(crate) async fn number(&self, caller: &mut Caller, id: &str, method: &Method, scopes: &[Scope]) -> Result<Number, Refusal> {
        let number = match PhoneNumberId::parse(id) {
            Ok(id) => self.engine.store().number(&id).await?,
            Err(_) => None,
        };
        let number = number.ok_or_else(|| unknown(id, method))?;
        let account = self.reach(caller, scopes, &number).await?;
        if number.in_sandbox_account() && !caller.actor.app.tech_partner {
            return Err(Refusal::because(Code::PermissionMissing, "Sandbox accounts are for apps of Tech Partners."));
        }
        caller.request.has_rights();
        let (share, within) = self.rates.of_number(&number.id, self.engine.now());
        caller.usage.account(&account, share);
        within?;
        if scopes == [Scope::Management] {
            self.counts_management(caller, &account).await?;
        }
        Ok(number)
    }

    /// The number of that id, for an app that sends, calls or asks with it: known to Cloud API (133010).
    pub(crate) async fn sender(&self, caller: &mut Caller, id: &str, method: &Method) -> Result<Number, Refusal> {
        let number = self.number(caller, id, method, &[Scope::Messaging]).await?;
        if number.in_use_with == InUseWith::BusinessApp {
            return Err(Refusal::because(
                Code::NumberNotRegistered,
                "This number is in use with the WhatsApp Business app, not with Cloud API.",
            ));
        }
        if !number.onboarding.registered() {
            let details =
                "This number is not registered on Cloud API: verify it with request_code and verify_code, then register it with a PIN.";
            return Err(Refusal::because(Code::NumberNotRegistered, details));
        }
        Ok(number)
    }

    /// The number of that id, if the caller may have it verified: of an account, or one that a partner verifies for a customer to come.
    pub(crate) async fn verifiable(&self, caller: &mut Caller, id: &str, method: &Method) -> Result<PhoneNumberId, Refusal> {
        let waiting = match PhoneNumberId::parse(id) {
            Ok(id) => self.engine.enrolment::<PreVerifiedNumber>(id.as_str()).await?.filter(|waiting| waiting.claimed_by.is_none()),
            Err(_) => None,
        };
        match waiting {
            Some(waiting) => {
                self.demand_own(caller, &waiting.portfolio).await?;
                Ok(waiting.id)
            }
            None => Ok(self.number(caller, id, method, &[Scope::Management]).await?.id),
        }
    }

    /// The account of that id, if the caller may manage it.
    pub(crate) async fn waba(&self, caller: &mut Caller, id: &str, method: &Method) -> Result<Waba, Refusal> {
        let waba = match WabaId::parse(id) {
            Ok(id) => self.engine.store().waba(&id).await?,
            Err(_) => None,
        };
        let waba = waba.ok_or_else(|| unknown(id, method))?;
        caller.request.about(&waba.id, None);
        self.demand(caller, &[Scope::Management], &waba.id).await?;
        self.counts_management(caller, &waba.id).await?;
        Ok(waba)
    }

    /// The template of that id, if the caller may manage its account.
    pub(crate) async fn template(&self, caller: &mut Caller, id: &str, method: &Method) -> Result<TemplateRecord, Refusal> {
        let template = match TemplateId::parse(id) {
            Ok(id) => self.engine.store().template(&id).await?,
            Err(_) => None,
        };
        let template = template.ok_or_else(|| unknown(id, method))?;
        caller.request.about(&template.waba, None);
        self.demand(caller, &[Scope::Management], &template.waba).await?;
        self.counts_management(caller, &template.waba).await?;
        Ok(template)
    }

    /// Management requests are counted for each app and account (80007).
    async fn counts_management(&self, caller: &Caller, waba: &WabaId) -> Result<(), Refusal> {
        let one = Page { after: None, limit: 1 };
        let has_number = !self.engine.store().numbers(Some(waba), one).await?.is_empty();
        let (share, within) = self.rates.of_management(&caller.actor.app.id, waba, has_number, self.engine.now());
        caller.usage.account(waba, share);
        within
    }
}

/// Longest part of a foreign id that is repeated to its sender.
const ECHO_MAX_CHARS: usize = 64;

/// The published text, which names the id.
pub(crate) fn unknown(id: &str, method: &Method) -> Refusal {
    let id: String = id.chars().take(ECHO_MAX_CHARS).collect();
    let method = method.as_str().to_ascii_lowercase();
    Refusal(ErrorReply::new(Code::UnknownObject).message(format!(
        "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    )))
}
