//! The call itself: our offer, their answer, ringing, the conversation, the end.
//!
//! Platform docs, Business-initiated calls: the answer comes with the connect webhook, before the user picks up; media connects
//! meanwhile; ACCEPTED is the only live sign of a pick-up, and only after it does sound go out.

use std::time::{Duration, Instant};

use callport_peer::{Endpoint, News, PeerError, PeerEvent};
use callport_wire::calls::{CallRequest, Capture, Connect, SdpType, Session};
use callport_wire::permissions::{ActionName, PermissionsReply};
use callport_wire::webhooks::{CallEvent, EventKind, Status};
use tokio::sync::mpsc;

use super::outcome::{End, Progress, conclude, next_possible};
use super::{Order, OutgoingOutcome, Placing};
use crate::arrival::Tidings;
use crate::hearing::Hearing;
use crate::talk::{Over, Talk};
use crate::timeline::What;

/// What a ringing or connected call wakes up for.
enum Step {
    Media(News),
    Order(Order),
    /// The next of its deadlines.
    Time(Due),
}

/// What a deadline means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    NoAnswerSdp,
    NobodyPickedUp,
    DeclinedWithoutTerminate,
    NoMedia,
    LostMedia,
    TalkedEnough,
}

/// One call on the line.
struct Ring {
    placed: Instant,
    answer_applied: bool,
    connected: bool,
    picked_up: Option<Instant>,
    declined: Option<Instant>,
    terminate: Option<CallEvent>,
    talk: Talk,
}

impl Placing {
    /// Places the call and lives through it.
    pub(super) async fn call(&mut self, permission: &PermissionsReply) -> (OutgoingOutcome, Option<Hearing>) {
        let (endpoint, mut media, offer) = match self.offer().await {
            Ok(offered) => offered,
            Err(error) => return (OutgoingOutcome::fault(format!("no offer could be made: {error}")), None),
        };
        if let Err(outcome) = self.connect(offer, permission).await {
            return (outcome, None);
        }
        let config = &self.desk.config;
        let mut ring = Ring::new(Talk::new(self.order.say.clone(), config.quiet_within));
        self.tell(What::Waiting { what: "the connect webhook with the answer", within: config.webhook_within });
        let end = self.follow(&mut ring, &endpoint, &mut media).await;
        self.last_word(&mut ring, &end).await;
        let hearing = if ring.was_answered() { Some(Hearing::judge(endpoint).await) } else { None };
        (conclude(end, ring.progress(), ring.terminate.as_ref()), hearing)
    }

    async fn offer(&self) -> Result<(Endpoint, mpsc::Receiver<PeerEvent>, String), PeerError> {
        let (endpoint, media) = Endpoint::bind(self.desk.endpoint_config()).await?;
        let offer = endpoint.offer().await?;
        Ok((endpoint, media, offer))
    }

    async fn connect(&self, offer: String, permission: &PermissionsReply) -> Result<(), OutgoingOutcome> {
        let (to, recipient) = self.order.user.address();
        let session = Session { sdp_type: SdpType::Offer, sdp: offer };
        let biz_opaque_callback_data = self.order.opaque.clone();
        let request = CallRequest::Connect(Connect { to, recipient, session, biz_opaque_callback_data, capture: Capture::default() });
        let asked = self.desk.graph.connect(&self.order.phone_number_id, &request);
        let id =
            self.desk.told(None, request.action(), asked).await.map_err(|failure| {
                OutgoingOutcome::of_failure(request.action(), failure, next_possible(permission, &ActionName::StartCall))
            })?;
        // It is set here alone, once.
        let _ = self.call_id.set(id);
        Ok(())
    }

