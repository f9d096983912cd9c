//! The admin API over HTTP, and where a running platform is found.

use std::error::Error;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde::Serialize;
use serde_json::Value;

use crate::commands::flags::ConfigFlags;
use crate::platform::announcement::{self, Announcement};

/// Longest wait for a reply. Taking a callback includes its verification GET, so this is longer than one of those may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no reply to print.
#[derive(Debug, thiserror::Error)]
pub enum AdminFault {
    /// Nothing says where the platform is.
    #[error("no platform runs from {0}: start one, or say --url and --token")]
    Unknown(String),
    /// A token belongs to one platform and is not sent to another.
    #[error("{0} is not the platform that runs from the configured folder: say its --token too")]
    Foreign(String),
    /// Its address is no address.
    #[error("{0} is no address of an operator's listener")]
    Address(String),
    /// It did not answer.
    #[error("the platform at {url} does not answer: {why}")]
    Silent {
        /// Who was asked.
        url: String,
        /// What happened instead.
        why: String,
    },
    /// It said no.
    #[error("{message} (HTTP {status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What is wrong and what to change, in the API's words.
        message: String,
    },
}

/// What the API answered.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// As it came.
    pub text: String,
    /// The same, read; null where nothing came.
    pub value: Value,
}

impl Reply {
    /// The rows of a list.
    pub fn rows(&self) -> &[Value] {
        self.value["data"].as_array().map_or(&[], Vec::as_slice)
    }
}

impl From<Value> for Reply {
    fn from(value: Value) -> Reply {
        Reply { text: value.to_string(), value }
    }
}

/// A platform's operator side.
pub struct Admin {
    client: Client,
    url: url::Url,
    token: String,
}

impl Admin {
    /// At this address, with this token.
    pub fn new(url: &str, token: String) -> Result<Admin, AdminFault> {
        let parsed = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = parsed.ok_or_else(|| AdminFault::Address(url.to_owned()))?;
        let mut builder = Client::builder().timeout(TIMEOUT).no_proxy();
        if url.scheme() != "https" {
            // Plain HTTP meets no certificate; asking the system for its own fails on machines that have none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| AdminFault::Silent { url: url.to_string(), why: whole(&error) })?;
        Ok(Admin { client, url, token })
    }

    /// As said, or else as the platform that runs from the configured folder announced.
    pub fn find(url: Option<String>, token: Option<String>, flags: &ConfigFlags) -> Result<Admin, Box<dyn Error + Send + Sync>> {
        if let (Some(url), Some(token)) = (&url, &token) {
            return Ok(Admin::new(url, token.clone())?);
        }
        let directory = flags.load()?.store.directory;
        let running = announcement::read(&directory).ok_or_else(|| AdminFault::Unknown(directory.display().to_string()))?;
        let (url, token) = access(url, token, running)?;
        Ok(Admin::new(&url, token)?)
    }

    /// Reads.
    pub async fn get(&self, path: &[&str]) -> Result<Reply, AdminFault> {
        self.send(Method::GET, self.at(path), None::<()>).await
    }

    /// Reads a list, with those filters that have a value.
    pub async fn list(&self, path: &[&str], filters: &[(&str, Option<String>)]) -> Result<Reply, AdminFault> {
        let mut url = self.at(path);
        let said = filters.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value)));
        for (name, value) in said {
            url.query_pairs_mut().append_pair(name, value);
        }
        self.send(Method::GET, url, None::<()>).await
    }

    /// Reads a file.
    pub async fn file(&self, path: &[&str]) -> Result<Vec<u8>, AdminFault> {
        let reply = self.reply(Method::GET, self.at(path), None::<()>).await?;
        Ok(reply.bytes().await.map_err(|error| self.silent(&error))?.to_vec())
    }

    /// Makes or does. What is `null` in a body counts as not said.
    pub async fn post(&self, path: &[&str], body: impl Serialize) -> Result<Reply, AdminFault> {
        self.send(Method::POST, self.at(path), Some(body)).await
    }

    /// Puts in place.
    pub async fn put(&self, path: &[&str], body: impl Serialize) -> Result<Reply, AdminFault> {
        self.send(Method::PUT, self.at(path), Some(body)).await
    }

    /// Changes.
    pub async fn patch(&self, path: &[&str], body: impl Serialize) -> Result<Reply, AdminFault> {
        self.send(Method::PATCH, self.at(path), Some(body)).await
    }

    /// Removes.
    pub async fn delete(&self, path: &[&str]) -> Result<Reply, AdminFault> {
        self.send(Method::DELETE, self.at(path), None::<()>).await
    }

    /// Where it is.
    #[cfg(test)]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The description of all paths: the one that stands outside the version.
    pub async fn description(&self) -> Result<Reply, AdminFault> {
        self.send(Method::GET, self.below(&["admin", "openapi.json"]), None::<()>).await
    }

    /// Parts of a path are escaped here: call ids have slashes.
    fn at(&self, path: &[&str]) -> url::Url {
        self.below(&[&["admin", "v1"], path].concat())
    }

    fn below(&self, path: &[&str]) -> url::Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn send(&self, method: Method, url: url::Url, body: Option<impl Serialize>) -> Result<Reply, AdminFault> {
        let text = self.reply(method, url, body).await?.text().await.map_err(|error| self.silent(&error))?;
        let value = serde_json::from_str(&text).unwrap_or_default();
        Ok(Reply { text, value })
    }

    async fn reply(&self, method: Method, url: url::Url, body: Option<impl Serialize>) -> Result<Response, AdminFault> {
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.map_err(|error| self.silent(&error))?;
        let status = reply.status();
        if status.is_success() {
            return Ok(reply);
        }
        let text = reply.text().await.map_err(|error| self.silent(&error))?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let message = value["error"]["message"].as_str().map_or(text, str::to_owned);
        Err(AdminFault::Refused { status: status.as_u16(), message })
    }

    fn silent(&self, error: &reqwest::Error) -> AdminFault {
        AdminFault::Silent { url: self.url.to_string(), why: whole(error) }
    }
}

