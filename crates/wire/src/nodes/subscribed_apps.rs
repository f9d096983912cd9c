//! `/{waba-id}/subscribed_apps`: which apps get webhooks of an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One subscribed app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubscribedApp {
    /// The app.
    pub whatsapp_business_api_data: AppData,
    /// Where its webhooks of this account go instead of its own URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_callback_uri: Option<String>,
}

/// The app itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppData {
    /// App id.
    pub id: String,
    /// Its page.
    pub link: String,
    /// Its name.
    pub name: String,
}

impl AppData {
    /// The app with its published link form.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        let id = id.into();
        Self { link: format!("https://www.facebook.com/games/?app_id={id}"), name: name.into(), id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::nodes::page::Page;

    #[test]
    fn writes_the_published_sample() {
        let app = SubscribedApp {
            whatsapp_business_api_data: AppData::new("5566778899001", "Acme Connect"),
            override_callback_uri: Some("https://tenant.example/wa".into()),
        };
        golden::check(&Page::whole(vec![app]), include_str!("../../samples/subscribed_apps.json"));
    }
}
