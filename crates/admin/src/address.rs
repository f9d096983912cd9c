//! The address of a listener, as a person writes it.

use url::Url;

/// Why a text is no address of a listener.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// A host and a port.
    #[error("{0} has no scheme: write http://{0}, or https://{0} where the listener has a certificate")]
    NoScheme(String),
    /// Something else.
    #[error("\"{0}\" is no address of a listener: write it as http://127.0.0.1:8081")]
    Other(String),
}

/// The address of a listener.
pub fn web_address(text: &str) -> Result<Url, BadAddress> {
    let web = |text: &str| Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let host_and_port = !text.contains("://") && !text.contains('@') && text.contains(['.', ':']);
    match web(text) {
        Some(url) => Ok(url),
        None if host_and_port && web(&format!("http://{text}")).is_some() => Err(BadAddress::NoScheme(text.to_owned())),
        None => Err(BadAddress::Other(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_told_the_scheme() {
        for good in ["http://127.0.0.1:8081", "https://calls.example.org/", "http://[::1]:1"] {
            assert!(web_address(good).is_ok(), "{good}");
        }
        for bare in ["127.0.0.1:8081", "localhost:8081", "calls.example.org", "[::1]:8081"] {
            assert_eq!(web_address(bare), Err(BadAddress::NoScheme(bare.to_owned())));
        }
        for wrong in ["", "8081", "ftp://127.0.0.1", "mailto:a@b", "http://"] {
            assert_eq!(web_address(wrong), Err(BadAddress::Other(wrong.to_owned())));
        }
    }
}
