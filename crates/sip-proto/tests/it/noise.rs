//! What nobody would send: mutations, random bytes, random orders. Nothing panics, nothing grows, no deadline stands still.

use std::time::Duration;

use callport_sip_proto::agent::{AgentRefusal, SipSession};
use callport_sip_proto::judge::{judge_content, judge_extensions, judge_request, judge_response};
use callport_sip_proto::{
    AnyUri, DigestChallenge, DigestCredentials, FrameLimits, Framed, HeaderName, Outline, SipBody, SipFramer, SipMessage,
};
use proptest::prelude::*;

use crate::pair::*;
use crate::torture::messages;

fn corpus() -> Vec<Vec<u8>> {
    let published = [
        include_str!("samples/uic_invite.txt"),
        include_str!("samples/bic_invite.txt"),
        include_str!("samples/bic_ok.txt"),
        include_str!("samples/bic_407.txt"),
        include_str!("samples/bye.txt"),
    ];
    let torture = messages().into_iter().map(|(_, bytes)| bytes);
    published.iter().map(|text| text.replace('\n', "\r\n").into_bytes()).chain(torture).collect()
}

/// Reads everything that can be read of a message.
fn read_all(message: &SipMessage) {
    let _ = (message.vias().is_ok(), message.from().is_ok(), message.to().is_ok(), message.call_id().is_ok(), message.cseq().is_ok());
    let _ = (message.contacts().is_ok(), message.max_forwards().is_ok(), message.route_entries(HeaderName::Route).is_ok());
    let _ = (message.reasons(), message.warnings(), message.retry_after(), message.session_expires(), message.min_se(), message.sdp());
    let _ = (
        judge_request(message).is_ok(),
        judge_response(message).is_ok(),
        judge_extensions(message, &[]).is_ok(),
        judge_content(message).is_ok(),
    );
    for line in message.lines() {
        let text = line.text();
        let _ = (DigestChallenge::parse(&text), DigestCredentials::parse(&text), AnyUri::parse(&text).is_ok());
        assert!(line.line().len() >= line.raw().len());
    }
    let _ = format!("{message:?}");
}

#[derive(Clone, Debug)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<prop::sample::Index>;
    let special = prop::sample::select(vec![
        &b"\r\n"[..],
        b"\r\n ",
        b"\"",
        b"<",
        b">",
        b";",
        b",",
        b"\0",
        b":",
        b"@",
        b"\\",
        b"=",
        b"\r",
        b"\n",
        b"\xff",
        b"l: 5\r\n",
    ]);
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (place(), 1..40usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (place(), 1..200usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        (place(), special).prop_map(|(at, bytes)| Mutation::Insert(at, bytes.to_vec())),
    ]
}

fn mutated(mut bytes: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
    for mutation in mutations {
        if bytes.is_empty() {
            return bytes;
        }
        let length = bytes.len();
        match mutation {
            Mutation::Set(at, byte) => bytes[at.index(length)] = *byte,
            Mutation::Remove(at, count) => {
                let from = at.index(length);
                bytes.drain(from..(from + count).min(length));
            }
            Mutation::Repeat(at, count) => {
                let from = at.index(length);
                let part = bytes[from..(from + count).min(length)].to_vec();
                bytes.splice(from..from, part);
            }
            Mutation::Insert(at, part) => {
                let from = at.index(length);
                bytes.splice(from..from, part.iter().copied());
            }
        }
    }
    bytes
}

