//! The flags by which every command that needs a configuration finds it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;

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
