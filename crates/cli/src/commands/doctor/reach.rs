//! Tokens of earlier versions that are not limited to some accounts: a live platform makes none any more.

use callport_admin::Admin;
use callport_engine::ports::{Page, Store as _};

use super::finding::Finding;
use crate::config::Config;
use crate::home::Home;
use crate::platform::announcement::Announcement;
use crate::platform::{StartFault, ports};

const CHECK: &str = "tokens";

/// Of a platform that does not run: the store is free then. Nothing to say of test mode, and of a platform that never ran.
pub async fn stored(config: &Config, home: &Home) -> Option<Finding> {
    if config.is_test() || !home.path(ports::DATABASE).exists() {
        return None;
    }
    Some(count(config, home).await.map_or_else(|fault| Finding::fail(CHECK, fault.to_string()), judge))
}

/// Apps that are looked through at most.
const MOST: u32 = 10_000;

async fn count(config: &Config, home: &Home) -> Result<usize, StartFault> {
    let store = ports::store(config, home).await?;
    let mut unlimited = 0;
    for app in store.apps(Page::first(MOST)).await? {
        unlimited += store.tokens(&app.id).await?.iter().filter(|token| token.wabas.is_none()).count();
    }
    store.close().await;
    Ok(unlimited)
}

/// Of a platform that runs.
pub async fn running(config: &Config, announcement: &Announcement) -> Option<Finding> {
    if config.is_test() {
        return None;
    }
    let admin = Admin::new(&announcement.operator_url, announcement.operator_token.clone()).ok()?;
    let tokens = admin.all(&["tokens"], &[]).await.ok()?; // that it does not answer is told already
    Some(judge(tokens.rows().iter().filter(|token| token["waba_ids"].is_null()).count()))
}

fn judge(unlimited: usize) -> Finding {
    match unlimited {
        0 => Finding::pass(CHECK, "each names the accounts that it reaches".to_owned()),
        many => {
            let says = format!(
                "{many} of earlier versions name no accounts, and reach all that their app was granted: `callport admin token list` shows them without wabas; make new ones with \
                 --wabas, and delete them"
            );
            Finding::warn(CHECK, says)
        }
    }
}
