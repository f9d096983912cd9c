//! SIP servers of businesses: told at once, and react as they like.

use std::sync::Arc;

use callport_engine::ports::{Notice, SipLine};

use crate::world::World;

/// The line to them.
pub(super) struct Trunk(pub(super) Arc<World>);

impl SipLine for Trunk {
    fn told(&self, notice: Notice) {
        self.0.sip_server_hears(&notice);
    }
}
