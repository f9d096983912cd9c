//! Every published error code, once.
//!
//! Calling codes: platform docs, Calling, Troubleshooting, "Error codes" (table of 2026-06-24). General codes:
//! platform docs, Cloud API, "Error codes", and Graph API, "Handle errors". Reserved or never explained numbers
//! (138010, 138016) are left out on purpose. A code may stand here before anything answers with it: readers of
//! replies and webhooks need the whole table.

use std::fmt;

/// Which class the envelope's `type` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `OAuthException`, nearly all of them.
    OAuth,
    /// `GraphMethodException`: unknown objects and internal trouble.
    GraphMethod,
}

impl Kind {
    /// As written in `error.type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OAuth => "OAuthException",
            Self::GraphMethod => "GraphMethodException",
        }
    }
}

/// Where a code is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Platform docs, Calling, Troubleshooting, "Error codes".
    Calling,
    /// Platform docs, Calling, FAQ or integrators' reports only.
    CallingReports,
    /// Platform docs, Cloud API, Support, "Error codes".
    CloudApi,
    /// Platform docs, Graph API, "Handle errors".
    Graph,
    /// Platform docs, Graph API, Webhooks.
    Webhooks,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// `error.code`.
    pub number: u32,
    /// `error.error_subcode`, where one belongs to it.
    pub subcode: Option<u32>,
    /// HTTP status of a reply that carries it; nominal for codes that only webhooks carry.
    pub status: u16,
    /// `error.type`.
    pub kind: Kind,
    /// Short text; the reply's message, and title and message in webhooks.
    pub title: &'static str,
    /// Where it is documented.
    pub section: Section,
}

