//! How answers look on a terminal: tables that fit its width, wrapped sentences, colours only where a person looks.

use serde_json::Value;

use super::client::Reply;

/// Narrowest that a column is cut down to.
const NARROWEST: usize = 8;

/// Columns that are never cut: what stands in them goes into the next command.
const COPIED: &[&str] = &["ID", "CALL", "WEBHOOK", "FROM", "TO", "NUMBER", "PORTFOLIO", "WABA", "APP"];

/// Between two columns.
const GAP: usize = 2;

/// What stands for nothing.
pub(crate) const NOTHING: &str = "–";

/// Where the answer is printed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paper {
    /// The API's JSON instead of words.
    pub json: bool,
    /// Columns of the terminal; without one, lines are as long as they are.
    pub width: Option<usize>,
    /// Whether colours are understood.
    pub colour: bool,
}

/// What a text wants to be noticed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
}

impl Paper {
    /// A list: a column is a heading and where its value stands in a row.
    pub fn list(&self, reply: &Reply, columns: &[(&str, &str)]) -> String {
        if self.json {
            return reply.text.clone();
        }
        let mut table = Table::new(columns.iter().map(|(heading, _)| *heading));
        for row in reply.rows() {
            table.row(columns.iter().map(|(_, at)| cell(row.pointer(at).unwrap_or(&Value::Null))));
        }
        let mut told = table.render(self);
        if reply.value["next"].is_string() {
            told.push_str("There is more than is shown here: the API gives it page by page.\n");
        }
        told
    }

    /// One thing, a line for each of its fields.
    pub fn record(&self, reply: &Reply) -> String {
        if self.json {
            return reply.text.clone();
        }
        let mut fields = Vec::new();
        flatten("", &reply.value, &mut fields);
        let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        fields.iter().map(|(name, value)| format!("{}  {value}\n", self.ink(Ink::Faint, &pad(name, width)))).collect()
    }

    /// What was asked is done and there is nothing to show.
    pub fn done(&self, reply: &Reply, words: &str) -> String {
        if self.json { reply.text.clone() } else { format!("{words}\n") }
    }

    /// Colours a text.
    pub(crate) fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Strong => "1",
            Ink::Faint => "2",
            Ink::Good => "32",
            Ink::Doubtful => "33",
            Ink::Bad => "31",
            Ink::Plain => return text.to_owned(),
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A text after a heading, wrapped so that its later lines begin below its first. The heading may be coloured: its width is given.
    pub fn hang(&self, heading: &str, heading_width: usize, text: &str) -> String {
        let room = self.width.map(|width| width.saturating_sub(heading_width).max(2 * NARROWEST));
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let line = lines.last().map_or(0, |line| line.chars().count());
            if line > 0 && room.is_some_and(|room| line + 1 + word.chars().count() > room) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
        format!("{heading}{}\n", lines.join(&format!("\n{}", " ".repeat(heading_width))))
    }
}

/// Rows below headings.
pub(crate) struct Table {
    rows: Vec<Vec<(Ink, String)>>,
}

impl Table {
    /// With these headings.
    pub(crate) fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Table {
        Table { rows: vec![headings.into_iter().map(|heading| (Ink::Faint, heading.to_uppercase())).collect()] }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.inked(cells.into_iter().map(|cell| (Ink::Plain, cell)));
    }

