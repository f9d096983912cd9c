//! What must hold before a number takes calls and places them, each prerequisite by itself
//! (platform docs, Calling overview, Prerequisites and Availability; Sandbox accounts; quality restrictions).
//!
//! The rules that refuse stand where something is asked: [`settings`](crate::settings), [`gate`](crate::gate), [`outreach`](crate::outreach) and the
//! API's own order of checks. This is the same in one view, for whoever asks why a number cannot call or be called.

use crate::call_id::Direction;
use crate::country::Country;
use crate::ids::AppId;
use crate::settings::{AccountMode, MessagingLimit};
use crate::time::WallTime;
use crate::words::words;

/// Where a number lives: calls go through Cloud API only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUseWith {
    /// `CLOUD_API`.
    CloudApi,
    /// `COEXISTENCE`: with Cloud API and the WhatsApp Business app. Messages go both ways; calls go to the app.
    Coexistence,
    /// `BUSINESS_APP`: with the WhatsApp Business app alone, so that Cloud API does not know it (133010).
    BusinessApp,
}

words!(InUseWith { CloudApi = "CLOUD_API", Coexistence = "COEXISTENCE", BusinessApp = "BUSINESS_APP" });

/// Something that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prerequisite {
    /// The number is in use with Cloud API and nothing else.
    CloudApi,
    /// The number is registered on Cloud API.
    Registered,
    /// An app has the webhook field `calls`.
    CallsField,
    /// The same app is subscribed to the account.
    Subscription,
    /// The same app was granted `whatsapp_business_messaging` for the account.
    MessagingScope,
    /// The same app was granted `whatsapp_business_management`, which settings need.
    ManagementScope,
    /// The same app has a callback, so that somebody hears.
    Callback,
    /// The same app is a Tech Partner's, where the number is of a sandbox account.
    TechPartner,
    /// 2,000 recipients a day; waived for public test and sandbox numbers.
    MessagingLimit,
    /// `calling.status` is `ENABLED`.
    CallingEnabled,
    /// The account has a payment method.
    PaymentMethod,
    /// The number's country has business-initiated calls.
    Country,
    /// The direction is not paused for low quality.
    NotPaused,
    /// A public test number has somebody on its list.
    AllowedRecipients,
}

words!(Prerequisite {
    CloudApi = "CLOUD_API",
    Registered = "REGISTERED",
    CallsField = "CALLS_FIELD",
    Subscription = "SUBSCRIPTION",
    MessagingScope = "MESSAGING_SCOPE",
    ManagementScope = "MANAGEMENT_SCOPE",
    Callback = "CALLBACK",
    TechPartner = "TECH_PARTNER",
    MessagingLimit = "MESSAGING_LIMIT",
    CallingEnabled = "CALLING_ENABLED",
    PaymentMethod = "PAYMENT_METHOD",
    Country = "COUNTRY",
    NotPaused = "NOT_PAUSED",
    AllowedRecipients = "ALLOWED_RECIPIENTS",
});

/// An app that has to do with the number's account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a prerequisite of its own")]
pub struct AppStanding {
    /// Which.
    pub app: AppId,
    /// It chose the field `calls`.
    pub calls_field: bool,
    /// It is subscribed to the account.
    pub subscribed: bool,
    /// It was granted messaging.
    pub messaging: bool,
    /// It was granted management.
    pub management: bool,
    /// Its webhooks go somewhere.
    pub callback: bool,
    /// It is a Tech Partner's.
    pub tech_partner: bool,
}

impl AppStanding {
    fn has(&self, what: Prerequisite) -> bool {
        match what {
            Prerequisite::CallsField => self.calls_field,
            Prerequisite::Subscription => self.subscribed,
            Prerequisite::MessagingScope => self.messaging,
            Prerequisite::ManagementScope => self.management,
            Prerequisite::Callback => self.callback,
            Prerequisite::TechPartner => self.tech_partner,
            _ => true,
        }
    }
}

/// Everything that is looked at.
#[derive(Debug, Clone)]
pub struct NumberStanding<'a> {
    /// Where the number lives.
    pub in_use_with: InUseWith,
    /// It is registered there.
    pub registered: bool,
    /// Which limits are its own.
    pub account_mode: AccountMode,
    /// How many users a public test number reaches; `None` for other numbers.
    pub listed: Option<usize>,
    /// Its limit.
    pub messaging_limit: MessagingLimit,
    /// `calling.status` is `ENABLED`.
    pub enabled: bool,
    /// The account has a payment method.
    pub payment_method: bool,
    /// The number's country.
    pub country: Option<Country>,
    /// Countries whose numbers may not call users.
    pub no_business_calls: &'a [Country],
    /// Pauses that hold.
    pub pauses: &'a [(Direction, WallTime)],
    /// Apps that are subscribed to the account, or were granted it.
    pub apps: &'a [AppStanding],
}

