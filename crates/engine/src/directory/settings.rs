//! Changing a number's calling settings (platform docs, Configure call settings).

use callport_core::scope::Field;
use callport_core::settings::{Prerequisites, SettingsChange, SettingsRefusal};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::{Change, Notice};
use crate::records::Number;
use crate::users::UserEvent;

/// Why settings stay as they are.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SettingsError {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] SettingsRefusal),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Applies a change, tells subscribed apps when it is one that is announced, and refreshes phones.
    pub async fn change_settings(&self, number: &Number, change: SettingsChange) -> Result<(), SettingsError> {
        let _changing = self.changing.lock().await;
        // Read again under the lock: the caller's copy may be older than another caller's change.
        let number = &self.ports.store.number(&number.id).await?.unwrap_or_else(|| number.clone());
        let has = Prerequisites {
            account_mode: number.account_mode,
            messaging_limit: number.messaging_limit,
            calls_subscriber: !self.receivers(&number.waba, Field::Calls).await?.is_empty(),
        };
        let settings = number.settings.apply(change, &has)?;
        let announced = number.settings.announces(&settings).then(|| Notice::SettingsChanged {
            waba: number.waba.clone(),
            number_id: number.id.clone(),
            at: self.now(),
            settings: settings.clone(),
        });
        let number = Number { settings, ..number.clone() };
        self.save(vec![Change::PutNumber(number)], announced.as_slice()).await?;
        self.users.tell_all(&UserEvent::BusinessesChanged);
        Ok(())
    }
}