    /// One more row, in colours.
    pub(crate) fn inked(&mut self, cells: impl IntoIterator<Item = (Ink, String)>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Lines, or the word that there are none. What a narrow terminal has no room for is named below.
    pub(crate) fn render(&self, paper: &Paper) -> String {
        if self.rows.len() < 2 {
            return "none\n".to_owned();
        }
        let columns = self.columns(paper.width);
        let line = |row: &Vec<(Ink, String)>| {
            let cells = columns.iter().filter_map(|(column, width)| Some((row.get(*column)?, *width)));
            let cells = cells.map(|((ink, text), width)| paper.ink(*ink, &pad(&cut(text, width), width)));
            let cells: Vec<String> = cells.collect();
            cells.join(&" ".repeat(GAP)).trim_end().to_owned() + "\n"
        };
        let mut told: String = self.rows.iter().map(line).collect();
        let dropped = self.rows[0].iter().enumerate().filter(|(column, _)| columns.iter().all(|(shown, _)| shown != column));
        let dropped: Vec<&str> = dropped.map(|(_, (_, heading))| heading.as_str()).collect();
        if !dropped.is_empty() {
            told.push_str(&paper.ink(Ink::Faint, &format!("no room for {}: widen the terminal, or use --json", dropped.join(", "))));
            told.push('\n');
        }
        told
    }

    /// The columns that are shown, each as wide as its widest cell. Where that is too much, the widest texts give first; then columns are
    /// dropped from the right: half a moment or half a number says nothing.
    fn columns(&self, room: Option<usize>) -> Vec<(usize, usize)> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|(_, text)| text.chars().count()).max();
        let natural: Vec<(usize, usize)> = (0..count).map(|column| (column, widest(column).unwrap_or(0))).collect();
        let Some(room) = room else { return natural };
        let mut shown = natural;
        loop {
            let mut columns = shown.clone();
            let needed =
                |columns: &[(usize, usize)]| columns.iter().map(|(_, width)| width).sum::<usize>() + GAP * columns.len().saturating_sub(1);
            while needed(&columns) > room {
                let texts = columns.iter_mut().filter(|(column, _)| !self.is_whole(*column));
                match texts.map(|(_, width)| width).max() {
                    Some(widest) if *widest > NARROWEST => *widest -= 1,
                    _ => break,
                }
            }
            let last = shown.iter().rposition(|(column, _)| *column > 0 && !self.is_copied(*column));
            match last.filter(|_| needed(&columns) > room) {
                Some(last) => shown.remove(last),
                None => return columns,
            };
        }
    }

    /// What stands in it goes into the next command.
    fn is_copied(&self, column: usize) -> bool {
        self.rows[0].get(column).is_some_and(|(_, heading)| COPIED.contains(&heading.as_str()))
    }

    /// Copied, or a column of moments.
    fn is_whole(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().skip(1).filter_map(|row| row.get(column));
        self.is_copied(column) || cells.any(|(_, text)| is_moment(text))
    }
}

/// As [`cell`] writes a moment: `2026-11-22 10:00:00`.
fn is_moment(text: &str) -> bool {
    let form = "0000-00-00 00:00:00";
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| if form == b'0' { byte.is_ascii_digit() } else { byte == form })
}

/// A value in words.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => moment(text).unwrap_or_else(|| clean(text)),
        Value::Array(values) if values.is_empty() => NOTHING.to_owned(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => clean(&other.to_string()),
    }
}

/// The text of a field, fit to be printed; nothing when there is none.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map(clean).unwrap_or_default()
}

