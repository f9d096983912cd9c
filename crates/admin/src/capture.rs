//! A call's SIP messages as a capture file (pcapng), for Wireshark and tshark.
//!
//! On the wire the messages are inside TLS. Each is written as an *exported PDU* (link type 252): the dissector's name, both ends, and the bytes as
//! the journal has them, without keys and answers to challenges. Formats: draft-ietf-opsawg-pcapng; Wireshark, `epan/exported_pdu.h`.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde_json::Value;

/// `LINKTYPE_WIRESHARK_UPPER_PDU`.
const UPPER_PDU: u16 = 252;
/// Microseconds since 1970, which is what a reader takes where nothing else is said.
const SNAP_LENGTH: u32 = 0;

/// One message.
struct Message<'a> {
    at: Timestamp,
    from: SocketAddr,
    to: SocketAddr,
    text: &'a str,
}

/// The capture of a call's story; `None`: there is no SIP message in it.
pub(crate) fn of_story(story: &Value) -> Option<Vec<u8>> {
    let lines = story["timeline"].as_array()?;
    let messages: Vec<_> = lines.iter().filter_map(message).collect();
    if messages.is_empty() {
        return None;
    }
    let mut file = Vec::new();
    section_header(&mut file);
    interface(&mut file);
    messages.iter().for_each(|message| packet(&mut file, message));
    Some(file)
}

fn message(line: &Value) -> Option<Message<'_>> {
    let sip = line.get("sip")?;
    let (peer, here) = (sip["peer"].as_str()?.parse().ok()?, sip["here"].as_str()?.parse().ok()?);
    let (from, to) = if sip["sent"].as_bool()? { (here, peer) } else { (peer, here) };
    Some(Message { at: line["at"].as_str()?.parse().ok()?, from, to, text: sip["message"].as_str()? })
}

/// A block: type, length, body on a boundary of four bytes, length again.
fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let length = u32::try_from(padded + 12).unwrap_or(u32::MAX).to_le_bytes(); // 16 KiB of text at most
    file.extend(kind.to_le_bytes());
    file.extend(length);
    file.extend(body);
    file.resize(file.len() + padded - body.len(), 0);
    file.extend(length);
}

fn section_header(file: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend(0x1A2B_3C4D_u32.to_le_bytes());
    body.extend(1_u16.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    body.extend(u64::MAX.to_le_bytes()); // the length of the section is not said
    block(file, 0x0A0D_0D0A, &body);
}

fn interface(file: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend(UPPER_PDU.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    body.extend(SNAP_LENGTH.to_le_bytes());
    block(file, 1, &body);
}

fn packet(file: &mut Vec<u8>, message: &Message<'_>) {
    let mut data = Vec::new();
    tag(&mut data, 12, b"sip\0"); // dissector name
    address(&mut data, message.from.ip(), (20, 22));
    address(&mut data, message.to.ip(), (21, 23));
    tag(&mut data, 24, &2_u32.to_be_bytes()); // port type: TCP
    tag(&mut data, 25, &u32::from(message.from.port()).to_be_bytes());
    tag(&mut data, 26, &u32::from(message.to.port()).to_be_bytes());
    tag(&mut data, 0, &[]);
    data.extend(message.text.as_bytes());

    let micros = u64::try_from(message.at.as_microsecond()).unwrap_or_default();
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut body = Vec::new();
    body.extend(0_u32.to_le_bytes()); // the one interface
    body.extend(((micros >> 32) as u32).to_le_bytes());
    body.extend((micros as u32).to_le_bytes());
    body.extend(length);
    body.extend(length);
    body.extend(&data);
    block(file, 6, &body);
}

/// A tag of an exported PDU, in network order, on a boundary of four bytes.
fn tag(data: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let padded = value.len().next_multiple_of(4);
    data.extend(kind.to_be_bytes());
    data.extend(u16::try_from(padded).unwrap_or(u16::MAX).to_be_bytes());
    data.extend(value);
    data.resize(data.len() + padded - value.len(), 0);
}

fn address(data: &mut Vec<u8>, address: IpAddr, (v4, v6): (u16, u16)) {
    match address {
        IpAddr::V4(address) => tag(data, v4, &address.octets()),
        IpAddr::V6(address) => tag(data, v6, &address.octets()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_message_is_a_packet_and_blocks_say_their_length_twice() {
        let sip = |sent: bool, text: &str| json!({ "sent": sent, "peer": "127.0.0.1:5061", "here": "[::1]:40000", "message": text });
        let line = |sip: Value| json!({ "at": "2026-11-27T20:14:35.962622Z", "kind": "sip", "text": "INVITE", "sip": sip });
        let story = json!({ "timeline": [
            { "at": "2026-11-27T20:14:35.9Z", "kind": "user", "text": "the user placed the call" },
            line(sip(true, "INVITE sip:a@b SIP/2.0\r\n\r\n")), line(sip(false, "SIP/2.0 100 Trying\r\n\r\n"))
        ] });
        let file = of_story(&story).unwrap();
        let (mut kinds, mut rest) = (Vec::new(), file.as_slice());
        while !rest.is_empty() {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let length = word(4) as usize;
            assert_eq!((length % 4, word(length - 4) as usize), (0, length));
            kinds.push(word(0));
            rest = &rest[length..];
        }
        assert_eq!(kinds, [0x0A0D_0D0A, 1, 6, 6]);
        assert!(file.windows(22).any(|window| window == b"INVITE sip:a@b SIP/2.0"));
        assert_eq!(of_story(&json!({ "timeline": [] })), None);
    }
}