/// What was said, completed by the announcement.
fn access(url: Option<String>, token: Option<String>, running: Announcement) -> Result<(String, String), AdminFault> {
    let same = |url: &String| url.trim_end_matches('/') == running.operator_url.trim_end_matches('/');
    match (url, token) {
        (Some(url), None) if !same(&url) => Err(AdminFault::Foreign(url)),
        (url, token) => Ok((url.unwrap_or(running.operator_url), token.unwrap_or(running.operator_token))),
    }
}

/// An error with its innermost cause, which is the one that helps.
fn whole(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::tls;

    fn running() -> Announcement {
        let text = r#"{"public_url":"http://127.0.0.1:8080","operator_url":"http://127.0.0.1:8081","operator_token":"t",
            "sip_address":null,"media_ports":[],"mode":"test"}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn call_ids_stay_one_part_of_the_path() {
        let _ = tls::install_cryptography(); // another test may have been first
        let admin = Admin::new("http://127.0.0.1:8081/", "t".to_owned()).unwrap();
        let url = admin.at(&["calls", "wacid.A/B+C="]);
        assert_eq!(url.as_str(), "http://127.0.0.1:8081/admin/v1/calls/wacid.A%2FB+C=");
    }

    #[test]
    fn refuses_what_is_no_web_address() {
        let _ = tls::install_cryptography();
        for wrong in ["", "8081", "127.0.0.1:8081", "ftp://127.0.0.1", "mailto:a@b"] {
            assert!(matches!(Admin::new(wrong, String::new()), Err(AdminFault::Address(_))), "{wrong}");
        }
    }

    #[test]
    fn the_announced_token_goes_to_the_announced_address_only() {
        let own = || Some("http://127.0.0.1:8081/".to_owned());
        let other = || Some("http://198.51.100.7:8081".to_owned());
        assert_eq!(access(None, None, running()).unwrap(), ("http://127.0.0.1:8081".to_owned(), "t".to_owned()));
        assert_eq!(access(own(), None, running()).unwrap().1, "t");
        assert_eq!(access(None, Some("u".to_owned()), running()).unwrap().1, "u");
        assert!(matches!(access(other(), None, running()), Err(AdminFault::Foreign(_))));
    }
}
