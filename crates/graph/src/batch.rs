//! Several requests in one: `POST /{version}/` with `batch`, a list of requests as JSON.
//!
//! Platform docs, Graph API, Batch requests. Parts are served one after the other, each as if it had come by itself: with its own version,
//! trace id, entry in the journal and place in the limits. So a part that fails is that part's trouble, and the others are served. A part has
//! the token of the whole unless it brings its own. What a part answered can stand in later ones, as `{result=name:$.data[0].id}`
//! (JSONPath, RFC 9535).

use std::collections::HashMap;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use callport_engine::door::ClientNetwork;
use callport_wire::{ErrorReply, Malformed, Params};
use serde::Serialize;
use serde_json::{Map, Value};
use serde_json_path::JsonPath;
use url::{Url, form_urlencoded};

use crate::asked::Asked;
use crate::front::{Again, trace_id};
use crate::version::Version;
use crate::{Graph, headers};

/// Most parts of a batch.
pub(crate) const PARTS_MAX: usize = 50;

/// What a part's address is read against; no request goes there.
const NOWHERE: &str = "http://part.invalid/";

const REFERENCE: &str = "{result=";

/// A request within a batch.
struct Part {
    method: Method,
    relative_url: String,
    body: Option<String>,
    content_type: Option<HeaderValue>,
    /// By which later parts speak of it.
    name: Option<String>,
    depends_on: Option<String>,
    /// Whether its answer is left out when it went well. Where it does not say, it is when a later part uses it.
    omitted: Option<bool>,
}

/// What a part was answered.
#[derive(Serialize)]
pub(crate) struct PartReply {
    code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Vec<HeaderLine>>,
    body: String,
}

#[derive(Serialize)]
struct HeaderLine {
    name: String,
    value: String,
}

/// A batch, read whole before anything of it is served.
pub(crate) struct Batch {
    parts: Vec<Part>,
    with_headers: bool,
}

/// Whom the parts come from.
pub(crate) struct Sender<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) network: Option<ClientNetwork>,
}

impl Batch {
    pub(crate) fn read(params: &Map<String, Value>) -> Result<Self, Malformed> {
        let members = Params::new(params);
        let list = members.list("batch")?.unwrap_or_default();
        if list.is_empty() || list.len() > PARTS_MAX {
            return Err(Malformed::wrong("batch", format_args!("must hold 1 to {PARTS_MAX} requests")));
        }
        let parts = list.iter().enumerate().map(|(at, part)| Part::read(part, &format!("batch[{at}]"))).collect::<Result<_, _>>()?;
        Ok(Self { parts, with_headers: members.flag("include_headers")?.unwrap_or(true) })
    }

    /// Serves the parts in their order. `None`: the answer is left out.
    pub(crate) async fn serve(self, graph: &Graph, again: &Again, sender: &Sender<'_>) -> Vec<Option<PartReply>> {
        let mut results: HashMap<&str, Option<Value>> = HashMap::new();
        let mut replies = Vec::with_capacity(self.parts.len());
        for (at, part) in self.parts.iter().enumerate() {
            let reply = match part.request(&results, sender) {
                Ok(request) => PartReply::of(again.serve(request).await, self.with_headers).await,
                Err(fault) => PartReply::refused(fault, graph, self.with_headers),
            };
            let well = reply.code < 400;
            if let Some(name) = &part.name {
                results.insert(name, well.then(|| serde_json::from_str(&reply.body).unwrap_or_default()));
            }
            let used = || part.name.as_ref().is_some_and(|name| self.parts[at + 1..].iter().any(|later| later.uses(name)));
            replies.push((!(well && part.omitted.unwrap_or_else(used))).then_some(reply));
        }
        replies
    }
}

impl Part {
    fn read(part: &Value, path: &str) -> Result<Self, Malformed> {
        let members = Params::nested(part, path)?;
        let method = members.required_text("method")?.to_ascii_uppercase();
        let method = [Method::GET, Method::POST, Method::DELETE]
            .into_iter()
            .find(|known| known.as_str() == method)
            .ok_or_else(|| Malformed::wrong(&members.name("method"), "must be GET, POST or DELETE"))?;
        Ok(Self {
            method,
            relative_url: members.required_text("relative_url")?.to_owned(),
            body: members.text("body")?.map(str::to_owned),
            content_type: content_type(members.list("headers")?.unwrap_or_default()),
            name: members.text("name")?.map(str::to_owned),
            depends_on: members.text("depends_on")?.map(str::to_owned),
            omitted: members.flag("omit_response_on_success")?,
        })
    }

