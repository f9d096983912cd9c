//! The media plane: two legs for each call.

use async_trait::async_trait;
use callport_core::call::{Answer, MediaSign, Side};
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::PhoneNumberId;
use callport_core::key_exchange::KeyExchange;
use callport_core::time::WallTime;
use callport_flow::journal::Milestone;
use callport_flow::{AnswerRefusal, CheckedAnswer, MediaFault};
use tokio::sync::mpsc;

use crate::records::MediaReport;

/// Opens the media of a user-initiated call.
pub struct OpenCall {
    /// The call.
    pub call: CallId,
    /// The business's number: its backend may put all its calls on one socket, so they must not end up at one of ours.
    pub number: PhoneNumberId,
    /// The phone's SDP offer.
    pub phone_offer: String,
    /// Codecs offered to the business beside Opus.
    pub codecs: Vec<AdditionalCodec>,
    /// Where the keys of the business leg come from.
    pub keys: KeyExchange,
    /// Goes into `o=`, in milliseconds.
    pub now: WallTime,
}

/// Both descriptions of an opened call.
pub struct OpenedCall {
    /// The platform's answer for the phone.
    pub phone_answer: String,
    /// The platform's offer for the business: `session.sdp` of connect.
    pub business_offer: String,
}

/// Opens the media of a business-initiated call. Only the business is there: the phone joins when it picks up.
pub struct OpenBusinessCall {
    /// The call.
    pub call: CallId,
    /// The business's number, as in [`OpenCall`].
    pub number: PhoneNumberId,
    /// The business's SDP offer: `session.sdp` of its `connect`.
    pub business_offer: String,
    /// Codecs that the number takes beside Opus.
    pub codecs: Vec<AdditionalCodec>,
    /// Where the keys of the business leg come from.
    pub keys: KeyExchange,
    /// Goes into `o=`, in milliseconds.
    pub now: WallTime,
}

/// The business leg of a business-initiated call, ready for its checks or its packets.
pub struct OpenedBusinessCall {
    /// The platform's answer: `session.sdp` of the connect webhook.
    pub business_answer: String,
    /// What is odd in the offer and worth a timeline line.
    pub warnings: Vec<String>,
}

/// The media plane. Commands after `open` are fire-and-forget: what comes of them is told by events and reports.
#[async_trait]
pub trait Media: Send + Sync + 'static {
    /// Opens both legs.
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault>;

    /// Opens the business leg of a business-initiated call. Its ICE and DTLS may complete while the user's phones ring.
    async fn open_business_call(&self, request: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault>;

    /// The phone that picked up brings its offer and gets the platform's answer. The gate opens with [`Media::open_gate`].
    async fn pick_up(&self, call: &CallId, phone_offer: String) -> Result<String, MediaFault>;

    /// Whether audio of this codec can be turned into what phones speak. One that cannot is not offered, whatever the settings say.
    fn transcodes(&self, codec: AdditionalCodec) -> bool;

    /// Reads the business's answer to our offer, which had these codecs and such keys, or says what is wrong with it. Pure.
    fn read_answer(&self, answer: &Answer, codecs: &[AdditionalCodec], keys: KeyExchange) -> Result<CheckedAnswer, AnswerRefusal>;

    /// Gives an answer that was read to the business leg.
    fn apply_answer(&self, call: &CallId, answer: &CheckedAnswer);

    /// Lets business audio through to the user.
    fn open_gate(&self, call: &CallId);

    /// Sends one RFC 4733 event (`0`–`9`, `*`, `#`) to the business.
    fn press(&self, call: &CallId, digit: char);

    /// The phone lost its way and comes back with a new offer.
    async fn rejoin(&self, call: &CallId, phone_offer: String) -> Result<String, MediaFault>;

    /// Closes both legs; a [`MediaEvent::Closed`] follows with the last report.
    fn close(&self, call: &CallId);

    /// Figures and checklist of a live call.
    async fn report(&self, call: &CallId) -> Option<MediaReport>;
}

/// What the media plane tells.
#[derive(Debug, Clone)]
pub enum MediaEvent {
    /// Something that the rules look at.
    Sign {
        /// The call.
        call: CallId,
        /// What.
        sign: MediaSign,
    },
    /// Something for the journal only.
    Milestone {
        /// The call.
        call: CallId,
        /// On which leg.
        side: Side,
        /// What was seen.
        milestone: Milestone,
    },
    /// The legs are gone; these are their last figures.
    Closed {
        /// The call.
        call: CallId,
        /// Figures and checklist.
        report: Box<MediaReport>,
    },
}

/// Where the media plane sends its events. Bounded: a media thread uses `try_send` and keeps what did not fit.
pub type MediaEvents = mpsc::Sender<MediaEvent>;

/// Makes the channel between media and engine.
pub fn media_events(capacity: usize) -> (MediaEvents, mpsc::Receiver<MediaEvent>) {
    mpsc::channel(capacity)
}
