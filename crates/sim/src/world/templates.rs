//! Templates: one hand makes, pauses and removes them while businesses send by them.

use std::sync::Arc;

use callport_core::ids::{TemplateId, WabaId};
use callport_core::template::{Arguments, Category, Template, TemplateStatus};
use callport_engine::records::TemplateRecord;
use callport_engine::{MessageDraft, NewTemplate, SendRefusal};
use callport_flow::{Key, Row};

use super::World;

/// Between two reviews, at most.
const BETWEEN_REVIEWS_MS: u64 = 24_000;
/// Messages that are under way while a template is reviewed.
const SENT: usize = 2;
/// One template of each account.
const NAME: &str = "news";
const LANGUAGE: &str = "en";

impl World {
    /// Makes, reviews and removes, at one account after the other.
    pub(super) async fn reviewer(self: Arc<Self>) {
        while self.is_day() {
            self.pause(BETWEEN_REVIEWS_MS).await;
            let number = self.exec.below(self.town.numbers.len() as u64) as usize;
            for _ in 0..SENT {
                self.start(|world| async move { world.sends_by_template(number).await });
            }
            self.pause(6).await;
            let waba = self.town.numbers[number].waba.clone();
            match self.template_of(&waba) {
                None => {
                    self.ask(|engine| async move { engine.create_template(news(waba)).await }).await;
                }
                Some(_) if self.exec.one_in(5) => {
                    self.ask(|engine| async move { engine.delete_template(&waba, NAME, None).await }).await;
                }
                Some(TemplateRecord { id, status, .. }) => self.reviews(id, status).await,
            }
        }
    }

    async fn reviews(&self, id: TemplateId, before: TemplateStatus) {
        let status = if before == TemplateStatus::Approved { TemplateStatus::Paused } else { TemplateStatus::Approved };
        let about = id.clone();
        let heard = self.ask(|engine| async move { engine.review_template(&id, status).await }).await;
        if matches!(heard, Some(Ok(Some(_)))) && self.books.lock().template(&about).is_none_or(|(_, now)| now != Some(status)) {
            self.violated(None, format!("template {about}: a review was answered as {status:?}, and is not on record"));
        }
    }

    /// Reads the template and fills it, as the API does, and sends it a moment later.
    async fn sends_by_template(&self, number: usize) {
        let Some(TemplateRecord { id, .. }) = self.template_of(&self.town.numbers[number].waba) else { return };
        let (text, user) = (self.tag(), &self.town.users[self.exec.below(self.town.users.len() as u64) as usize]);
        self.books.lock().goes_by_template(&text, &id);
        self.pause(6).await;
        let template = Box::new(Template { body: text.clone(), ..Template::default() });
        let (began, draft) = (self.exec.now(), MessageDraft::Template { id: id.clone(), template, arguments: Arguments::default() });
        if let Some(why @ (SendRefusal::Template(_) | SendRefusal::NoTemplate)) = self.business_sends(user, number, &text, draft).await
            && self.books.lock().template(&id).is_some_and(|(since, now)| now == Some(TemplateStatus::Approved) && since < began)
        {
            self.violated(None, format!("template {id}: refused ({why}), and it was approved all the time"));
        }
    }

    fn template_of(&self, waba: &WabaId) -> Option<TemplateRecord> {
        let named = Key::TemplateNamed(waba.clone(), NAME.to_owned(), LANGUAGE.to_owned());
        self.store.inspect(|now| match now.row(&named).row.as_deref() {
            Some(Row::Template(row)) => Some(row.clone()),
            _ => None,
        })
    }
}

fn news(waba: WabaId) -> NewTemplate {
    NewTemplate {
        waba,
        name: NAME.to_owned(),
        language: LANGUAGE.to_owned(),
        category: Category::Marketing,
        named_parameters: false,
        components: "[]".to_owned(),
    }
}
