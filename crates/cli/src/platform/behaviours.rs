//! What users without a browser do by themselves, kept for the next start: one JSON file in the platform's folder.
//!
//! It is no part of the store: behaviours are test tools and say nothing about the platform's own state.

use std::collections::BTreeMap;
use std::path::PathBuf;

use callport_core::ids::UserId;
use callport_people::Behaviour;
use tokio::sync::Mutex;

use super::StartFault;
use crate::home::write_whole;

/// The file's name.
pub const FILE: &str = "behaviours.json";

/// Behaviours by user, each change on disk before it counts.
pub struct Behaviours {
    path: PathBuf,
    kept: Mutex<BTreeMap<UserId, Behaviour>>,
}

impl Behaviours {
    /// Reads what an earlier process kept.
    pub fn open(path: PathBuf) -> Result<Self, StartFault> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "{}".to_owned(),
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        };
        let bad = |why: String| format!("{}: {why}; remove the file to start without standing behaviours", path.display());
        let values: BTreeMap<String, Behaviour> = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let mut kept = BTreeMap::new();
        for (user, behaviour) in values {
            let id = UserId::parse(&user).map_err(|error| bad(error.to_string()))?;
            kept.insert(id, behaviour);
        }
        Ok(Self { path, kept: Mutex::new(kept) })
    }

    /// All of them.
    pub async fn all(&self) -> Vec<(UserId, Behaviour)> {
        self.kept.lock().await.iter().map(|(user, behaviour)| (user.clone(), behaviour.clone())).collect()
    }

    /// One user's.
    pub async fn of(&self, user: &UserId) -> Option<Behaviour> {
        self.kept.lock().await.get(user).cloned()
    }

    /// Keeps one.
    pub async fn put(&self, user: UserId, behaviour: Behaviour) -> std::io::Result<()> {
        self.change(|kept| kept.insert(user, behaviour)).await.map(|_| ())
    }

    /// Forgets one. False when there was none.
    pub async fn remove(&self, user: &UserId) -> std::io::Result<bool> {
        self.change(|kept| kept.remove(user)).await.map(|before| before.is_some())
    }

    async fn change<R>(&self, change: impl FnOnce(&mut BTreeMap<UserId, Behaviour>) -> R) -> std::io::Result<R> {
        let mut kept = self.kept.lock().await;
        let mut next = kept.clone();
        let result = change(&mut next);
        let values: BTreeMap<&str, &Behaviour> = next.iter().map(|(user, behaviour)| (user.as_str(), behaviour)).collect();
        write_whole(&self.path, &serde_json::to_string(&values)?)?;
        *kept = next;
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use callport_people::Receipts;

    use super::*;

    #[tokio::test]
    async fn what_was_kept_is_there_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (user, behaviour) = (UserId::parse("9001").unwrap(), Behaviour { receipts: Receipts::None, ..Behaviour::default() });
        let first = Behaviours::open(path.clone()).unwrap();
        first.put(user.clone(), behaviour.clone()).await.unwrap();
        assert_eq!(Behaviours::open(path.clone()).unwrap().of(&user).await, Some(behaviour));
        assert!(first.remove(&user).await.unwrap());
        assert!(!first.remove(&user).await.unwrap());
        assert!(Behaviours::open(path).unwrap().all().await.is_empty());
    }

    #[test]
    fn a_damaged_file_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, r#"{"9001": {"receipts": "sometimes"}}"#).unwrap();
        let fault = Behaviours::open(path).err().map(|fault| fault.to_string()).unwrap();
        assert!(fault.contains(FILE) && fault.contains("sometimes"), "{fault}");
    }
}
