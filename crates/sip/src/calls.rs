//! What the edge asks of the engine about one call, one thing after the other: the store takes its time, and the edge waits for nothing.

use std::sync::Arc;

use callport_core::call::{Answer, EndReason};
use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_engine::journal::Fact;
use callport_engine::{CallCommand, Engine};
use tokio::sync::mpsc;

/// Things that may wait for one call: a server rings, takes, ends; more is noise.
pub(crate) const DEEDS: usize = 64;

/// What the business's server said, as the engine hears it.
pub(crate) enum Deed {
    /// 180 or 183.
    Ring,
    /// 200 with this session description.
    Accept(String),
    /// A final response that refuses.
    Reject,
    /// BYE or CANCEL.
    Terminate,
    /// The server cannot be reached, or said what cannot be used.
    Fail(EndReason),
    /// Something for the call's story.
    Note(Fact),
}

/// Carries out what is asked of a call until nobody can ask any more.
pub(crate) async fn carry_out(engine: Arc<Engine>, number: PhoneNumberId, call: CallId, mut deeds: mpsc::Receiver<Deed>) {
    while let Some(deed) = deeds.recv().await {
        if let Err(why) = one(&engine, &number, &call, deed).await {
            // A call that ended meanwhile refuses what comes late, and that is how it should be.
            tracing::info!(call = call.short(), why, "what a SIP server said of a call was not carried out");
        }
    }
}

async fn one(engine: &Engine, number: &PhoneNumberId, call: &CallId, deed: Deed) -> Result<(), String> {
    let command = match deed {
        Deed::Ring => CallCommand::Ring,
        Deed::Reject => CallCommand::Reject,
        Deed::Terminate => CallCommand::Terminate,
        Deed::Accept(sdp) => {
            let accept = CallCommand::Accept { answer: Some(Answer::new(sdp)), opaque: None };
            let Err(why) = engine.command(number, call, accept).await else { return Ok(()) };
            // The server believes in a call: it must be ended, and the user told.
            let failed = engine.line_failed(call, EndReason::AnswerRefused).await;
            return Err(failed.err().map_or_else(|| why.to_string(), |also| format!("{why}; {also}")));
        }
        Deed::Note(fact) => return engine.note_sip(call, fact).await.map_err(|why| why.to_string()),
        Deed::Fail(reason) => return engine.line_failed(call, reason).await.map_err(|why| why.to_string()),
    };
    engine.command(number, call, command).await.map_err(|why| why.to_string())
}
