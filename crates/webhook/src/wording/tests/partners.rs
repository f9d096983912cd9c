//! What partners are told.

use super::*;
use callport_core::ids::{AppId, PortfolioId, SolutionId, WabaId};
use callport_engine::ports::{PartnerEvent, PartnerNews};
use callport_engine::records::SolutionStatus;

fn news(solution: bool) -> PartnerNews {
    let portfolio = |id: &str| PortfolioId::parse(id).unwrap();
    PartnerNews {
        app: AppId::parse("5566778899001").unwrap(),
        portfolio: Some(portfolio("220033004400550")),
        waba: WabaId::parse("660017722334455").unwrap(),
        owner: portfolio("330044005500660"),
        solution: solution.then(|| SolutionId::parse("190055006600770").unwrap()),
        solution_partners: if solution { vec![portfolio("220033004400550"), portfolio("220033004400551")] } else { vec![] },
        at: at(1_795_344_000),
    }
}

/// The entry's id is that of the partner's portfolio.
#[test]
fn what_becomes_of_access_to_an_account() {
    let account = r#""waba_info":{"waba_id":"660017722334455","owner_business_id":"330044005500660""#;
    for (event, solution, value) in [
        (PartnerEvent::Added, false, format!(r#"{{"event":"PARTNER_ADDED",{account}}}}}"#)),
        (
            PartnerEvent::Added,
            true,
            format!(
                r#"{{"event":"PARTNER_ADDED",{account},"solution_id":"190055006600770","solution_partner_business_ids":["220033004400550","220033004400551"]}}}}"#
            ),
        ),
        (PartnerEvent::Installed, false, format!(r#"{{"event":"PARTNER_APP_INSTALLED",{account},"partner_app_id":"5566778899001"}}}}"#)),
        (PartnerEvent::Uninstalled, false, r#"{"event":"PARTNER_APP_UNINSTALLED"}"#.to_owned()),
        (
            PartnerEvent::Removed,
            false,
            format!(
                r#"{{"event":"PARTNER_REMOVED",{account}}},"disconnection_info":{{"reason":"ACCOUNT_DISCONNECTED","initiated_by":"USER"}}}}"#
            ),
        ),
    ] {
        let expected = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"220033004400550","time":1795344000,"changes":[{{"value":{value},"field":"account_update"}}]}}]}}"#
        );
        same_members(Notice::Partner { event, news: Box::new(news(solution)) }, &expected);
    }
}

#[test]
fn where_a_solution_stands() {
    for (created, event) in [(true, "SOLUTION_CREATED"), (false, "SOLUTION_UPDATED")] {
        let notice = Notice::Solution {
            app: AppId::parse("5566778899001").unwrap(),
            portfolio: PortfolioId::parse("220033004400550").unwrap(),
            solution: SolutionId::parse("190055006600770").unwrap(),
            created,
            status: SolutionStatus::PendingDeactivation,
            at: at(1_795_344_000),
        };
        let expected = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"220033004400550","time":1795344000,"changes":[{{"value":{{"event":"{event}","solution_id":"190055006600770","solution_status":"PENDING_DEACTIVATION"}},"field":"partner_solutions"}}]}}]}}"#
        );
        same_members(notice, &expected);
    }
}

/// The same JSON; the order of members is not published.
fn same_members(notice: Notice, expected: &str) {
    let read = |text: &[u8]| -> serde_json::Value { serde_json::from_slice(text).unwrap() };
    assert_eq!(read(&JsonWording.body(&notice, &WabaId::parse("1").unwrap())), read(expected.as_bytes()));
}
