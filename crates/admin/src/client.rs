//! The admin API over HTTP, and where a running platform is found.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde::Serialize;
use serde_json::Value;

use crate::address::{BadAddress, web_address};
use crate::exit::Exit;

/// Longest wait for a reply. Taking a callback includes its verification GET, so this is longer than one of those may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Rows of a page that is asked for: as many as there may be.
const PAGE_ROWS: &str = "500";

/// Pages of one list that are walked through at most: a hundred thousand rows.
const MOST_PAGES: usize = 200;

/// For what is followed until somebody ends it.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Why there is no reply to print.
#[derive(Debug, thiserror::Error)]
pub enum AdminFault {
    /// Nothing says where the platform is.
    #[error("no platform runs from {0}, and no demo runs: start one with `callport serve`, or name another by --url and --token")]
    Unknown(String),
    /// An address alone is not enough.
    #[error(
        "{0} asks for its --token too: it stands in the file operator.token of that platform's folder, or in its configuration as operator.token"
    )]
    NoToken(String),
    /// A token belongs to one platform and is not sent to another.
    #[error("{0} is not the platform that runs here: say its --token too")]
    Foreign(String),
    /// Its address is no address.
    #[error("--url: {0}")]
    Address(#[from] BadAddress),
    /// It did not answer.
    #[error("{}", silent_words(url, why))]
    Silent {
        /// Who was asked.
        url: String,
        /// What happened instead.
        why: String,
    },
    /// Somebody else answered.
    #[error(
        "{0} is no operator's listener: it speaks the Graph API. The operator's listener has a port of its own, 8081 unless configured otherwise"
    )]
    PublicListener(String),
    /// It said no.
    #[error("{message} (HTTP {status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The API's word for it.
        code: Option<String>,
        /// What is wrong and what to change, in the API's words.
        message: String,
    },
    /// What was named is not there.
    #[error("{0}")]
    Absent(String),
    /// Several things were to be made, and not all of them were.
    #[error("{fault}; made before that: {made}")]
    HalfDone {
        /// What stopped it.
        fault: Box<AdminFault>,
        /// What is there now.
        made: String,
    },
}

impl AdminFault {
    /// What the process ends with.
    pub fn exit(&self) -> Exit {
        match self {
            AdminFault::Unknown(_) | AdminFault::Silent { .. } | AdminFault::PublicListener(_) => Exit::Unreachable,
            AdminFault::NoToken(_) | AdminFault::Foreign(_) | AdminFault::Address(_) => Exit::Usage,
            AdminFault::Refused { status: 401, .. } => Exit::WrongToken,
            AdminFault::Refused { status: 404, .. } | AdminFault::Absent(_) => Exit::NotFound,
            AdminFault::Refused { .. } => Exit::Refused,
            AdminFault::HalfDone { fault, .. } => fault.exit(),
        }
    }

    /// Whether the API said that there is no such thing.
    pub fn is_absence(&self) -> bool {
        matches!(self, AdminFault::Refused { status: 404, .. })
    }
}

fn silent_words(url: &str, why: &str) -> String {
    if why.contains("onnection refused") {
        return format!("nothing listens at {url}: is the platform running, and is this its operator's listener?");
    }
    format!("the platform at {url} does not answer: {why}")
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
        let url = web_address(url)?;
        let mut builder = Client::builder().timeout(TIMEOUT).no_proxy();
        if url.scheme() != "https" {
            // Plain HTTP meets no certificate; asking the system for its own fails on machines that have none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| AdminFault::Silent { url: url.to_string(), why: whole(&error) })?;
        Ok(Admin { client, url, token })
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

    /// Reads a list to its end, page by page. One with more pages than we walk through says in its `next` where it goes on.
    pub async fn all(&self, path: &[&str], filters: &[(&str, Option<String>)]) -> Result<Reply, AdminFault> {
        walk(async |cursor| {
            let turn = [("limit", Some(PAGE_ROWS.to_owned())), ("cursor", cursor)];
            self.list(path, &[filters, &turn].concat()).await
        })
        .await
    }

    /// Reads a file.
    pub async fn file(&self, path: &[&str]) -> Result<Vec<u8>, AdminFault> {
        let reply = self.reply(Method::GET, self.at(path), None::<()>).await?;
        Ok(reply.bytes().await.map_err(|error| self.silent(&error))?.to_vec())
    }

    /// Follows a stream of events, from after the one with this id. It lasts as long as the platform does.
    pub async fn stream(&self, path: &[&str], filters: &[(&str, Option<String>)], after: Option<u64>) -> Result<Response, AdminFault> {
        let mut url = self.at(path);
        let after = after.map(|after| after.to_string());
        let said = filters.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value)));
        for (name, value) in said.chain(after.as_deref().map(|after| ("after", after))) {
            url.query_pairs_mut().append_pair(name, value);
        }
        let request = self.client.get(url).bearer_auth(&self.token).timeout(FOREVER);
        self.answered(request).await
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
        self.answered(request).await
    }

    async fn answered(&self, request: reqwest::RequestBuilder) -> Result<Response, AdminFault> {
        let reply = request.send().await.map_err(|error| self.silent(&error))?;
        let status = reply.status();
        if status.is_success() {
            return Ok(reply);
        }
        let text = reply.text().await.map_err(|error| self.silent(&error))?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        if value["error"]["fbtrace_id"].is_string() {
            return Err(AdminFault::PublicListener(self.url.to_string()));
        }
        let code = value["error"]["code"].as_str().map(str::to_owned);
        let message = value["error"]["message"].as_str().map_or(text, str::to_owned);
        Err(AdminFault::Refused { status: status.as_u16(), code, message })
    }

    fn silent(&self, error: &reqwest::Error) -> AdminFault {
        AdminFault::Silent { url: self.url.to_string(), why: whole(error) }
    }
}

