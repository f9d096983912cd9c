//! Every transition of the four machines (RFC 3261 figures 5–8 as changed by RFC 6026), over both kinds of transport, on a clock that stands
//! where the test puts it.

use std::time::{Duration, Instant};

use callport_sip_proto::transaction::invite_client::{InviteClient, InviteClientState};
use callport_sip_proto::transaction::invite_server::{InviteServer, InviteServerState};
use callport_sip_proto::transaction::other_client::{OtherClient, OtherClientState};
use callport_sip_proto::transaction::other_server::{OtherServer, OtherServerState};
use callport_sip_proto::transaction::{ClientNews, ClientStep, ServerNews, ServerStep, SipTimers};

const UNRELIABLE: bool = false;
const RELIABLE: bool = true;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn client(resend: bool, ack: bool, news: Option<ClientNews>) -> ClientStep {
    ClientStep { resend, ack, news }
}

fn server(send: bool, news: Option<ServerNews>) -> ServerStep {
    ServerStep { send, send_trying: false, news }
}

fn nothing() -> ClientStep {
    ClientStep::default()
}

fn response() -> ClientStep {
    client(false, false, Some(ClientNews::Response))
}

/// All that a machine does by itself until it stands still: when, and what.
macro_rules! by_itself {
    ($machine:expr, $start:expr) => {{
        let mut done = Vec::new();
        while let Some(at) = $machine.next_deadline() {
            let step = $machine.handle_timeout(at);
            done.push(((at - $start).as_millis() as u64, step));
        }
        done
    }};
}

/// An INVITE client in each of its states.
fn invite_client(state: InviteClientState, is_reliable: bool, now: Instant) -> InviteClient {
    let mut machine = InviteClient::start(now, SipTimers::default(), is_reliable);
    let _ = match state {
        InviteClientState::Calling => nothing(),
        InviteClientState::Proceeding => machine.response(now, 180),
        InviteClientState::Accepted => machine.response(now, 200),
        InviteClientState::Completed => machine.response(now, 486),
        InviteClientState::Terminated => machine.transport_failed(),
    };
    assert_eq!(machine.state(), state);
    machine
}

#[test]
fn invite_client_responses() {
    use InviteClientState::{Accepted, Calling, Completed, Proceeding, Terminated};
    let now = Instant::now();
    let refused = client(false, true, Some(ClientNews::Response));
    let again = client(false, true, None);
    let table = [
        (Calling, 100, Proceeding, response()),
        (Calling, 200, Accepted, response()),
        (Calling, 486, Completed, refused),
        (Proceeding, 183, Proceeding, response()),
        (Proceeding, 299, Accepted, response()),
        (Proceeding, 300, Completed, refused),
        (Accepted, 180, Accepted, nothing()),
        (Accepted, 200, Accepted, response()),
        (Accepted, 486, Accepted, nothing()),
        (Completed, 180, Completed, nothing()),
        (Completed, 200, Completed, nothing()),
        (Completed, 486, Completed, again),
        (Terminated, 180, Terminated, nothing()),
        (Terminated, 200, Terminated, nothing()),
        (Terminated, 486, Terminated, nothing()),
    ];
    for (from, code, to, step) in table {
        let mut machine = invite_client(from, UNRELIABLE, now);
        assert_eq!((machine.response(now, code), machine.state()), (step, to), "{from:?} {code}");
    }
    let mut machine = invite_client(Calling, RELIABLE, now);
    assert_eq!((machine.response(now, 486), machine.state()), (refused, Terminated), "timer D is nothing over a stream");
}

#[test]
fn invite_client_timers() {
    use InviteClientState::{Accepted, Calling, Completed, Proceeding};
    let now = Instant::now();
    let run = |state, is_reliable| {
        let mut machine = invite_client(state, is_reliable, now);
        let done = by_itself!(machine, now);
        (done, machine.state())
    };
    let resend = client(true, false, None);
    let timed_out = client(false, false, Some(ClientNews::TimedOut));
    let a_and_b: Vec<_> = [500, 1500, 3500, 7500, 15500, 31500].map(|at| (at, resend)).into_iter().chain([(32000, timed_out)]).collect();
    assert_eq!(run(Calling, UNRELIABLE), (a_and_b, InviteClientState::Terminated), "A doubles without end, then B");
    assert_eq!(run(Calling, RELIABLE), (vec![(32000, timed_out)], InviteClientState::Terminated), "B");
    assert_eq!(run(Proceeding, UNRELIABLE), (vec![], Proceeding), "it rings as long as its owner lets it");
    assert_eq!(run(Accepted, UNRELIABLE), (vec![(32000, nothing())], InviteClientState::Terminated), "M");
    assert_eq!(run(Accepted, RELIABLE), (vec![(32000, nothing())], InviteClientState::Terminated), "M over streams as well");
    assert_eq!(run(Completed, UNRELIABLE), (vec![(32000, nothing())], InviteClientState::Terminated), "D");
}

