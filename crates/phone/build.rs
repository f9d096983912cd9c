//! Release builds hold the page. Cargo does not see a page that was built since, because none of its files was there before: this
//! tells it where to look. Nothing is built here: npm is `make phone`'s business. Debug builds read the folder as they run.

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts by the environment")]
fn main() {
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo:rerun-if-changed={}", if release { "../../web/phone/dist" } else { "build.rs" });
}