/// Where a platform's operator side is, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// The operator's listener.
    pub url: String,
    /// Its token.
    pub token: String,
}

impl Access {
    /// What was said, completed by what the platform that runs from this folder announced.
    pub fn find(url: Option<String>, token: Option<String>, running: Option<Access>, folder: &Path) -> Result<Access, AdminFault> {
        let Some(running) = running else {
            return Err(url.map_or_else(|| AdminFault::Unknown(folder.display().to_string()), AdminFault::NoToken));
        };
        let same = |url: &String| url.trim_end_matches('/') == running.url.trim_end_matches('/');
        match (url, token) {
            (Some(url), None) if !same(&url) => Err(AdminFault::Foreign(url)),
            (url, token) => Ok(Access { url: url.unwrap_or(running.url), token: token.unwrap_or(running.token) }),
        }
    }
}

/// One list from pages, each asked for by the `next` of the one before.
async fn walk(ask: impl AsyncFn(Option<String>) -> Result<Reply, AdminFault>) -> Result<Reply, AdminFault> {
    let mut page = ask(None).await?;
    let mut rows = page.rows().to_vec();
    for _ in 1..MOST_PAGES {
        let Some(next) = page.value["next"].as_str() else { break };
        page = ask(Some(next.to_owned())).await?;
        rows.extend_from_slice(page.rows());
    }
    let mut list = page.value;
    list["data"] = Value::Array(rows);
    Ok(list.into())
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
    use serde_json::json;

    use super::*;

    fn running() -> Access {
        Access { url: "http://127.0.0.1:8081".to_owned(), token: "t".to_owned() }
    }

    #[test]
    fn call_ids_stay_one_part_of_the_path() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default(); // another test may have been first
        let admin = Admin::new("http://127.0.0.1:8081/", "t".to_owned()).unwrap();
        let url = admin.at(&["calls", "wacid.A/B+C="]);
        assert_eq!(url.as_str(), "http://127.0.0.1:8081/admin/v1/calls/wacid.A%2FB+C=");
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end_and_one_without_end_is_not() {
        let numbers = async |last: usize, most: usize| {
            let asked = std::cell::Cell::new(0);
            let list = walk(async |cursor| {
                let at = cursor.map_or(0, |cursor| cursor.parse::<usize>().unwrap() + 1);
                asked.set(asked.get() + 1);
                Ok(json!({ "data": [at], "next": (at < last).then(|| at.to_string()) }).into())
            });
            let list = list.await.unwrap();
            assert!(asked.get() <= most, "{} pages were asked for", asked.get());
            (list.rows().len(), list.value["next"].as_str().map(str::to_owned), list.rows().last().cloned())
        };
        assert_eq!(numbers(0, 1).await, (1, None, Some(0.into())));
        assert_eq!(numbers(7, 8).await, (8, None, Some(7.into())));
        let most = MOST_PAGES;
        assert_eq!(numbers(most - 1, most).await, (most, None, Some((most - 1).into())));
        assert_eq!(numbers(usize::MAX, most).await, (most, Some((most - 1).to_string()), Some((most - 1).into())));
    }

    #[test]
    fn refuses_what_is_no_web_address() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default(); // another test may have been first
        assert!(matches!(Admin::new("127.0.0.1:8081", String::new()), Err(AdminFault::Address(BadAddress::NoScheme(_)))));
    }

    #[test]
    fn the_announced_token_goes_to_the_announced_address_only() {
        let access = |url: Option<&str>, token: Option<&str>, running: Option<Access>| {
            Access::find(url.map(str::to_owned), token.map(str::to_owned), running, Path::new("callport-data"))
        };
        let (own, other) = (Some("http://127.0.0.1:8081/"), Some("http://198.51.100.7:8081"));
        assert!(access(None, None, Some(running())).unwrap() == running());
        assert_eq!(access(own, None, Some(running())).unwrap().token, "t");
        assert_eq!(access(None, Some("u"), Some(running())).unwrap().token, "u");
        assert!(matches!(access(other, None, Some(running())), Err(AdminFault::Foreign(_))));
        assert!(matches!(access(other, None, None), Err(AdminFault::NoToken(_))), "the address was said: the token is missing");
        assert!(matches!(access(None, None, None), Err(AdminFault::Unknown(_))));
    }

    #[test]
    fn each_kind_of_fault_has_an_exit_code() {
        let refused = |status| AdminFault::Refused { status, code: None, message: String::new() }.exit();
        assert_eq!([401, 404, 409, 422, 503].map(refused), [Exit::WrongToken, Exit::NotFound, Exit::Refused, Exit::Refused, Exit::Refused]);
        let silent = AdminFault::Silent { url: "http://127.0.0.1:1".to_owned(), why: "Connection refused (os error 111)".to_owned() };
        assert_eq!((silent.exit(), silent.to_string().contains("is the platform running")), (Exit::Unreachable, true));
    }
}
