//! The table of transactions: what finds what, what is merged, what happens when it is full.

use std::time::{Duration, Instant};

use callport_sip_proto::SipMessage;
use callport_sip_proto::transaction::table::{Arrived, ConnectionId, Destination, TableFull, TableOutput, TransactionLimits, Transactions};
use callport_sip_proto::transaction::{ClientNews, ServerKey, ServerNews, SipTimers};

type Table = Transactions<&'static str, &'static str>;

const LINE: Destination = Destination::Connection(ConnectionId(1));

fn table(limits: TransactionLimits) -> Table {
    Transactions::new(SipTimers::default(), limits, 70)
}

fn open() -> Table {
    table(TransactionLimits::default())
}

/// A request; `via` is the top Via behind `SIP/2.0/UDP `.
fn request(method: &str, via: &str, to: &str) -> SipMessage {
    let text = format!(
        "{method} sip:b SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a>;tag=f\r\nTo: <sip:b>{to}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    SipMessage::from_datagram(text.as_bytes())
}

fn response(code: u16, method: &str, via: &str) -> SipMessage {
    let text = format!(
        "SIP/2.0 {code} x\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a>;tag=f\r\nTo: <sip:b>;tag=t\r\nCall-ID: c\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
    );
    SipMessage::from_datagram(text.as_bytes())
}

fn outputs(table: &mut Table) -> Vec<String> {
    let name = |output| match output {
        TableOutput::Send { bytes, .. } => {
            let message = SipMessage::from_datagram(&bytes);
            message.status().map_or_else(|| message.method().unwrap().to_string(), |code| code.to_string())
        }
        TableOutput::Response(owner, _, response) => format!("{owner} heard {}", response.status().unwrap()),
        TableOutput::Failed(owner, ClientNews::TimedOut) => format!("{owner} timed out"),
        TableOutput::Failed(owner, _) => format!("{owner} failed"),
        TableOutput::Acknowledged(owner, ServerNews::NoAck) => format!("{owner} has no ACK"),
        TableOutput::Acknowledged(owner, _) => format!("{owner} acknowledged"),
        TableOutput::Trying(owner) => format!("{owner} is slow"),
    };
    std::iter::from_fn(|| table.poll()).map(name).collect()
}

fn arrive(table: &mut Table, now: Instant, request: &SipMessage) -> ServerKey {
    let Ok(Arrived::New(key)) = table.receive_request(now, request) else { panic!("a new one") };
    table.open_server(now, key.clone(), request, LINE, false, "server").unwrap();
    key
}

#[test]
fn a_request_finds_its_transaction_by_branch_sent_by_and_method() {
    let now = Instant::now();
    let mut table = open();
    let key = arrive(&mut table, now, &request("INVITE", "a:5070;branch=z9hG4bK1", ""));
    assert!(table.respond(now, &key, 180, b"SIP/2.0 180 x\r\n\r\n".to_vec()));
    outputs(&mut table);
    assert_eq!(table.receive_request(now, &request("INVITE", "A:5070;branch=z9hG4bK1", "")), Ok(Arrived::Absorbed));
    assert_eq!(outputs(&mut table), ["180"], "the last response again");
    let others = [("INVITE", "a:5071;branch=z9hG4bK1"), ("INVITE", "a:5070;branch=z9hG4bK2"), ("INVITE", "b:5070;branch=z9hG4bK1")];
    for (method, via) in others {
        assert_eq!(table.receive_request(now, &request(method, via, "")), Ok(Arrived::Merged), "{via}");
    }
    assert!(matches!(table.receive_request(now, &request("BYE", "a:5070;branch=z9hG4bK1", "")), Ok(Arrived::New(_))));
    assert_eq!(
        table
            .receive_request(now, &request("INVITE", "a:5070;branch=z9hG4bK3", ";tag=x"))
            .map(|arrived| matches!(arrived, Arrived::New(_))),
        Ok(true),
        "inside of a dialog nothing is merged"
    );
}

#[test]
fn an_ack_and_a_cancel_find_the_invite() {
    let now = Instant::now();
    for via in ["a;branch=z9hG4bK1", "a;branch=1", "a"] {
        let mut table = open();
        let key = arrive(&mut table, now, &request("INVITE", via, ""));
        let Ok(Arrived::New(cancel)) = table.receive_request(now, &request("CANCEL", via, "")) else { panic!("a new one") };
        assert_eq!(table.invite_of_cancel(&cancel), Some((key.clone(), "server", true)), "{via}");
        assert!(table.respond(now, &key, 487, b"SIP/2.0 487 x\r\n\r\n".to_vec()));
        assert_eq!(table.invite_of_cancel(&cancel), Some((key.clone(), "server", false)));
        assert_eq!(table.receive_request(now, &request("ACK", via, ";tag=t")), Ok(Arrived::Absorbed), "{via}");
        assert_eq!(outputs(&mut table), ["487", "server acknowledged"]);
    }
    assert_eq!(open().receive_request(now, &request("ACK", "a;branch=z9hG4bK1", ";tag=t")), Ok(Arrived::StrayAck));
}

#[test]
fn a_response_finds_its_transaction_by_branch_and_method() {
    let now = Instant::now();
    let mut table = open();
    table.send_request(now, request("INVITE", "us;branch=z9hG4bK1", ""), LINE, false, "invite").unwrap();
    table.send_request(now, request("CANCEL", "us;branch=z9hG4bK1", ""), LINE, false, "cancel").unwrap();
    table.receive_response(now, response(200, "CANCEL", "us;branch=z9hG4bK1")).unwrap();
    table.receive_response(now, response(487, "INVITE", "us;branch=z9hG4bK1")).unwrap();
    assert_eq!(outputs(&mut table), ["INVITE", "CANCEL", "cancel heard 200", "ACK", "invite heard 487"]);
    assert!(table.receive_response(now, response(200, "INVITE", "us;branch=z9hG4bK2")).is_err());
    assert!(table.receive_response(now, response(200, "BYE", "us;branch=z9hG4bK1")).is_err());
}

#[test]
fn full_tables_take_no_more_and_lose_nothing() {
    let now = Instant::now();
    let mut table = table(TransactionLimits { clients: 1, servers: 1 });
    table.send_request(now, request("OPTIONS", "us;branch=z9hG4bK1", ""), LINE, false, "first").unwrap();
    let second = table.send_request(now, request("OPTIONS", "us;branch=z9hG4bK2", ""), LINE, false, "second");
    assert_eq!(second, Err(TableFull));
    let invite = request("INVITE", "a;branch=z9hG4bK1", "");
    arrive(&mut table, now, &invite);
    let bye = request("BYE", "a;branch=z9hG4bK2", ";tag=x");
    let Ok(Arrived::New(key)) = table.receive_request(now, &bye) else { panic!("a new one") };
    assert_eq!(table.open_server(now, key, &bye, LINE, false, "bye"), Err(TableFull));
    assert_eq!(table.receive_request(now, &invite), Ok(Arrived::Absorbed));
    assert_eq!(table.len(), (1, 1));
}

#[test]
fn timers_run_in_their_order_and_leave_nothing() {
    let now = Instant::now();
    let mut table = open();
    table.send_request(now, request("BYE", "us;branch=z9hG4bKa", ""), LINE, true, "bye").unwrap();
    let key = arrive(&mut table, now, &request("INVITE", "a;branch=z9hG4bK1", ""));
    outputs(&mut table);
    table.handle_timeout(now + Duration::from_millis(200));
    assert_eq!(outputs(&mut table), ["server is slow"]);
    table.respond(now + Duration::from_secs(1), &key, 486, b"SIP/2.0 486 x\r\n\r\n".to_vec());
    table.handle_timeout(now + Duration::from_secs(3600));
    let done = outputs(&mut table);
    assert_eq!(done.iter().filter(|one| *one == "486").count(), 11, "once, and ten times more");
    assert_eq!(done[done.len() - 3..], ["bye timed out", "486", "server has no ACK"]);
    assert_eq!((table.len(), table.next_deadline(), table.is_empty()), ((0, 0), None, true));
}

#[test]
fn a_lost_connection_moves_answers_and_fails_questions() {
    let now = Instant::now();
    let mut table = open();
    let key = arrive(&mut table, now, &request("INVITE", "a:5070;branch=z9hG4bK1;received=192.0.2.1", ""));
    table.send_request(now, request("BYE", "us;branch=z9hG4bKa", ""), LINE, true, "bye").unwrap();
    outputs(&mut table);
    table.connection_lost(ConnectionId(1));
    assert_eq!(outputs(&mut table), ["bye failed"]);
    table.respond(now, &key, 200, b"SIP/2.0 200 x\r\n\r\n".to_vec());
    let Some(TableOutput::Send { to, .. }) = table.poll() else { panic!("an answer") };
    assert_eq!(to, Destination::Target { host: "192.0.2.1".to_owned(), port: Some(5070) });
}

#[test]
fn what_is_forgotten_has_no_timer() {
    let now = Instant::now();
    let mut table = open();
    let key = table.send_request(now, request("INVITE", "us;branch=z9hG4bK1", ""), LINE, false, "invite").unwrap();
    table.forget_client(&key);
    let key = arrive(&mut table, now, &request("INVITE", "a;branch=z9hG4bK1", ""));
    table.forget_server(&key);
    assert_eq!((table.len(), table.next_deadline()), ((0, 0), None));
    arrive(&mut table, now, &request("INVITE", "a;branch=z9hG4bK2", ""));
}
