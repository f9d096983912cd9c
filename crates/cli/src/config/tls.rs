//! TLS of the public listener.

use std::path::PathBuf;

use super::section::section;
use super::value::words;

words! {
    /// Where the certificate comes from.
    pub enum TlsMode {
        /// None on loopback, self-made elsewhere.
        Auto = "auto",
        /// Plain HTTP: a proxy in front speaks TLS.
        Off = "off",
        /// Made at the first start and kept beside the store. Browsers ask before they trust it.
        SelfMade = "self-made",
        /// From files.
        Files = "files",
    }
}

section! {
    /// TLS of the public listener. Browsers give a page the microphone only over https or on localhost.
    pub struct TlsSection = "tls" {
        /// "auto": none on loopback, self-made elsewhere. "off": a proxy in front speaks TLS. "self-made": made at the first start and kept.
        /// "files": the two files below.
        pub certificate: TlsMode = TlsMode::Auto,
        /// Names and addresses in a self-made certificate, beside localhost and the listener's own.
        pub names: Vec<String> = vec![],
        /// The certificate chain, PEM.
        pub chain_file: Option<PathBuf> = None,
        /// Its private key, PEM.
        pub key_file: Option<PathBuf> = None,
    }
}