    /// Whether this part needs the one of that name.
    fn uses(&self, name: &str) -> bool {
        let reference = format!("{REFERENCE}{name}:");
        let said = |text: &String| text.contains(&reference);
        self.depends_on.as_deref() == Some(name) || said(&self.relative_url) || self.body.as_ref().is_some_and(said)
    }

    fn request(&self, results: &HashMap<&str, Option<Value>>, sender: &Sender<'_>) -> Result<Request, Malformed> {
        if let Some(name) = &self.depends_on {
            result(results, name)?;
        }
        let address = filled(&self.relative_url, results)?;
        let body = self.body.as_deref().map(|body| filled(body, results)).transpose()?.unwrap_or_default();
        let url = Url::parse(NOWHERE).and_then(|base| base.join(address.trim_start_matches('/')));
        let url = url.map_err(|_| Malformed::wrong("relative_url", "is no address"))?;
        let versioned = url.path_segments().and_then(|mut segments| segments.next()).is_some_and(|first| Version::serving(first).is_some());
        let path = if versioned { url.path().to_owned() } else { format!("/{}{}", sender.asked.version, url.path()) };
        let own = |text: &str| form_urlencoded::parse(text.as_bytes()).any(|(name, value)| name == "access_token" && !value.is_empty());
        let brings_token = own(url.query().unwrap_or_default()) || own(&body);
        let target = url.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let mut request = Request::builder().method(self.method.clone()).uri(target);
        if !brings_token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", sender.asked.token));
        }
        if let Some(content_type) = &self.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(network) = sender.network {
            request = request.extension(network);
        }
        request.body(Body::from(body)).map_err(|_| Malformed::wrong("relative_url", "is no address"))
    }
}

impl PartReply {
    async fn of(response: Response, with_headers: bool) -> Self {
        let (head, body) = response.into_parts();
        let line = |(name, value): (&HeaderName, &HeaderValue)| HeaderLine {
            name: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        // A reply of our own, whole in memory already, so that nothing limits or breaks it.
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Self {
            code: head.status.as_u16(),
            headers: with_headers.then(|| head.headers.iter().map(line).collect()),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A part that could not even be made.
    fn refused(fault: Malformed, graph: &Graph, with_headers: bool) -> Self {
        let reply = ErrorReply::from(fault);
        let body = serde_json::to_string(&reply.body(trace_id(graph.engine.random()))).unwrap_or_default();
        let json =
            HeaderLine { name: CONTENT_TYPE.as_str().to_owned(), value: String::from_utf8_lossy(headers::JSON.as_bytes()).into_owned() };
        Self { code: reply.http_status(), headers: with_headers.then(|| vec![json]), body }
    }
}

/// The one header that a part may set: of `["Content-Type: application/json"]` or `[{"name":"Content-Type","value":"application/json"}]`.
fn content_type(headers: &[Value]) -> Option<HeaderValue> {
    headers.iter().find_map(|header| {
        let (name, value) = match header {
            Value::String(line) => line.split_once(':')?,
            Value::Object(_) => (header["name"].as_str()?, header["value"].as_str()?),
            _ => return None,
        };
        name.trim().eq_ignore_ascii_case(CONTENT_TYPE.as_str()).then(|| HeaderValue::from_str(value.trim()).ok())?
    })
}

fn result<'a>(results: &'a HashMap<&str, Option<Value>>, name: &str) -> Result<&'a Value, Malformed> {
    let one = results.get(name).ok_or_else(|| Malformed::request(format!("No earlier request of the batch has the name {name}.")))?;
    one.as_ref().ok_or_else(|| Malformed::request(format!("The request {name} of the batch failed, on which this one depends.")))
}

/// The text with what other parts answered in place of references to it; several values are joined by commas.
fn filled(text: &str, results: &HashMap<&str, Option<Value>>) -> Result<String, Malformed> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once(REFERENCE) {
        let broken = || Malformed::request("A reference to another request of the batch has the form {result=name:$.path}.");
        let (reference, after) = reference.split_once('}').ok_or_else(broken)?;
        let (name, path) = reference.split_once(':').ok_or_else(broken)?;
        let path = JsonPath::parse(path).map_err(|_| broken())?;
        let found = path.query(result(results, name)?).all();
        let values = found.into_iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        filled.push_str(before);
        filled.push_str(&values.collect::<Vec<_>>().join(","));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}