proptest! {
    #[test]
    fn noise_in_messages(which in any::<prop::sample::Index>(), mutations in prop::collection::vec(mutation(), 0..6)) {
        let corpus = corpus();
        let bytes = mutated(corpus[which.index(corpus.len())].clone(), &mutations);
        let message = SipMessage::from_datagram(&bytes);
        prop_assert!(bytes.starts_with(message.as_bytes()), "the bytes are kept");
        read_all(&message);
    }

    #[test]
    fn noise_as_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_all(&SipMessage::from_datagram(&bytes));
    }

    #[test]
    fn noise_in_streams_is_cut_alike_wherever_it_is_cut(
        which in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(mutation(), 0..2)), 1..4),
        cut in 1..200usize,
    ) {
        let corpus = corpus();
        let stream: Vec<u8> = which.iter().flat_map(|(at, mutations)| mutated(corpus[at.index(corpus.len())].clone(), mutations)).collect();
        let limits = FrameLimits { head_bytes: 4096, body_bytes: 2048 };
        let frames = |size: usize| {
            let mut framer = SipFramer::new(limits);
            let mut frames: Vec<Framed> = Vec::new();
            for piece in stream.chunks(size) {
                framer.push(piece);
                frames.extend(std::iter::from_fn(|| framer.poll()));
                assert!(framer.waiting() <= limits.head_bytes + limits.body_bytes + size);
            }
            frames
        };
        prop_assert_eq!(frames(cut), frames(stream.len().max(1)));
    }

    #[test]
    fn noise_at_the_door_of_a_user_agent(
        which in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(mutation(), 0..3), 0..40_000u64), 1..8),
        is_reliable in any::<bool>(),
    ) {
        let corpus = corpus();
        let mut config = business();
        config.is_reliable = is_reliable;
        config.sessions = 4;
        let mut pair = Pair::new(config, business());
        for (at, mutations, wait) in which {
            let bytes = mutated(corpus[at.index(corpus.len())].clone(), &mutations);
            pair.platform.received(LINE, &bytes, pair.now);
            pair.now += Duration::from_millis(wait);
            pair.platform.handle_timeout(pair.now);
            prop_assert!(pair.platform.next_deadline().is_none_or(|next| next > pair.now), "a deadline stands still");
            while let Some(transmit) = pair.platform.poll_transmit() {
                let sent = SipMessage::from_datagram(&transmit.bytes);
                prop_assert!(transmit.bytes == b"\r\n" || sent.fault().is_none(), "what is sent can be read: {:?}", sent.fault());
            }
            while pair.platform.poll_event().is_some() {}
        }
        prop_assert!(pair.platform.open().0 <= 4);
    }
}

