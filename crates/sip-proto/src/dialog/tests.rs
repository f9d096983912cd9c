use super::*;
use crate::chance::Chance;
use crate::outline::Outline;

fn message(start: &str, head: &str) -> SipMessage {
    SipMessage::from_datagram(format!("{start}\r\n{}\r\n", head.trim_start().replace("\n", "\r\n")).as_bytes())
}

fn invite(more: &str) -> SipMessage {
    let head = "Via: SIP/2.0/TLS h;branch=z9hG4bK1\nFrom: \"A\" <sip:+1@x>;tag=ft\nTo: <sip:+2@y>\nCall-ID: i\nCSeq: 7 INVITE\n";
    message("INVITE sip:+2@y;transport=tls SIP/2.0", &format!("{head}{more}"))
}

fn ok(more: &str) -> SipMessage {
    let head = "Via: SIP/2.0/TLS h;branch=z9hG4bK1\nFrom: \"A\" <sip:+1@x>;tag=ft\nTo: <sip:+2@y>;tag=tt\nCall-ID: i\nCSeq: 7 INVITE\n";
    message("SIP/2.0 200 OK", &format!("{head}{more}"))
}

fn platform() -> OwnRoutes {
    OwnRoutes {
        hosts: vec!["wa.meta.vc".to_owned(), "onevc-sip-proxy.fbinfra.net".to_owned()],
        addresses: vec!["203.0.113.7:5061".parse().unwrap()],
    }
}

fn written(dialog: &mut Dialog, method: SipMethod, ack_of: Option<u32>) -> String {
    let parts = dialog.request(method, ack_of, ViaText::new("SIP/2.0/TLS us", ""), "z9hG4bK2".to_owned(), 70);
    let bytes = parts.write(&Outline::of_request(), &mut Chance::from_seed([0; 32]), None);
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

#[test]
fn a_client_acknowledges_and_ends_through_the_routes_of_the_response() {
    let response = ok("Record-Route: <sip:p1;lr>, <sip:p2:5070;transport=tls;lr>\nContact: <sip:gw@10.0.0.8>\n");
    let mut dialog = Dialog::of_client(&invite(""), &response, &platform(), None).unwrap();
    assert_eq!(dialog.routes(), ["<sip:p2:5070;transport=tls;lr>", "<sip:p1;lr>"]);
    assert_eq!(
        written(&mut dialog, SipMethod::Ack, Some(7)),
        "ACK sip:gw@10.0.0.8 SIP/2.0\nVia: SIP/2.0/TLS us;branch=z9hG4bK2\nMax-Forwards: 70\nFrom: \"A\" <sip:+1@x>;tag=ft\nTo: <sip:+2@y>;tag=tt\n\
         Call-ID: i\nCSeq: 7 ACK\nRoute: <sip:p2:5070;transport=tls;lr>\nRoute: <sip:p1;lr>\nContent-Length: 0\n\n"
    );
    assert!(written(&mut dialog, SipMethod::Bye, None).contains("CSeq: 8 BYE\n"));
    assert!(written(&mut dialog, SipMethod::Bye, None).contains("CSeq: 9 BYE\n"));
    assert_eq!(dialog.destination(), Some(Destination::Target { host: "p2".to_owned(), port: Some(5070) }));
}

#[test]
fn our_own_routes_are_left_out_also_where_they_were_rewritten() {
    let record = "Record-Route: <sip:edge.acme.example;lr>\nRecord-Route: <sip:wa.meta.vc;transport=tls;lr>\n\
                  Record-Route: <sip:onevc-sip-proxy.fbinfra.net:8191;transport=tls;lr>\nRecord-Route: <sip:203.0.113.7;transport=tls;lr>\n\
                  Record-Route: <sip:[2001:db8::7]:5061;lr>\nContact: <sip:gw@10.0.0.8>\n";
    let here = Some("[2001:db8::7]:5061".parse().unwrap());
    let dialog = Dialog::of_client(&invite(""), &ok(record), &platform(), here).unwrap();
    assert_eq!(dialog.routes(), ["<sip:edge.acme.example;lr>"]);
}

#[test]
fn a_server_keeps_the_order_and_mirrors_the_addresses() {
    let request = invite("Record-Route: <sip:p1;lr>\nRecord-Route: <sip:p2;lr>\nContact: <sips:gw@10.0.0.8:5061>\n");
    let mut dialog = Dialog::of_server(&request, "lt", 100, &platform(), None).unwrap();
    assert_eq!(dialog.routes(), ["<sip:p1;lr>", "<sip:p2;lr>"]);
    let bye = written(&mut dialog, SipMethod::Bye, None);
    assert!(bye.starts_with("BYE sips:gw@10.0.0.8:5061 SIP/2.0\n"), "{bye}");
    assert!(bye.contains("From: <sip:+2@y>;tag=lt\nTo: \"A\" <sip:+1@x>;tag=ft\nCall-ID: i\nCSeq: 101 BYE\nRoute: <sip:p1;lr>\n"), "{bye}");
}

#[test]
fn strict_routers() {
    let mut dialog =
        Dialog::of_client(&invite(""), &ok("Record-Route: <sip:p1;lr>, <sip:old?x=y>\nContact: <sip:gw@a>\n"), &platform(), None).unwrap();
    let bye = written(&mut dialog, SipMethod::Bye, None);
    assert!(bye.starts_with("BYE sip:old SIP/2.0\n"), "{bye}");
    assert!(bye.contains("Route: <sip:p1;lr>\nRoute: <sip:gw@a>\n"), "{bye}");
}

#[test]
fn odd_and_missing_contacts() {
    let target = |more: &str| Dialog::of_client(&invite(""), &ok(more), &platform(), None).unwrap().target().to_owned();
    assert_eq!(target("Contact: <sip:+172.25.16.223:5060>\n"), "sip:+172.25.16.223:5060");
    assert_eq!(target(""), "sip:+2@y;transport=tls");
    assert_eq!(target("Contact: <sip:a b@c>\n"), "sip:+2@y;transport=tls");
    assert_eq!(Dialog::of_server(&invite(""), "l", 1, &platform(), None).unwrap().target(), "sip:+1@x");
}

#[test]
fn the_target_moves_and_numbers_go_up() {
    let mut dialog = Dialog::of_server(&invite("Contact: <sip:gw@a>\n"), "lt", 1, &platform(), None).unwrap();
    dialog.refresh_target(&invite("Contact: <sip:gw@b>\n"));
    assert_eq!(dialog.target(), "sip:gw@b");
    assert_eq!((dialog.take_number(7), dialog.take_number(9), dialog.take_number(8)), (Err(7), Ok(()), Err(9)));
}

#[test]
fn requests_find_their_dialog_by_call_id_and_tags() {
    let dialog = Dialog::of_server(&invite(""), "lt", 1, &platform(), None).unwrap();
    let bye = message("BYE sip:anything SIP/2.0", "From: <sip:other@x>;tag=ft\nTo: <sip:+2@y>;tag=lt\nCall-ID: i\nRoute: <sip:nowhere>\n");
    assert_eq!(DialogId::of_request(&bye).unwrap().as_ref(), Some(dialog.id()));
    assert_eq!(DialogId::of_request(&invite("")).unwrap(), None);
}
