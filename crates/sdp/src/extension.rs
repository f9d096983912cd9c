//! RTP header extensions (RFC 8285 §5): the three that the older generation of the platform wrote into its descriptions. None is sent, and those
//! that come are passed over; the lines are there for parsers that are tried out against them.

use super::document::Section;

/// What the older generation lists, numbered from 1 in its offers.
pub(super) const OLDER_EXTENSIONS: [&str; 3] = [
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
];

/// The number under which a description lists each of those three, in that order.
pub type OlderExtensions = [Option<u8>; OLDER_EXTENSIONS.len()];

/// The numbers of the older generation's own offers.
pub(super) const OFFERED: OlderExtensions = [Some(1), Some(2), Some(3)];

/// `a=extmap:<number>[/<direction>] <URI> …`; numbers 1 to 14, each once.
pub(super) fn read_extensions(media: Section<'_, '_>) -> OlderExtensions {
    let mut numbers = OlderExtensions::default();
    for (_, value) in media.attributes("extmap") {
        let mut words = value.split_ascii_whitespace();
        let (Some(number), Some(uri)) = (words.next(), words.next()) else { continue };
        let number = number.split('/').next().and_then(|number| number.parse().ok()).filter(|number| (1..=14).contains(number));
        let place = OLDER_EXTENSIONS.iter().position(|known| *known == uri);
        if let (Some(number), Some(place)) = (number, place)
            && !numbers.contains(&Some(number))
        {
            numbers[place].get_or_insert(number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    #[test]
    fn finds_the_three_under_whatever_legal_number_they_have() {
        let [level, time, wide] = OLDER_EXTENSIONS;
        let text = format!(
            "v=0\nm=audio 9 X 0\na=extmap:7/recvonly {level}\na=extmap:15 {time}\na=extmap:7 {time}\na=extmap:4 urn:x\na=extmap:2 {wide} attributes\na=extmap:3 {wide}\na=extmap\n"
        );
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(read_extensions(document.media().next().unwrap()), [Some(7), None, Some(2)]);
    }
}
