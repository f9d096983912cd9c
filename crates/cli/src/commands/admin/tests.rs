//! A platform in this process, provisioned, called and asked by nothing but `callport admin`, with the sample backend as its business.

use callport_admin::{AdminFault, CommandResult};
use callport_gateway::{BackendConfig, Gateway, Mode};
use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;
use crate::commands::gateway;
use crate::config::Layers;
use crate::platform::Platform;
use crate::stop::{Stopper, stopper};

/// A command line after `callport`.
#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    command: callport_admin::Question,
}

struct Desk {
    admin: Admin,
    public_url: String,
    folder: TempDir,
    stopper: Stopper,
    serving: JoinHandle<()>,
}

impl Desk {
    async fn open() -> Desk {
        let _ = tls::install_cryptography(); // another test may have been first
        let folder = tempfile::tempdir().unwrap();
        let store = format!("store.directory={}", folder.path().join("data").display());
        let flags = ["mode=test", "public.listen=127.0.0.1:0", "operator.listen=127.0.0.1:0", "media.bind=127.0.0.1", &store];
        let layers = Layers { flags: flags.map(str::to_owned).into(), ..Layers::default() };
        let platform = Platform::start(layers.load().unwrap()).await.unwrap();
        let announced = platform.announcement().clone();
        let (stopper, stop) = stopper();
        Desk {
            admin: Admin::new(&announced.operator_url, announced.operator_token).unwrap(),
            public_url: announced.public_url,
            folder,
            stopper,
            serving: tokio::spawn(platform.serve(stop)),
        }
    }

    /// What `callport admin` would print.
    async fn ask(&self, line: &str) -> CommandResult {
        let command = Line::try_parse_from(["admin"].into_iter().chain(line.split(' '))).unwrap().command;
        let paper = Paper { json: command.json, ..Paper::default() };
        command.ask(&self.admin, &paper, &caller()).await
    }

    async fn says(&self, line: &str) -> String {
        let said = self.ask(line).await.unwrap_or_else(|fault| panic!("{line}: {fault}"));
        assert_eq!(said.exit, Exit::Done, "{line}: {}", said.text);
        said.text
    }

    async fn refuses(&self, line: &str) -> String {
        self.ask(line).await.unwrap_err().to_string()
    }

    async fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.says(&format!("{line} --json")).await).unwrap()
    }

    /// The newest call's story, once the media plane has handed over its last report: it does so just after the call has ended.
    async fn settled_story(&self) -> String {
        while self.json("call last").await["media"].is_null() {
            tokio::task::yield_now().await;
        }
        self.says("call last").await
    }

    async fn close(self) {
        self.stopper.drain();
        self.stopper.cut();
        self.serving.await.unwrap();
    }
}

