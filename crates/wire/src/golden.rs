//! Comparing with published samples, key order included.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// `sample` without its white space, key order kept.
pub(crate) fn compact(sample: &str) -> String {
    let value: Value = serde_json::from_str(sample).unwrap();
    value.to_string()
}

/// `value` is written exactly as `sample`, and `sample` reads back as `value`.
pub(crate) fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, sample: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), compact(sample));
    assert_eq!(&serde_json::from_str::<T>(sample).unwrap(), value);
}

/// As [`check`], for samples whose order of keys differs from that of the others.
pub(crate) fn check_members<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, sample: &str) {
    assert_eq!(serde_json::to_value(value).unwrap(), serde_json::from_str::<Value>(sample).unwrap());
    assert_eq!(&serde_json::from_str::<T>(sample).unwrap(), value);
}
