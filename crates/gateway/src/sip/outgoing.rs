//! This side calls a user: INVITE, and what comes of it.

use std::time::Instant;

use callport_peer::{Endpoint, PeerError, PeerEvent};
use tokio::sync::mpsc;

use super::call::{CallLine, Deed, Order, Step};
use super::config::SipCallOrder;
use crate::hearing::Hearing;
use crate::outgoing::{CallReport, OutgoingOutcome};
use crate::talk::Talk;
use crate::timeline::{CallEnd, What};

/// What a refusal refuses, and what a fault hit.
const ACTION: &str = "INVITE";

impl CallLine {
    /// Calls, and lives through the call.
    pub(super) async fn call(mut self, order: SipCallOrder) -> CallReport {
        let mut wacid = None;
        let (outcome, hearing) = match self.place(&order, &mut wacid).await {
            Ok((outcome, hearing)) => (outcome, hearing),
            Err(error) => (OutgoingOutcome::Failed { codes: vec![], reason: error.to_string(), seconds: None }, None),
        };
        self.tell(What::Finished(Box::new(outcome.clone())));
        self.ask(Deed::Over).await;
        CallReport { outcome, call_id: wacid, hearing }
    }

    async fn place(&mut self, order: &SipCallOrder, wacid: &mut Option<String>) -> Result<(OutgoingOutcome, Option<Hearing>), PeerError> {
        let (endpoint, mut media) = self.desk.endpoint().await?;
        let offer = endpoint.offer().await?;
        self.ask(Deed::Invite(order.user.clone(), offer)).await;
        let answer = match self.until_answered(&mut media, wacid).await {
            Ok(answer) => answer,
            Err(outcome) => return Ok((outcome, None)),
        };
        if let Err(error) = endpoint.apply_answer(&answer).await {
            self.ask(Deed::HangUp).await;
            return Err(error);
        }
        let (outcome, endpoint) = self.talk(order, endpoint, &mut media).await;
        Ok((outcome, Some(Hearing::judge(endpoint).await)))
    }

    /// From the INVITE to the user's decision.
    async fn until_answered(
        &mut self,
        media: &mut mpsc::Receiver<PeerEvent>,
        wacid: &mut Option<String>,
    ) -> Result<String, OutgoingOutcome> {
        let within = self.desk.config.answer_within;
        let until = Instant::now() + within;
        loop {
            match self.step(media, until).await {
                Step::Order(Order::Ringing) => self.tell(What::Waiting { what: "the user to pick up", within }),
                Step::Order(Order::Answered { answer, wacid: id }) => {
                    *wacid = id;
                    return Ok(answer);
                }
                Step::Order(Order::Refused(status, phrase)) => return Err(refused(status, phrase)),
                Step::Order(Order::Unreachable(reason)) => return Err(OutgoingOutcome::Unreachable { action: ACTION, reason }),
                Step::Order(Order::Ended(_)) => return Err(OutgoingOutcome::NotAnswered),
                Step::Order(Order::Stop) => {
                    self.ask(Deed::HangUp).await;
                    return Err(OutgoingOutcome::Stopped);
                }
                Step::Time => {
                    self.ask(Deed::HangUp).await;
                    return Err(OutgoingOutcome::NotAnswered);
                }
                Step::Order(Order::Acknowledged) | Step::Media(_) => {}
            }
        }
    }

    async fn talk(
        &mut self,
        order: &SipCallOrder,
        endpoint: Endpoint,
        media: &mut mpsc::Receiver<PeerEvent>,
    ) -> (OutgoingOutcome, Endpoint) {
        let config = &self.desk.config;
        let talk = Talk::new(order.say.clone(), config.quiet_within);
        let until = Instant::now() + order.talk_for.unwrap_or(config.longest_call).min(config.longest_call);
        let ending = self.converse(talk, &endpoint, media, until).await;
        if matches!(ending, CallEnd::ByUs | CallEnd::NoMedia | CallEnd::Stopped) {
            self.ask(Deed::HangUp).await;
        }
        let outcome = match ending {
            CallEnd::HungUp { seconds, reason: Some(reason) } => OutgoingOutcome::Failed { codes: vec![], reason, seconds },
            CallEnd::HungUp { seconds, reason: None } => OutgoingOutcome::Answered { seconds },
            CallEnd::NoMedia => OutgoingOutcome::Failed { codes: vec![], reason: "no media in time".to_owned(), seconds: None },
            _ => OutgoingOutcome::Answered { seconds: None },
        };
        (outcome, endpoint)
    }
}

/// A final response that refuses (SIP Configuration Guide, error responses).
fn refused(status: u16, phrase: String) -> OutgoingOutcome {
    match status {
        486 | 603 if phrase.contains("decline") || status == 603 => OutgoingOutcome::Declined,
        408 | 480 | 486 | 487 => OutgoingOutcome::NotAnswered,
        _ => OutgoingOutcome::Refused { action: ACTION, code: status.into(), reason: format!("{status} {phrase}"), next: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart_by_their_published_words() {
        assert_eq!(refused(486, "User declined the call".to_owned()), OutgoingOutcome::Declined);
        assert_eq!(refused(486, "Busy Here".to_owned()), OutgoingOutcome::NotAnswered);
        assert_eq!(refused(480, "Temporarily Unavailable".to_owned()), OutgoingOutcome::NotAnswered);
        let phrase = "No Approved Call Permission Found: No approved call permission from the recipient";
        let OutgoingOutcome::Refused { code, reason, .. } = refused(403, phrase.to_owned()) else { panic!() };
        assert_eq!((code, reason), (403, format!("403 {phrase}")));
    }
}
