//! How businesses come onto the platform: numbers are verified and registered, businesses sign up for apps, partners share accounts and pay for them
//! (platform docs, Registration; Embedded Signup; Multi-partner solutions; Credit lines).

mod codes;
mod credit;
mod owners;
pub(crate) mod partners;
mod registration;
mod sign_up;
mod solutions;

pub use codes::{CODE_LIFETIME, CodeRefusal, ExchangeCode, FetchToken};
pub use credit::{
    AddPreVerified, AssignUser, AttachCredit, CREDIT_CURRENCIES, EndAllocation, PartnerRefusal, PutCreditLine, PutSystemUser,
    RemoveCreditLine, RemoveSystemUser, ShareCredit, TASKS,
};
pub use owners::{
    EnterOwner, InviteOwner, LeaveOwner, MAX_PORTFOLIOS, OwnerRefusal, PutOwner, PutSignUpClient, RemoveOwner, RemoveSignUpClient,
    RevokeOwnerInvitation,
};
pub use registration::{AddNumber, Deregister, PinText, Register, RegistrationRefusal, SendCode, SetPin, VerifyCode};
pub use sign_up::{BeginSignUp, OneOrNew, SignUpDeed, WALK_LIFETIME, WalkOn, WalkRefusal};
pub(crate) use solutions::end_solutions;
pub use solutions::{CreateSolution, MoveSolution, SOLUTION_PERMISSIONS, SolutionDeed, SolutionRefusal};

/// Rows of one owner that a step looks through at most.
pub const MOST_LISTED: u32 = 1_000;
