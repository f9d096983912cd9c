//! What adapters ask of calls.

use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_flow::UserCall;
use callport_flow::calls::{
    AskCall, AskCallRefusal, Asked, CallAsk, CallCommand, NewUserCall, PhoneAsk, PlaceBusinessCall, PlaceBusinessCallRefusal,
    PlaceUserCall, PlaceUserCallRefusal, PlacedUserCall,
};
use callport_flow::journal::{About, Entry, Fact};

use crate::directory::To;
use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::records::{DeliveryId, Number};

/// A business's wish to call: `connect`, or an INVITE of its SIP server.
#[derive(Debug, Clone)]
pub struct NewBusinessCall {
    /// The business number.
    pub number: Number,
    /// The account of the number that calls and pays.
    pub account: WabaId,
    /// Whom.
    pub to: To,
    /// `session.sdp`.
    pub offer: String,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
    /// The app whose SIP server sends it; `None`: the request came by the Graph API.
    pub sip: Option<AppId>,
}

/// Why something was not done with a call.
pub type CallFailed = Failed<AskCallRefusal>;

impl Engine {
    /// Places a user-initiated call. On success the connect webhook is durable and on its way.
    pub async fn place_user_call(&self, new: NewUserCall) -> Result<PlacedUserCall, Failed<PlaceUserCallRefusal>> {
        let number = self.store().number(&new.number).await?.ok_or(Failed::Refused(PlaceUserCallRefusal::UnknownNumber))?;
        let user = self.store().user(&new.user).await?;
        // Of a call by nobody, which is refused, the id is never seen.
        let named = user.as_ref().map_or(&number.number, |user| &user.number);
        let call = CallId::compose(named, Direction::UserInitiated, &number.number, self.random());
        let placed = self.node.place(call.clone(), PlaceUserCall { call, new }, self.request.clone()).await?;
        tracing::info!(call = placed.call.short(), "user-initiated call placed");
        Ok(placed)
    }

    /// Places a business-initiated call. On success the connect webhook with our answer is durable and on its way.
    pub async fn place_business_call(&self, new: NewBusinessCall) -> Result<CallId, Failed<PlaceBusinessCallRefusal>> {
        let NewBusinessCall { number, account, to, offer, opaque, sip } = new;
        let user = self.find_user(&number, &to).await?;
        let to = to.number().cloned();
        // The id names both numbers; of a call to nobody, which is refused, it is never seen.
        let named = user.as_ref().map(|user| &user.number).or(to.as_ref()).unwrap_or(&number.number);
        let call = CallId::compose(named, Direction::BusinessInitiated, &number.number, self.random());
        let user = user.map(|user| user.id);
        let input = PlaceBusinessCall { call: call.clone(), number: number.id, account: Some(account), user, to, offer, opaque, sip };
        let call = self.node.place(call, input, self.request.clone()).await?;
        tracing::info!(call = call.short(), "business-initiated call placed");
        Ok(call)
    }

    /// A business's command. `number` is the number in the path: calls of other numbers do not exist for it.
    pub async fn command(&self, number: &PhoneNumberId, call: &CallId, command: CallCommand) -> Result<(), CallFailed> {
        self.ask(call, CallAsk::Business(number.clone(), command)).await.map(drop)
    }

    /// A device of the user rings. Late or repeated reports change nothing.
    pub async fn device_rings(&self, user: &UserId, call: &CallId) {
        self.report(user, call, PhoneAsk::Rings).await;
    }

    /// A device of the user picks up, with its SDP offer. The first one wins and gets the platform's SDP answer.
    pub async fn pick_up(&self, user: &UserId, device: DeviceKind, call: &CallId, offer: String) -> Result<String, CallFailed> {
        self.join(user, call, PhoneAsk::PickUp(device, offer)).await
    }

    /// The user's phone lost its media path and comes back with a new offer.
    pub async fn rejoin(&self, user: &UserId, call: &CallId, offer: String) -> Result<String, CallFailed> {
        self.join(user, call, PhoneAsk::Rejoin(offer)).await
    }

    async fn join(&self, user: &UserId, call: &CallId, ask: PhoneAsk) -> Result<String, CallFailed> {
        match self.ask(call, CallAsk::Phone(user.clone(), ask)).await? {
            Asked::Answer(answer) => Ok(answer),
            Asked::Done => Err(Failed::Refused(AskCallRefusal::UnknownCall)),
        }
    }

