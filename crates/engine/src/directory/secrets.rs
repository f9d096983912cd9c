//! How short the secrets of others may be.

/// Fewest characters. Zero takes any: test suites know theirs by heart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShortestSecrets {
    /// Of an app secret, which signs webhooks and stands in `APP_ID|APP_SECRET`.
    pub app_secret: usize,
    /// Of a verify token, by which a receiver knows that its address was given on purpose.
    pub verify_token: usize,
}

impl ShortestSecrets {
    /// On a platform that serves people. App secrets of the published form have 32 hexadecimal digits.
    pub const LIVE: ShortestSecrets = ShortestSecrets { app_secret: 16, verify_token: 8 };
}
