//! Users coming and going.

use std::sync::Arc;

use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;

use crate::calls::EndRefusal;
use crate::directory::ProvisionRefusal;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::User;
use crate::users::UserEvent;

impl Engine {
    /// The user with this number, made if there is none. An existing user keeps its name.
    pub async fn sign_up(&self, number: PhoneNumber, name: String) -> Result<User, ProvisionRefusal> {
        let _changing = self.changing.lock().await;
        if let Some(user) = self.user_by_number(&number).await? {
            return Ok(user);
        }
        let user = self.new_user(number, name)?;
        self.save(vec![Change::PutUser(user.clone())], &[]).await?;
        Ok(user)
    }

    pub(super) fn new_user(&self, number: PhoneNumber, name: String) -> Result<User, Fault> {
        let id = UserId::parse(&self.new_object_id()).map_err(|error| Fault::new("engine: sign-up", error))?;
        Ok(User { id, number, name, username: None, outdated_app: false })
    }

    /// Removes a user: the live call ends first, windows close, and what is the user's goes along (docs/decisions/0019-who-gets-in.md).
    pub async fn remove_user(self: &Arc<Self>, user: &UserId) -> Result<(), ProvisionRefusal> {
        let _changing = self.changing.lock().await;
        self.ports.store.user(user).await?.ok_or(ProvisionRefusal::Missing("user"))?;
        if let Some(call) = self.current_call(user) {
            match self.end_call(&call.call).await {
                Ok(()) | Err(EndRefusal::UnknownCall | EndRefusal::Over(_)) => {}
                Err(EndRefusal::Fault(fault)) => return Err(fault.into()),
            }
        }
        // A call that is placed at this very moment would be saved with a pair of nobody.
        let busy = || Fault::new("engine: remove user", "a call of this user is being placed");
        let _kept_out = self.live.keep_out(user).ok_or_else(busy)?;
        self.save(vec![Change::RemoveUser(user.clone())], &[]).await?;
        self.users.tell(user, UserEvent::SignedOut { session: None });
        Ok(())
    }
}
