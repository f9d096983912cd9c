//! Numbers that businesses bring: added, verified, registered.

use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::registration::{CodeMethod, LocalRegion};
use callport_flow::onboarding::{AddNumber, Deregister, PinText, Register, RegistrationRefusal, SendCode, SetPin, VerifyCode};

use crate::engine::Engine;
use crate::fault::{Failed, Fault};
use crate::records::{Number, NumberRegistration};

type Outcome = Result<(), Failed<RegistrationRefusal>>;

impl Engine {
    /// Adds a number to an account: not verified, not registered.
    pub async fn add_number(&self, waba: &WabaId, number: PhoneNumber, name: String) -> Result<Number, Failed<RegistrationRefusal>> {
        self.submit(AddNumber { waba: waba.clone(), number, name }).await
    }

    /// Sends a verification code: nothing leaves the platform, the operator sees it.
    pub async fn send_code(&self, number: &PhoneNumberId, method: CodeMethod, language: String) -> Outcome {
        self.submit(SendCode { number: number.clone(), method, language }).await
    }

    /// Enters a verification code.
    pub async fn verify_code(&self, number: &PhoneNumberId, code: &str) -> Outcome {
        self.submit(VerifyCode { number: number.clone(), code: code.to_owned() }).await
    }

    /// Registers a verified number on Cloud API.
    pub async fn register(&self, number: &PhoneNumberId, pin: PinText, region: Option<LocalRegion>) -> Outcome {
        self.submit(Register { number: number.clone(), pin, region }).await
    }

    /// Takes a number off Cloud API.
    pub async fn deregister(&self, number: &PhoneNumberId) -> Outcome {
        self.submit(Deregister { number: number.clone() }).await
    }

    /// Sets the two-step verification PIN of a registered number.
    pub async fn set_pin(&self, number: &PhoneNumberId, pin: PinText) -> Outcome {
        self.submit(SetPin { number: number.clone(), pin }).await
    }

    /// What is kept of a number's way onto Cloud API: the code that is on its way to it, for the operator.
    pub async fn registration(&self, number: &PhoneNumberId) -> Result<Option<NumberRegistration>, Fault> {
        self.enrolment(number.as_str()).await
    }
}
