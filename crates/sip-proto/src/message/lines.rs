//! A head taken apart: lines with their folds, the first line, names and values. All places are offsets into the message's bytes.

use std::ops::Range;

use super::{Field, Start};
use crate::method::{HeaderName, SipMethod};
use crate::syntax::{digits, is_token};

/// Behind the empty line that ends a head, searched from `from` on.
pub(crate) fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(3);
    bytes.get(from..)?.windows(4).position(|part| part == b"\r\n\r\n").map(|at| from + at + 4)
}

/// Behind the line that begins at `at`, with the lines that are folded into it.
pub(super) fn logical_line(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    loop {
        let Some(length) = bytes[end..].windows(2).position(|pair| pair == b"\r\n") else { return bytes.len() };
        let is_empty = length == 0;
        end += length + 2;
        let folds = matches!(bytes.get(end), Some(b' ' | b'\t')) && !(is_empty && end == at + 2);
        if !folds {
            return end;
        }
    }
}

pub(super) fn strip_line_end(bytes: &[u8], at: usize, end: usize) -> usize {
    if bytes[at..end].ends_with(b"\r\n") { end - 2 } else { end }
}

/// A CR without its LF, or the other way round. A fold has both.
pub(super) fn is_bare_line_end(line: &[u8], at: usize, byte: u8) -> bool {
    match byte {
        b'\r' => line.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || line[at - 1] != b'\r',
        _ => false,
    }
}

/// `METHOD SP URI SP version` or `SIP/2.0 SP code SP reason` (the last space may be missing with an empty reason).
pub(super) fn read_start(bytes: &[u8], line: Range<usize>) -> Start {
    let text = &bytes[line.clone()];
    let Some(first) = text.iter().position(|byte| *byte == b' ') else { return Start::Broken };
    if text[..first].eq_ignore_ascii_case(b"SIP/2.0") {
        let rest = line.start + first + 1..line.end;
        let (code, reason) = bytes[rest.clone()].split_at(3.min(rest.len()));
        let code = std::str::from_utf8(code).ok().and_then(|code| digits(code, 699)).filter(|code| *code >= 100);
        return match (code, reason.first()) {
            (Some(code), None | Some(b' ')) => Start::Response { code: code as u16, reason: (rest.start + 4).min(rest.end)..rest.end },
            _ => Start::Broken,
        };
    }
    // Spaces behind the line and inside of the URI are faults; the line is still recognised, for an answer.
    let text = &text[..text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1)];
    let Some(last) = text.iter().rposition(|byte| *byte == b' ') else { return Start::Broken };
    let (method, version) = (&text[..first], &text[last + 1..]);
    let is_version = version.len() > 4
        && version[..4].eq_ignore_ascii_case(b"SIP/")
        && version[4..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if first == last || !is_token(method) || !is_version {
        return Start::Broken;
    }
    Start::Request {
        method: SipMethod::from_word(&String::from_utf8_lossy(method)),
        uri: line.start + first + 1..line.start + last,
        version: line.start + last + 1..line.start + text.len(),
    }
}

pub(super) fn read_field(bytes: &[u8], content: Range<usize>, line: Range<usize>) -> Option<Field> {
    let text = &bytes[content.clone()];
    let colon = text.iter().position(|byte| *byte == b':')?;
    let name_length = text[..colon].iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map(|last| last + 1)?;
    let name = content.start..content.start + name_length;
    if !is_token(&bytes[name.clone()]) {
        return None;
    }
    let is_white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let value = &text[colon + 1..];
    let from = value.iter().position(|byte| !is_white(byte)).unwrap_or(value.len());
    let to = value.iter().rposition(|byte| !is_white(byte)).map_or(from, |last| last + 1);
    let base = content.start + colon + 1;
    Some(Field { known: HeaderName::from_bytes(&bytes[name.clone()]), name, value: base + from..base + to, line })
}
