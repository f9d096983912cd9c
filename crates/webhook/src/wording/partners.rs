//! What partners are told of accounts that were shared with them, and of their solutions.

use callport_core::ids::{PortfolioId, SolutionId};
use callport_core::time::WallTime;
use callport_engine::ports::{PartnerEvent, PartnerNews};
use callport_engine::records::SolutionStatus;
use callport_wire::webhooks::account_update::CALLING_ENTRY;
use callport_wire::webhooks::{DisconnectionInfo, Envelope, PartnerSolutionValue, PartnerUpdateEvent, PartnerUpdateValue, WabaInfo};

/// Of an app that belongs to no portfolio here, the entry has the id that samples about no account have.
pub(super) fn partner(event: PartnerEvent, news: &PartnerNews) -> Envelope {
    let text = |id: &str| id.to_owned();
    let waba_info = WabaInfo {
        waba_id: text(news.waba.as_str()),
        owner_business_id: text(news.owner.as_str()),
        partner_app_id: (event == PartnerEvent::Installed).then(|| text(news.app.as_str())),
        solution_id: news.solution.as_ref().map(|solution| text(solution.as_str())),
        solution_partner_business_ids: news.solution_partners.iter().map(|portfolio| text(portfolio.as_str())).collect(),
    };
    let disconnected = || DisconnectionInfo { reason: "ACCOUNT_DISCONNECTED".to_owned(), initiated_by: "USER".to_owned() };
    let value = PartnerUpdateValue {
        event: match event {
            PartnerEvent::Added => PartnerUpdateEvent::PartnerAdded,
            PartnerEvent::Removed => PartnerUpdateEvent::PartnerRemoved,
            PartnerEvent::Installed => PartnerUpdateEvent::PartnerAppInstalled,
            PartnerEvent::Uninstalled => PartnerUpdateEvent::PartnerAppUninstalled,
        },
        waba_info: (event != PartnerEvent::Uninstalled).then_some(waba_info),
        disconnection_info: (event == PartnerEvent::Removed).then(disconnected),
    };
    let entry = news.portfolio.as_ref().map_or(CALLING_ENTRY, PortfolioId::as_str);
    Envelope::timed(entry, news.at.unix_seconds(), value.change())
}

pub(super) fn solution(portfolio: &PortfolioId, id: &SolutionId, created: bool, status: SolutionStatus, at: WallTime) -> Envelope {
    let value = PartnerSolutionValue {
        event: if created { "SOLUTION_CREATED" } else { "SOLUTION_UPDATED" }.to_owned(),
        solution_id: id.as_str().to_owned(),
        solution_status: status.name().to_owned(),
    };
    Envelope::timed(portfolio.as_str(), at.unix_seconds(), value.change())
}
