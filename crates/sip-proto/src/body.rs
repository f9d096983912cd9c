//! The session description of a message: its body, or the part of a multipart body that is one (RFC 2046 §5.1, RFC 5621 §3).

use crate::message::SipMessage;
use crate::params::SipParams;
use crate::syntax::{trim, unfold};

/// How deep multipart bodies may stand inside one another. Deeper ones are passed over.
const MAX_DEPTH: u8 = 3;
/// Most parts of a multipart body that are looked at.
const MAX_PARTS: usize = 16;

impl SipMessage {
    /// The session description, where the message has one: a body of type `application/sdp`, or the first such part of a multipart body.
    pub fn sdp(&self) -> Option<&[u8]> {
        if self.body().is_empty() {
            return None;
        }
        let kind = self.content_kind()?;
        find_sdp(self.body(), &kind.media, &kind.params, MAX_DEPTH)
    }
}

fn find_sdp<'a>(body: &'a [u8], media: &str, params: &SipParams, depth: u8) -> Option<&'a [u8]> {
    if media == "application/sdp" {
        return Some(body);
    }
    if !media.starts_with("multipart/") || depth == 0 {
        return None;
    }
    parts(body, params.value("boundary")?).into_iter().find_map(|part| {
        let (head, content) = split_part(part);
        let (media, params) = part_kind(head)?;
        find_sdp(content, &media, &params, depth - 1)
    })
}

/// What stands between the boundary lines, without the line end that belongs to a boundary.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mark = format!("--{boundary}").into_bytes();
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < body.len() && found.len() < MAX_PARTS {
        let end = body[at..].iter().position(|byte| *byte == b'\n').map_or(body.len(), |length| at + length + 1);
        let line = body[at..end].trim_ascii_end();
        if !boundary.is_empty() && (line == mark || line.strip_suffix(b"--") == Some(&mark)) {
            if let Some(from) = open {
                let part = &body[from..at];
                found.push(part.strip_suffix(b"\r\n").or(part.strip_suffix(b"\n")).unwrap_or(part));
            }
            open = (line == mark).then_some(end);
        }
        at = end;
    }
    found
}

/// Header lines and content of one part.
fn split_part(part: &[u8]) -> (&[u8], &[u8]) {
    if let Some(content) = part.strip_prefix(b"\r\n") {
        return (b"", content);
    }
    match part.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(at) => (&part[..at + 2], &part[at + 4..]),
        None => (part, b""),
    }
}

fn part_kind(head: &[u8]) -> Option<(String, SipParams)> {
    let text = unfold_lines(head);
    let value = text.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        trim(name).eq_ignore_ascii_case("Content-Type").then(|| trim(value).to_owned())
    })?;
    let (media, params) = value.split_once(';').map_or((value.as_str(), None), |(media, params)| (media, Some(params)));
    let params = params.map(|params| SipParams::read(params, "Content-Type")).transpose().ok()?.unwrap_or_default();
    Some((trim(media).to_ascii_lowercase(), params))
}

fn unfold_lines(head: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        let text = unfold(line).into_owned();
        match lines.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => lines.push(text),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(kind: &str, body: &str) -> SipMessage {
        SipMessage::from_datagram(format!("INVITE sip:a@b SIP/2.0\r\nContent-Type: {kind}\r\n\r\n{body}").as_bytes())
    }

    #[test]
    fn a_plain_one() {
        assert_eq!(with("application/SDP", "v=0\r\n").sdp(), Some(&b"v=0\r\n"[..]));
        assert_eq!(with("application/sdp", "").sdp(), None);
        assert_eq!(with("text/plain", "v=0\r\n").sdp(), None);
    }

    #[test]
    fn a_part_among_others() {
        let body = "preamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nContent-Disposition: session\r\ncontent-type:\r\n application/sdp\r\n\r\nv=0\r\ns=-\r\n\r\n--b1--\r\nepilogue";
        assert_eq!(with("multipart/mixed;boundary=b1", body).sdp(), Some(&b"v=0\r\ns=-\r\n"[..]));
        let nested = format!("--out\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n{body}\r\n--out--\r\n");
        assert_eq!(with("multipart/mixed;boundary=out", &nested).sdp(), Some(&b"v=0\r\ns=-\r\n"[..]));
    }

    #[test]
    fn broken_ones_have_none() {
        for (kind, body) in [
            ("multipart/mixed", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--"),
            ("multipart/mixed;boundary=", "--\r\n\r\nv=0\r\n----"),
            ("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"),
            ("multipart/mixed;boundary=b", "--b\r\n\r\nv=0\r\n--b--"),
        ] {
            assert_eq!(with(kind, body).sdp(), None, "{kind}");
        }
    }
}
