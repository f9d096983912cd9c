//! What messages say, as JSON text in one column. Whose words they are stands beside it and tells which shape to expect.

use callport_core::message::{Button, Content};
use callport_core::pair::{Permission, PermissionReply};
use callport_core::time::WallTime;
use callport_core::words::Word;
use callport_engine::records::Said;
use serde::{Deserialize, Serialize};

use super::words::PermissionColumns as _;

/// The mirror of [`Content`], as [`super::settings`] is of the calling settings.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredContent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<StoredButton>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    asks_permission: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum StoredButton {
    Call {
        text: String,
        expires_at_ms: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<String>,
    },
    Url {
        text: String,
        url: String,
    },
    Reply {
        text: String,
        payload: String,
    },
}

/// The mirror of [`Said`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum StoredSaid {
    Text {
        text: String,
        read: bool,
    },
    Button {
        text: String,
        payload: String,
    },
    CallPermissionReply {
        permission: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<i64>,
        source: String,
    },
}

/// What the platform says to a user.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum StoredNotice {
    Reconsider,
}

impl From<&Content> for StoredContent {
    fn from(content: &Content) -> Self {
        // Named one by one, so that a new member does not compile until it is stored.
        let Content { header, body, footer, buttons, asks_permission } = content.clone();
        Self { header, body, footer, buttons: buttons.into_iter().map(StoredButton::from).collect(), asks_permission }
    }
}

impl StoredContent {
    pub(super) fn read(self) -> Content {
        let Self { header, body, footer, buttons, asks_permission } = self;
        Content { header, body, footer, buttons: buttons.into_iter().map(StoredButton::read).collect(), asks_permission }
    }
}

impl From<Button> for StoredButton {
    fn from(button: Button) -> Self {
        match button {
            Button::Call { text, expires_at, payload } => Self::Call { text, expires_at_ms: expires_at.unix_millis(), payload },
            Button::Url { text, url } => Self::Url { text, url },
            Button::Reply { text, payload } => Self::Reply { text, payload },
        }
    }
}

impl StoredButton {
    fn read(self) -> Button {
        match self {
            Self::Call { text, expires_at_ms, payload } => {
                Button::Call { text, expires_at: WallTime::from_unix_millis(expires_at_ms), payload }
            }
            Self::Url { text, url } => Button::Url { text, url },
            Self::Reply { text, payload } => Button::Reply { text, payload },
        }
    }
}

impl From<&Said> for StoredSaid {
    fn from(said: &Said) -> Self {
        match said.clone() {
            Said::Text { text, read } => Self::Text { text, read },
            Said::Button { text, payload } => Self::Button { text, payload },
            Said::Permission(PermissionReply { permission, source }) => {
                let (word, until) = permission.columns();
                Self::CallPermissionReply {
                    permission: word.to_owned(),
                    until_ms: until.map(WallTime::unix_millis),
                    source: source.word().to_owned(),
                }
            }
        }
    }
}

impl StoredSaid {
    /// `None` when a word is unknown.
    pub(super) fn read(self) -> Option<Said> {
        Some(match self {
            Self::Text { text, read } => Said::Text { text, read },
            Self::Button { text, payload } => Said::Button { text, payload },
            Self::CallPermissionReply { permission, until_ms, source } => {
                let permission = Permission::of_columns(&permission, until_ms.map(WallTime::from_unix_millis))?;
                Said::Permission(PermissionReply { permission, source: Word::read(&source)? })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::pair::ReplySource;

    const AT: WallTime = WallTime::from_unix_millis(1_760_000_000_123);

    /// Rows of earlier versions hold these very texts: whoever changes one adds a migration.
    #[test]
    fn contents_are_kept_in_these_words() {
        let full = Content {
            header: Some("Acme".into()),
            body: Some("Late".into()),
            footer: Some("Bye".into()),
            buttons: vec![
                Button::Call { text: "Call Now".into(), expires_at: AT, payload: Some("7".into()) },
                Button::Call { text: "Call".into(), expires_at: AT, payload: None },
                Button::Url { text: "Track".into(), url: "https://acme.example".into() },
                Button::Reply { text: "Stop".into(), payload: "stop".into() },
            ],
            asks_permission: false,
        };
        let cases = [
            (Content::default(), "{}"),
            (Content { asks_permission: true, ..Content::text("May we?") }, r#"{"body":"May we?","asks_permission":true}"#),
            (
                full,
                r#"{"header":"Acme","body":"Late","footer":"Bye","buttons":[{"type":"call","text":"Call Now","expires_at_ms":1760000000123,"payload":"7"},{"type":"call","text":"Call","expires_at_ms":1760000000123},{"type":"url","text":"Track","url":"https://acme.example"},{"type":"reply","text":"Stop","payload":"stop"}]}"#,
            ),
        ];
        for (content, json) in cases {
            assert_eq!(serde_json::to_string(&StoredContent::from(&content)).unwrap(), json);
            let read = serde_json::from_str::<StoredContent>(json).unwrap().read();
            assert!(read == content, "{json}");
        }
    }

    #[test]
    fn what_users_and_the_platform_say_is_kept_in_these_words() {
        let reply = |permission, source| Said::Permission(PermissionReply { permission, source });
        let cases = [
            (Said::Text { text: "Hello".into(), read: true }, r#"{"type":"text","text":"Hello","read":true}"#),
            (Said::Button { text: "Stop".into(), payload: "stop".into() }, r#"{"type":"button","text":"Stop","payload":"stop"}"#),
            (
                reply(Permission::Temporary { until: AT }, ReplySource::UserAction),
                r#"{"type":"call_permission_reply","permission":"temporary","until_ms":1760000000123,"source":"user_action"}"#,
            ),
            (
                reply(Permission::Permanent, ReplySource::UserAction),
                r#"{"type":"call_permission_reply","permission":"permanent","source":"user_action"}"#,
            ),
            (
                reply(Permission::None, ReplySource::Automatic),
                r#"{"type":"call_permission_reply","permission":"no_permission","source":"automatic"}"#,
            ),
        ];
        for (said, json) in cases {
            assert_eq!(serde_json::to_string(&StoredSaid::from(&said)).unwrap(), json);
            assert!(serde_json::from_str::<StoredSaid>(json).unwrap().read() == Some(said), "{json}");
        }
        assert_eq!(serde_json::to_string(&StoredNotice::Reconsider).unwrap(), r#"{"type":"reconsider"}"#);
    }

    #[test]
    fn refuses_replies_that_make_no_sense() {
        for members in [
            r#""permission":"perhaps","source":"automatic""#,
            r#""permission":"permanent","source":"chance""#,
            r#""permission":"temporary","source":"automatic""#,
            r#""permission":"permanent","until_ms":1,"source":"automatic""#,
        ] {
            let json = format!(r#"{{"type":"call_permission_reply",{members}}}"#);
            assert!(serde_json::from_str::<StoredSaid>(&json).unwrap().read().is_none(), "{json}");
        }
    }
}