/// People choose their names and peers their error texts: what steers a terminal or turns writing around is not printed.
pub(crate) fn clean(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// The API's form of a moment, `2026-11-22T10:00:00.000Z`, to the second.
fn moment(text: &str) -> Option<String> {
    text.parse::<jiff::Timestamp>().ok()?;
    let (day, time) = text.split_once('T')?;
    Some(format!("{day} {}", time.get(..8)?))
}

fn pad(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// `calling.status` for what stands inside.
fn flatten(name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Object(inner) if !inner.is_empty() || name.is_empty() => {
            for (key, value) in inner {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, fields);
            }
        }
        Value::Object(_) => fields.push((name.to_owned(), NOTHING.to_owned())),
        value => fields.push((name.to_owned(), cell(value))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NUMBERS: &[(&str, &str)] = &[("id", "/id"), ("name", "/name"), ("calling", "/calling/status")];

    fn numbers() -> Reply {
        json!({ "data": [
            { "id": "4001", "name": "Acme Repairs of Jakarta", "calling": { "status": "ENABLED" } },
            { "id": "40020", "name": "Toko\u{1b}[2J", "calling": {} },
        ] })
        .into()
    }

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let expected = "ID     NAME                     CALLING\n\
                        4001   Acme Repairs of Jakarta  ENABLED\n\
                        40020  Toko\u{fffd}[2J                 –\n";
        assert_eq!(Paper::default().list(&numbers(), NUMBERS), expected);
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_column() {
        let paper = Paper { width: Some(26), ..Paper::default() };
        let expected = "ID     NAME        CALLING\n\
                        4001   Acme Repa…  ENABLED\n\
                        40020  Toko\u{fffd}[2J    –\n";
        assert_eq!(paper.list(&numbers(), NUMBERS), expected);
    }

    #[test]
    fn a_narrower_one_drops_columns_from_the_right_but_never_an_id() {
        let paper = Paper { width: Some(20), ..Paper::default() };
        let expected = "ID     NAME\n\
                        4001   Acme Repairs…\n\
                        40020  Toko\u{fffd}[2J\n\
                        no room for CALLING: widen the terminal, or use --json\n";
        assert_eq!(paper.list(&numbers(), NUMBERS), expected);
        let paper = Paper { width: Some(3), ..paper };
        assert!(paper.list(&numbers(), NUMBERS).starts_with("ID\n4001\n40020\n"), "ids are there to be copied");
    }

    #[test]
    fn a_moment_is_shown_whole_or_not_at_all() {
        let moments: Reply = json!({ "data": [{ "id": "1", "name": "Acme Repairs", "at": "2026-11-22T10:00:00.000Z" }] }).into();
        let told = |width: usize| {
            Paper { width: Some(width), ..Paper::default() }.list(&moments, &[("id", "/id"), ("at", "/at"), ("name", "/name")])
        };
        assert_eq!(told(33).lines().nth(1), Some("1   2026-11-22 10:00:00  Acme Re…"));
        assert_eq!(told(26).lines().nth(1), Some("1   2026-11-22 10:00:00"));
        for width in 1..60 {
            let told = told(width);
            assert!(!told.contains("2026") || told.contains("2026-11-22 10:00:00"), "{width}: {told}");
        }
    }

    #[test]
    fn an_empty_list_says_so_and_json_is_passed_on_as_it_is() {
        assert_eq!(Paper::default().list(&json!({ "data": [] }).into(), NUMBERS), "none\n");
        let reply = Reply { text: "{ \"data\":[] }".to_owned(), value: Value::Null };
        let paper = Paper { json: true, ..Paper::default() };
        assert_eq!(paper.list(&reply, NUMBERS), reply.text);
        assert_eq!(paper.record(&reply), reply.text);
    }

    #[test]
    fn a_record_names_what_stands_inside() {
        let reply =
            json!({ "id": "1", "calling": { "status": "ENABLED", "audio": {} }, "at": "2026-11-22T10:00:00.250Z", "fields": ["a", "b"] });
        let expected = "id              1\n\
                        calling.status  ENABLED\n\
                        calling.audio   –\n\
                        at              2026-11-22 10:00:00\n\
                        fields          a, b\n";
        assert_eq!(Paper::default().record(&reply.into()), expected);
    }

    #[test]
    fn sentences_hang_below_their_first_word() {
        let paper = Paper { width: Some(24), ..Paper::default() };
        assert_eq!(paper.hang("+1 ms  ", 7, "one two three four five"), "+1 ms  one two three\n       four five\n");
        assert_eq!(Paper::default().hang("a: ", 3, &"long ".repeat(60)).lines().count(), 1);
    }

    #[test]
    fn colours_only_where_they_are_understood() {
        let mut table = Table::new(["a", "b"]);
        table.inked([(Ink::Good, "✓".to_owned()), (Ink::Plain, "x".to_owned())]);
        assert_eq!(table.render(&Paper::default()), "A  B\n✓  x\n");
        let paper = Paper { colour: true, ..Paper::default() };
        assert_eq!(table.render(&paper), "\x1b[2mA\x1b[0m  \x1b[2mB\x1b[0m\n\x1b[32m✓\x1b[0m  x\n");
    }
}
