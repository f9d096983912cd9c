//! What both directions of a call have in common: its line to the switch, its media, its conversation.

use std::sync::Arc;
use std::time::Instant;

use callport_peer::{Endpoint, News, PeerConfig, PeerError, PeerEvent, Seeds};
use tokio::sync::mpsc;

use super::config::SipBackendConfig;
use crate::outgoing::Callee;
use crate::prompts::Voice;
use crate::talk::{Over, Talk};
use crate::timeline::{CallEnd, Timeline, What};

/// Orders that may wait for a call: 180, 200, BYE and a few more.
pub(super) const ORDER_QUEUE: usize = 32;

/// What all calls share.
pub(super) struct SipDesk {
    pub(super) config: Arc<SipBackendConfig>,
    pub(super) voice: Voice,
    pub(super) timeline: Timeline,
}

impl SipDesk {
    pub(super) fn new(config: SipBackendConfig, timeline: Timeline) -> Arc<Self> {
        Arc::new(Self { config: Arc::new(config), voice: Voice::default(), timeline })
    }

    pub(super) async fn endpoint(&self) -> Result<(Endpoint, mpsc::Receiver<PeerEvent>), PeerError> {
        let mut bytes = [0; Seeds::BYTES];
        (self.config.random)(&mut bytes);
        let base = PeerConfig::new(self.config.identity.clone(), Seeds::new(bytes));
        let (bind, keying, record_seconds) = (self.config.media_bind, self.config.keying, self.config.record_seconds);
        Endpoint::bind(PeerConfig { bind, keying, record_seconds, ..base }).await
    }
}

/// Which call; the switch gives no number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallKey(pub(super) u64);

/// What a call is told.
pub(super) enum Order {
    /// 180 or 183 to our INVITE.
    Ringing,
    /// 200 to our INVITE: the answer, and the call's id.
    Answered { answer: String, wacid: Option<String> },
    /// ACK to our 200.
    Acknowledged,
    /// Our INVITE was refused.
    Refused(u16, String),
    /// The platform cannot be reached, or did not answer.
    Unreachable(String),
    /// It is over.
    Ended(CallEnd),
    /// This side wants no more.
    Stop,
}

/// What a call asks of the switch.
pub(super) enum Deed {
    /// 180.
    Ring,
    /// 200 with this answer.
    Answer(String),
    /// A final response that refuses.
    Refuse(u16, String),
    /// An INVITE with this offer.
    Invite(Callee, String),
    /// BYE or CANCEL.
    HangUp,
    /// The call's task is at its end.
    Over,
}

/// A call's end of its line to the switch.
pub(super) struct CallLine {
    pub(super) desk: Arc<SipDesk>,
    pub(super) key: CallKey,
    /// By which the timeline knows it.
    pub(super) id: String,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) deeds: mpsc::Sender<(CallKey, Deed)>,
}

/// What a call wakes up for.
pub(super) enum Step {
    Media(News),
    Order(Order),
    /// The moment waited for has come.
    Time,
}

impl CallLine {
    pub(super) async fn ask(&self, deed: Deed) {
        let _ = self.deeds.send((self.key, deed)).await; // the switch is gone, and all of its dialogs
    }

    pub(super) fn tell(&self, what: What) {
        self.desk.timeline.tell(Some(&self.id), what);
    }

    /// The next thing that happens; media milestones are told on the way.
    pub(super) async fn step(&mut self, media: &mut mpsc::Receiver<PeerEvent>, until: Instant) -> Step {
        tokio::select! {
            biased;
            order = self.orders.recv() => Step::Order(order.unwrap_or(Order::Stop)),
            event = media.recv() => {
                let gone = PeerEvent { at: Instant::now(), news: News::Failed("the media socket is gone") };
                let PeerEvent { at, news } = event.unwrap_or(gone);
                self.desk.timeline.tell_at(at, Some(&self.id), What::Media(news.clone()));
                Step::Media(news)
            }
            () = tokio::time::sleep_until(until.into()) => Step::Time,
        }
    }

    /// Speaks from now on, and listens, until one side ends it or `until`. The platform waits for our first packet, so the mouth opens at once.
    pub(super) async fn converse(
        &mut self,
        mut talk: Talk,
        endpoint: &Endpoint,
        media: &mut mpsc::Receiver<PeerEvent>,
        until: Instant,
    ) -> CallEnd {
        talk.begin(endpoint, &self.desk.voice).await;
        endpoint.mouth().open().await;
        self.tell(What::MouthOpened);
        let mut silent_until = Some(Instant::now() + self.desk.config.media_within);
        loop {
            let give_up = [silent_until, talk.too_quiet()].into_iter().flatten().min();
            match self.step(media, give_up.map_or(until, |at| at.min(until))).await {
                Step::Order(Order::Ended(ending)) => return ending,
                Step::Order(Order::Stop) => return CallEnd::Stopped,
                Step::Order(_) => {}
                Step::Time if give_up.is_some_and(|at| at <= Instant::now()) => return CallEnd::NoMedia,
                Step::Time => return CallEnd::ByUs,
                Step::Media(news) => {
                    if matches!(news, News::FirstPacketIn | News::HeardAgain) {
                        silent_until = None;
                    }
                    match talk.hear(&news, endpoint, &self.desk.voice).await {
                        Some(Over::NoMedia(_)) => return CallEnd::NoMedia,
                        Some(Over::Done) => return CallEnd::ByUs,
                        None => {}
                    }
                }
            }
        }
    }
}