/// A prerequisite of one number, for one direction or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Which.
    pub prerequisite: Prerequisite,
    /// For calls in these directions. Empty: for changing settings.
    pub directions: &'static [Direction],
    /// It holds.
    pub met: bool,
    /// The app that it was looked up at, where it is about one: the nearest to having all.
    pub app: Option<AppId>,
}

const BOTH: &[Direction] = &[Direction::UserInitiated, Direction::BusinessInitiated];

/// Whether the messaging-limit rule holds for a number, or is waived.
pub fn limit_suffices(account_mode: AccountMode, public_test: bool, limit: MessagingLimit) -> bool {
    account_mode == AccountMode::Sandbox || public_test || limit >= MessagingLimit::Tier2K
}

/// A number of a sandbox account, which apps of Tech Partners alone have. A public test number is for everybody.
pub fn in_sandbox_account(account_mode: AccountMode, public_test: bool) -> bool {
    account_mode == AccountMode::Sandbox && !public_test
}

impl NumberStanding<'_> {
    /// Every prerequisite, in the order in which a business would see to them.
    pub fn requirements(&self) -> Vec<Requirement> {
        use Prerequisite as P;
        let of_app: &[P] = match in_sandbox_account(self.account_mode, self.listed.is_some()) {
            true => &[P::CallsField, P::Subscription, P::MessagingScope, P::ManagementScope, P::Callback, P::TechPartner],
            false => &[P::CallsField, P::Subscription, P::MessagingScope, P::ManagementScope, P::Callback],
        };
        let nearest = self.apps.iter().rev().max_by_key(|app| of_app.iter().filter(|what| app.has(**what)).count());
        let number = |prerequisite, directions, met| Requirement { prerequisite, directions, met, app: None };
        let mut all =
            vec![number(P::CloudApi, BOTH, self.in_use_with == InUseWith::CloudApi), number(P::Registered, BOTH, self.registered)];
        all.extend(of_app.iter().map(|what| Requirement {
            prerequisite: *what,
            directions: if *what == P::ManagementScope { &[] } else { BOTH },
            met: nearest.is_some_and(|app| app.has(*what)),
            app: nearest.map(|app| app.app.clone()),
        }));
        all.push(number(P::MessagingLimit, BOTH, limit_suffices(self.account_mode, self.listed.is_some(), self.messaging_limit)));
        all.push(number(P::CallingEnabled, BOTH, self.enabled));
        all.push(number(P::PaymentMethod, &BOTH[..1], self.payment_method));
        all.push(number(P::Country, &BOTH[1..], self.country.is_none_or(|country| !self.no_business_calls.contains(&country))));
        for direction in [&BOTH[..1], &BOTH[1..]] {
            all.push(number(P::NotPaused, direction, self.pauses.iter().all(|(paused, _)| !direction.contains(paused))));
        }
        if let Some(listed) = self.listed {
            all.push(number(P::AllowedRecipients, &BOTH[1..], listed > 0));
        }
        all
    }
}

