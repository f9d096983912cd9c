//! What partners are told when a business lets their apps in or takes that back (platform docs, Embedded Signup, Webhooks).

use callport_core::ids::{AppId, PortfolioId, WabaId};
use callport_core::time::WallTime;

use crate::notice::{Notice, PartnerEvent, PartnerNews};
use crate::records::{SignUpClient, Solution, SolutionAccount, Waba};
use crate::row::Key;
use crate::step::{Cx, Draft};
use crate::view::{Need, View};

/// Tells an app of what became of its access to an account; nothing to an app that is no partner's.
pub(crate) fn tell(view: &View, cx: &Cx<'_>, draft: &mut Draft, app: &AppId, waba: &WabaId, events: &[PartnerEvent]) -> Result<(), Need> {
    let Some(client) = view.enrolment::<SignUpClient>(app.as_str())? else { return Ok(()) };
    let Some(waba) = view.waba(Key::Waba(waba.clone()))? else { return Ok(()) };
    let solution = match view.enrolment::<SolutionAccount>(waba.id.as_str())? {
        Some(account) => view.enrolment::<Solution>(account.solution.as_str())?,
        None => None,
    };
    let told = news(view, client, waba, solution, cx.now)?;
    draft.told.extend(events.iter().map(|event| Notice::Partner { event: *event, news: Box::new(told.clone()) }));
    Ok(())
}

/// The portfolio that an app belongs to.
pub(super) fn business(view: &View, app: &AppId) -> Result<Option<PortfolioId>, Need> {
    Ok(view.app(Key::App(app.clone()))?.and_then(|app| app.business.clone()))
}

pub(super) fn news(
    view: &View,
    client: &SignUpClient,
    waba: &Waba,
    solution: Option<&Solution>,
    at: WallTime,
) -> Result<PartnerNews, Need> {
    let mut partners = Vec::new();
    for app in solution.iter().flat_map(|solution| [&solution.owner_app, &solution.partner_app]) {
        partners.extend(business(view, app)?);
    }
    Ok(PartnerNews {
        app: client.app.clone(),
        portfolio: business(view, &client.app)?,
        waba: waba.id.clone(),
        owner: waba.portfolio.clone(),
        solution: solution.map(|solution| solution.id.clone()),
        solution_partners: partners,
        at,
    })
}
