//! Whether `accept` repeats the answer that `pre_accept` gave (platform docs, *User-initiated calls*, accept).

/// Compares two answers after evening out line ends and blank lines at the end, which JSON tools change on their own.
/// Everything else, order included, has to be the same.
pub fn same_answer(first: &str, second: &str) -> bool {
    lines(first).eq(lines(second))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end_matches(['\r', '\n']).split('\n').map(|line| line.trim_end_matches('\r'))
}

#[cfg(test)]
mod tests {
    use super::same_answer;

    #[test]
    fn line_ends_and_trailing_blank_lines_do_not_matter() {
        assert!(same_answer("v=0\r\na=x\r\n", "v=0\na=x"));
        assert!(same_answer("v=0\r\na=x", "v=0\na=x\n\r\n\n"));
    }

    #[test]
    fn any_other_difference_does() {
        assert!(!same_answer("v=0\na=x\na=y", "v=0\na=y\na=x"));
        assert!(!same_answer("v=0\na=x", "v=0\na=X"));
        assert!(!same_answer("v=0\n\na=x", "v=0\na=x"));
        assert!(!same_answer("v=0\na=x", ""));
    }
}
