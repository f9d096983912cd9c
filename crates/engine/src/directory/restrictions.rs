//! Pauses for low quality. What leads to one is not published, so an operator says when (platform docs, Calling, quality restrictions).

use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;

use crate::directory::ProvisionRefusal;
use crate::engine::Engine;
use crate::ports::{Change, Notice};
use crate::records::{Number, Restriction};
use crate::users::UserEvent;

/// How long a published pause lasts.
pub const PAUSE: Duration = Duration::from_secs(7 * 86_400);

impl Engine {
    /// Pauses calling of a number in one direction until that moment, and tells subscribed apps; `None` lifts the pause at once.
    pub async fn restrict(
        &self,
        number: &PhoneNumberId,
        direction: Direction,
        until: Option<WallTime>,
    ) -> Result<Number, ProvisionRefusal> {
        let _changing = self.changing.lock().await;
        let found = self.ports.store.number(number).await?.ok_or(ProvisionRefusal::Missing("business number"))?;
        let now = self.now();
        let kept = |pause: &Restriction| pause.direction != direction && now < pause.until;
        let mut restrictions: Vec<_> = found.restrictions.iter().copied().filter(kept).collect();
        restrictions.extend(until.map(|until| Restriction { direction, until }));
        let number = Number { restrictions: restrictions.clone(), ..found };
        let notice = until.map(|_| Notice::Restricted {
            waba: number.waba.clone(),
            number_id: number.id.clone(),
            number: number.number.clone(),
            at: now,
            restrictions,
        });
        self.save(vec![Change::PutNumber(number.clone())], notice.as_slice()).await?;
        self.users.tell_all(&UserEvent::BusinessesChanged);
        Ok(number)
    }
}
