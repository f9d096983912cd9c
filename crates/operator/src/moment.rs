//! Moments in JSON: RFC 3339 in UTC, always with milliseconds, so that they sort as texts.

use callport_core::time::WallTime;
use jiff::Timestamp;

/// As in `2026-11-22T10:00:00.000Z`. Moments beyond the year 9999 are written as its end.
pub(crate) fn write(moment: WallTime) -> String {
    let timestamp = Timestamp::from_millisecond(moment.unix_millis()).unwrap_or(match moment.unix_millis() {
        ..0 => Timestamp::MIN,
        _ => Timestamp::MAX,
    });
    timestamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads RFC 3339 with any offset; what is finer than a millisecond is cut off.
pub(crate) fn read(text: &str) -> Result<WallTime, BadMoment> {
    let timestamp: Timestamp = text.parse().map_err(|_| BadMoment)?;
    Ok(WallTime::from_unix_millis(timestamp.as_millisecond()))
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a moment is written by RFC 3339 with an offset, as in 2026-11-22T10:00:00Z")]
pub(crate) struct BadMoment;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_milliseconds_always_and_reads_any_offset() {
        assert_eq!(write(WallTime::from_unix_seconds(1_795_341_600)), "2026-11-22T10:00:00.000Z");
        for text in ["2026-11-22T10:00:00Z", "2026-11-22T17:00:00+07:00", "2026-11-22T10:00:00.0009Z"] {
            assert_eq!(read(text), Ok(WallTime::from_unix_seconds(1_795_341_600)), "{text}");
        }
    }

    #[test]
    fn refuses_what_has_no_offset_or_no_sense() {
        for text in ["", "yesterday", "2026-11-22", "2026-11-22T10:00:00", "2026-13-22T10:00:00Z", "1795341600"] {
            assert_eq!(read(text), Err(BadMoment), "{text}");
        }
    }

    #[test]
    fn far_moments_do_not_panic() {
        assert!(write(WallTime::from_unix_millis(i64::MAX)).starts_with("9999-12-3"));
        assert!(write(WallTime::from_unix_millis(i64::MIN)).starts_with("-9999-01-0"));
    }
}
