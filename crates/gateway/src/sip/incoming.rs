//! A user calls: the platform's INVITE is answered, or refused.

use std::time::Instant;

use callport_peer::{PeerError, PeerEvent};
use tokio::sync::mpsc;

use super::call::{CallLine, Deed, Order, Step};
use crate::config::Mode;
use crate::hearing::Hearing;
use crate::talk::Talk;
use crate::timeline::{CallEnd, Report, What};

impl CallLine {
    /// Lives through the call.
    pub(super) async fn take(mut self, offer: Option<String>) {
        let (ending, hearing) = match offer {
            _ if self.desk.config.mode == Mode::Reject => {
                self.ask(Deed::Refuse(603, "Decline".to_owned())).await;
                (CallEnd::ByUs, Hearing::nothing())
            }
            None => self.give_up("the INVITE carries no offer").await,
            Some(offer) => match self.pick_up(&offer).await {
                Ok(talked) => talked,
                Err(error) => self.give_up(&error.to_string()).await,
            },
        };
        let Hearing { heard, sound, digits, media, said_from, ear } = hearing;
        let mode = self.desk.config.mode;
        self.tell(What::Ended(Box::new(Report { mode, ending, heard, sound, digits, media, said_from, ear })));
        self.ask(Deed::Over).await;
    }

    /// Refuses an offer that we cannot answer, and says why.
    async fn give_up(&mut self, reason: &str) -> (CallEnd, Hearing) {
        self.tell(What::CallFailed(reason.to_owned()));
        self.ask(Deed::Refuse(488, "Not Acceptable Here".to_owned())).await;
        (CallEnd::ByUs, Hearing::nothing())
    }

    async fn pick_up(&mut self, offer: &str) -> Result<(CallEnd, Hearing), PeerError> {
        let (endpoint, mut media) = self.desk.endpoint().await?;
        let answer = endpoint.answer(offer).await?;
        self.ask(Deed::Ring).await;
        self.ask(Deed::Answer(answer)).await;
        if let Some(ending) = self.until_acknowledged(&mut media).await {
            return Ok((ending, Hearing::judge(endpoint).await));
        }
        let talk = Talk::new(self.desk.config.mode.into(), self.desk.config.quiet_within);
        let until = Instant::now() + self.desk.config.longest_call;
        let ending = self.converse(talk, &endpoint, &mut media, until).await;
        if matches!(ending, CallEnd::ByUs | CallEnd::NoMedia | CallEnd::Stopped) {
            self.ask(Deed::HangUp).await;
        }
        Ok((ending, Hearing::judge(endpoint).await))
    }

    /// Waits for the ACK to our 200, while media begin. The agent gives up where none comes; then, and when the call ends before, this is its end.
    async fn until_acknowledged(&mut self, media: &mut mpsc::Receiver<PeerEvent>) -> Option<CallEnd> {
        let until = Instant::now() + self.desk.config.longest_call;
        loop {
            match self.step(media, until).await {
                Step::Order(Order::Acknowledged) => return None,
                Step::Order(Order::Ended(ending)) => return Some(ending),
                Step::Order(Order::Stop) | Step::Time => {
                    self.ask(Deed::HangUp).await;
                    return Some(CallEnd::Stopped);
                }
                Step::Order(_) | Step::Media(_) => {}
            }
        }
    }
}
