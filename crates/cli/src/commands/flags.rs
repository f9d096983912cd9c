//! The flags by which every command that needs a configuration finds it.

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
    /// Sets one key, over file and environment; repeatable.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", global = true)]
    set: Vec<String>,
    /// "test" or "live", as --set mode=…
    #[arg(long, value_name = "MODE", global = true)]
    mode: Option<String>,
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

    /// The file that is read, or would be if it were there.
    pub fn file_path(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| DEFAULT_FILE.into())
    }

    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    fn layers(&self) -> Result<Layers, Box<dyn Error + Send + Sync>> {
        let mode = self.mode.iter().map(|mode| format!("mode={mode}"));
        Ok(Layers { file: self.file()?, environment: std::env::vars().collect(), flags: mode.chain(self.set.iter().cloned()).collect() })
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
