//! The sample backend calls users of this platform: by the published API, over real sockets, with real media.

use std::time::Duration;

use callport_gateway::{
    Asking, BackendConfig, CallOrder, CallReport, Callee, Gateway, NotAsked, OutgoingOutcome, PermissionTemplate, Speech,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::config::Layers;
use crate::listener::tls;
use crate::platform::Platform;
use crate::stop::{Stopper, stopper};

const FIXTURE: &str = r#"
[[app]]
id = "1001"
name = "Desk"
secret = "test_app_secret"
callback_url = "CALLBACK"
verify_token = "s3cr3t"
fields = ["calls", "messages"]
verify = false
[[waba]]
id = "2001"
portfolio = "3001"
name = "Acme"
timezone = "Asia/Jakarta"
payment_method = true
apps = ["1001"]
[[number]]
id = "4001"
waba = "2001"
number = "+6281255509999"
name = "Acme Repairs"
account_mode = "LIVE"
messaging_limit = "TIER_2K"
calling = "ENABLED"
[[token]]
value = "EAAtest"
app = "1001"
scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
wabas = ["2001"]
[[user]]
number = "+5511955501234"
name = "Nadia"
behaviour = { permission_requests = { kind = "allow_temporarily" }, calls = { kind = "answer", script = { hang_up = { kind = "after", ms = 2000 } } } }
[[user]]
number = "+5511955501235"
name = "Rui"
behaviour = { permission_requests = { kind = "deny" } }
[[user]]
number = "+5511955501236"
name = "Sari"
behaviour = { permission_requests = { kind = "allow" }, calls = { kind = "decline" } }
"#;

struct Desk {
    gateway: Gateway,
    stopper: Stopper,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

impl Desk {
    async fn open() -> Desk {
        let _ = tls::install_cryptography(); // another test may have been first
        let folder = tempfile::tempdir().unwrap();
        let store = format!("store.directory={}", folder.path().join("data").display());
        let flags = ["mode=test", "public.listen=127.0.0.1:0", "operator.listen=127.0.0.1:0", "media.bind=127.0.0.1", &store];
        let layers = Layers { flags: flags.map(str::to_owned).into(), ..Layers::default() };
        let platform = Platform::start(layers.load().unwrap()).await.unwrap();
        let base = super::config("test_app_secret".into(), platform.announcement().public_url.clone(), "EAAtest".into()).unwrap();
        let media_bind = "127.0.0.1:0".parse().unwrap();
        let config = BackendConfig { graph_version: Some("v25.0".into()), attends: false, media_bind, ..base };
        let gateway = Gateway::start(config).await.unwrap();
        platform.apply_fixture(&FIXTURE.replace("CALLBACK", &gateway.callback_url())).await.unwrap();
        let (stopper, stop) = stopper();
        Desk { gateway, stopper, serving: tokio::spawn(platform.serve(stop)), _folder: folder }
    }

    async fn call(&self, number: &str, template: bool) -> CallReport {
        let consent = || PermissionTemplate { name: "consent".into(), language: "en".into(), create_in: Some("2001".into()) };
        let asking = Asking {
            text: "May we phone you about repair ticket R-7781?".into(),
            template: template.then(consent),
            reply_within: Duration::from_secs(60),
        };
        let order = CallOrder {
            phone_number_id: "4001".into(),
            user: number.parse::<Callee>().unwrap(),
            say: Speech::Tone,
            talk_for: None,
            asking: Some(asking),
            opaque: Some("case-77812".into()),
        };
        self.gateway.place(order).await.finished().await
    }

    async fn close(self) {
        self.gateway.stop().await;
        self.stopper.drain();
        self.stopper.cut();
        self.serving.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_asked_and_called_and_do_as_they_please() {
    let desk = Desk::open().await;
    let outcome = desk.call("+5511955501234", false).await.outcome;
    assert_eq!(outcome, OutgoingOutcome::NotAsked(NotAsked::WindowClosed));
    let answered = desk.call("+5511955501234", true).await;
    assert!(matches!(answered.outcome, OutgoingOutcome::Answered { seconds: Some(1..) }), "{:?}", answered.outcome);
    let hearing = answered.hearing.unwrap();
    assert!(hearing.heard.found, "{hearing:?}");
    assert_eq!(desk.call("+5511955501235", true).await.outcome, OutgoingOutcome::PermissionDenied);
    let outcome = desk.call("+5511955501235", true).await.outcome;
    assert!(matches!(outcome, OutgoingOutcome::NotAsked(NotAsked::NotNow { next: Some(_) })), "{outcome:?}");
    assert_eq!(desk.call("+5511955501236", true).await.outcome, OutgoingOutcome::Declined);
    let outcome = desk.call("+6281255501234", true).await.outcome;
    assert!(matches!(outcome, OutgoingOutcome::Refused { code: 131026, .. }), "{outcome:?}");
    desk.close().await;
}
