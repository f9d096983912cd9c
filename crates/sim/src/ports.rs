//! The engine's ports, simulated: one set for each start of a process.

mod bus;
mod calendar;
mod carrier;
mod media;
mod sip;
mod store;
mod tasks;

use std::sync::Arc;

use callport_engine::Ports;
use callport_engine::ports::{MediaEvents, Store as _};

use crate::exec::Owner;
use crate::world::World;
pub(crate) use calendar::Calendar;
pub(crate) use carrier::{Post, Words};
pub(crate) use media::{BAD_ANSWER, SimMedia};
pub(crate) use store::SimStore;

/// One process's side of the world.
pub(crate) struct Equipment {
    pub(crate) ports: Ports,
    pub(crate) store: Arc<SimStore>,
    pub(crate) media: Arc<SimMedia>,
}

impl Equipment {
    pub(crate) fn of(world: &Arc<World>, owner: Owner, events: MediaEvents) -> Self {
        let store = Arc::new(SimStore::new(world.clone(), owner));
        let media = Arc::new(SimMedia::new(world.clone(), owner, events));
        debug_assert!(store.is_shared());
        let ports = Ports {
            store: store.clone(),
            media: media.clone(),
            sip: Arc::new(sip::Trunk(world.clone())),
            carrier: Arc::new(Post(world.clone())),
            wording: Arc::new(Words(world.clone())),
            clock: world.calendar.clone(),
            random: Arc::new(tasks::Seeded::new(world.exec.roll())),
            tasks: Arc::new(tasks::Crew::new(world, owner)),
            bus: Arc::new(bus::Wire(world.clone())),
        };
        Self { ports, store, media }
    }
}