const OBJECTS: &[&str] = &[
    "portfolio create --id 3001 --name Acme",
    "waba create --id 2001 --portfolio 3001 --name Acme --timezone Asia/Jakarta --payment-method true",
    "app create --id 1001 --name Desk --secret test_app_secret --fields calls,messages",
    "subscription create --waba 2001 --app 1001",
    "number create --id 4001 --waba 2001 --number +6281255509999 --name Acme --account-mode LIVE --calling ENABLED",
    "user create --id 9001 --number +5511955501234 --name Nadia --username nadia",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_business_is_set_up_called_and_understood_by_commands_alone() {
    let desk = Desk::open().await;
    for line in OBJECTS {
        desk.says(line).await;
    }
    let token = desk.json("token create --app 1001 --wabas 2001 --lifetime 1h").await;
    let base = gateway::config("test_app_secret".into(), desk.public_url.clone(), token["value"].as_str().unwrap().into()).unwrap();
    let media_bind = "127.0.0.1:0".parse().unwrap();
    let backend = Gateway::start(BackendConfig { verify_token: "s3cr3t".into(), mode: Mode::Echo, media_bind, ..base }).await.unwrap();
    let callback = backend.callback_url();
    let refused = desk.refuses(&format!("app change 1001 --callback-url {callback} --verify-token wrong")).await;
    assert!(refused.ends_with("(HTTP 422)"), "{refused}");
    desk.says(&format!("app change 1001 --callback-url {callback} --verify-token s3cr3t")).await;

    let recording = desk.folder.path().join("heard.wav");
    let dial = "dial +5511955501234 +6281255509999 --say signature --press 200:4# --hang-up-after 2s --wait --record";
    let heard = desk.says(&format!("{dial} {}", recording.display())).await;
    assert!(heard.starts_with("state    ended: user_hung_up, talked "), "{heard}");
    assert!(heard.contains("2 keys pressed") && heard.contains("its own signature back"), "{heard}");
    assert!(std::fs::read(recording).unwrap().starts_with(b"RIFF"));

    let unexpected = desk.ask("dial 9001 4001 --hang-up-after 1s --expect declined").await.unwrap();
    assert!(
        unexpected.exit == Exit::NotExpected && unexpected.text.contains("expected: declined; but the call was answered"),
        "{}",
        unexpected.text
    );

    let story = desk.settled_story().await;
    assert!(story.starts_with("answered: "), "{story}");
    for told in
        ["+5511955501234 → +6281255509999", "  +0 ms  user     the user placed the call", "pre_accept", "HTTP 200", "\nnomination    ✓"]
    {
        assert!(story.contains(told), "{told} in {story}");
    }
    let log = desk.says("calls --number +6281255509999 --user +5511955501234 --outcome answered").await;
    let short = log.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(story.contains(&format!("call    {short}  ")), "{short} in {story}");
    let by_short = desk.json(&format!("call {}", short.to_lowercase())).await;
    assert_eq!(by_short["call"]["id"], desk.json("call last").await["call"]["id"]);
    assert_eq!(desk.says("calls --outcome failed").await, "none\n");

    let outbox = desk.says("webhooks").await;
    assert!(outbox.contains("calls connect"), "{outbox}");
    let id = desk.json("webhooks").await["data"][0]["id"].clone();
    assert!(desk.says(&format!("webhook {id}")).await.contains("\"object\": \"whatsapp_business_account\""));
    backend.stop().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn set_up_is_one_command_and_its_environment_is_enough_for_a_backend() {
    let desk = Desk::open().await;
    let made = desk.json("setup --name Acme --number +6281255509999 --callback-url http://127.0.0.1:1/hook --invite +5511955501234").await;
    let value = |key: &str| made["environment"][key].as_str().unwrap_or_else(|| panic!("{key} in {made:#}")).to_owned();
    assert_eq!(value("GRAPH_URL"), desk.public_url);
    let base = gateway::config(value("APP_SECRET"), value("GRAPH_URL"), value("ACCESS_TOKEN")).unwrap();
    let media_bind = "127.0.0.1:0".parse().unwrap();
    let backend =
        Gateway::start(BackendConfig { verify_token: value("VERIFY_TOKEN"), mode: Mode::Reject, media_bind, ..base }).await.unwrap();
    desk.says(&format!(
        "app change {} --callback-url {} --verify-token {}",
        value("APP_ID"),
        backend.callback_url(),
        value("VERIFY_TOKEN")
    ))
    .await;
    desk.says("user create --id 9001 --number +5511955501234 --name Nadia").await;
    let declined = desk.ask(&format!("dial 9001 {} --wait", value("PHONE_NUMBER_ID"))).await.unwrap();
    assert_eq!(declined.exit, Exit::Declined, "{}", declined.text);
    desk.says(&format!("dial +5511955501234 {} --expect declined", value("PHONE_NUMBER"))).await;
    assert!(made["invitation"]["code"].is_string() && made["invitation"]["number"] == "+5511955501234", "{made:#}");

    let before = desk.says("app list").await;
    assert!(desk.refuses("setup --name Toko --number +6281255509999").await.starts_with("+6281255509999 is a business already"));
    assert!(desk.refuses("setup --name Toko --number 12").await.contains("country code"));
    assert!(desk.refuses("setup --name Toko").await.contains("--number"), "nobody is there to be asked");
    assert_eq!(desk.says("app list").await, before, "a set-up that cannot be done makes nothing");
    backend.stop().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_are_listed_shown_changed_and_removed() {
    let desk = Desk::open().await;
    for line in OBJECTS {
        desk.says(line).await;
    }
    assert_eq!(desk.says("portfolio list").await, "ID    NAME  VERIFIED\n3001  Acme  no\n");
    assert!(desk.says("portfolio show 3001").await.contains("name      Acme\nverified  no\n"));
    assert!(desk.says("waba change 2001 --name Toko --payment-method false").await.contains("payment_method  no\n"));
    let wabas = desk.says("waba list").await;
    assert_eq!(wabas.lines().nth(1), Some("2001  3001       Toko  USD       Asia/Jakarta  no"), "{wabas}");
    assert!(desk.says("number list --waba 2001").await.contains("+6281255509999  Acme  LIVE  TIER_2K  ENABLED"));
    assert!(desk.says("number change +6281255509999 --name Bengkel").await.contains("Bengkel"));
    assert!(desk.says("app show 1001").await.contains("calls, messages"));
    assert!(!desk.says("app list").await.contains("test_app_secret"));
    assert_eq!(desk.says("subscription list 2001").await, "WABA  APP   OVERRIDE\n2001  1001  –\n");
    assert!(desk.says("user show +5511955501234").await.contains("Nadia"));
    let bare = desk.refuses("user show 5511955501234").await;
    assert!(bare.ends_with("a phone number is written with its +, as in +5511955501234, which is there"), "{bare}");
    let invitation = desk.json("invitation create --user +5511955501234 --lifetime 1h").await;
    assert_eq!((invitation["user_id"].as_str(), invitation["code"].as_str().map(str::len)), (Some("9001"), Some(20)));
    desk.says("invitation create --any-number").await;
    assert_eq!(desk.says("invitation list").await.lines().count(), 3);
    assert_eq!(desk.says(&format!("invitation revoke {}", invitation["id"].as_str().unwrap())).await, "nobody comes in with it any more\n");
    assert_eq!(desk.says("invitation list").await.lines().count(), 2);
    assert_eq!(desk.says("session list --user +5511955501234").await, "none\n");
    assert_eq!(desk.says("session revoke --user +5511955501234").await, "every browser of the user is signed out\n");

    let settings = desk.says("settings +6281255509999 --countries ID,BR --additional-codecs PCMA").await;
    assert_eq!(
        settings,
        "status                                 ENABLED\n\
         call_icons.restrict_to_user_countries  ID, BR\n\
         audio.additional_codecs                PCMA\n"
    );
    assert_eq!(desk.json("settings 4001").await["status"], "ENABLED");

    let token = desk.json("token create --app 1001").await;
    let id = token["id"].as_str().unwrap();
    assert!(desk.says("token list --app 1001").await.contains(id));
    desk.says(&format!("token delete {id}")).await;
    assert_eq!(desk.says("token list").await, "none\n");
    desk.says("subscription delete 2001 1001").await;
    assert_eq!(desk.says("override list +6281255509999").await, "none\n");

    desk.says("clock freeze").await;
    assert_eq!(desk.says("clock set 2026-12-24T18:00:00Z").await, "2026-12-24 18:00:00 UTC, standing still\n");
    assert_eq!(desk.says("clock advance 7d").await, "2026-12-31 18:00:00 UTC, standing still\n");
    desk.says("clock thaw").await;
    assert!(desk.says("openapi").await.contains("\"/admin/v1/calls/{call_id}\""));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_says_no_in_its_own_words() {
    let desk = Desk::open().await;
    assert!(desk.refuses("hang-up wacid.none").await.ends_with("(HTTP 404)"));
    assert!(desk.refuses("session revoke 0123").await.ends_with("(HTTP 400)"));
    assert!(desk.refuses("user delete 9009").await.ends_with("(HTTP 404)"));
    assert_eq!(desk.refuses("number show 1").await, "there is no business number with this id (HTTP 404)");
    assert_eq!(desk.refuses("number show +6281255509999").await, "there is no business number +6281255509999");
    assert_eq!(desk.refuses("user show +5511955501234").await, "there is no user +5511955501234");
    assert_eq!(desk.refuses("user show nadia").await, "\"nadia\" is neither the id of a user nor a number with its +");
    let bare = desk.refuses("settings 6281255509999").await;
    assert_eq!(bare, "there is no business number with the id 6281255509999; a phone number is written with its +");
    assert!(desk.refuses("waba create --portfolio 1 --name Acme").await.ends_with("(HTTP 422)"));
    assert_eq!(desk.refuses("call last").await, "there is no call yet");
    assert!(desk.refuses("call A4C123B1612D").await.starts_with("no call A4C123B1612D is in the log"));
    assert!(desk.refuses("call wacid.A/B").await.ends_with("(HTTP 404)"));
    assert!(desk.refuses("webhook 1 --replay").await.ends_with("(HTTP 404)"));
    let wrong = Admin::new(desk.admin.url(), "wrong".to_owned()).unwrap();
    assert_eq!(wrong.get(&["calls"]).await.unwrap_err().to_string(), "the operator token is not valid (HTTP 401)");
    let public = Admin::new(&desk.public_url, "wrong".to_owned()).unwrap();
    assert!(matches!(public.get(&["calls"]).await, Err(AdminFault::PublicListener(_))), "the wrong port is told by name");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_cannot_be_placed_is_no_success() {
    let desk = Desk::open().await;
    for line in OBJECTS {
        desk.says(line).await;
    }
    desk.says("settings 4001 --status DISABLED").await;
    let said = desk.ask("dial 9001 4001 --wait").await.unwrap();
    assert!(said.exit == Exit::CallFailed && said.text.contains("\ntrouble  "), "{}", said.text);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_refusal_of_a_busy_pair_names_the_command_that_frees_it() {
    let desk = Desk::open().await;
    for line in OBJECTS {
        desk.says(line).await;
    }
    desk.says("dial 9001 4001").await;
    while desk.json("calls").await["data"][0].is_null() {
        tokio::task::yield_now().await;
    }
    let refused = desk.ask("dial 9001 4001 --wait").await.unwrap().text;
    let command = refused.split('`').nth(1).unwrap_or_else(|| panic!("{refused}"));
    let said = desk.says(command.strip_prefix("callport admin ").unwrap()).await;
    assert!(said.starts_with("call ") && said.ends_with(" is over\n"), "{said}");
    assert!(desk.refuses("hang-up last").await.ends_with("(HTTP 409)"));
    assert!(desk.says("calls").await.contains("operator_hung_up"));
    assert_eq!(desk.says("user delete +5511955501234").await, "the user is removed\n");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_told_what_to_do_and_the_pair_shows_it() {
    let desk = Desk::open().await;
    for line in OBJECTS {
        desk.says(line).await;
    }
    let (nadia, acme) = ("+5511955501234", "+6281255509999");
    let set = desk.says(&format!("behaviour set {nadia} --calls decline --request allow --after 2s")).await;
    assert!(set.contains("calls.after_ms                2000\n") && set.contains("permission_requests.kind      allow\n"), "{set}");
    assert_eq!(desk.says("behaviour show 9001").await, set);
    assert_eq!(desk.says("behaviour remove 9001").await, "the user does nothing by itself\n");
    assert!(desk.refuses("behaviour show 9001").await.ends_with("(HTTP 404)"));

    assert!(desk.says(&format!("act say {nadia} {acme} hello")).await.starts_with("said: wamid."));
    assert_eq!(desk.says(&format!("act permit {nadia} 4001 allow_temporarily")).await, "permission: temporary\n");
    let chat = desk.says(&format!("act chat {nadia} 4001")).await;
    assert!(chat.contains("hello") && chat.contains("permission_reply"), "{chat}");
    let pair = desk.says(&format!("pair {acme} {nadia}")).await;
    assert!(pair.contains("permission.status") && pair.contains("temporary"), "{pair}");
    assert!(desk.refuses(&format!("act answer {nadia} 4001 deny")).await.ends_with("(HTTP 422)"), "nobody asked");
    assert!(desk.refuses(&format!("act tap {nadia} 4001")).await.ends_with("(HTTP 422)"), "there is no button");

    assert!(desk.says(&format!("user change {nadia} --outdated-app true")).await.contains("outdated_app  yes\n"));
    let listed = desk.says(&format!("number change {acme} --allowed-recipients {nadia},+5511955507777")).await;
    assert!(listed.contains("+5511955501234, +5511955507777"), "{listed}");
    assert!(desk.says(&format!("number change {acme} --name Acme")).await.contains("+5511955507777"), "not said, not changed");
    assert!(!desk.says(&format!("number change {acme} --allowed-recipients=")).await.contains("+5511955507777"));
    let paused = desk.json(&format!("number restrict {acme} business_initiated --until 2999-12-24T18:00:00Z")).await;
    assert_eq!(paused["restrictions"][0]["until"], "2999-12-24T18:00:00.000Z");
    assert_eq!(desk.says("number restrict 4001 business_initiated --lift").await, "the pause is over\n");
    assert_eq!(desk.says("template list").await, "none\n");
    assert!(desk.refuses("template review 7001 PAUSED").await.ends_with("(HTTP 404)"));
    desk.close().await;
}
