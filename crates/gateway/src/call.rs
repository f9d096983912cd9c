//! One call, from its offer to the judgement on what was heard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_audio::{Heard, Signature, pipe};
use callport_peer::{Config as PeerConfig, Ear, Endpoint, Event as PeerEvent, News, PeerError, Seeds};
use callport_wire::calls::CallRequest;
use tokio::sync::mpsc;

use crate::config::{Config, Mode};
use crate::graph::{Graph, GraphFailure, GraphReply};
use crate::menu::{Menu, Reply};
use crate::prompts::Voice;
use crate::timeline::{Ending, Report, Timeline, What};

/// Orders that may wait for a call: one terminate and one stop.
pub(crate) const ORDER_QUEUE: usize = 4;

/// What all calls share.
pub(crate) struct Desk {
    pub config: Config,
    pub graph: Graph,
    pub voice: Voice,
    pub timeline: Timeline,
}

/// What a call is told from outside.
pub(crate) enum Order {
    /// The platform says it is over.
    Terminated(Ending),
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
            Ok(_) => Ending::ByUs,
            Err(_) => Ending::Refused,
        };
        self.report_without_media(ending)
    }

    /// Declines a call that we cannot answer, and says why.
    async fn give_up(&mut self, reason: &str) -> Report {
        self.tell(What::CallFailed(reason.to_owned()));
        self.decline().await
    }

    /// Answers, talks, judges. An error means that we could not even answer the offer.
    async fn pick_up(&mut self, offer: &str) -> Result<Report, PeerError> {
        let (endpoint, mut media) = Endpoint::bind(self.endpoint_config()).await?;
        let answer = endpoint.answer(offer).await?;
        let ending = self.talk(&endpoint, &mut media, &answer).await;
        if matches!(ending, Ending::ByUs | Ending::NoMedia | Ending::Stopped) {
            // Refused if the user was quicker; that is expected (platform docs, terminate).
            let _ = self.ask(CallRequest::terminate(&self.id)).await;
        }
        Ok(self.judge(ending, endpoint).await)
    }

    fn endpoint_config(&self) -> PeerConfig {
        let config = &self.desk.config;
        let mut bytes = [0; Seeds::BYTES];
        (config.random)(&mut bytes);
        PeerConfig {
            bind: config.media_bind,
            record_seconds: config.record_seconds,
            ..PeerConfig::new(config.identity.clone(), Seeds::new(bytes))
        }
    }

    /// From pre_accept to the end of the conversation.
    async fn talk(&mut self, endpoint: &Endpoint, media: &mut mpsc::Receiver<PeerEvent>, answer: &str) -> Ending {
        // Without a reply the platform may still have heard us, and accept alone is legal: only a refusal ends it here.
        if let Err(failure) = self.ask(CallRequest::pre_accept(&self.id, answer)).await
            && failure.is_final()
        {
            return Ending::Refused;
        }
        let accept_at = Instant::now() + self.desk.config.accept_within;
        let connected = match self.until_connected(media, accept_at).await {
            Ok(connected) => connected,
            Err(ending) => return ending,
        };
        self.prepare(endpoint).await;
        let mut accept = CallRequest::accept(&self.id, answer);
        if let CallRequest::Accept(accept) = &mut accept {
            accept.biz_opaque_callback_data = self.desk.config.opaque.clone();
        }
        if self.ask(accept).await.is_err() {
            return Ending::Refused;
        }
        endpoint.mouth().open().await;
        self.tell(What::MouthOpened);
        if !connected {
            let give_up_at = Instant::now() + self.desk.config.media_within;
            match self.until_connected(media, give_up_at).await {
                Ok(true) => {}
                Ok(false) => return Ending::NoMedia,
                Err(ending) => return ending,
            }
        }
        self.converse(endpoint, media).await
    }

    /// Waits for ICE and DTLS. `Ok(false)` means that the time is up.
    async fn until_connected(&mut self, media: &mut mpsc::Receiver<PeerEvent>, until: Instant) -> Result<bool, Ending> {
        loop {
            match self.step(media, until).await {
                Step::Media(News::Connected(_)) => return Ok(true),
                Step::Media(News::Failed(_)) => return Err(Ending::NoMedia),
                Step::Media(_) => {}
                Step::Order(order) => return Err(order.into()),
                Step::Time => return Ok(false),
            }
        }
    }

    /// Gives the mouth what the mode has to say, before it opens.
    async fn prepare(&self, endpoint: &Endpoint) {
        let mouth = endpoint.mouth();
        match self.desk.config.mode {
            Mode::Echo => {
                let (heard, said) = pipe();
                endpoint.ear().pipe_to(heard);
                mouth.say(said).await;
            }
            Mode::Tone => mouth.say(Signature::BUSINESS.source()).await,
            Mode::Menu => mouth.say(self.desk.voice.say(&Menu::greeting())).await,
            Mode::Reject => {}
        }
    }

    /// The conversation, until one side ends it.
    async fn converse(&mut self, endpoint: &Endpoint, media: &mut mpsc::Receiver<PeerEvent>) -> Ending {
        let mut menu = (self.desk.config.mode == Mode::Menu).then(Menu::default);
        let too_long = Instant::now() + self.desk.config.longest_call;
        let mut too_quiet: Option<Instant> = None;
        loop {
            let until = too_quiet.map_or(too_long, |at| at.min(too_long));
            match self.step(media, until).await {
                Step::Order(order) => return order.into(),
                Step::Time if too_quiet == Some(until) => return Ending::NoMedia,
                Step::Time => return Ending::ByUs,
                Step::Media(News::Failed(_)) => return Ending::NoMedia,
                Step::Media(News::Quiet) => too_quiet = Some(Instant::now() + self.desk.config.quiet_within),
                Step::Media(News::HeardAgain) => too_quiet = None,
                Step::Media(News::Digit(key)) => {
                    let reply = menu.as_mut().and_then(|menu| menu.press(key));
                    if let Some(Reply::Say(prompts) | Reply::Leave(prompts)) = reply {
                        endpoint.mouth().say(self.desk.voice.say(&prompts)).await;
                    }
                }
                Step::Media(News::Said) if menu.as_ref().is_some_and(Menu::said) => return Ending::ByUs,
                Step::Media(_) => {}
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
    async fn ask(&self, request: CallRequest) -> Result<GraphReply, GraphFailure> {
        let sent = Instant::now();
        let outcome = self.desk.graph.ask(&self.phone_number_id, &request).await;
        let took: Duration = sent.elapsed();
        self.tell(What::Request { action: request.action(), outcome: outcome.clone(), took });
        outcome
    }

    fn tell(&self, what: What) {
        self.desk.timeline.tell(Some(&self.id), what);
    }

    fn report_without_media(&self, ending: Ending) -> Report {
        let nothing = Heard::any_sound(&[]);
        Report {
            mode: self.desk.config.mode,
            ending,
            heard: nothing.clone(),
            sound: nothing,
            digits: String::new(),
            media: None,
            said_from: None,
            ear: None,
        }
    }

    /// Closes the endpoint and listens to what was recorded.
    async fn judge(&self, ending: Ending, endpoint: Endpoint) -> Report {
        let ear = endpoint.ear().clone();
        let said_from = endpoint.mouth().started_at().await;
        let media = endpoint.close().await.ok();
        let listening = ear.clone();
        let judged = tokio::task::spawn_blocking(move || listen(&listening)).await;
        let empty = self.report_without_media(ending);
        // A judgement that broke is a report of nothing heard.
        let (heard, sound) = judged.unwrap_or((empty.heard, empty.sound));
        Report { mode: empty.mode, ending: empty.ending, heard, sound, digits: ear.digits(), media, said_from, ear: Some(ear) }
    }
}

fn listen(ear: &Ear) -> (Heard, Heard) {
    let recording = ear.recording();
    (Heard::signature(&recording, &Signature::USER), Heard::any_sound(&recording))
}

impl From<Order> for Ending {
    fn from(order: Order) -> Self {
        match order {
            Order::Terminated(ending) => ending,
            Order::Stop => Self::Stopped,
        }
    }
}
