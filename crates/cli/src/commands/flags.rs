//! The flags by which every command that needs a configuration finds it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;
use url::Url;

use crate::config::{Config, Layers};

/// Read when it is there and no other file is named.
const DEFAULT_FILE: &str = "callport.toml";

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigFlags {
    /// The configuration file; without it ./callport.toml, if there is one.
    #[arg(long, env = "CALLPORT_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Sets one key, over file and environment; repeatable. A list as in the file, ["a", "b"], or as a,b.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", global = true)]
    set: Vec<String>,
    /// "test" or "live", as --set mode=…
    #[arg(long, value_name = "MODE", global = true)]
    mode: Option<String>,
}

/// The folder where a person's programs keep what outlives a command and not a log-out (XDG Base Directory Specification); nothing
/// where the person has no home.
#[expect(clippy::disallowed_methods, reason = "a convention of the system, not a key of ours")]
pub fn state_folder() -> Option<PathBuf> {
    let said = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = said("XDG_RUNTIME_DIR").or_else(|| said("XDG_STATE_HOME")).or_else(|| Some(said("HOME")?.join(".local/state")))?;
    Some(base.join("callport"))
}

impl ConfigFlags {
    /// The configuration in force.
    pub fn load(&self) -> Result<Config, Box<dyn Error + Send + Sync>> {
        Ok(self.layers()?.load()?)
    }

    /// The same with keys over file and environment, but under what the person said.
    pub fn under(&self, keys: Vec<String>) -> Self {
        let set = keys.into_iter().chain(self.set.iter().cloned()).collect();
        Self { set, ..self.clone() }
    }

    /// What the flags alone say: full names of keys, and their values as the file would have them.
    pub fn told(&self) -> Result<BTreeMap<String, String>, Box<dyn Error + Send + Sync>> {
        Ok(Layers { flags: self.said(), ..Layers::default() }.told()?)
    }

    /// The configuration without what the flags say.
    pub fn without_flags(&self) -> Result<Config, Box<dyn Error + Send + Sync>> {
        Ok(Layers { flags: vec![], ..self.layers()? }.load()?)
    }

    /// The file that is read, or would be if it were there.
    pub fn file_path(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| DEFAULT_FILE.into())
    }

    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    fn layers(&self) -> Result<Layers, Box<dyn Error + Send + Sync>> {
        Ok(Layers { file: self.file()?, environment: std::env::vars().collect(), flags: self.said() })
    }

    fn said(&self) -> Vec<String> {
        self.mode.iter().map(|mode| format!("mode={mode}")).chain(self.set.iter().cloned()).collect()
    }

    fn file(&self) -> Result<Option<(String, String)>, Box<dyn Error + Send + Sync>> {
        let default = Path::new(DEFAULT_FILE);
        let path = match &self.config {
            Some(path) => path.as_path(),
            None if default.exists() => default,
            None => return Ok(None),
        };
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Some((path.display().to_string(), text)))
    }
}

/// Why a text is no address of a listener.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// A host and a port.
    #[error("{0} has no scheme: write http://{0}, or https://{0} where the listener has a certificate")]
    NoScheme(String),
    /// Something else.
    #[error("\"{0}\" is no address of a listener: write it as http://127.0.0.1:8081")]
    Other(String),
}

/// The address of a listener.
pub fn web_address(text: &str) -> Result<Url, BadAddress> {
    let web = |text: &str| Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let host_and_port = !text.contains("://") && !text.contains('@') && text.contains(['.', ':']);
    match web(text) {
        Some(url) => Ok(url),
        None if host_and_port && web(&format!("http://{text}")).is_some() => Err(BadAddress::NoScheme(text.to_owned())),
        None => Err(BadAddress::Other(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_told_the_scheme() {
        for good in ["http://127.0.0.1:8081", "https://calls.example.org/", "http://[::1]:1"] {
            assert!(web_address(good).is_ok(), "{good}");
        }
        for bare in ["127.0.0.1:8081", "localhost:8081", "calls.example.org", "[::1]:8081"] {
            assert_eq!(web_address(bare), Err(BadAddress::NoScheme(bare.to_owned())));
        }
        for wrong in ["", "8081", "ftp://127.0.0.1", "mailto:a@b", "http://"] {
            assert_eq!(web_address(wrong), Err(BadAddress::Other(wrong.to_owned())));
        }
    }
}