    /// The user declines, for all devices. A call that is over already is no error for a phone.
    pub async fn decline(&self, user: &UserId, call: &CallId) -> Result<(), Fault> {
        self.tell(user, call, PhoneAsk::Decline).await
    }

    /// The user hangs up or cancels. A call that is over already is no error for a phone.
    pub async fn hang_up(&self, user: &UserId, call: &CallId) -> Result<(), Fault> {
        self.tell(user, call, PhoneAsk::HangUp).await
    }

    /// The user is on the phone with somebody whom the platform does not see: the call ends as busy, before any device rings.
    pub async fn busy(&self, user: &UserId, call: &CallId) {
        self.report(user, call, PhoneAsk::Busy).await;
    }

    /// The user presses a key: one RFC 4733 event towards the business.
    pub async fn press(&self, user: &UserId, call: &CallId, digit: char) -> Result<(), CallFailed> {
        self.ask(call, CallAsk::Phone(user.clone(), PhoneAsk::Press(digit))).await.map(drop)
    }

    /// The operator ends a call in whatever state it is, so that its parties are free again.
    pub async fn end_call(&self, call: &CallId) -> Result<(), CallFailed> {
        self.ask(call, CallAsk::OperatorEnds).await.map(drop)
    }

    /// The line to the business failed: its SIP server cannot be reached, or answered with what cannot be used.
    pub async fn line_failed(&self, call: &CallId, reason: EndReason) -> Result<(), CallFailed> {
        self.fail_call(call, reason).await
    }

    /// A message of a call's SIP dialog, or what went wrong with its server, for the call's story.
    pub async fn note_sip(&self, call: &CallId, fact: Fact) -> Result<(), CallFailed> {
        self.ask(call, CallAsk::Sip(fact)).await.map(drop)
    }

    /// A request of a SIP server of which no call came.
    pub async fn note_sip_refused(&self, number: Option<&PhoneNumberId>, fact: Fact) -> Result<(), Fault> {
        let about = number.map(About::number).unwrap_or_default();
        let entry = Entry::new(self.now(), about, fact);
        self.node.write_down(vec![entry]).await.map_err(|fault| Fault::new("engine: journal", fault))
    }

    /// Ends a call for a reason outside the rules.
    pub(crate) async fn fail_call(&self, call: &CallId, reason: EndReason) -> Result<(), CallFailed> {
        self.ask(call, CallAsk::Fail(reason)).await.map(drop)
    }

    /// Another process asks something of a call that this one owns: the near end of [`Bus::ask_owner`](crate::ports::Bus::ask_owner).
    pub async fn asked(&self, ask: AskCall) -> Result<Result<Asked, AskCallRefusal>, Fault> {
        match self.node.ask(ask, None).await {
            Ok(asked) => Ok(Ok(asked)),
            Err(Failed::Refused(why)) => Ok(Err(why)),
            Err(Failed::Fault(fault)) => Err(fault),
        }
    }

    /// Another process queued a webhook that is this one's to send: the near end of [`Bus::wake`](crate::ports::Bus::wake).
    pub fn wake(&self, webhook: DeliveryId) {
        self.node.outbox.look(webhook);
    }

    async fn ask(&self, call: &CallId, ask: CallAsk) -> Result<Asked, CallFailed> {
        self.node.ask(AskCall { call: call.clone(), ask }, self.request.clone()).await
    }

    async fn tell(&self, user: &UserId, call: &CallId, ask: PhoneAsk) -> Result<(), Fault> {
        match self.ask(call, CallAsk::Phone(user.clone(), ask)).await {
            Ok(_) | Err(Failed::Refused(_)) => Ok(()),
            Err(Failed::Fault(fault)) => Err(fault),
        }
    }

    async fn report(&self, user: &UserId, call: &CallId, ask: PhoneAsk) {
        if let Err(fault) = self.tell(user, call, ask).await {
            tracing::error!(call = call.short(), %fault, "a phone's report of a call was lost");
        }
    }

    /// The call that a user is in, as its phone must show it.
    pub fn current_call(&self, user: &UserId) -> Option<UserCall> {
        self.node.owners.call_of(user)
    }

    /// Calls that this process carries on.
    pub fn live_call_count(&self) -> usize {
        self.node.owners.count()
    }
}