/// Whether calls in that direction are possible, as far as the number is concerned.
pub fn may(requirements: &[Requirement], direction: Direction) -> bool {
    requirements.iter().all(|requirement| requirement.met || !requirement.directions.contains(&direction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(id: &str) -> AppStanding {
        let app = AppId::parse(id).unwrap();
        AppStanding { app, calls_field: true, subscribed: true, messaging: true, management: true, callback: true, tech_partner: true }
    }

    fn fine(apps: &[AppStanding]) -> NumberStanding<'_> {
        NumberStanding {
            in_use_with: InUseWith::CloudApi,
            registered: true,
            account_mode: AccountMode::Live,
            listed: None,
            messaging_limit: MessagingLimit::Tier2K,
            enabled: true,
            payment_method: true,
            country: Country::parse("ID").ok(),
            no_business_calls: &[],
            pauses: &[],
            apps,
        }
    }

    /// What is missing, with whether users may call and the business may.
    fn missing(standing: &NumberStanding<'_>) -> (Vec<Prerequisite>, bool, bool) {
        let all = standing.requirements();
        let unmet = all.iter().filter(|requirement| !requirement.met).map(|requirement| requirement.prerequisite).collect();
        (unmet, may(&all, Direction::UserInitiated), may(&all, Direction::BusinessInitiated))
    }

    #[test]
    fn each_prerequisite_is_missed_by_its_name_and_stops_its_directions() {
        use Prerequisite as P;
        let (apps, nobody) = ([desk("1001")], []);
        let but = |change: fn(&mut AppStanding)| {
            let mut app = desk("1001");
            change(&mut app);
            [app]
        };
        let (no_field, unsubscribed) = (but(|app| app.calls_field = false), but(|app| app.subscribed = false));
        let (mute, unmanaged) = (but(|app| app.messaging = false), but(|app| app.management = false));
        let (deaf, outsider) = (but(|app| app.callback = false), but(|app| app.tech_partner = false));
        let us = [Country::parse("ID").unwrap()];
        let pause = |direction| [(direction, WallTime::from_unix_seconds(9))];
        let (users, business) = (pause(Direction::UserInitiated), pause(Direction::BusinessInitiated));
        let (sandbox, live) = (AccountMode::Sandbox, AccountMode::Live);
        let low = MessagingLimit::Tier1K;
        for (standing, expected) in [
            (fine(&apps), (vec![], true, true)),
            (NumberStanding { in_use_with: InUseWith::Coexistence, ..fine(&apps) }, (vec![P::CloudApi], false, false)),
            (NumberStanding { in_use_with: InUseWith::BusinessApp, ..fine(&apps) }, (vec![P::CloudApi], false, false)),
            (NumberStanding { registered: false, ..fine(&apps) }, (vec![P::Registered], false, false)),
            (fine(&nobody), (vec![P::CallsField, P::Subscription, P::MessagingScope, P::ManagementScope, P::Callback], false, false)),
            (fine(&no_field), (vec![P::CallsField], false, false)),
            (fine(&unsubscribed), (vec![P::Subscription], false, false)),
            (fine(&mute), (vec![P::MessagingScope], false, false)),
            (fine(&unmanaged), (vec![P::ManagementScope], true, true)),
            (fine(&deaf), (vec![P::Callback], false, false)),
            (fine(&outsider), (vec![], true, true)),
            (NumberStanding { account_mode: sandbox, ..fine(&outsider) }, (vec![P::TechPartner], false, false)),
            (NumberStanding { account_mode: sandbox, listed: Some(1), ..fine(&outsider) }, (vec![], true, true)),
            (NumberStanding { messaging_limit: low, ..fine(&apps) }, (vec![P::MessagingLimit], false, false)),
            (NumberStanding { messaging_limit: low, account_mode: sandbox, ..fine(&apps) }, (vec![], true, true)),
            (NumberStanding { messaging_limit: low, account_mode: live, listed: Some(1), ..fine(&apps) }, (vec![], true, true)),
            (NumberStanding { enabled: false, ..fine(&apps) }, (vec![P::CallingEnabled], false, false)),
            (NumberStanding { payment_method: false, ..fine(&apps) }, (vec![P::PaymentMethod], false, true)),
            (NumberStanding { no_business_calls: &us, ..fine(&apps) }, (vec![P::Country], true, false)),
            (NumberStanding { no_business_calls: &us, country: None, ..fine(&apps) }, (vec![], true, true)),
            (NumberStanding { pauses: &users, ..fine(&apps) }, (vec![P::NotPaused], false, true)),
            (NumberStanding { pauses: &business, ..fine(&apps) }, (vec![P::NotPaused], true, false)),
            (NumberStanding { listed: Some(0), ..fine(&apps) }, (vec![P::AllowedRecipients], true, false)),
        ] {
            assert_eq!(missing(&standing), expected, "{standing:?}");
        }
    }

    /// It is one app that must have all of it: two halves are none. The nearer one is named, and of equals the first.
    #[test]
    fn the_app_that_lacks_least_is_looked_at() {
        let half = AppStanding { subscribed: false, messaging: false, ..desk("1001") };
        let near = AppStanding { calls_field: false, ..desk("1002") };
        let named = |apps: &[AppStanding]| {
            let all = fine(apps).requirements();
            let unmet = all.into_iter().filter(|requirement| !requirement.met);
            unmet.map(|requirement| (requirement.prerequisite, requirement.app.unwrap().to_string())).collect::<Vec<_>>()
        };
        assert_eq!(named(&[half.clone(), near]), [(Prerequisite::CallsField, "1002".to_owned())]);
        let other = AppStanding { app: AppId::parse("1009").unwrap(), ..half.clone() };
        assert!(named(&[half, other]).iter().all(|(_, app)| app == "1001"));
    }
}
