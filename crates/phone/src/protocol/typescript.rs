//! The page's types: made from the Rust ones, checked in, and compared here.

use ts_rs::{Config, TS};

use super::*;

/// Where the page has them.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/phone/src/protocol-types.ts");

const HEAD: &str =
    "// What page and server say to each other. Made from crates/phone/src/protocol; a test there says when this is out of date.\n";

fn made() -> String {
    let config = Config::new().with_large_int("number");
    let mut text = HEAD.to_owned();
    macro_rules! types {
        ($($Type:ty),+ $(,)?) => { $(
            text.push_str(&format!("\n{}export {}\n", <$Type>::docs().unwrap_or_default(), <$Type>::decl(&config)));
        )+ };
    }
    types!(
        Person,
        Why,
        Closed,
        ShownBusiness,
        CallDirection,
        SessionDevice,
        Outcome,
        TakenHow,
        Recent,
        CallView,
        LiveCall,
        Choice,
        ShownPermission
    );
    types!(
        ShownButton,
        ShownCard,
        ShownAuthor,
        MessageStatus,
        ShownMessage,
        ShownChat,
        TappedEntry,
        Dial,
        ClientMessage,
        Hello,
        ServerMessage
    );
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "golden files are made anew on demand")]
fn the_page_has_these_very_types() {
    let made = made();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    assert!(
        kept == made,
        "web/phone/src/protocol-types.ts is stale: run the tests of callport-phone once with UPDATE_GOLDEN=1 and look at the difference"
    );
}
