//! The smallest platform that carries sound: one relayed call, one socket for each side. For tests of endpoints and backends.

use std::sync::Arc;
use std::time::Instant;

use callport_peer::{Identity, Seeds};
use callport_relay::transport::Credentials;
use callport_relay::{
    CallConfig, CallEvent, CallLeg, CallMedia, DtlsLibrary, IceRole, LegConfig, LegStatistics, Outbox, Path, Remote, TransportConfig,
    WebRtcConfig,
};
use callport_sdp::{
    self as sdp, Dialect, DtlsRole, LocalCandidate, LocalDescription, LocalTransport, LocalWebRtc, Offered, RemoteDescription,
};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

type Order = Box<dyn FnOnce(&mut CallMedia, &mut Outbox, Instant) + Send>;

/// A relayed call at work until dropped.
pub(crate) struct MiniRelay {
    orders: mpsc::UnboundedSender<Order>,
    legs: CallConfig,
}

/// Seeds that differ from test endpoint to test endpoint and are the same in every run.
#[allow(dead_code)]
pub(crate) fn seeds(number: u8) -> Seeds {
    Seeds::new(std::array::from_fn(|place| number.wrapping_mul(89).wrapping_add((place as u8).wrapping_mul(7))))
}

impl MiniRelay {
    /// Binds two sockets and waits for descriptions.
    pub(crate) async fn start(identity: Arc<Identity>) -> Self {
        let user = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let business = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let addresses = (user.local_addr().unwrap(), business.local_addr().unwrap());
        let leg = |name: &str, local, ssrc| LegConfig {
            transport: TransportConfig::WebRtc(WebRtcConfig {
                ice: IceRole::Lite,
                credentials: Credentials { ufrag: format!("{name}UserNameFragm"), pwd: format!("{name}+password+long+enough") },
                local: vec![local],
                identity: identity.clone(),
                engine: DtlsLibrary::Dimpl,
                profiles: callport_relay::leg::DEFAULT_PROFILES.to_vec(),
                follow_nominations: false,
            }),
            ssrc,
            cname: "WhatsAppAudioStream1".to_owned(),
            first_sequence: 1_000,
            first_timestamp: 5_000,
        };
        let config = CallConfig { user: leg("usr", addresses.0, 11), business: leg("biz", addresses.1, 22) };
        let legs = config.clone();
        let (orders, inbox) = mpsc::unbounded_channel();
        tokio::spawn(relay(CallMedia::new(config, Instant::now()), user, business, inbox));
        Self { orders, legs }
    }

    /// The offer of a connect webhook.
    pub(crate) async fn business_offer(&self) -> String {
        let local = self.describe(CallLeg::Business);
        sdp::write_platform_offer(&local, &[], Dialect::Current)
    }

    /// Applies what pre_accept or accept brought.
    pub(crate) async fn business_answer(&self, answer: &str) {
        let theirs = sdp::read_business_answer(answer, &Offered::platform(&[])).unwrap();
        self.apply(CallLeg::Business, theirs).await;
    }

    /// Answers the business's offer: what the connect webhook of a business-initiated call brings.
    #[allow(dead_code)]
    pub(crate) async fn answer_to_business(&self, offer: &str, role: DtlsRole) -> String {
        let theirs = sdp::read_business_offer(offer, &[], sdp::Keying::Dtls).unwrap();
        let answer = sdp::write_platform_answer(&self.describe(CallLeg::Business), &theirs, theirs.our_dtls_role(role), Dialect::Current);
        self.apply_as(CallLeg::Business, theirs, role).await;
        answer
    }

    /// Answers the user's offer.
    pub(crate) async fn user_answer(&self, offer: &str) -> String {
        let theirs = sdp::read_phone_offer(offer).unwrap();
        let answer = sdp::write_phone_answer(&self.describe(CallLeg::User), &theirs);
        self.apply(CallLeg::User, theirs).await;
        answer
    }

    /// Lets the business be heard: what accept does.
    pub(crate) async fn open_gate(&self) {
        self.order(|call, _, _| call.set_gate(true)).await;
    }

    /// Counters of one side.
    #[allow(dead_code)]
    pub(crate) async fn statistics(&self, side: CallLeg) -> LegStatistics {
        self.order(move |call, _, now| call.statistics(side, now)).await
    }

    fn describe(&self, side: CallLeg) -> LocalDescription {
        let leg = if side == CallLeg::User { &self.legs.user } else { &self.legs.business };
        let TransportConfig::WebRtc(ours) = &leg.transport else { panic!("no WebRTC") };
        LocalDescription {
            session_id: 1_795_341_600_412,
            stream_id: "7a609683-ceaf-4915-8885-64e88216858f".to_owned(),
            transport: LocalTransport::WebRtc(LocalWebRtc {
                ice_ufrag: ours.credentials.ufrag.clone(),
                ice_pwd: ours.credentials.pwd.clone(),
                fingerprint: ours.identity.fingerprint(),
                candidates: vec![LocalCandidate { foundation: 1, address: ours.local[0] }],
            }),
            ssrc: leg.ssrc,
        }
    }

    async fn apply(&self, side: CallLeg, theirs: RemoteDescription) {
        self.apply_as(side, theirs, DtlsRole::Server).await;
    }

    /// `role` is ours where the far end leaves it to us.
    async fn apply_as(&self, side: CallLeg, theirs: RemoteDescription, role: DtlsRole) {
        let remote = Remote { listens: true, ..Remote::of(&theirs, theirs.our_dtls_role(role)).unwrap() };
        self.order(move |call, out, now| call.set_remote(side, remote, now, out)).await;
    }

    async fn order<T: Send + 'static>(&self, work: impl FnOnce(&mut CallMedia, &mut Outbox, Instant) -> T + Send + 'static) -> T {
        let (reply, done) = oneshot::channel();
        let order: Order = Box::new(move |call, out, now| drop(reply.send(work(call, out, now))));
        self.orders.send(order).unwrap_or_else(|_| panic!("the relay is gone"));
        done.await.unwrap()
    }
}

/// The relay's task.
async fn relay(mut call: CallMedia, user: UdpSocket, business: UdpSocket, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut out = Outbox::default();
    let (mut from_user, mut from_business) = ([0u8; 2048], [0u8; 2048]);
    let (user_address, business_address) = (user.local_addr().unwrap(), business.local_addr().unwrap());
    loop {
        let deadline = call.next_deadline();
        let due = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => order(&mut call, &mut out, Instant::now()),
                None => return,
            },
            Ok((length, remote)) = user.recv_from(&mut from_user) => {
                let path = Path { local: user_address, remote };
                call.receive(CallLeg::User, Instant::now(), path, &mut from_user[..length], &mut out);
            }
            Ok((length, remote)) = business.recv_from(&mut from_business) => {
                let path = Path { local: business_address, remote };
                call.receive(CallLeg::Business, Instant::now(), path, &mut from_business[..length], &mut out);
            }
            () = due => {}
        }
        let now = Instant::now();
        if call.next_deadline().is_some_and(|at| at <= now) {
            call.handle_timeout(now, &mut out);
        }
        while let Some(CallEvent { .. }) = call.poll_event() {}
        while let Some(datagram) = out.pop() {
            let socket = if datagram.path.local == user_address { &user } else { &business };
            let _ = socket.send_to(&datagram.bytes, datagram.path.remote).await;
        }
    }
}
