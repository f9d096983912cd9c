//! Users without a browser: they place calls by a script and take them by a standing behaviour, with real media, and tell what they heard.
//!
//! The admin API knows script, behaviour and report; who speaks and listens is somebody else's, behind [`ScriptedPeople`].

use async_trait::async_trait;
use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_engine::records::User;
use callport_people::{Behaviour, Script, ScriptedFigures, ScriptedHearing, ScriptedState, Times};

/// Names a scripted call as long as the process remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub String);

/// What is known of a scripted call.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The scripted user.
    pub user: UserId,
    /// The business's number.
    pub number: PhoneNumberId,
    /// Who placed the call.
    pub direction: Direction,
    /// Where it is.
    pub state: ScriptedState,
    /// The call, once placed.
    pub call: Option<CallId>,
    /// Why no call was placed or picked up, or what broke on the user's side, in words.
    pub trouble: Option<String>,
    /// Why the call ended.
    pub reason: Option<EndReason>,
    /// Whole seconds talked.
    pub seconds: Option<u64>,
    /// Keys pressed so far.
    pub keys_pressed: u64,
    /// When things happened.
    pub times: Times,
    /// What is in the recording.
    pub heard: ScriptedHearing,
    /// What the user's side measured.
    pub figures: ScriptedFigures,
}

/// Why a script is not run. The texts are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// The script asks for what cannot be done; the text names the field and the bound.
    #[error("{0}")]
    BadScript(String),
    /// As many scripted users as there may be are on the phone.
    #[error("{0}")]
    TooMany(String),
    /// What was asked for could not be kept for the next start.
    #[error("{0}")]
    NotKept(String),
}

/// Scripted users. Exist in test mode only.
#[async_trait]
pub trait ScriptedPeople: Send + Sync + 'static {
    /// Lets `user` call `number` as the script says, by the call button of that message if one is named. Returns as soon as the script runs;
    /// what a gate refuses is told by the status.
    async fn place(&self, user: User, number: PhoneNumberId, script: Script, button: Option<MessageId>) -> Result<Handle, PlaceRefusal>;

    /// Calls that are remembered, newest first: those that users placed, and those of businesses that rang for users with a behaviour.
    async fn calls(&self) -> Vec<(Handle, Status)>;

    /// How far it is; `None` when there is no such handle (any more).
    async fn status(&self, handle: &Handle) -> Option<Status>;

    /// What was heard so far, as a 16-bit WAV file; `None` when there is no such handle (any more).
    async fn recording(&self, handle: &Handle) -> Option<Vec<u8>>;

    /// Hangs up now, whatever the script says. False when there is no such handle (any more).
    async fn hang_up(&self, handle: &Handle) -> bool;

    /// From now on, and after the next start too, the user does by itself what the behaviour says.
    async fn behave(&self, user: UserId, behaviour: Behaviour) -> Result<(), PlaceRefusal>;

    /// What the user does by itself.
    async fn behaviour(&self, user: &UserId) -> Option<Behaviour>;

    /// The user does nothing by itself any more. False when it did nothing before.
    async fn stop_behaving(&self, user: &UserId) -> Result<bool, PlaceRefusal>;
}