    /// From the reply to connect until one side ends it.
    async fn follow(&mut self, ring: &mut Ring, endpoint: &Endpoint, media: &mut mpsc::Receiver<PeerEvent>) -> End {
        loop {
            let end = match self.step(ring, media).await {
                Step::Order(Order::HangUp) => Some(End::ByUs),
                Step::Order(Order::News(Tidings::Call(event))) if self.is_ours(&event.id) => self.hear_of(ring, *event, endpoint).await,
                Step::Order(Order::News(Tidings::CallStatus(status))) if self.is_ours(&status.id) => {
                    self.note_status(ring, status.status, endpoint).await;
                    None
                }
                Step::Order(Order::News(_)) => None,
                Step::Media(news) => self.note_media(ring, &news, endpoint).await,
                Step::Time(due) => Some(due.into()),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    async fn hear_of(&self, ring: &mut Ring, event: CallEvent, endpoint: &Endpoint) -> Option<End> {
        match event.event {
            EventKind::Connect if !ring.answer_applied => {
                let Some(session) = event.session.filter(|session| session.sdp_type == SdpType::Answer) else {
                    return Some(End::Fault("the connect webhook carries no answer".to_owned()));
                };
                ring.answer_applied = true;
                self.tell(What::Waiting { what: "the user to pick up", within: self.desk.config.answer_within });
                endpoint.apply_answer(&session.sdp).await.err().map(|error| End::Fault(error.to_string()))
            }
            EventKind::Terminate => {
                ring.terminate = Some(event);
                Some(End::ByPlatform)
            }
            _ => None,
        }
    }

    async fn note_status(&self, ring: &mut Ring, status: Status, endpoint: &Endpoint) {
        match status {
            Status::Ringing => {}
            Status::Accepted if ring.picked_up.is_none() => {
                ring.picked_up = Some(Instant::now());
                ring.talk.begin(endpoint, &self.desk.voice).await;
                endpoint.mouth().open().await;
                self.tell(What::MouthOpened);
            }
            Status::Accepted => {}
            Status::Rejected => ring.declined = Some(Instant::now()),
        }
    }

    async fn note_media(&self, ring: &mut Ring, news: &News, endpoint: &Endpoint) -> Option<End> {
        if matches!(news, News::Connected(_)) {
            ring.connected = true;
        }
        match ring.talk.hear(news, endpoint, &self.desk.voice).await? {
            Over::Done => Some(End::ByUs),
            Over::NoMedia(why) => Some(End::Fault(why.to_owned())),
        }
    }

    /// Ends the call where the platform has not, and waits for what it may still say about it, though not for long.
    async fn last_word(&mut self, ring: &mut Ring, end: &End) {
        if *end != End::ByPlatform
            && ring.declined.is_none()
            && let Some(id) = self.call_id.get()
        {
            let request = CallRequest::terminate(id);
            let asked = self.desk.graph.ask(&self.order.phone_number_id, &request);
            // Refused if the user was quicker; that is expected (platform docs, terminate).
            let _ = self.desk.told(Some(id), request.action(), asked).await;
        }
        let until = Instant::now() + self.desk.config.last_word_within;
        while !ring.is_settled(end) {
            match self.next(until).await {
                Some(Order::News(Tidings::Call(event))) if self.is_ours(&event.id) && event.event == EventKind::Terminate => {
                    ring.terminate = Some(*event);
                }
                Some(Order::News(Tidings::CallStatus(status))) if self.is_ours(&status.id) && status.status == Status::Rejected => {
                    ring.declined = Some(Instant::now());
                }
                Some(Order::News(_)) => {}
                Some(Order::HangUp) | None => return,
            }
        }
    }

    fn is_ours(&self, call_id: &str) -> bool {
        self.call_id.get().is_some_and(|ours| ours == call_id)
    }

    /// The next thing that happens; media milestones are told on the way.
    async fn step(&mut self, ring: &Ring, media: &mut mpsc::Receiver<PeerEvent>) -> Step {
        let (until, due) = self.deadline(ring);
        tokio::select! {
            biased;
            order = self.inbox.recv() => Step::Order(order.unwrap_or(Order::HangUp)),
            event = media.recv() => {
                let gone = PeerEvent { at: Instant::now(), news: News::Failed("the media socket is gone") };
                let PeerEvent { at, news } = event.unwrap_or(gone);
                self.desk.timeline.tell_at(at, self.call_id.get().map(String::as_str), What::Media(news.clone()));
                Step::Media(news)
            }
            () = tokio::time::sleep_until(until.into()) => Step::Time(due),
        }
    }

    /// The earliest of what is still waited for.
    fn deadline(&self, ring: &Ring) -> (Instant, Due) {
        let config = &self.desk.config;
        let talk_for = self.order.talk_for.map_or(config.longest_call, |talk_for| talk_for.min(config.longest_call));
        let nobody = ring.picked_up.is_none().then_some((ring.placed + config.answer_within, Due::NobodyPickedUp));
        let others = [
            (!ring.answer_applied).then_some((ring.placed + config.webhook_within, Due::NoAnswerSdp)),
            ring.declined.map(|at| (at + config.last_word_within, Due::DeclinedWithoutTerminate)),
            ring.picked_up.filter(|_| !ring.connected).map(|at| (at + config.media_within, Due::NoMedia)),
            // What was quiet while it rang has as long again.
            ring.picked_up.zip(ring.talk.too_quiet()).map(|(up, at)| (at.max(up + config.quiet_within), Due::LostMedia)),
            ring.picked_up.map(|at| (at + talk_for, Due::TalkedEnough)),
        ];
        // One of the two is always there; the day stands for never.
        let never = (ring.placed + Duration::from_secs(86_400), Due::NobodyPickedUp);
        others.into_iter().chain([nobody]).flatten().min().unwrap_or(never)
    }
}

impl Ring {
    fn new(talk: Talk) -> Self {
        let placed = Instant::now();
        Self { placed, answer_applied: false, connected: false, picked_up: None, declined: None, terminate: None, talk }
    }

    fn progress(&self) -> Progress {
        Progress { picked_up: self.picked_up.is_some(), declined: self.declined.is_some() }
    }

    /// Whether no webhook could tell anything more. The terminate of a missed call may have overtaken its REJECTED.
    fn is_settled(&self, end: &End) -> bool {
        match &self.terminate {
            Some(event) => *end != End::ByPlatform || self.picked_up.is_some() || self.declined.is_some() || is_told(event),
            None => *end == End::ByPlatform,
        }
    }

    /// Whether there was a conversation, as far as either side knows.
    fn was_answered(&self) -> bool {
        self.picked_up.is_some() || self.terminate.as_ref().is_some_and(|event| event.start_time.is_some())
    }
}

/// Whether it tells more than that the call was missed.
fn is_told(event: &CallEvent) -> bool {
    event.start_time.is_some() || event.duration.is_some() || !event.errors.is_empty()
}

impl From<Due> for End {
    fn from(due: Due) -> Self {
        match due {
            Due::NoAnswerSdp => Self::Fault(
                "the connect webhook did not come: is the app's callback this address, and is it subscribed to calls?".to_owned(),
            ),
            Due::NobodyPickedUp => Self::Unanswered,
            Due::DeclinedWithoutTerminate => Self::ByPlatform,
            Due::NoMedia => Self::Fault("picked up, and media did not connect".to_owned()),
            Due::LostMedia => Self::Fault("nothing was heard of the platform any more".to_owned()),
            Due::TalkedEnough => Self::ByUs,
        }
    }
}
