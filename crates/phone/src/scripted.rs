//! People without a browser: for the operator's API, tests and the demo.
//!
//! A scripted user dials like a page does, through the same engine, and talks over a UDP socket of its own through the same relay
//! as anybody: ICE, DTLS, SRTP, Opus. It says a file, a tone or a signature, presses keys, hangs up, and records what it hears.
//!
//! ```no_run
//! # async fn call(people: callport_phone::scripted::ScriptedUsers, nadia: callport_engine::records::User,
//! #   acme: callport_core::ids::PhoneNumberId) -> Result<(), callport_phone::scripted::ScriptRefusal> {
//! use callport_phone::scripted::{HangUp, Say, Script};
//! use std::time::Duration;
//!
//! let script = Script { say: Say::Signature, hang_up: HangUp::After(Duration::from_secs(5)), ..Script::default() };
//! let call = people.dial(nadia, acme, script)?;
//! let report = call.finished().await;
//! assert!(report.heard.business.found);
//! let wav = call.recording().await;
//! # let _ = wav;
//! # Ok(())
//! # }
//! ```
//!
//! Runs are kept in memory, a bounded number of them and of bytes; they are test tools, not records.

mod call;
mod report;
mod run;
mod script;
mod shelf;

pub use call::ScriptedCall;
pub use report::{Figures, Hearing, Report, Status, Trouble};
pub use script::{HangUp, MAX_CALL, MAX_PRESSES, MAX_RECORD_SECONDS, Press, Say, Script, ScriptRefusal};

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use callport_core::ids::PhoneNumberId;
use callport_engine::Engine;
use callport_engine::records::User;
use callport_peer::Identity;

use shelf::Shelf;

/// Calls of scripted users that may be live at once. Each has a task, a socket and a codec.
pub const MAX_LIVE: usize = 64;

/// Calls that are remembered, the live ones among them. Of more, the oldest that is over goes.
pub const MAX_KEPT: usize = 256;

/// Bytes of recordings that are remembered: the oldest go first.
pub const MAX_RECORDED: usize = 64 * 1024 * 1024;

/// The scripted users of a process. Cheap to clone.
#[derive(Clone)]
pub struct ScriptedUsers {
    engine: Arc<Engine>,
    identity: Arc<Identity>,
    bind: IpAddr,
    shelf: Arc<Shelf>,
}

impl ScriptedUsers {
    /// `identity` is the DTLS certificate that all of them show.
    pub fn new(engine: Arc<Engine>, identity: Arc<Identity>) -> Self {
        Self { engine, identity, bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED), shelf: Arc::default() }
    }

    /// Binds their sockets to this address instead of to the one that leads to the relay.
    pub fn bound_to(self, bind: IpAddr) -> Self {
        Self { bind, ..self }
    }

    /// Lets `user` call `number` as `script` says. Returns as soon as the script runs; what a gate refuses is told by the report.
    pub fn dial(&self, user: User, number: PhoneNumberId, script: Script) -> Result<Arc<ScriptedCall>, ScriptRefusal> {
        script.check()?;
        self.shelf.put(|id| run::start(self.engine.clone(), self.identity.clone(), self.bind, id, user, number, script))
    }

    /// A remembered call by its number in this process.
    pub fn call(&self, id: u64) -> Option<Arc<ScriptedCall>> {
        self.shelf.find(id)
    }

    /// All that are remembered, newest first.
    pub fn calls(&self) -> Vec<Arc<ScriptedCall>> {
        self.shelf.all()
    }
}
