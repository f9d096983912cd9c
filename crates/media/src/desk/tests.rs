//! What a defect in the machine below may cost: its call, and no other.

use callport_core::call_id::CallId;
use callport_core::ids::PhoneNumberId;
use callport_engine::ports::media_events;
use callport_relay::{CallConfig, CallMedia, DtlsLibrary, Identity, Remote};
use callport_sdp::{self as sdp, Dialect, DtlsRole, LocalDescription, LocalTransport, LocalWebRtc};
use callport_testkit::{Counting, TestClock};
use tokio::sync::mpsc::Receiver;

use super::*;
use crate::command::Described;
use crate::config::MediaConfig;
use crate::credentials::Chance;
use crate::directory::{Awaited, Entry, Place};
use crate::leg_sockets::LegSocketTable;
use crate::local::Local;
use crate::sockets::Plan;

struct Room {
    desk: Desk,
    shared: Arc<Shared>,
    events: Receiver<MediaEvent>,
    chance: Chance,
    tags: Tags,
    identity: Arc<Identity>,
    now: Instant,
}

fn any_phone() -> LocalDescription {
    LocalDescription {
        session_id: 1,
        stream_id: "x".to_owned(),
        transport: LocalTransport::WebRtc(LocalWebRtc {
            ice_ufrag: "some".to_owned(),
            ice_pwd: "apasswordofnoimportance0".to_owned(),
            fingerprint: [0; 32],
            candidates: vec![],
        }),
        ssrc: 1,
    }
}

impl Room {
    /// With one port, so that calls can meet on it.
    fn new() -> Room {
        let config = MediaConfig { bind: vec!["127.0.0.1".parse().unwrap()], ports_per_thread: 1, ..MediaConfig::default() };
        let (sockets, advertised) = Plan::new(&config).unwrap().open(0).unwrap();
        let shared = Arc::new(Shared::new(0, 4, advertised, Arc::default()).unwrap());
        let (sender, events) = media_events(100);
        let (now, tags) = (Instant::now(), Tags::new(0));
        let parts = DeskParts {
            post: Post::new(sockets, LegSocketTable::new(4).unwrap()),
            news: News::new(sender),
            tags,
            route_secret: [1, 2],
            shared: shared.clone(),
            transcoders: Arc::default(),
            clock: Arc::new(TestClock::default()),
        };
        let identity = Identity::self_signed().unwrap();
        Room { desk: Desk::new(parts, now), shared, events, chance: Chance::new(Arc::new(Counting::default())), tags, identity, now }
    }

    fn open(&mut self, name: &str) -> SlotId {
        self.open_for(name, &any_phone()).0
    }

    /// A call of the phone that describes itself so; with our answer to it.
    fn open_for(&mut self, name: &str, phone: &LocalDescription) -> (SlotId, String) {
        let (opening, answer) = self.opening(name, phone);
        let id = opening.id;
        self.enter(&opening);
        assert!(self.desk.command(self.now, Command::Open(Box::new(opening))));
        (id, answer)
    }

    fn opening(&mut self, name: &str, phone: &LocalDescription) -> (Opening, String) {
        let id = self.shared.slots.take().unwrap();
        let port = self.shared.ports.take(&PhoneNumberId::parse("1").unwrap());
        let advertised = self.shared.advertised(port.index());
        let local = |side| Local::draw(&self.chance, &self.tags, id, side, Dialect::Current);
        let (user, business) = (local(CallLeg::User), local(CallLeg::Business));
        let leg = |local: &Local, side| local.leg(advertised.all(), self.identity.clone(), DtlsLibrary::Dimpl, side);
        let config = CallConfig { user: leg(&user, CallLeg::User), business: leg(&business, CallLeg::Business) };
        let description = sdp::read_phone_offer(&sdp::write_peer_offer(phone)).unwrap();
        let answer = sdp::write_phone_answer(&user.describe_at_random(advertised, self.identity.fingerprint()), &description);
        let opening = Opening {
            id,
            own: None,
            port,
            call_id: CallId::parse(&format!("wacid.{name}")).unwrap(),
            call: Box::new(CallMedia::new(config, self.now)),
            ufrags: PerSide { user: user.ufrag, business: business.ufrag },
            opened: self.now,
            caller: CallLeg::User,
            described: Described { remote: Remote::of(&description, DtlsRole::Server).unwrap(), description },
        };
        (opening, answer)
    }

