//! A media plane without media.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use callport_core::call::{Answer, MediaSign};
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::key_exchange::KeyExchange;
use callport_engine::ports::{
    AnswerRefusal, CheckedAnswer, Media, MediaEvent, MediaEvents, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall,
};
use callport_engine::records::MediaReport;
use parking_lot::Mutex;
use tokio::sync::watch;

/// Writes down what it is told, and does what the test says. It offers `business offer` and answers any `o` with `answer to o`; an SDP
/// that is empty, has a video line or says `broken` is refused. Of the codecs beside Opus it transcodes PCMA alone.
pub struct FakeMedia {
    /// What it was told, in order: `open`, `open business call` (both with the codecs, if there are any), `pick up`, `apply`, `gate`,
    /// `press 5`, `close`.
    pub told: Mutex<Vec<String>>,
    /// Opening a call waits for this to become true.
    pub opens: watch::Sender<bool>,
    /// Giving an answer to a leg meets a bug.
    pub panics: AtomicBool,
    /// What it reports of every call.
    pub report: Mutex<MediaReport>,
    /// Its way to the engine.
    pub events: MediaEvents,
}

impl FakeMedia {
    /// One that tells the engine what happens this way.
    pub fn new(events: MediaEvents) -> Self {
        let report = Mutex::new(MediaReport::default());
        Self { told: Mutex::default(), opens: watch::channel(true).0, panics: AtomicBool::new(false), report, events }
    }

    /// Something that the rules look at happens on a leg of this call.
    pub async fn sign(&self, call: &CallId, sign: MediaSign) {
        self.events.send(MediaEvent::Sign { call: call.clone(), sign }).await.unwrap();
    }

    fn tell(&self, what: impl Into<String>) {
        self.told.lock().push(what.into());
    }

    fn tell_with(&self, what: &str, codecs: &[AdditionalCodec]) {
        self.tell(if codecs.is_empty() { what.to_owned() } else { format!("{what} with {codecs:?}") });
    }
}

/// The SDP, or what is wrong with it.
fn check(sdp: &str) -> Result<&str, &'static str> {
    match sdp {
        "" => Err("the SDP is empty"),
        sdp if sdp.contains("m=video") => Err("video is not supported"),
        sdp if sdp.contains("broken") => Err("the SDP is broken"),
        sdp => Ok(sdp),
    }
}

fn answer_to(offer: &str) -> Result<String, MediaFault> {
    let offer = check(offer).map_err(|why| MediaFault::Refused(why.into()))?;
    Ok(format!("answer to {offer}"))
}

#[async_trait]
impl Media for FakeMedia {
    async fn open(&self, request: OpenCall) -> Result<OpenedCall, MediaFault> {
        let _ = self.opens.subscribe().wait_for(|opens| *opens).await; // fails only when this media plane is gone
        let phone_answer = answer_to(&request.phone_offer)?;
        self.tell_with("open", &request.codecs);
        Ok(OpenedCall { phone_answer, business_offer: "business offer".into() })
    }

    async fn open_business_call(&self, request: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        let business_answer = answer_to(&request.business_offer)?;
        self.tell_with("open business call", &request.codecs);
        Ok(OpenedBusinessCall { business_answer, warnings: Vec::new() })
    }

    async fn pick_up(&self, _: &CallId, phone_offer: String) -> Result<String, MediaFault> {
        let answer = answer_to(&phone_offer)?;
        self.tell("pick up");
        Ok(answer)
    }

    fn transcodes(&self, codec: AdditionalCodec) -> bool {
        codec == AdditionalCodec::Pcma
    }

    fn read_answer(&self, answer: &Answer, _: &[AdditionalCodec], _: KeyExchange) -> Result<CheckedAnswer, AnswerRefusal> {
        check(answer.as_str()).map_err(|why| AnswerRefusal(why.into()))?;
        Ok(CheckedAnswer { warnings: Vec::new(), read: Arc::new(()) })
    }

    fn apply_answer(&self, _: &CallId, _: &CheckedAnswer) {
        assert!(!self.panics.load(Ordering::Relaxed), "a bug in the media plane");
        self.tell("apply");
    }

    fn open_gate(&self, _: &CallId) {
        self.tell("gate");
    }

    fn press(&self, _: &CallId, digit: char) {
        self.tell(format!("press {digit}"));
    }

    async fn rejoin(&self, _: &CallId, phone_offer: String) -> Result<String, MediaFault> {
        answer_to(&phone_offer)
    }

    fn close(&self, call: &CallId) {
        self.tell("close");
        let report = Box::new(self.report.lock().clone());
        let _ = self.events.try_send(MediaEvent::Closed { call: call.clone(), report });
    }

    async fn report(&self, _: &CallId) -> Option<MediaReport> {
        Some(self.report.lock().clone())
    }
}
