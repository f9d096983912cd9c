//! `{{1}}` and `{{order}}`: where they stand in a text.

/// A stretch of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it is.
    Text(&'a str),
    /// What stands between `{{` and `}}`, whatever it is.
    Placeholder(&'a str),
}

/// Cuts a text at its placeholders. Braces without a partner stay text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, name, after)) = first(rest) {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Placeholder(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// What the placeholders of a text are called, each once, in order of appearance.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(text) {
        if let Piece::Placeholder(name) = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Whether the text has braces that are no placeholder.
pub(super) fn stray_braces(text: &str) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains("{{") || text.contains("}}")))
}

/// A name of the named format: lower-case letters, digits and underscores, a letter first.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A position of the positional format: a decimal number from 1, written plainly.
pub(super) fn position(name: &str) -> Option<usize> {
    name.parse().ok().filter(|position: &usize| *position > 0 && position.to_string() == name)
}

fn first(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_placeholders_and_keeps_every_other_character() {
        use Piece::{Placeholder, Text};
        let cases: [(&str, &[Piece]); 7] = [
            ("", &[]),
            ("plain {1} text", &[Text("plain {1} text")]),
            ("{{1}}", &[Placeholder("1")]),
            ("Dear {{1}}, {{2}}!", &[Text("Dear "), Placeholder("1"), Text(", "), Placeholder("2"), Text("!")]),
            ("{{a}}{{b}}", &[Placeholder("a"), Placeholder("b")]),
            ("open {{1", &[Text("open {{1")]),
            ("grüße {{1}} }}", &[Text("grüße "), Placeholder("1"), Text(" }}")]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn tells_names_from_positions() {
        assert_eq!(names("{{2}} {{1}} {{2}}"), ["2", "1"]);
        for (name, named, positional) in [
            ("order_2", true, None),
            ("1", false, Some(1)),
            ("12", false, Some(12)),
            ("0", false, None),
            ("01", false, None),
            ("+1", false, None),
            (" 1", false, None),
            ("Order", false, None),
            ("_order", false, None),
            ("größe", false, None),
            ("", false, None),
        ] {
            assert_eq!((is_name(name), position(name)), (named, positional), "{name:?}");
        }
    }
}
