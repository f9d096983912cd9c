//! What a receiver answers, read with a bound.

use reqwest::Response;

/// The first bytes of the body.
pub(crate) enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// It goes on beyond the limit.
    TooLong,
}

/// Reads at most `limit` bytes. The rest is never asked for: dropping the response closes the connection.
///
/// # Errors
/// When the connection breaks before the end.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Body, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(Body::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Body::Whole(body))
}
