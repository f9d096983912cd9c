//! Media and carrier as a test needs them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use callport_core::call::Answer;
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_engine::ports::{
    AnswerRefusal, Carrier, CheckedAnswer, DeliveryOutcome, Letter, Media, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall,
    OpenedCall, VerifyRefusal,
};
use callport_engine::records::{Callback, MediaReport};

/// Takes every offer and answer without video.
pub(crate) struct FakeMedia;

#[async_trait]
impl Media for FakeMedia {
    async fn open(&self, _: OpenCall) -> Result<OpenedCall, MediaFault> {
        Ok(OpenedCall { phone_answer: "v=0\r\n".into(), business_offer: "v=0\r\n".into() })
    }

    async fn open_business_call(&self, request: OpenBusinessCall) -> Result<OpenedBusinessCall, MediaFault> {
        match request.business_offer.contains("m=video") {
            true => Err(MediaFault::Refused("video is not supported".into())),
            false => Ok(OpenedBusinessCall { business_answer: "v=0\r\n".into(), warnings: vec![] }),
        }
    }

    async fn pick_up(&self, _: &CallId, _: String) -> Result<String, MediaFault> {
        Ok("v=0\r\n".into())
    }

    fn transcodes(&self, _: AdditionalCodec) -> bool {
        false
    }

    fn read_answer(&self, answer: &Answer, _: &[AdditionalCodec]) -> Result<CheckedAnswer, AnswerRefusal> {
        match answer.as_str().contains("m=video") {
            true => Err(AnswerRefusal("video is not supported".into())),
            false => Ok(CheckedAnswer { warnings: vec![], read: Arc::new(()) }),
        }
    }

    fn apply_answer(&self, _: &CallId, _: &CheckedAnswer) {}

    fn open_gate(&self, _: &CallId) {}

    fn press(&self, _: &CallId, _: char) {}

    async fn rejoin(&self, _: &CallId, _: String) -> Result<String, MediaFault> {
        Err(MediaFault::Unavailable("not in tests".into()))
    }

    fn close(&self, _: &CallId) {}

    async fn report(&self, _: &CallId) -> Option<MediaReport> {
        None
    }
}

/// Delivers everything; verifies URLs that have `good` in them and remembers whom it asked.
#[derive(Default)]
pub(crate) struct FakeCarrier {
    pub(crate) asked: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Carrier for FakeCarrier {
    async fn deliver(&self, _: Letter<'_>) -> DeliveryOutcome {
        DeliveryOutcome { status: Some(200), error: None, took: Duration::ZERO }
    }

    async fn verify(&self, callback: &Callback, _: &str) -> Result<(), VerifyRefusal> {
        self.asked.lock().unwrap().push((callback.url.clone(), callback.verify_token.clone()));
        match callback.url.contains("good") {
            true => Ok(()),
            false => Err(VerifyRefusal::Status { status: 403, reason: "Forbidden".into() }),
        }
    }
}
