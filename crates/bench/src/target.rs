//! What a figure should be, beside what it is.

use serde::Serialize;

/// One figure and its limit.
#[derive(Debug, Serialize)]
pub(crate) struct Target {
    figure: &'static str,
    limit: String,
    reached: Option<f64>,
    met: bool,
}

impl Target {
    /// Good from `limit` on.
    pub(crate) fn at_least(figure: &'static str, limit: f64, reached: Option<f64>) -> Target {
        Target { figure, limit: format!(">= {limit}"), reached: reached.map(round), met: reached.is_some_and(|reached| reached >= limit) }
    }

    /// Good up to `limit`.
    pub(crate) fn at_most(figure: &'static str, limit: f64, reached: Option<f64>) -> Target {
        Target { figure, limit: format!("<= {limit}"), reached: reached.map(round), met: reached.is_some_and(|reached| reached <= limit) }
    }
}

/// Four significant digits: more would claim what no run can repeat.
pub(crate) fn round(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powi(3 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_on_their_own_side() {
        assert!(Target::at_least("calls", 2000.0, Some(2000.0)).met);
        assert!(!Target::at_least("calls", 2000.0, Some(1999.0)).met);
        assert!(Target::at_most("ms", 3.0, Some(3.0)).met);
        assert!(!Target::at_most("ms", 3.0, Some(3.1)).met);
        assert!(!Target::at_most("ms", 3.0, None).met, "what was not measured is not met");
    }

    #[test]
    fn figures_keep_four_digits() {
        for (value, rounded) in [(0.0, 0.0), (1234.56, 1235.0), (0.001_234_56, 0.001_235), (-3.123_49, -3.123), (f64::NAN, 0.0)] {
            assert_eq!(round(value), rounded);
        }
    }
}
