//! Fields `message_template_status_update` and `account_update`: what a WABA and its numbers meet. Both tell their time in the entry.

use callport_core::number::PhoneNumber;
use callport_core::quality::QualityNotice;
use callport_core::time::WallTime;
use callport_dialect::{calls, templates};
use callport_engine::records::{Restriction, TemplateRecord};
use callport_wire::webhooks::account_update::CALLING_ENTRY;
use callport_wire::webhooks::template_status::NO_REASON;
use callport_wire::webhooks::{
    AccountEvent, AccountUpdateValue, Change, Envelope, RestrictionInfo, RestrictionType, TemplateStatusValue, ViolationInfo, ViolationType,
};

/// A template was approved, or a reviewer changed their mind. Nobody here gives reasons.
pub(super) fn template_status(template: &TemplateRecord, at: WallTime) -> Envelope {
    let value = TemplateStatusValue {
        event: templates::event(template.status),
        // A number here and a text elsewhere. Ids that we make have 15 to 17 digits; one that is no such number cannot be told.
        message_template_id: template.id.as_str().parse().unwrap_or_default(),
        message_template_name: template.name.clone(),
        message_template_language: template.language.clone(),
        reason: Some(NO_REASON.to_owned()),
        message_template_category: Some(template.category.name().to_owned()),
    };
    Envelope::timed(template.waba.as_str(), at.unix_seconds(), Change::TemplateStatus(Box::new(value)))
}

/// Calling of a number is paused. Each direction has an end of its own, so each is an element of its own.
pub(super) fn restricted(number: &PhoneNumber, at: WallTime, restrictions: &[Restriction]) -> Envelope {
    let info = |pause: &Restriction| RestrictionInfo {
        restriction_type: calls::restriction_type(pause.direction),
        expiration: Some(pause.until.unix_seconds()),
        remediation: None,
    };
    let value = AccountUpdateValue {
        phone_number: Some(number.digits().to_owned()),
        event: AccountEvent::AccountRestriction,
        violation_info: None,
        restriction_info: restrictions.iter().map(info).collect(),
    };
    Envelope::timed(CALLING_ENTRY, at.unix_seconds(), Change::AccountUpdate(Box::new(value)))
}

/// Published samples have these texts, or none.
pub(super) fn quality(number: &PhoneNumber, at: WallTime, notice: QualityNotice) -> Envelope {
    let warned = |violation_type, remediation: Option<&str>| {
        AccountUpdateValue::violation(number.digits(), ViolationInfo { violation_type, remediation: remediation.map(str::to_owned) })
    };
    let value = match notice {
        QualityNotice::BusinessInitiated => warned(ViolationType::LowBusinessInitiatedCallingQuality, None),
        QualityNotice::UserInitiated => warned(ViolationType::LowUserInitiatedCallingQuality, None),
        QualityNotice::LowPickUp => {
            warned(ViolationType::UserInitiatedCallsLowPickupRate, Some("Answer more incoming calls or hide the call buttons."))
        }
        QualityNotice::CallButtonHidden => AccountUpdateValue::restriction(
            number.digits(),
            RestrictionInfo {
                restriction_type: RestrictionType::CallButtonHidden,
                expiration: None,
                remediation: Some("Show the call button again in the calling settings when incoming calls are answered.".to_owned()),
            },
        ),
    };
    Envelope::timed(CALLING_ENTRY, at.unix_seconds(), Change::AccountUpdate(Box::new(value)))
}
