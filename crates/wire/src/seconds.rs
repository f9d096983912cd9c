//! Moments in webhooks: Unix seconds, written as a JSON string.
//!
//! The platform sends `timestamp`, `start_time` and `end_time` of calls as strings and some clients refuse numbers
//! there; the reader takes both.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Unix time in whole seconds, `"1795341600"` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextSeconds(pub i64);

impl Serialize for TextSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TextSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(i64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(seconds) => Ok(Self(seconds)),
            Either::Text(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_string_and_reads_string_or_number() {
        assert_eq!(serde_json::to_string(&TextSeconds(1795341600)).unwrap(), "\"1795341600\"");
        for json in ["\"1795341600\"", "1795341600"] {
            assert_eq!(serde_json::from_str::<TextSeconds>(json).unwrap(), TextSeconds(1795341600));
        }
        assert!(serde_json::from_str::<TextSeconds>("\"soon\"").is_err());
    }
}
