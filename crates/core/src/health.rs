//! `health_status`: whether messages can be sent, and calls received by SIP, entity by entity
//! (platform docs, Cloud API, Messaging health status, 2026-06-17). There is no published entry for calls by Graph.

use crate::eligibility::InUseWith;
use crate::template::TemplateStatus;
use crate::words::words;

/// How an entity stands. The order is that of the overall value: the worst one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// `AVAILABLE`.
    Available,
    /// `LIMITED`: with words.
    Limited,
    /// `BLOCKED`: with errors.
    Blocked,
}

words!(Health { Available = "AVAILABLE", Limited = "LIMITED", Blocked = "BLOCKED" });

/// Why an entity is not `AVAILABLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// 133010, of a number that lives in the WhatsApp Business app.
    NotOnCloudApi,
    /// 133010, of a number that is not registered.
    NotRegistered,
    /// Of a public test number: it reaches those on its list alone.
    TestNumber {
        /// How many they are.
        listed: usize,
    },
    /// Of an account: users cannot call it (131044).
    NoPaymentMethod,
    /// 10, of an app that was not granted messaging.
    NotGranted,
    /// 141002, of a template.
    NotApproved(TemplateStatus),
    /// 138024, of a number.
    SipOff,
    /// 138025, of an app.
    NoSipServer,
}

impl Ailment {
    /// What it makes of its entity.
    pub fn health(self) -> Health {
        match self {
            Ailment::TestNumber { .. } | Ailment::NoPaymentMethod => Health::Limited,
            Ailment::NotOnCloudApi
            | Ailment::NotRegistered
            | Ailment::NotGranted
            | Ailment::NotApproved(_)
            | Ailment::SipOff
            | Ailment::NoSipServer => Health::Blocked,
        }
    }

    /// It is about calls that are received by SIP, and has nothing to do with messages.
    pub fn of_sip(self) -> bool {
        matches!(self, Ailment::SipOff | Ailment::NoSipServer)
    }
}

/// Of a number; `by_sip`: its calls go by SIP.
pub fn of_number(in_use_with: InUseWith, registered: bool, listed: Option<usize>, by_sip: bool) -> Vec<Ailment> {
    let elsewhere = match in_use_with {
        InUseWith::BusinessApp => Some(Ailment::NotOnCloudApi),
        _ => (!registered).then_some(Ailment::NotRegistered),
    };
    let test = listed.map(|listed| Ailment::TestNumber { listed });
    elsewhere.into_iter().chain(test).chain((!by_sip).then_some(Ailment::SipOff)).collect()
}

/// Of an account.
pub fn of_account(payment_method: bool) -> Vec<Ailment> {
    if payment_method { vec![] } else { vec![Ailment::NoPaymentMethod] }
}

/// Of the app that asks; `sip_server`: it configured one for the number.
pub fn of_app(messaging: bool, sip_server: bool) -> Vec<Ailment> {
    let mute = (!messaging).then_some(Ailment::NotGranted);
    mute.into_iter().chain((!sip_server).then_some(Ailment::NoSipServer)).collect()
}

/// Of a template.
pub fn of_template(status: TemplateStatus) -> Vec<Ailment> {
    if status == TemplateStatus::Approved { vec![] } else { vec![Ailment::NotApproved(status)] }
}

/// Of one entity: `can_send_message`, or, with `sip`, `can_receive_call_sip`.
pub fn of(ailments: &[Ailment], sip: bool) -> Health {
    ailments.iter().filter(|ailment| ailment.of_sip() == sip).map(|ailment| ailment.health()).max().unwrap_or(Health::Available)
}

/// Of all entities: any `BLOCKED` blocks, else any `LIMITED` limits. SIP has no part in it.
pub fn overall<'a>(entities: impl IntoIterator<Item = &'a [Ailment]>) -> Health {
    entities.into_iter().map(|ailments| of(ailments, false)).max().unwrap_or(Health::Available)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_entity_decides_and_sip_has_no_part_in_it() {
        let (number, test) = (of_number(InUseWith::CloudApi, true, None, false), of_number(InUseWith::Coexistence, true, Some(2), false));
        assert_eq!(of(&of_number(InUseWith::CloudApi, false, None, false), false), Health::Blocked);
        assert_eq!((of(&number, false), of(&number, true)), (Health::Available, Health::Blocked));
        assert_eq!((of(&test, false), of(&test, true)), (Health::Limited, Health::Blocked));
        let app = of_number(InUseWith::BusinessApp, true, Some(2), false);
        for (entities, expected) in [
            (vec![&number], Health::Available),
            (vec![&number, &test], Health::Limited),
            (vec![&number, &app, &test], Health::Blocked),
            (vec![], Health::Available),
        ] {
            assert_eq!(overall(entities.into_iter().map(Vec::as_slice)), expected);
        }
        assert_eq!((of(&of_account(true), false), of(&of_account(false), false)), (Health::Available, Health::Limited));
        assert_eq!((of(&of_app(true, false), false), of(&of_app(false, false), false)), (Health::Available, Health::Blocked));
        let by_sip = of_number(InUseWith::CloudApi, true, None, true);
        assert_eq!((of(&by_sip, true), of(&of_app(true, true), true)), (Health::Available, Health::Available));
        for status in TemplateStatus::ALL {
            assert_eq!(of(&of_template(status), false) == Health::Available, status == TemplateStatus::Approved, "{status:?}");
        }
    }
}
