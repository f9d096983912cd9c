//! People without a browser: for the operator's API, tests and the demo.
//!
//! A scripted user does as a page does, through the same engine: it dials, and by a standing [`Behaviour`] it takes calls of businesses,
//! answers requests for call permission and taps call buttons. It talks over a UDP socket of its own through the same relay as
//! anybody: ICE, DTLS, SRTP, Opus. It says a file, a tone or a signature, presses keys, hangs up, and records what it hears.
//!
//! ```no_run
//! # async fn call(people: callport_phone::scripted::ScriptedUsers, nadia: callport_engine::records::User,
//! #   acme: callport_core::ids::PhoneNumberId) -> Result<(), callport_phone::scripted::ScriptRefusal> {
//! use callport_people::{HangUp, ScriptedSay, Script};
//! use std::time::Duration;
//!
//! let script = Script { say: ScriptedSay::Signature {}, hang_up: HangUp::after(Duration::from_secs(5)), ..Script::default() };
//! let call = people.dial(nadia, acme, script, None)?;
//! let report = call.finished().await;
//! assert!(report.heard.business.found);
//! let wav = call.recording().await;
//! # let _ = wav;
//! # Ok(())
//! # }
//! ```
//!
//! Runs are kept in memory, a bounded number of them and of bytes; they are test tools, not records.

mod behaviour;
mod call;
mod line;
mod placing;
mod receiving;
mod report;
mod run;
mod script;
mod shelf;
mod standing;

pub use call::ScriptedCall;
pub use report::{Trouble, UserReport};
pub use script::ScriptRefusal;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_engine::Engine;
use callport_engine::records::User;
use callport_peer::Identity;
use callport_people::{Behaviour, Script};

use behaviour::Conduct;
use line::Line;
use script::Plan;
use shelf::Shelf;
use standing::Standing;

/// Calls of scripted users that may be live at once. Each has a task, a socket and a codec.
pub const MAX_LIVE: usize = 64;

/// Calls that are remembered, the live ones among them. Of more, the oldest that is over goes.
pub const MAX_KEPT: usize = 256;

/// Users that may have a standing behaviour. Each has a task that waits.
pub const MAX_STANDING: usize = 1024;

/// Bytes of recordings that are remembered: the oldest go first.
pub const MAX_RECORDED: usize = 64 * 1024 * 1024;

/// The scripted users of a process. Cheap to clone.
#[derive(Clone)]
pub struct ScriptedUsers {
    line: Line,
    shelf: Arc<Shelf>,
    standing: Arc<Standing>,
}

impl ScriptedUsers {
    /// `identity` is the DTLS certificate that all of them show.
    pub fn new(engine: Arc<Engine>, identity: Arc<Identity>) -> Self {
        let line = Line { engine, identity, bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
        Self { line, shelf: Arc::default(), standing: Arc::default() }
    }

    /// Binds their sockets to this address instead of to the one that leads to the relay.
    pub fn bound_to(self, bind: IpAddr) -> Self {
        Self { line: Line { bind, ..self.line }, ..self }
    }

    /// Lets `user` call `number` as `script` says, by the call button of that message if one is named. Returns as soon as the script runs;
    /// what a gate refuses is told by the report.
    pub fn dial(
        &self,
        user: User,
        number: PhoneNumberId,
        script: Script,
        button: Option<MessageId>,
    ) -> Result<Arc<ScriptedCall>, ScriptRefusal> {
        let plan = Plan::of(script, button)?;
        self.shelf.put(|id| placing::start(self.line.clone(), id, user, number, plan))
    }

    /// From now on the user does by itself what the behaviour says, instead of what an earlier one said. What came before and no device
    /// had yet is met now. Calls that were met go on as they began; reactions that were still to come are forgotten.
    pub fn behave(&self, user: UserId, behaviour: Behaviour) -> Result<(), ScriptRefusal> {
        self.standing.put(self.line.clone(), self.shelf.clone(), user, Conduct::of(behaviour)?)
    }

    /// The user does nothing by itself any more, and has no device. False when there was no behaviour.
    pub fn stop_behaving(&self, user: &UserId) -> bool {
        self.standing.remove(user)
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
