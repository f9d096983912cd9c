//! Who changes numbers and users while calls go on. One hand for each setting, so that each must find what it set.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::settings::{CallingSettings, Switch};
use callport_engine::Patch;
use callport_engine::ports::Clock as _;
use callport_engine::records::{Number, User};
use callport_flow::{Key, Row};

use super::World;

/// So long a change may still be under way whose client went away.
const UNDER_WAY_MS: u64 = 30_000;
/// Between two changes of one hand, at most: each is shown on every phone.
const BETWEEN_CHANGES_MS: u64 = 8_000;
/// How long a number is paused.
const PAUSE: Duration = Duration::from_secs(20);

impl World {
    pub(super) async fn switch_calling(self: Arc<Self>) {
        let change = |status| CallingSettings { status: Some(status), ..CallingSettings::default() };
        self.set_again_and_again(3, change, |number| number.settings.status).await;
    }

    pub(super) async fn switch_callbacks(self: Arc<Self>) {
        let change = |status| CallingSettings { callback_permission_status: Some(status), ..CallingSettings::default() };
        self.set_again_and_again(2, change, |number| number.settings.callback_permission_status).await;
    }

    /// Sets one thing at one number after the other; what was answered as done must be found, whoever else changed the number meanwhile.
    async fn set_again_and_again(
        self: &Arc<Self>,
        off_one_in: u64,
        change: impl Fn(Switch) -> CallingSettings,
        read: impl Fn(&Number) -> Option<Switch>,
    ) {
        let mut kept = vec![None; self.town.numbers.len()];
        while self.is_day() {
            self.pause(BETWEEN_CHANGES_MS).await;
            let at = self.exec.below(kept.len() as u64) as usize;
            let number = self.town.numbers[at].id.clone();
            if let Some(set) = kept[at]
                && self.number_now(at).is_some_and(|row| read(&row) != Some(set))
            {
                self.violated(None, format!("number {number}: a setting that was answered as {set:?} is something else now"));
            }
            let status = if self.exec.one_in(off_one_in) { Switch::Disabled } else { Switch::Enabled };
            let (to, what) = (number.clone(), change(status));
            let heard = self.ask(|engine| async move { engine.change_settings(&to, None, what).await }).await;
            kept[at] = match heard {
                Some(Ok(_)) => Some(status),
                _ => {
                    self.wait(UNDER_WAY_MS).await;
                    None
                }
            };
        }
    }

    fn number_now(&self, at: usize) -> Option<Number> {
        self.store.inspect(|now| match now.row(&Key::Number(self.town.numbers[at].id.clone())).row.as_deref() {
            Some(Row::Number(row)) => Some(row.clone()),
            _ => None,
        })
    }

    /// Renames, pauses, and ends calls.
    pub(super) async fn operator(self: Arc<Self>) {
        while self.is_day() {
            self.pause(BETWEEN_CHANGES_MS).await;
            let at = self.exec.below(self.town.numbers.len() as u64) as usize;
            let (number, name) = (self.town.numbers[at].id.clone(), self.tag());
            match self.exec.below(6) {
                0 => {
                    let direction = if self.exec.one_in(2) { Direction::UserInitiated } else { Direction::BusinessInitiated };
                    let until = self.exec.one_in(2).then(|| self.calendar.now() + PAUSE);
                    self.ask(|engine| async move { engine.restrict(&number, direction, until).await }).await;
                }
                1 | 2 => {
                    let patch = Patch::new(move |row: &mut Number| row.name.clone_from(&name));
                    self.ask(|engine| async move { engine.change_number(&number, patch, None).await }).await;
                }
                3 => {
                    let user = self.town.users[self.exec.below(self.town.users.len() as u64) as usize].id.clone();
                    let outdated = self.exec.one_in(3);
                    let patch = Patch::new(move |row: &mut User| row.outdated_app = outdated);
                    self.ask(|engine| async move { engine.change_user(&user, patch).await }).await;
                }
                _ => {
                    let calls: Vec<_> = self.store.inspect(|now| now.live_calls().map(|row| row.record.id.clone()).collect());
                    if let Some(call) = calls.get(self.exec.below(calls.len() as u64) as usize).cloned() {
                        self.ask(|engine| async move { engine.end_call(&call).await }).await;
                    }
                }
            }
        }
    }
}
