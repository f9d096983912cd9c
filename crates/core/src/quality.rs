//! What a business is told of the quality of its calls, beside pauses (platform docs, Calling, Quality restrictions; Webhooks, account_update).

use crate::words::words;

/// A warning, or the hiding of the call button. What leads to one is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityNotice {
    /// Users block or report the business for its calls: no business-initiated calls may follow.
    BusinessInitiated,
    /// Users block or report the business for how it takes calls: no user-initiated calls may follow.
    UserInitiated,
    /// Too few of the users' calls are picked up: the call button may be hidden.
    LowPickUp,
    /// The call button is hidden, until the business shows it again by `call_icon_visibility`.
    CallButtonHidden,
}

words!(QualityNotice {
    BusinessInitiated = "LOW_BUSINESS_INITIATED_CALLING_QUALITY",
    UserInitiated = "LOW_USER_INITIATED_CALLING_QUALITY",
    LowPickUp = "USER_INITIATED_CALLS_LOW_PICKUP_RATE",
    CallButtonHidden = "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN",
});
