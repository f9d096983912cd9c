//! The folder where an installation keeps its database and what it made for itself. One process at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeFault {
    /// Another process holds it.
    #[error("{0} is in use by another callport: stop it, or say another folder with --set store.directory=…")]
    InUse(PathBuf),
    /// The file system refuses.
    #[error("{path}: {error}")]
    Io {
        /// What could not be read or written.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// The folder, held by this process until dropped.
#[derive(Debug)]
pub struct Home {
    directory: PathBuf,
    _lock: File,
}

impl Home {
    /// Makes the folder if it is not there, readable by its owner only, and takes it.
    pub fn open(directory: &Path) -> Result<Home, HomeFault> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| HomeFault::Io { path, error }
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(at(directory))?;
        let path = directory.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Home { directory: directory.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(HomeFault::InUse(directory.to_owned())),
            Err(fs::TryLockError::Error(error)) => Err(at(&path)(error)),
        }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The text of a file, made and kept at the first asking.
    pub fn kept(&self, name: &str, make: impl FnOnce() -> String) -> Result<String, HomeFault> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = make();
                self.write(name, &text)?;
                Ok(text)
            }
            Err(error) => Err(HomeFault::Io { path, error }),
        }
    }

    /// Writes a file that only its owner may read: whole or not at all, whatever happens meanwhile.
    pub fn write(&self, name: &str, text: &str) -> Result<(), HomeFault> {
        let path = self.path(name);
        write_whole(&path, text).map_err(|error| HomeFault::Io { path: path.clone(), error })
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.path(name)); // not there, or not ours to remove: the next start writes it anew
    }
}

/// Writes a file that only its owner may read: whole or not at all.
pub fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_made_once_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("data")).unwrap();
        assert_eq!(home.kept("token", || "first".to_owned()).unwrap(), "first");
        assert_eq!(home.kept("token", || "second".to_owned()).unwrap(), "first");
        let mode = fs::metadata(home.path("token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_process_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Home::open(folder.path()).unwrap();
        assert!(matches!(Home::open(folder.path()), Err(HomeFault::InUse(_))));
        drop(first);
        assert!(Home::open(folder.path()).is_ok());
    }
}
