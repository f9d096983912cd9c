//! One call of a user, from its offer to the judgement on what was heard.

use std::sync::Arc;
use std::time::Instant;

use callport_peer::{Endpoint, News, PeerError, PeerEvent};
use callport_wire::calls::CallRequest;
use tokio::sync::mpsc;

use crate::config::Mode;
use crate::desk::Desk;
use crate::graph::GraphFailure;
use crate::hearing::Hearing;
use crate::talk::{Over, Talk};
use crate::timeline::{CallEnd, Report, What};

/// Orders that may wait for a call: one terminate and one stop.
pub(crate) const ORDER_QUEUE: usize = 4;

/// What a call is told from outside.
pub(crate) enum Order {
    /// The platform says it is over.
    Terminated(CallEnd),
    /// The backend stops.
    Stop,
}

/// One call's task.
pub(crate) struct Call {
    desk: Arc<Desk>,
    id: String,
    phone_number_id: String,
    orders: mpsc::Receiver<Order>,
}

/// What a call wakes up for.
enum Step {
    Media(News),
    Order(Order),
    /// The moment waited for has come.
    Time,
}

impl Call {
    pub(crate) fn new(desk: Arc<Desk>, id: String, phone_number_id: String, orders: mpsc::Receiver<Order>) -> Self {
        Self { desk, id, phone_number_id, orders }
    }

    /// Lives through the call and hands back its id.
    pub(crate) async fn run(mut self, offer: Option<String>, decline: bool) -> String {
        let report = match offer {
            _ if decline || self.desk.config.mode == Mode::Reject => self.decline().await,
            None => self.give_up("the connect webhook carries no offer").await,
            Some(offer) => match self.pick_up(&offer).await {
                Ok(report) => report,
                Err(error) => self.give_up(&error.to_string()).await,
            },
        };
        self.tell(What::Ended(Box::new(report)));
        self.id
    }

    async fn decline(&mut self) -> Report {
        let ending = match self.ask(CallRequest::reject(&self.id)).await {
            Ok(_) => CallEnd::ByUs,
            Err(_) => CallEnd::Refused,
        };
        self.report(ending, Hearing::nothing())
    }

    /// Declines a call that we cannot answer, and says why.
    async fn give_up(&mut self, reason: &str) -> Report {
        self.tell(What::CallFailed(reason.to_owned()));
        self.decline().await
    }

    /// Answers, talks, judges. An error means that we could not even answer the offer.
    async fn pick_up(&mut self, offer: &str) -> Result<Report, PeerError> {
        let (endpoint, mut media) = Endpoint::bind(self.desk.endpoint_config()).await?;
        let answer = endpoint.answer(offer).await?;
        let ending = self.talk(&endpoint, &mut media, &answer).await;
        if matches!(ending, CallEnd::ByUs | CallEnd::NoMedia | CallEnd::Stopped) {
            // Refused if the user was quicker; that is expected (platform docs, terminate).
            let _ = self.ask(CallRequest::terminate(&self.id)).await;
        }
        Ok(self.report(ending, Hearing::judge(endpoint).await))
    }

    /// From pre_accept to the end of the conversation.
    async fn talk(&mut self, endpoint: &Endpoint, media: &mut mpsc::Receiver<PeerEvent>, answer: &str) -> CallEnd {
        // Without a reply the platform may still have heard us, and accept alone is legal: only a refusal ends it here.
        if let Err(failure) = self.ask(CallRequest::pre_accept(&self.id, answer)).await
            && failure.is_final()
        {
            return CallEnd::Refused;
        }
        let accept_at = Instant::now() + self.desk.config.accept_within;
        let connected = match self.until_connected(media, accept_at).await {
            Ok(connected) => connected,
            Err(ending) => return ending,
        };
        let talk = Talk::new(self.desk.config.mode.into(), self.desk.config.quiet_within);
        talk.begin(endpoint, &self.desk.voice).await;
        let mut accept = CallRequest::accept(&self.id, answer);
        if let CallRequest::Accept(accept) = &mut accept {
            accept.biz_opaque_callback_data = self.desk.config.opaque.clone();
        }
        if self.ask(accept).await.is_err() {
            return CallEnd::Refused;
        }
        endpoint.mouth().open().await;
        self.tell(What::MouthOpened);
        if !connected {
            let give_up_at = Instant::now() + self.desk.config.media_within;
            match self.until_connected(media, give_up_at).await {
                Ok(true) => {}
                Ok(false) => return CallEnd::NoMedia,
                Err(ending) => return ending,
            }
        }
        self.converse(talk, endpoint, media).await
    }

    /// Waits for ICE and DTLS. `Ok(false)` means that the time is up.
    async fn until_connected(&mut self, media: &mut mpsc::Receiver<PeerEvent>, until: Instant) -> Result<bool, CallEnd> {
        loop {
            match self.step(media, until).await {
                Step::Media(News::Connected(_)) => return Ok(true),
                Step::Media(News::Failed(_)) => return Err(CallEnd::NoMedia),
                Step::Media(_) => {}
                Step::Order(order) => return Err(order.into()),
                Step::Time => return Ok(false),
            }
        }
    }

    /// The conversation, until one side ends it.
    async fn converse(&mut self, mut talk: Talk, endpoint: &Endpoint, media: &mut mpsc::Receiver<PeerEvent>) -> CallEnd {
        let too_long = Instant::now() + self.desk.config.longest_call;
        loop {
            let until = talk.too_quiet().map_or(too_long, |at| at.min(too_long));
            match self.step(media, until).await {
                Step::Order(order) => return order.into(),
                Step::Time if talk.too_quiet() == Some(until) => return CallEnd::NoMedia,
                Step::Time => return CallEnd::ByUs,
                Step::Media(news) => match talk.hear(&news, endpoint, &self.desk.voice).await {
                    Some(Over::NoMedia(_)) => return CallEnd::NoMedia,
                    Some(Over::Done) => return CallEnd::ByUs,
                    None => {}
                },
            }
        }
    }

    /// The next thing that happens; media milestones are told on the way.
    async fn step(&mut self, media: &mut mpsc::Receiver<PeerEvent>, until: Instant) -> Step {
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

    /// One request, told with its outcome and its time.
    async fn ask(&self, request: CallRequest) -> Result<(), GraphFailure> {
        self.desk.told(Some(&self.id), request.action(), self.desk.graph.ask(&self.phone_number_id, &request)).await
    }

    fn tell(&self, what: What) {
        self.desk.timeline.tell(Some(&self.id), what);
    }

    fn report(&self, ending: CallEnd, hearing: Hearing) -> Report {
        let Hearing { heard, sound, digits, media, said_from, ear } = hearing;
        Report { mode: self.desk.config.mode, ending, heard, sound, digits, media, said_from, ear }
    }
}

impl From<Order> for CallEnd {
    fn from(order: Order) -> Self {
        match order {
            Order::Terminated(ending) => ending,
            Order::Stop => Self::Stopped,
        }
    }
}