/// What the two people, their software and the network do, in any order.
#[derive(Clone, Debug)]
enum Operation {
    CallBusiness,
    CallUser,
    Progress(Side),
    Answer(Side),
    Reject(Side),
    Cancel(Side),
    Bye(Side),
    /// The next message of a side is lost, doubled, or comes after the one behind it.
    Lose(Side),
    Double(Side),
    Swap(Side),
    Deliver(Side),
    Wait(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    let side = || prop::sample::select(vec![Side::Platform, Side::Business]);
    prop_oneof![
        1 => Just(Operation::CallBusiness),
        1 => Just(Operation::CallUser),
        2 => side().prop_map(Operation::Progress),
        3 => side().prop_map(Operation::Answer),
        1 => side().prop_map(Operation::Reject),
        2 => side().prop_map(Operation::Cancel),
        2 => side().prop_map(Operation::Bye),
        1 => side().prop_map(Operation::Lose),
        1 => side().prop_map(Operation::Double),
        1 => side().prop_map(Operation::Swap),
        12 => side().prop_map(Operation::Deliver),
        4 => (1..2000u64).prop_map(Operation::Wait),
        1 => (20_000..80_000u64).prop_map(Operation::Wait),
    ]
}

/// More calls are not made in one run.
const MOST_CALLS: u64 = 12;

fn sessions() -> impl Iterator<Item = SipSession> {
    (0..MOST_CALLS * 3).map(SipSession::from_number)
}

/// Tries a command on every session, also where it does not fit.
fn every(command: &mut dyn FnMut(SipSession) -> Result<(), AgentRefusal>) {
    for one in sessions() {
        let _ = command(one);
    }
}

proptest! {
    /// Over datagrams that are lost, doubled and swapped, with everybody doing anything at any time, all comes to an end: once the network carries
    /// again and everybody hangs up, nothing is left on either side.
    #[test]
    fn calls_in_any_order(operations in prop::collection::vec(operation(), 1..60)) {
        let unreliable = |config| callport_sip_proto::agent::AgentConfig { is_reliable: false, ..config };
        let mut platform = unreliable(platform());
        platform.guard = None;
        let mut pair = Pair::new(platform, unreliable(business()));
        let mut wires: [std::collections::VecDeque<Vec<u8>>; 2] = Default::default();
        let index = |side: Side| usize::from(side == Side::Business);
        let other = |side: Side| if side == Side::Platform { Side::Business } else { Side::Platform };
        let mut calls = 0;
        for operation in operations {
            let now = pair.now;
            match operation {
                Operation::CallBusiness | Operation::CallUser if calls == MOST_CALLS => {}
                Operation::CallBusiness | Operation::CallUser => {
                    calls += 1;
                    let (side, mut call) = match operation {
                        Operation::CallBusiness => (Side::Platform, user_call()),
                        _ => (Side::Business, business_call()),
                    };
                    call.call_id = format!("call-{calls}");
                    pair.agent(side).invite(call, now).unwrap();
                }
                Operation::Progress(side) => every(&mut |one| pair.agent(side).progress(one, 180, "Ringing", &Outline::of_response(), None, now)),
                Operation::Answer(side) => every(&mut |one| pair.agent(side).answer(one, &pbx_ok(), Some(&SipBody::sdp(ANSWER)), None, now)),
                Operation::Reject(side) => every(&mut |one| pair.agent(side).reject(one, &busy(), &Outline::of_response(), now)),
                Operation::Cancel(side) => every(&mut |one| pair.agent(side).cancel(one, &Outline::of_request(), now)),
                Operation::Bye(side) => every(&mut |one| pair.agent(side).bye(one, &Outline::of_request(), now)),
                Operation::Lose(side) => drop(wires[index(side)].pop_front()),
                Operation::Double(side) => {
                    if let Some(first) = wires[index(side)].front().cloned() {
                        wires[index(side)].push_front(first);
                    }
                }
                Operation::Swap(side) => {
                    if wires[index(side)].len() > 1 {
                        wires[index(side)].swap(0, 1);
                    }
                }
                Operation::Deliver(side) => {
                    if let Some(bytes) = wires[index(side)].pop_front() {
                        pair.agent(other(side)).received(LINE, &bytes, now);
                    }
                }
                Operation::Wait(milliseconds) => {
                    pair.now += Duration::from_millis(milliseconds);
                    for side in [Side::Platform, Side::Business] {
                        let now = pair.now;
                        pair.agent(side).handle_timeout(now);
                        prop_assert!(pair.agent(side).next_deadline().is_none_or(|next| next > now), "a deadline stands still");
                    }
                }
            }
            for side in [Side::Platform, Side::Business] {
                while let Some(transmit) = pair.agent(side).poll_transmit() {
                    wires[index(side)].push_back(transmit.bytes);
                }
            }
        }
        for side in [Side::Platform, Side::Business] {
            for bytes in std::mem::take(&mut wires[index(side)]) {
                let now = pair.now;
                pair.agent(other(side)).received(LINE, &bytes, now);
            }
        }
        run_whole(&mut pair);
        for _ in 0..3 {
            for side in [Side::Platform, Side::Business] {
                let now = pair.now;
                for one in sessions() {
                    let agent = pair.agent(side);
                    let _ = agent.reject(one, &busy(), &Outline::of_response(), now);
                    let _ = agent.cancel(one, &Outline::of_request(), now);
                    let _ = agent.bye(one, &Outline::of_request(), now);
                }
            }
            run_whole(&mut pair);
            for _ in 0..500 {
                let next = [pair.platform.next_deadline(), pair.business.next_deadline()].into_iter().flatten().min();
                let Some(next) = next else { break };
                pair.now = pair.now.max(next);
                let now = pair.now;
                pair.platform.handle_timeout(now);
                pair.business.handle_timeout(now);
                run_whole(&mut pair);
            }
        }
        prop_assert_eq!((pair.platform.open(), pair.business.open()), ((0, 0, 0), (0, 0, 0)));
    }
}

/// As [`Pair::run`], in whole datagrams.
fn run_whole(pair: &mut Pair) {
    for _ in 0..500 {
        let mut was_quiet = true;
        for (from, to) in [(Side::Platform, Side::Business), (Side::Business, Side::Platform)] {
            while let Some(transmit) = pair.agent(from).poll_transmit() {
                was_quiet = false;
                let now = pair.now;
                pair.agent(to).received(LINE, &transmit.bytes, now);
            }
        }
        if was_quiet {
            return;
        }
    }
    panic!("they never stop talking");
}
