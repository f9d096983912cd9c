//! Who does what for a number: the configuration of conversation routing (platform docs, Conversation routing, 2026-10-12), which partners choose in the
//! business's settings there and an operator writes down here.

use std::convert::Infallible;

use super::{ProvisionRefusal, made, removed};
use crate::journal::About;
use crate::records::{Routing, RoutingReach};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop};
use crate::view::View;

/// Most businesses on standby of one configuration: as many as accounts of a number could ever name.
pub const MAX_STANDBY: usize = 16;

/// Makes or replaces a configuration.
#[derive(Debug, Clone)]
pub struct PutRouting(pub Routing);

impl Input for PutRouting {
    type Done = ();
    type Refusal = ProvisionRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<ProvisionRefusal>> {
        let Routing { reach, roles, standby, terms: _ } = &self.0;
        match reach {
            RoutingReach::Number(number) => {
                view.number(Key::Number(number.clone()))?.ok_or(ProvisionRefusal::Missing("business number"))?;
            }
            RoutingReach::Portfolio(portfolio) => {
                view.portfolio(Key::Portfolio(portfolio.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
            }
        }
        for business in roles.values().chain(standby) {
            view.portfolio(Key::Portfolio(business.clone()))?.ok_or(ProvisionRefusal::Missing("portfolio"))?;
        }
        made(draft, cx, about(reach), "routing", Some(id(reach)));
        draft.put(Row::Routing(self.0.clone()));
        Ok(())
    }
}

/// Takes a configuration away. A number falls back to that of its portfolio, and without one everybody gets everything.
#[derive(Debug, Clone)]
pub struct EndRouting(pub RoutingReach);

impl Input for EndRouting {
    type Done = ();
    type Refusal = Infallible;

    fn decide(&self, _: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<(), Stop<Infallible>> {
        removed(draft, cx, about(&self.0), "routing", Some(id(&self.0)));
        draft.remove(Key::Routing(self.0.clone()));
        Ok(())
    }
}

fn about(reach: &RoutingReach) -> About {
    match reach {
        RoutingReach::Number(number) => About::number(number),
        RoutingReach::Portfolio(_) => About::default(),
    }
}

fn id(reach: &RoutingReach) -> &str {
    match reach {
        RoutingReach::Number(number) => number.as_str(),
        RoutingReach::Portfolio(portfolio) => portfolio.as_str(),
    }
}
