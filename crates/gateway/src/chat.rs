//! What users write: marked as read and, where it is the keyword, answered with a call button.
//!
//! Platform docs, Messages, "Mark messages as read"; Call buttons and deep links. One message at a time, beside the calls.

use std::sync::Arc;

use callport_wire::messages::{CallButton, Content, MessageRequest, SendMessage};
use callport_wire::webhooks::{InboundContent, InboundMessage};
use tokio::sync::mpsc;

use crate::desk::Desk;

/// Messages that may wait to be read. Further ones stay unread.
const UNREAD_QUEUE: usize = 256;

/// What stands above the button.
const BUTTON_BODY: &str = "Tap to call us.";

/// A message to read.
pub(crate) struct Unread {
    /// The business number that got it.
    pub phone_number_id: String,
    pub message: InboundMessage,
}

/// The reader.
pub(crate) struct Chat {
    desk: Arc<Desk>,
    unread: mpsc::Receiver<Unread>,
}

impl Chat {
    pub(crate) fn new(desk: Arc<Desk>) -> (Self, mpsc::Sender<Unread>) {
        let (sender, unread) = mpsc::channel(UNREAD_QUEUE);
        (Self { desk, unread }, sender)
    }

    /// Reads until nobody can bring any more; what is still unread then stays so.
    pub(crate) async fn run(mut self) {
        while let Some(unread) = self.unread.recv().await {
            if self.unread.is_closed() {
                return;
            }
            self.read(unread).await;
        }
    }

    async fn read(&self, Unread { phone_number_id, message }: Unread) {
        // A message that stays unread harms nobody; the timeline tells.
        let _ = self.desk.told(None, "mark as read", self.desk.graph.mark_read(&phone_number_id, &message.id)).await;
        if !self.is_keyword(&message.content) || (message.from.is_none() && message.from_user_id.is_none()) {
            return;
        }
        let button = CallButton { body: BUTTON_BODY.to_owned(), ..CallButton::default() };
        let recipient = if message.from.is_none() { message.from_user_id } else { None };
        let answer = SendMessage {
            to: message.from,
            recipient,
            context: Some(message.id),
            biz_opaque_callback_data: None,
            content: Content::CallButton(button),
        };
        let request = MessageRequest::Send(Box::new(answer));
        let _ = self.desk.told(None, "call button", self.desk.graph.send(&phone_number_id, &request)).await;
    }

    fn is_keyword(&self, content: &InboundContent) -> bool {
        let (InboundContent::Text { body }, Some(keyword)) = (content, &self.desk.config.call_keyword) else { return false };
        body.trim().to_lowercase() == keyword.trim().to_lowercase()
    }
}