#[test]
fn invite_client_transport() {
    use InviteClientState::{Accepted, Calling, Completed, Proceeding, Terminated};
    let failed = client(false, false, Some(ClientNews::TransportFailed));
    let table = [
        (Calling, failed, Terminated),
        (Proceeding, failed, Terminated),
        (Accepted, nothing(), Accepted),
        (Completed, nothing(), Terminated),
    ];
    for (from, step, to) in table {
        let mut machine = invite_client(from, UNRELIABLE, Instant::now());
        assert_eq!((machine.transport_failed(), machine.state()), (step, to), "{from:?}");
    }
}

fn other_client(state: OtherClientState, is_reliable: bool, now: Instant) -> OtherClient {
    let mut machine = OtherClient::start(now, SipTimers::default(), is_reliable);
    let _ = match state {
        OtherClientState::Trying => nothing(),
        OtherClientState::Proceeding => machine.response(now, 100),
        OtherClientState::Completed => machine.response(now, 200),
        OtherClientState::Terminated => machine.transport_failed(),
    };
    assert_eq!(machine.state(), state);
    machine
}

#[test]
fn other_client_responses() {
    use OtherClientState::{Completed, Proceeding, Terminated, Trying};
    let now = Instant::now();
    let table = [
        (Trying, 100, Proceeding, response()),
        (Trying, 200, Completed, response()),
        (Trying, 481, Completed, response()),
        (Proceeding, 100, Proceeding, response()),
        (Proceeding, 200, Completed, response()),
        (Completed, 100, Completed, nothing()),
        (Completed, 200, Completed, nothing()),
        (Terminated, 200, Terminated, nothing()),
    ];
    for (from, code, to, step) in table {
        let mut machine = other_client(from, UNRELIABLE, now);
        assert_eq!((machine.response(now, code), machine.state()), (step, to), "{from:?} {code}");
    }
    let mut machine = other_client(Trying, RELIABLE, now);
    assert_eq!((machine.response(now, 200), machine.state()), (response(), Terminated), "timer K is nothing over a stream");
}

#[test]
fn other_client_timers() {
    use OtherClientState::{Completed, Proceeding, Terminated, Trying};
    let now = Instant::now();
    let run = |state, is_reliable| {
        let mut machine = other_client(state, is_reliable, now);
        let done = by_itself!(machine, now);
        (done, machine.state())
    };
    let resend = client(true, false, None);
    let timed_out = client(false, false, Some(ClientNews::TimedOut));
    let trying = [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500].map(|at| (at, resend));
    assert_eq!(run(Trying, UNRELIABLE), (trying.into_iter().chain([(32000, timed_out)]).collect(), Terminated), "E up to T2, then F");
    let proceeding = [4000, 8000, 12000, 16000, 20000, 24000, 28000].map(|at| (at, resend));
    assert_eq!(run(Proceeding, UNRELIABLE), (proceeding.into_iter().chain([(32000, timed_out)]).collect(), Terminated), "E every T2");
    assert_eq!(run(Trying, RELIABLE), (vec![(32000, timed_out)], Terminated));
    assert_eq!(run(Proceeding, RELIABLE), (vec![(32000, timed_out)], Terminated));
    assert_eq!(run(Completed, UNRELIABLE), (vec![(5000, nothing())], Terminated), "K");
}

#[test]
fn other_client_transport() {
    use OtherClientState::{Completed, Proceeding, Terminated, Trying};
    let failed = client(false, false, Some(ClientNews::TransportFailed));
    for (from, step, to) in [(Trying, failed, Terminated), (Proceeding, failed, Terminated), (Completed, nothing(), Completed)] {
        let mut machine = other_client(from, UNRELIABLE, Instant::now());
        assert_eq!((machine.transport_failed(), machine.state()), (step, to), "{from:?}");
    }
}

fn invite_server(state: InviteServerState, is_reliable: bool, now: Instant) -> InviteServer {
    let mut machine = InviteServer::start(now, SipTimers::default(), is_reliable);
    let _ = match state {
        InviteServerState::Proceeding => machine.respond(now, 100),
        InviteServerState::Accepted => machine.respond(now, 200),
        InviteServerState::Completed => machine.respond(now, 486),
        InviteServerState::Confirmed => {
            let _ = machine.respond(now, 486);
            machine.ack(now)
        }
        InviteServerState::Terminated => {
            let _ = machine.respond(now, 486);
            machine.handle_timeout(now + ms(32_000))
        }
    };
    assert_eq!(machine.state(), state);
    machine
}