    /// As whoever opens a call enters it before the thread is told.
    fn enter(&self, opening: &Opening) {
        let place = Place { thread: 0, id: opening.id, port: opening.port.index() };
        let entry = Entry { place, awaited: Awaited::Nobody, gate_open: false, closing: false };
        assert!(self.shared.directory.enter(opening.call_id.clone(), entry));
    }

    /// Calls whose end was told.
    fn ended(&mut self) -> Vec<String> {
        let mut ended = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let MediaEvent::Closed { call, .. } = event {
                ended.push(call.as_str().to_owned());
            }
        }
        ended
    }
}

#[test]
fn a_panic_below_ends_its_call_and_no_other() {
    let mut room = Room::new();
    let (broken, sound) = (room.open("broken"), room.open("sound"));
    let now = room.now;
    let route = Route { id: broken, side: CallLeg::User };
    room.desk.address_proven(now, route, "192.0.2.1:9".parse().unwrap());
    room.desk.serve(broken, now, None, |_, _| panic!("a defect"));
    assert_eq!(room.ended(), ["wacid.broken"]);
    assert_eq!((room.shared.slots.taken(), room.desk.snapshot().calls, room.desk.snapshot().calls_broken), (1, 1, 1));
    assert_eq!(room.desk.snapshot().addresses, 0);
    assert!(room.desk.carried(sound).is_some());
    assert_eq!(room.open("next").slot, broken.slot, "its slot is free again");
    assert!(room.desk.carried(broken).is_none(), "and the old name leads nowhere");
}

#[test]
fn a_call_that_was_given_up_before_its_thread_saw_it_is_not_opened() {
    let mut room = Room::new();
    let (opening, _) = room.opening("late", &any_phone());
    let slot = opening.id.slot;
    room.shared.slots.give_back(opening.id); // as whoever gave it up did
    room.desk.command(room.now, Command::Open(Box::new(opening)));
    assert_eq!((room.ended(), room.desk.snapshot().calls), (vec!["wacid.late".to_owned()], 0));
    assert_eq!(room.open("next").slot, slot);
}

#[test]
fn what_cannot_be_closed_any_more_is_given_up_all_the_same() {
    let mut room = Room::new();
    let (lost, sound) = (room.open("lost"), room.open("sound"));
    room.desk.slots[lost.slot as usize] = None; // as a defect may leave it
    room.desk.start_over(room.now);
    let mut ended = room.ended();
    ended.sort();
    assert_eq!(ended, ["wacid.lost", "wacid.sound"]);
    assert!(room.desk.carried(sound).is_none());
    assert_eq!((room.shared.slots.taken(), room.desk.snapshot().calls, room.desk.snapshot().calls_broken), (0, 0, 2));
    room.open("next");
    assert_eq!(room.desk.snapshot().calls, 1);
}

#[test]
fn commands_for_a_call_that_is_over_do_nothing() {
    let mut room = Room::new();
    let first = room.open("first");
    assert!(room.desk.command(room.now, Command::Close(first)));
    let second = room.open("second");
    assert_eq!((first.slot, room.ended().len()), (second.slot, 1));
    for command in [Command::Close(first), Command::OpenGate(first)] {
        assert!(room.desk.command(room.now, command));
    }
    let carried = room.desk.carried(second).unwrap();
    assert!(carried.cold.gate_opened.is_none() && carried.cold.legs.business.said == crate::report::Said::Nothing);
    assert!(!room.desk.command(room.now, Command::Stop), "the last command ends the work");
    assert_eq!(room.ended(), ["wacid.second"]);
}

#[test]
fn a_leg_keeps_its_newest_addresses_and_gives_all_back() {
    let mut room = Room::new();
    let (id, other) = (room.open("roaming"), room.open("other"));
    let (now, address) = (room.now, |port: usize| SocketAddr::from(([192, 0, 2, 1], port as u16)));
    let find = |room: &Room, port| room.desk.routes.find(AddressPair { port: 0, remote: address(port) });
    let (roaming, newcomer) = (Route { id, side: CallLeg::User }, Route { id: other, side: CallLeg::Business });
    for port in 1..=20 {
        room.desk.address_proven(now, roaming, address(port));
    }
    assert_eq!(room.desk.snapshot().addresses, MAX_ADDRESSES);
    assert!(find(&room, 12).is_none() && find(&room, 13).is_some());
    room.desk.address_proven(now, newcomer, address(20));
    assert_eq!(find(&room, 20), Some(roaming));
    room.desk.close(room.now, id);
    assert_eq!((room.desk.snapshot().addresses, find(&room, 20)), (0, None));
    room.desk.address_proven(now, newcomer, address(20));
    assert_eq!(find(&room, 20), Some(newcomer));
}

mod addresses;
