//! The admin API over HTTP, and where a running platform is found.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::commands::flags::ConfigFlags;
use crate::platform::announcement;

/// Longest wait for a reply.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no reply to print.
#[derive(Debug, thiserror::Error)]
pub enum AdminFault {
    /// Nothing says where the platform is.
    #[error("no platform runs from {0}: start one, or say --url and --token")]
    Unknown(String),
    /// Its address is no address.
    #[error("{0} is no address of an operator's listener")]
    Address(String),
    /// It did not answer.
    #[error("the platform does not answer: {0}")]
    Silent(String),
    /// It said no.
    #[error("{status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What is wrong and what to change, in the API's words.
        message: String,
    },
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
        let address = || AdminFault::Address(url.to_owned());
        let url = url::Url::parse(url).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(address)?;
        let mut builder = Client::builder().timeout(TIMEOUT).no_proxy();
        if url.scheme() != "https" {
            // Plain HTTP meets no certificate; asking the system for its own fails on machines that have none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| AdminFault::Silent(error.to_string()))?;
        Ok(Admin { client, url, token })
    }

    /// As said, or else as the platform that runs from the configured folder announced.
    pub fn find(
        url: Option<String>,
        token: Option<String>,
        flags: &ConfigFlags,
    ) -> Result<Admin, Box<dyn std::error::Error + Send + Sync>> {
        if let (Some(url), Some(token)) = (&url, &token) {
            return Ok(Admin::new(url, token.clone())?);
        }
        let directory = flags.load()?.store.directory;
        let running = announcement::read(&directory).ok_or_else(|| AdminFault::Unknown(directory.display().to_string()))?;
        Ok(Admin::new(&url.unwrap_or(running.operator_url), token.unwrap_or(running.operator_token))?)
    }

    /// Reads. Parts of a path are escaped here: call ids have slashes.
    pub async fn get(&self, path: &[&str], query: &[(String, String)]) -> Result<Value, AdminFault> {
        let mut url = self.at(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(Method::GET, url, None).await
    }

    /// Makes or does.
    pub async fn post(&self, path: &[&str], body: Value) -> Result<Value, AdminFault> {
        self.send(Method::POST, self.at(path), Some(body)).await
    }

    /// Puts in place.
    pub async fn put(&self, path: &[&str], body: Value) -> Result<Value, AdminFault> {
        self.send(Method::PUT, self.at(path), Some(body)).await
    }

    /// Changes.
    pub async fn patch(&self, path: &[&str], body: Value) -> Result<Value, AdminFault> {
        self.send(Method::PATCH, self.at(path), Some(body)).await
    }

    /// Removes.
    pub async fn delete(&self, path: &[&str]) -> Result<Value, AdminFault> {
        self.send(Method::DELETE, self.at(path), None).await
    }

    fn at(&self, path: &[&str]) -> url::Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn send(&self, method: Method, url: url::Url, body: Option<Value>) -> Result<Value, AdminFault> {
        let silent = |error: reqwest::Error| AdminFault::Silent(error.without_url().to_string());
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.map_err(silent)?;
        let status = reply.status();
        let text = reply.text().await.map_err(silent)?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(value);
        }
        let said = value["error"]["message"].as_str().map_or(text, str::to_owned);
        Err(AdminFault::Refused { status: status.as_u16(), message: said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::tls;

    #[test]
    fn call_ids_stay_one_part_of_the_path() {
        let _ = tls::install_cryptography(); // another test may have been first
        let admin = Admin::new("http://127.0.0.1:8081/", "t".to_owned()).unwrap();
        let url = admin.at(&["admin", "v1", "calls", "wacid.A/B+C="]);
        assert_eq!(url.as_str(), "http://127.0.0.1:8081/admin/v1/calls/wacid.A%2FB+C=");
    }
}
