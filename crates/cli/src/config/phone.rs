//! The phones that users hold.

use std::time::Duration;

use super::section::section;
use super::value::words;

words! {
    /// Who may become a user on the phone page.
    pub enum SignUpSetting {
        /// Anyone, with any number that is free.
        Open = "open",
        /// Who holds an invitation of the operator.
        Invitation = "invitation",
    }
}

section! {
    /// The phone page.
    pub struct PhoneSection = "phone" {
        /// Who may sign up: "open" or "invitation". Empty: open in test mode, by invitation in live mode.
        pub sign_up: Option<SignUpSetting> = None,
        /// How long a call that nobody accepted yet goes on ringing after its user's last window is gone.
        pub abandoned_after: Duration = Duration::from_secs(30),
        /// How often an open window of the phone page is asked whether it is still there.
        pub ping_every: Duration = Duration::from_secs(30),
        /// A window from which nothing came for so long, not even an answer to those questions, is closed.
        pub silent_for: Duration = Duration::from_secs(75),
        /// Whether a call link that is opened in a desktop browser offers to call from there, beside its QR code. In test mode only:
        /// by the published rules calls are placed from phones.
        pub desktop_calls: bool = true,
    }
}
