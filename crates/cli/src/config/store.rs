//! What is kept, and where.

use std::path::PathBuf;

use super::section::section;
use super::value::Secret;

section! {
    /// The store: one SQLite file, and beside it what this installation made for itself (operator token, key, certificate).
    pub struct StoreSection = "store" {
        /// The folder; made if it is not there.
        pub directory: PathBuf = "callport-data".into(),
        /// Encrypts app secrets, which must be read back: 32 bytes as 64 hexadecimal digits. Empty: made at the first start and kept in the
        /// folder.
        pub key: Option<Secret> = None,
    }
}