#[test]
fn invite_server_inputs() {
    use InviteServerState::{Accepted, Completed, Confirmed, Proceeding, Terminated};
    let now = Instant::now();
    let none = server(false, None);
    let sent = server(true, None);
    // from, a 180, a 200, a 486, the INVITE again, an ACK
    let table = [
        (Proceeding, (sent, Proceeding), (sent, Accepted), (sent, Completed), (sent, Proceeding), (none, Proceeding)),
        (
            Accepted,
            (none, Accepted),
            (sent, Accepted),
            (none, Accepted),
            (none, Accepted),
            (server(false, Some(ServerNews::AckOfSuccess)), Accepted),
        ),
        (
            Completed,
            (none, Completed),
            (none, Completed),
            (none, Completed),
            (sent, Completed),
            (server(false, Some(ServerNews::AckOfRefusal)), Confirmed),
        ),
        (Confirmed, (none, Confirmed), (none, Confirmed), (none, Confirmed), (none, Confirmed), (none, Confirmed)),
        (Terminated, (none, Terminated), (none, Terminated), (none, Terminated), (none, Terminated), (none, Terminated)),
    ];
    for (from, provisional, success, refusal, again, ack) in table {
        let run = |input: &dyn Fn(&mut InviteServer) -> ServerStep| {
            let mut machine = invite_server(from, UNRELIABLE, now);
            (input(&mut machine), machine.state())
        };
        assert_eq!(run(&|machine| machine.respond(now, 180)), provisional, "{from:?} 180");
        assert_eq!(run(&|machine| machine.respond(now, 200)), success, "{from:?} 200");
        assert_eq!(run(&|machine| machine.respond(now, 486)), refusal, "{from:?} 486");
        assert_eq!(run(&|machine| machine.request_again()), again, "{from:?} INVITE");
        assert_eq!(run(&|machine| machine.ack(now)), ack, "{from:?} ACK");
    }
    let mut fresh = InviteServer::start(now, SipTimers::default(), UNRELIABLE);
    assert_eq!(fresh.request_again(), none, "nothing was said yet");
    let mut reliable = invite_server(Completed, RELIABLE, now);
    assert_eq!(
        (reliable.ack(now), reliable.state()),
        (server(false, Some(ServerNews::AckOfRefusal)), Terminated),
        "timer I is nothing over a stream"
    );
}

#[test]
fn invite_server_timers() {
    use InviteServerState::{Accepted, Completed, Confirmed, Proceeding, Terminated};
    let now = Instant::now();
    let run = |state, is_reliable| {
        let mut machine = invite_server(state, is_reliable, now);
        let done = by_itself!(machine, now);
        (done, machine.state())
    };
    let sent = server(true, None);
    let no_ack = server(false, Some(ServerNews::NoAck));
    let none = server(false, None);
    let g_and_h = [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500].map(|at| (at, sent));
    assert_eq!(run(Completed, UNRELIABLE), (g_and_h.into_iter().chain([(32000, no_ack)]).collect(), Terminated), "G up to T2, then H");
    assert_eq!(run(Completed, RELIABLE), (vec![(32000, no_ack)], Terminated), "H");
    assert_eq!(run(Confirmed, UNRELIABLE), (vec![(5000, none)], Terminated), "I");
    assert_eq!(run(Accepted, UNRELIABLE), (vec![(32000, none)], Terminated), "L");
    assert_eq!(run(Accepted, RELIABLE), (vec![(32000, none)], Terminated), "L over streams as well");
    assert_eq!(run(Proceeding, UNRELIABLE), (vec![], Proceeding));
    let mut fresh = InviteServer::start(now, SipTimers::default(), RELIABLE);
    assert_eq!(by_itself!(fresh, now), [(200, ServerStep { send: false, send_trying: true, news: None })], "a 100 by itself");
}

#[test]
fn other_server() {
    use OtherServerState::{Completed, Proceeding, Terminated, Trying};
    let now = Instant::now();
    let make = |state, is_reliable| {
        let mut machine = OtherServer::start(SipTimers::default(), is_reliable);
        match state {
            Trying => {}
            Proceeding => drop(machine.respond(now, 100)),
            Completed => drop(machine.respond(now, 200)),
            Terminated => {
                let _ = machine.respond(now, 200);
                machine.handle_timeout(now + ms(32_000));
            }
        }
        assert_eq!(machine.state(), state);
        machine
    };
    let (sent, none) = (server(true, None), server(false, None));
    let table = [
        (Trying, (sent, Proceeding), (sent, Completed), (none, Trying)),
        (Proceeding, (sent, Proceeding), (sent, Completed), (sent, Proceeding)),
        (Completed, (none, Completed), (none, Completed), (sent, Completed)),
        (Terminated, (none, Terminated), (none, Terminated), (none, Terminated)),
    ];
    for (from, provisional, last, again) in table {
        let run = |input: &dyn Fn(&mut OtherServer) -> ServerStep| {
            let mut machine = make(from, UNRELIABLE);
            (input(&mut machine), machine.state())
        };
        assert_eq!(run(&|machine| machine.respond(now, 100)), provisional, "{from:?} 100");
        assert_eq!(run(&|machine| machine.respond(now, 405)), last, "{from:?} 405");
        assert_eq!(run(&|machine| machine.request_again()), again, "{from:?} again");
    }
    let mut machine = make(Completed, UNRELIABLE);
    assert_eq!(machine.next_deadline(), Some(now + ms(32_000)), "J");
    machine.handle_timeout(now + ms(31_999));
    assert_eq!(machine.state(), Completed);
    let mut reliable = OtherServer::start(SipTimers::default(), RELIABLE);
    assert_eq!(
        (reliable.respond(now, 200), reliable.state(), reliable.next_deadline()),
        (sent, Terminated, None),
        "J is nothing over a stream"
    );
}
