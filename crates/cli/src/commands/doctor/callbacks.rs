//! Can the platform reach the callbacks of its apps, and do they answer as their owners said?

use std::collections::BTreeMap;
use std::time::Duration;

use callport_admin::Admin;
use callport_engine::Fault;
use callport_engine::ports::{Carrier, Page, Random, Store};
use callport_engine::records::Callback;

use super::finding::Finding;
use super::innermost;
use crate::chance::SystemRandom;
use crate::config::Config;
use crate::home::Home;
use crate::platform::announcement::Announcement;
use crate::platform::ports;

const CHECK: &str = "callback";

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends each stored callback the verification GET with its own token, as when it was set (platform docs, Webhooks: create endpoint).
/// For a platform that does not run: the store is free then.
pub async fn verified(config: &Config, home: &Home) -> Vec<Finding> {
    if !home.path(ports::DATABASE).exists() {
        return vec![Finding::pass(CHECK, "none yet: the store is made at the first start".to_owned())];
    }
    match verify_all(config, home).await {
        Ok(findings) => findings,
        Err(fault) => vec![Finding::fail(CHECK, fault.to_string())],
    }
}

async fn verify_all(config: &Config, home: &Home) -> Result<Vec<Finding>, Box<dyn std::error::Error + Send + Sync>> {
    let carrier = ports::carrier(config)?;
    let store = ports::store(config, home).await?;
    let callbacks = callbacks(&store).await;
    store.close().await;
    let mut findings = Vec::new();
    for (url, callback) in callbacks? {
        findings.push(match carrier.verify(&callback, &challenge()).await {
            Ok(()) => Finding::pass(CHECK, format!("{url} answers the challenge")),
            Err(refusal) => Finding::warn(CHECK, format!("{url}: {refusal}")),
        });
    }
    Ok(findings)
}

/// Objects of each kind that are looked through at most.
const MOST: u32 = 10_000;

/// Every callback by its address: of apps, of WABA overrides, of number overrides.
async fn callbacks(store: &dyn Store) -> Result<BTreeMap<String, Callback>, Fault> {
    let apps = store.apps(Page::first(MOST)).await?;
    let mut all: Vec<Callback> = apps.iter().filter_map(|app| app.callback.clone()).collect();
    for waba in store.wabas(Page::first(MOST)).await? {
        all.extend(store.subscriptions(&waba.id).await?.into_iter().filter_map(|subscription| subscription.override_callback));
    }
    for number in store.numbers(None, Page::first(MOST)).await? {
        for app in &apps {
            all.extend(store.phone_override(&app.id, &number.id).await?.map(|found| found.callback));
        }
    }
    Ok(all.into_iter().map(|callback| (callback.url.clone(), callback)).collect())
}

/// Decimal digits, as published.
fn challenge() -> String {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes);
    u32::from_be_bytes(bytes).to_string()
}

/// Asks the callbacks of a running platform's apps for any answer at all: their tokens are the platform's secret.
pub async fn answering(announcement: &Announcement) -> Vec<Finding> {
    let admin = match Admin::new(&announcement.operator_url, announcement.operator_token.clone()) {
        Ok(admin) => admin,
        Err(fault) => return vec![Finding::fail(CHECK, fault.to_string())],
    };
    let apps = match admin.all(&["apps"], &[]).await {
        Ok(apps) => apps,
        Err(fault) => return vec![Finding::fail(CHECK, fault.to_string())],
    };
    let mut findings = Vec::new();
    for url in apps.rows().iter().filter_map(|app| app["callback_url"].as_str()) {
        findings.push(match answer(url).await {
            Ok(status) => Finding::pass(CHECK, format!("{url} answers, HTTP {status}")),
            Err(error) => Finding::warn(CHECK, format!("{url} does not answer: {}", innermost(&error))),
        });
    }
    findings
}

async fn answer(url: &str) -> Result<u16, reqwest::Error> {
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let reply = client.get(url).send().await?;
    Ok(reply.status().as_u16())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use axum::Router;
    use axum::http::StatusCode;
    use callport_core::ids::AppId;
    use callport_engine::records::App;
    use callport_flow::Row;
    use callport_testkit::plant;

    use super::*;
    use crate::commands::doctor::finding::FindingState;
    use crate::config::Layers;
    use crate::listener::{Bounds, Listener, tls};
    use crate::stop::{Stopper, stopper};

    /// A receiver that takes the challenge when the token is right, like any published sample.
    async fn receiver() -> (SocketAddr, Stopper) {
        let answer = |query: axum::extract::Query<BTreeMap<String, String>>| async move {
            match (query.get("hub.verify_token").map(String::as_str), query.get("hub.challenge")) {
                (Some("s3cr3t"), Some(challenge)) => (StatusCode::OK, challenge.clone()),
                _ => (StatusCode::FORBIDDEN, String::new()),
            }
        };
        let bounds = Bounds::brief(8, PATIENCE);
        let listener = Listener::bind("receiver", (Ipv4Addr::LOCALHOST, 0).into(), None, bounds).await.unwrap();
        let address = listener.address().unwrap();
        let (stopper, stop) = stopper();
        tokio::spawn(listener.serve(Router::new().fallback(answer), stop));
        (address, stopper)
    }

    async fn state_with_token(token: &str) -> FindingState {
        let _ = tls::install_cryptography(); // another test may have been first
        let (address, _stopper) = receiver().await;
        let folder = tempfile::tempdir().unwrap();
        let config = Layers { flags: vec![format!("store.directory={}", folder.path().display())], ..Layers::default() }.load().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let callback = Callback { url: format!("http://{address}/hook"), verify_token: token.to_owned() };
        let id = AppId::parse("1001").unwrap();
        let app = App {
            business: None,
            graph_version: None,
            id,
            name: "Desk".to_owned(),
            secret: "s".to_owned(),
            callback: Some(callback),
            tech_partner: true,
            fields: ["calls".to_owned()].into(),
        };
        let store = ports::store(&config, &home).await.unwrap();
        store.join().await.unwrap();
        plant(&store, Row::App(app)).await;
        store.close().await;
        let findings = verified(&config, &home).await;
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings[0].state()
    }

    #[tokio::test]
    async fn a_callback_that_answers_the_challenge_is_well_and_another_warns() {
        assert_eq!(state_with_token("s3cr3t").await, FindingState::Pass);
        assert_eq!(state_with_token("another").await, FindingState::Warn);
    }

    #[tokio::test]
    async fn any_status_is_an_answer_and_silence_is_none() {
        let _ = tls::install_cryptography(); // another test may have been first
        let (address, _stopper) = receiver().await;
        assert_eq!(answer(&format!("http://{address}/hook")).await.ok(), Some(403));
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(answer(&format!("http://{nobody}/hook")).await.is_err());
    }
}
