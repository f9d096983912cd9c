//! A request of the Graph API, as its entry keeps it: never its query, its body or its token.

use serde::{Deserialize, Serialize};

/// What was asked and what it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRequest {
    /// As in `POST`.
    pub method: String,
    /// Without version and query. A part that names nothing on this platform is shortened: it may be a phone number or a token.
    pub path: String,
    /// Of the reply.
    pub status: u16,
    /// Why it was refused; `None` when it was served.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<ApiRefusal>,
    /// From the request's head to its commit, of one that changed something or was refused by a rule; to its reply, of all others.
    pub duration_ms: u64,
    /// The id that the reply carries.
    pub fbtrace_id: String,
}

/// Why a request was refused, as its sender was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRefusal {
    /// `error.code`.
    pub code: u32,
    /// `error.error_subcode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcode: Option<u32>,
    /// `error.error_data.details`; where there are none, the published text of the code.
    pub details: String,
}

/// Longest `details` that are kept: senders can make them long.
const DETAILS_MAX_CHARS: usize = 400;

impl ApiRefusal {
    /// Keeps the beginning of long details.
    pub fn new(code: u32, subcode: Option<u32>, details: &str) -> Self {
        let details = match details.char_indices().nth(DETAILS_MAX_CHARS) {
            Some((end, _)) => format!("{}…", &details[..end]),
            None => details.to_owned(),
        };
        Self { code, subcode, details }
    }
}

/// A path as it is kept. Words stay, and `ids` that the platform knows; of other digits the last four, of anything else nothing.
pub fn shown_path(path: &str, ids: &[&str]) -> String {
    const SEGMENTS_MAX: usize = 6;
    const WORD_MAX_CHARS: usize = 40;
    let word = |segment: &str| segment.len() <= WORD_MAX_CHARS && segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let mut shown = String::new();
    for (at, segment) in path.split('/').filter(|segment| !segment.is_empty()).enumerate() {
        shown.push('/');
        if at == SEGMENTS_MAX {
            shown.push('…');
            break;
        }
        if word(segment) || ids.contains(&segment) {
            shown.push_str(segment);
        } else if segment.len() > 4 && segment.bytes().all(|byte| byte.is_ascii_digit()) {
            shown.push('…');
            shown.push_str(&segment[segment.len() - 4..]);
        } else {
            shown.push('…');
        }
    }
    if shown.is_empty() { "/".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_words_and_known_ids_and_nothing_that_may_be_a_secret_or_a_phone_number() {
        for (path, shown) in [
            ("/4001/calls", "/4001/calls"),
            ("/", "/"),
            ("", "/"),
            ("/debug_token", "/debug_token"),
            ("/15551234567/messages", "/…4567/messages"),
            ("/+15551234567/messages", "/…/messages"),
            ("/4002/calls", "/…/calls"),
            ("/EAAGsecret/calls", "/…/calls"),
            ("/0a1b2c/settings", "/…/settings"),
            ("/a/b/c/d/e/f/g/h", "/a/b/c/d/e/f/…"),
            ("/%00", "/…"),
        ] {
            assert_eq!(super::shown_path(path, &["4001"]), shown, "{path}");
        }
    }

    #[test]
    fn it_is_kept_flat_and_reads_back() {
        let served = ApiRequest {
            method: "GET".into(),
            path: "/4001/settings".into(),
            status: 200,
            refusal: None,
            duration_ms: 3,
            fbtrace_id: "A1".into(),
        };
        let refused = ApiRequest { status: 400, refusal: Some(ApiRefusal::new(100, Some(33), &"é".repeat(500))), ..served.clone() };
        for (request, members) in [(served, 5), (refused, 8)] {
            let kept = serde_json::to_value(&request).unwrap();
            assert_eq!(kept.as_object().unwrap().len(), members, "{kept}");
            assert_eq!(serde_json::from_value::<ApiRequest>(kept).unwrap(), request);
        }
    }
}