macro_rules! codes {
    ($( $(#[$meta:meta])* $name:ident: $number:literal $(/ $subcode:literal)?, $status:literal, $kind:ident, $section:ident, $title:literal; )+) => {
        /// A published error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $( $(#[$meta])* $name, )+ }

        impl Code {
            /// The whole table, in order of number.
            pub const ALL: &'static [Self] = &[ $(Self::$name,)+ ];

            /// This code's row.
            pub const fn row(self) -> Row {
                match self { $(
                    Self::$name => Row {
                        number: $number,
                        subcode: codes!(@sub $($subcode)?),
                        status: $status,
                        kind: Kind::$kind,
                        title: $title,
                        section: Section::$section,
                    },
                )+ }
            }
        }
    };
    (@sub) => { None };
    (@sub $subcode:literal) => { Some($subcode) };
}

codes! {
    /// The token does not authenticate.
    AuthException: 0, 401, OAuth, Graph, "AuthException";
    /// Something unknown went wrong on our side.
    UnknownError: 1, 400, OAuth, Graph, "An unknown error has occurred.";
    /// The service is overloaded or down for a moment.
    ServiceUnavailable: 2, 503, OAuth, Graph, "Service temporarily unavailable";
    /// The app lacks the capability.
    Capability: 3, 500, OAuth, Graph, "Application does not have the capability to make this API call.";
    /// Too many requests by the app or token.
    AppRateLimit: 4, 429, OAuth, Graph, "Application request limit reached";
    /// A permission is missing or was taken back.
    PermissionDenied: 10, 403, OAuth, Graph, "Application does not have permission for this action";
    /// The business number was deleted.
    NumberDeleted: 33, 400, OAuth, CloudApi, "Parameter value is not valid";
    /// Any bad or missing parameter; the reason stands in the details.
    InvalidParameter: 100, 400, OAuth, Calling, "Invalid parameter";
    /// The path names an object that does not exist or that the token may not see.
    UnknownObject: 100 / 33, 400, GraphMethod, Graph, "Unsupported request. The object does not exist, cannot be loaded due to missing permissions, or does not support this operation.";
    /// A code of a sign-up came too late.
    CodeExpired: 100 / 36007, 400, OAuth, Graph, "This authorization code has expired.";
    /// A code of a sign-up was sent to another address.
    CodeOfOtherAddress: 100 / 36008, 400, OAuth, Graph, "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request";
    /// A code of a sign-up was exchanged before.
    CodeUsed: 100 / 36009, 400, OAuth, Graph, "This authorization code has been used.";
    /// The SDP breaks a rule; the exact reason stands in the details.
    SdpRefused: 100 / 2494010, 400, OAuth, Calling, "Invalid parameter";
    /// No access token was given.
    TokenMissing: 104, 401, OAuth, Graph, "An access token is required to request this resource.";
    /// The token is unknown or malformed.
    TokenInvalid: 190, 401, OAuth, Graph, "Invalid OAuth access token - Cannot parse access token";
    /// The token was withdrawn.
    TokenWithdrawn: 190 / 460, 401, OAuth, Graph, "Error validating access token: The session has been invalidated.";
    /// The token's time is over.
    TokenExpired: 190 / 463, 401, OAuth, Graph, "Error validating access token: Session has expired.";
    /// The token has no access to this asset.
    PermissionMissing: 200, 403, OAuth, Graph, "You do not have the necessary permissions required to call this API.";
    /// Blocked for breaking a policy.
    PolicyBlocked: 368, 403, OAuth, CloudApi, "Temporarily blocked for policies violations";
    /// Too many look-ups of call permissions.
    PermissionLookupLimit: 613, 429, OAuth, Calling, "Calls to this api have exceeded the rate limit.";
    /// No such object, where a page lists this code and not 100 with subcode 33.
    ObjectNotFound: 803, 404, OAuth, Graph, "Object not found";
    /// The callback URL did not answer the verification request, or answered it with another status than 200.
    CallbackVerification: 2200, 400, OAuth, Webhooks, "Callback verification failed";
    /// The callback URL answered the verification request with something else than the challenge.
    CallbackChallenge: 2201, 400, OAuth, Webhooks, "Response does not match challenge";
    /// The path has parts that mean nothing.
    UnknownPath: 2500, 400, OAuth, Graph, "Unknown path components";
    /// Too many requests for the business account.
    AccountRateLimit: 80007, 400, OAuth, CloudApi, "Rate limit issues";
    /// The platform's throughput was reached.
    Throughput: 130429, 400, OAuth, CloudApi, "Rate limit hit";
    /// The user belongs to an experiment and is spared marketing.
    UserInExperiment: 130472, 400, OAuth, CloudApi, "User's number is part of an experiment";
    /// The business may not reach users of that country.
    CountryRestricted: 130497, 403, OAuth, CloudApi, "Business account is restricted from messaging users in this country.";
    /// Something went wrong, nothing more is known.
    SomethingWentWrong: 131000, 500, OAuth, CloudApi, "Something went wrong";
    /// No access to the number or account.
    AccessDenied: 131005, 403, OAuth, CloudApi, "Access denied";
    /// A required parameter is missing.
    ParameterMissing: 131008, 400, OAuth, CloudApi, "Required parameter is missing";
    /// A parameter's value is not valid.
    ParameterValue: 131009, 400, OAuth, CloudApi, "Parameter value is not valid";
    /// The service cannot answer now.
    CloudUnavailable: 131016, 503, OAuth, CloudApi, "Service unavailable";
    /// Sender and recipient are the same number.
    SameNumber: 131021, 400, OAuth, CloudApi, "Recipient cannot be sender";
    /// The message cannot be delivered, for instance to an old client.
    Undeliverable: 131026, 400, OAuth, Calling, "Message undeliverable";
    /// Public test numbers reach only listed users.
    RecipientNotListed: 131030, 400, OAuth, Calling, "Recipient phone number not in allowed list";
    /// The account is locked.
    AccountLocked: 131031, 403, OAuth, CloudApi, "Account has been locked";
    /// The number's display name is not approved yet.
    DisplayNameNotApproved: 131037, 400, OAuth, CloudApi, "Display name approval needed before messages can be sent";
    /// No valid payment method, for messages.
    PaymentForMessages: 131042, 400, OAuth, CloudApi, "Business eligibility payment issue";
    /// No valid payment method, for calls.
    Payment: 131044, 400, OAuth, Calling, "Business eligibility payment issue";
    /// The number's registration is broken.
    Registration: 131045, 500, OAuth, CloudApi, "Incorrect certificate";
    /// More than 24 hours since the user's last message or call, and the message is no template.
    ReEngagement: 131047, 400, OAuth, CloudApi, "Re-engagement message";
    /// Too many messages were reported.
    SpamLimit: 131048, 400, OAuth, CloudApi, "Spam rate limit hit";
    /// The user gets enough marketing already.
    EcosystemLimit: 131049, 400, OAuth, CloudApi, "Message not delivered to maintain healthy ecosystem engagement";
    /// The user wants no marketing of this business.
    MarketingStopped: 131050, 400, OAuth, CloudApi, "User has stopped marketing messages from this business";
    /// A kind of message that cannot be sent, or that the user sent and the business cannot get.
    UnsupportedMessage: 131051, 400, OAuth, CloudApi, "Unsupported message type";
    /// The user's media could not be fetched.
    MediaDownload: 131052, 400, OAuth, CloudApi, "Media download error";
    /// The business's media could not be taken.
    MediaUpload: 131053, 400, OAuth, CloudApi, "Media upload error";
    /// The number signals over SIP, so the calls endpoint is closed to it.
    MethodNotAllowed: 131055, 400, OAuth, Calling, "Method not allowed";
    /// Too many messages to one user.
    PairLimit: 131056, 400, OAuth, CloudApi, "(Business Account, Consumer Account) pair rate limit hit";
    /// The account is in maintenance.
    Maintenance: 131057, 500, OAuth, CloudApi, "Account in maintenance mode";
    /// A business-scoped user id is not taken here.
    UserIdNotTaken: 131062, 400, OAuth, Calling, "Business-scoped user ID recipients are not supported for this request";
    /// Conversation routing: another business answers in this thread. Title and HTTP status are not published.
    ThreadOfAnother: 131070, 400, OAuth, CloudApi, "Thread is owned by another responder";
    /// More or fewer parameters than the template has placeholders.
    TemplateParameterCount: 132000, 400, OAuth, CloudApi, "Number of parameters does not match the expected number of params";
    /// No approved template of that name in that language.
    TemplateUnknown: 132001, 404, OAuth, CloudApi, "Template name does not exist in the translation";
    /// The template with its parameters is too long.
    TemplateTooLong: 132005, 400, OAuth, CloudApi, "Translated text too long";
    /// The template's text breaks a policy.
    TemplatePolicy: 132007, 400, OAuth, CloudApi, "Template format character policy violated";
    /// Parameters of another kind than the template's placeholders.
    TemplateParameterFormat: 132012, 400, OAuth, CloudApi, "Parameter format does not match format in the created template";
    /// Paused for low quality.
    TemplatePaused: 132015, 400, OAuth, CloudApi, "Template is paused";
    /// Paused too often.
    TemplateDisabled: 132016, 400, OAuth, CloudApi, "Template is disabled";
    /// A text for a placeholder has line breaks, tabs or many blanks.
    TemplateParameterText: 132018, 400, OAuth, CloudApi, "There is an issue with the parameters in the template";
    /// A deregistration did not come to its end.
    DeregistrationIncomplete: 133000, 500, OAuth, CloudApi, "Incomplete deregistration";
    /// The servers that register numbers are busy.
    RegistrationBusy: 133004, 503, OAuth, CloudApi, "Server temporarily unavailable";
    /// The number has another PIN.
    PinMismatch: 133005, 400, OAuth, CloudApi, "Two step verification PIN mismatch";
    /// Nobody entered the number's code yet.
    NotVerified: 133006, 400, OAuth, CloudApi, "Phone number re-verification needed";
    /// The PIN was wrong too often.
    PinTooOften: 133008, 400, OAuth, CloudApi, "Too many two step verification PIN guesses";
    /// PINs were tried too fast.
    PinTooFast: 133009, 400, OAuth, CloudApi, "Two step verification PIN guessed too fast";
    /// The number is not registered on Cloud API.
    NumberNotRegistered: 133010, 400, OAuth, CloudApi, "Phone number not registered";
    /// The number was deregistered a moment ago.
    RegistrationWait: 133015, 400, OAuth, CloudApi, "Please wait a few minutes before attempting to register this phone number";
    /// Registered and deregistered too often.
    RegistrationLimit: 133016, 400, OAuth, CloudApi, "Account register deregister rate limit exceeded";
    /// The number is verified already.
    AlreadyVerified: 136024, 400, OAuth, CloudApi, "Phone number already verified";
    /// Calling is switched off for the number.
    CallingNotEnabled: 138000, 401, OAuth, Calling, "Calling not enabled";
    /// The user cannot be called.
    ReceiverUncallable: 138001, 400, OAuth, Calling, "Receiver uncallable";
    /// Too many calls at once on the number.
    ConcurrentCalls: 138002, 429, OAuth, Calling, "Concurrent calls limit";
    /// A call with that user is up already.
    DuplicateCall: 138003, 400, OAuth, Calling, "Duplicate call";
    /// The call could not be connected.
    ConnectionError: 138004, 500, OAuth, Calling, "Connection error";
    /// Too many new calls from the number.
    CallRateLimit: 138005, 429, OAuth, Calling, "Call rate limit exceeded";
    /// The user has not granted call permission.
    NoCallPermission: 138006, 401, OAuth, Calling, "No approved call permission from the recipient";
    /// The SDP was not applied, or the call not accepted, in time.
    ConnectTimeout: 138007, 500, OAuth, Calling, "Connect timeout";
    /// Older number for SDP problems; today's table routes them to 100.
    SdpValidation: 138008, 400, OAuth, CallingReports, "SDP Validation error";
    /// Too many requests for call permission.
    PermissionRequestLimit: 138009, 400, OAuth, Calling, "Call permission request limit hit";
    /// No conversation precedes the request for permission.
    NoConversation: 138011, 400, OAuth, CallingReports, "No open conversation with the recipient";
    /// Too many connected calls to this user.
    BusinessCallLimit: 138012, 400, OAuth, Calling, "Business-initiated calls limit hit";
    /// The number's country has no business-initiated calls.
    BusinessCallsUnavailable: 138013, 400, OAuth, Calling, "Business-initiated calling is not available";
    /// The number is paused for low quality.
    CallingPaused: 138014, 400, OAuth, Calling, "Calling temporarily disabled";
    /// The messaging limit is too low for calling.
    CallingNotEligible: 138015, 400, OAuth, Calling, "Calling cannot be enabled";
    /// The user granted permission for good already.
    PermanentPermission: 138017, 400, OAuth, Calling, "Permanent call permission already granted";
    /// Neither a subscribed app nor a SIP server is there to take calls.
    PrerequisitesNotMet: 138018, 400, OAuth, Calling, "Technical prerequisites not met";
    /// The user's app could not set the call up.
    SetupFailed: 138019, 400, OAuth, Calling, "The user's app could not set up the call. Try again";
    /// The user's app could not reach the relay.
    RelayUnreachable: 138020, 400, OAuth, Calling, "The user's app could not connect to the call relay. Try again";
    /// The user's app heard nothing for too long.
    MediaReceiveTimeout: 138021, 400, OAuth, Calling, "The user's app ended the call after a long time without media. Try again";
    /// The user's app sent nothing for too long.
    MediaTransmitTimeout: 138022, 400, OAuth, Calling, "The user's app ended the call after a long time without sending media. Try again";
    /// Accepted, and ended without a sign of media.
    NoMediaSignals: 138023, 400, OAuth, Calling, "The call was accepted but ended without signs of connected media";
    /// Conversation routing: calls of this number are another business's. The HTTP status is not published.
    NotCallPrimary: 138038, 400, OAuth, Calling, "Not the Call primary";
}

impl Code {
    /// `error.code`.
    pub const fn number(self) -> u32 {
        self.row().number
    }

    /// HTTP status of a reply that carries it.
    pub const fn status(self) -> u16 {
        self.row().status
    }

    /// The short text.
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// The message of a reply: `(#100) Invalid parameter`. Graph's own texts about tokens, paths and objects carry no prefix.
    pub fn message(self) -> String {
        let row = self.row();
        match self {
            Self::UnknownObject | Self::TokenMissing | Self::UnknownPath => row.title.to_owned(),
            _ if row.number == 190 => row.title.to_owned(),
            _ => format!("(#{}) {}", row.number, row.title),
        }
    }

    /// The code a number in a reply or webhook stands for; the plain one where subcodes share the number.
    pub fn from_number(number: impl TryInto<u32>) -> Option<Self> {
        let number = number.try_into().ok()?;
        Self::ALL.iter().copied().find(|code| code.number() == number && code.row().subcode.is_none())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_says_each_thing_once() {
        let keys: Vec<_> = Code::ALL.iter().map(|code| (code.row().number, code.row().subcode)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
    }

    #[test]
    fn every_row_fits_a_reply() {
        for code in Code::ALL {
            let row = code.row();
            assert!((400..=599).contains(&row.status), "{code}");
            assert!(!row.title.is_empty() && row.title.is_ascii(), "{code}");
        }
    }

    #[test]
    fn every_number_reads_back_to_a_code_without_subcode() {
        for code in Code::ALL {
            assert_eq!(Code::from_number(code.number()).map(Code::number), Some(code.number()));
        }
        assert_eq!(Code::from_number(100), Some(Code::InvalidParameter));
        assert_eq!(Code::from_number(138010), None);
    }

    #[test]
    fn statuses_of_the_calling_table() {
        for (number, status) in [
            (100, 400),
            (613, 429),
            (131030, 400),
            (131044, 400),
            (131055, 400),
            (131062, 400),
            (138000, 401),
            (138001, 400),
            (138002, 429),
            (138003, 400),
            (138004, 500),
            (138005, 429),
            (138006, 401),
            (138007, 500),
            (138008, 400),
            (138009, 400),
            (138012, 400),
            (138013, 400),
            (138014, 400),
            (138015, 400),
            (138017, 400),
            (138018, 400),
            (138019, 400),
            (138020, 400),
            (138021, 400),
            (138022, 400),
            (138023, 400),
            (138038, 400),
        ] {
            assert_eq!(Code::from_number(number).map(Code::status), Some(status), "{number}");
        }
    }

    #[test]
    fn statuses_of_the_messaging_table() {
        for (number, status) in [
            (33, 400),
            (130472, 400),
            (131008, 400),
            (131009, 400),
            (131026, 400),
            (131037, 400),
            (131042, 400),
            (131045, 500),
            (131047, 400),
            (131049, 400),
            (131050, 400),
            (131051, 400),
            (131052, 400),
            (131053, 400),
            (131070, 400),
            (132000, 400),
            (132001, 404),
            (132005, 400),
            (132007, 400),
            (132012, 400),
            (132015, 400),
            (132016, 400),
            (132018, 400),
            (133016, 400),
        ] {
            assert_eq!(Code::from_number(number).map(Code::status), Some(status), "{number}");
        }
        assert_eq!(Code::ReEngagement.message(), "(#131047) Re-engagement message");
    }

    #[test]
    fn only_graph_texts_go_without_prefix() {
        assert_eq!(Code::InvalidParameter.message(), "(#100) Invalid parameter");
        assert_eq!(Code::CallingNotEnabled.message(), "(#138000) Calling not enabled");
        assert!(Code::TokenExpired.message().starts_with("Error validating access token"));
    }
}
