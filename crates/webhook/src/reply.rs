//! What a receiver answers, read with a bound.

use reqwest::Response;

/// The first bytes of the body.
pub(crate) enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// Its beginning, within the limit; it goes on beyond.
    TooLong(Vec<u8>),
}

/// Reads at most `limit` bytes. The rest is never asked for: dropping the response closes the connection.
///
/// # Errors
/// When the connection breaks before the end.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Body, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok(Body::TooLong(body));
        }
    }
    Ok(Body::Whole(body))
}
