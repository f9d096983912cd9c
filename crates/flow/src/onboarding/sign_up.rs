//! One walk through the sign-up page (platform docs, Embedded Signup, version 4): portfolio, account, number, code, consent.
//!
//! A walk is its owner's and its app's. What it makes on the way (a portfolio, an account, a number) stays, also when it is left; what the app may do
//! with it is decided at its end.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use callport_core::ids::{AppId, OwnerId, PhoneNumberId, PortfolioId, SignUpId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::registration::{CodeMethod, Onboarding, Verification};
use callport_core::scope::Scope;
use callport_core::token::SecretHash;

use super::registration::{self, AddNumber, RegistrationRefusal, SendCode, VerifyCode};
use super::{CODE_LIFETIME, MAX_PORTFOLIOS, partners};
use crate::directory::{grants, made};
use crate::journal::{About, Fact};
use crate::notice::PartnerEvent;
use crate::records::{
    BusinessOwner, ClientAccount, LoginCode, Portfolio, PreVerifiedNumber, SignUpClient, SignUpOpener, SignUpStep, SignUpWalk,
    SignUpWishes, Solution, SolutionAccount, SolutionStatus, Waba,
};
use crate::row::{Key, Row};
use crate::step::{Cx, Draft, Input, Stop, refusal};
use crate::view::{Need, View};

/// How long a walk may take.
pub const WALK_LIFETIME: Duration = Duration::from_secs(3600);

/// Why a walk does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalkRefusal {
    /// Never begun, another person's, or too long ago.
    #[error("this sign-up is over: go back to the page that you came from and begin again")]
    Gone,
    /// It is somewhere else by now: a form of an earlier step, sent again.
    #[error("this step was done already")]
    WrongStep,
    /// There is no such app.
    #[error("there is no app with this id")]
    UnknownApp,
    /// The multi-partner solution is not there, not active, or not of this app.
    #[error("the multi-partner solution of this app is not active")]
    Solution,
    /// It is not the owner's, or not of what was chosen before.
    #[error("this {0} cannot be chosen here")]
    NotYours(&'static str),
    /// The owner has as many as one may.
    #[error("you have {MAX_PORTFOLIOS} portfolios, which is all that you may have")]
    TooManyPortfolios,
    /// A pre-verified number was claimed, or its time is over.
    #[error("this pre-verified number cannot be had any more")]
    PreVerifiedGone,
    /// Nothing was granted.
    #[error("choose at least one permission, or cancel")]
    NothingGranted,
    /// A rule of registration says no.
    #[error(transparent)]
    Registration(#[from] RegistrationRefusal),
}

refusal!(WalkRefusal);

impl From<Stop<RegistrationRefusal>> for Stop<WalkRefusal> {
    fn from(stop: Stop<RegistrationRefusal>) -> Self {
        match stop {
            Stop::Need(need) => Stop::Need(need),
            Stop::No(why) => Stop::No(why.into()),
            Stop::NoAndKeep(why) => Stop::NoAndKeep(why.into()),
            Stop::NoAndTell(why, notice) => Stop::NoAndTell(why.into(), notice),
        }
    }
}

/// Begins a walk. Whether the opener is one of the app's is judged by who asks, who knows whether this is a test platform.
#[derive(Clone)]
pub struct BeginSignUp {
    /// Who walks.
    pub owner: OwnerId,
    /// For which app.
    pub app: AppId,
    /// Where the outcome goes.
    pub opener: SignUpOpener,
    /// What the app asked for.
    pub wishes: SignUpWishes,
    /// Stands in its forms.
    pub form_key: String,
}

impl fmt::Debug for BeginSignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BeginSignUp of {:?} for {:?}", self.owner, self.app)
    }
}

impl Input for BeginSignUp {
    type Done = SignUpWalk;
    type Refusal = WalkRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<SignUpWalk, Stop<WalkRefusal>> {
        view.app(Key::App(self.app.clone()))?.ok_or(WalkRefusal::UnknownApp)?;
        view.enrolment::<BusinessOwner>(self.owner.as_str())?.ok_or(WalkRefusal::Gone)?;
        if let Some(id) = &self.wishes.solution {
            let solution = view.enrolment::<Solution>(id.as_str())?.ok_or(WalkRefusal::Solution)?;
            if solution.status != SolutionStatus::Active || solution.permissions(&self.app).is_none() {
                return Err(WalkRefusal::Solution.into());
            }
        }
        let walk = SignUpWalk {
            id: SignUpId::parse(&cx.object_id()).map_err(|_| WalkRefusal::Gone)?,
            owner: self.owner.clone(),
            app: self.app.clone(),
            opener: self.opener.clone(),
            wishes: self.wishes.clone(),
            form_key: self.form_key.clone(),
            step: SignUpStep::Portfolio,
            portfolio: None,
            waba: None,
            number: None,
            expires_at: cx.now + WALK_LIFETIME,
        };
        draft.note(cx, about(&walk), Fact::SignUpBegan);
        draft.put(Row::Enrolment(walk.clone().into()));
        Ok(walk)
    }
}

fn about(walk: &SignUpWalk) -> About {
    About { app: Some(walk.app.clone()), waba: walk.waba.clone(), number: walk.number.clone(), ..About::default() }
}

/// One of those there are, or a new one.
#[derive(Debug, Clone)]
pub enum OneOrNew<Id, New> {
    /// It is there.
    Known(Id),
    /// To be made.
    New(New),
}

/// What is done at a step.
#[derive(Clone)]
pub enum SignUpDeed {
    /// A portfolio is chosen, or made with this name.
    Portfolio(OneOrNew<PortfolioId, String>),
    /// An account is chosen, or made with this name, currency and time zone.
    Account(OneOrNew<WabaId, (String, String, String)>),
    /// A number is chosen, or added with this name; a code is sent to a new one.
    Number(OneOrNew<PhoneNumberId, (PhoneNumber, String, CodeMethod)>),
    /// A number that the partner verified is claimed, with this name.
    PreVerified(PhoneNumberId, String),
    /// No number.
    NoNumber,
    /// The code that was sent to a new number is entered.
    Code(String),
    /// Another one is sent.
    CodeAgain(CodeMethod),
    /// It is entered some other time: the number stays unverified.
    CodeLater,
    /// The app may do this; the hash is that of the code that it gets.
    Consent(BTreeSet<Scope>, SecretHash),
    /// One step back.
    Back,
    /// The walk is left.
    Leave,
}

impl fmt::Debug for SignUpDeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portfolio(_) => "portfolio",
            Self::Account(_) => "account",
            Self::Number(_) | Self::PreVerified(..) | Self::NoNumber => "number",
            Self::Code(_) | Self::CodeAgain(_) | Self::CodeLater => "code",
            Self::Consent(..) => "consent",
            Self::Back => "back",
            Self::Leave => "leave",
        })
    }
}

/// Does one step of a walk.
#[derive(Debug, Clone)]
pub struct WalkOn {
    /// Which walk.
    pub walk: SignUpId,
    /// Who walks.
    pub owner: OwnerId,
    /// What is done.
    pub deed: SignUpDeed,
}

impl Input for WalkOn {
    /// The walk as it stands then.
    type Done = SignUpWalk;
    type Refusal = WalkRefusal;

    fn decide(&self, view: &View, cx: &Cx<'_>, draft: &mut Draft) -> Result<SignUpWalk, Stop<WalkRefusal>> {
        let walk = view.enrolment::<SignUpWalk>(self.walk.as_str())?.ok_or(WalkRefusal::Gone)?;
        if walk.owner != self.owner || cx.now >= walk.expires_at {
            return Err(WalkRefusal::Gone.into());
        }
        let run = Run { view, cx, owner: view.enrolment::<BusinessOwner>(self.owner.as_str())?.ok_or(WalkRefusal::Gone)? };
        let mut walk = walk.clone();
        run.deed(&self.deed, &mut walk, draft)?;
        draft.put(Row::Enrolment(walk.clone().into()));
        Ok(walk)
    }
}

/// One run of a step.
struct Run<'a> {
    view: &'a View,
    cx: &'a Cx<'a>,
    owner: &'a BusinessOwner,
}

impl Run<'_> {
    fn deed(&self, deed: &SignUpDeed, walk: &mut SignUpWalk, draft: &mut Draft) -> Result<(), Stop<WalkRefusal>> {
        use SignUpStep as S;
        let wrong = || Err(WalkRefusal::WrongStep.into());
        match (deed, walk.step) {
            (SignUpDeed::Leave, S::Finished | S::Cancelled) => return wrong(),
            (SignUpDeed::Leave, _) => {
                walk.step = S::Cancelled;
                draft.note(self.cx, about(walk), Fact::SignUpLeft);
            }
            (SignUpDeed::Back, S::Account) => (walk.step, walk.portfolio) = (S::Portfolio, None),
            (SignUpDeed::Back, S::Number) => (walk.step, walk.waba) = (S::Account, None),
            (SignUpDeed::Back, S::Code | S::Consent) => (walk.step, walk.number) = (S::Number, None),
            (SignUpDeed::Portfolio(choice), S::Portfolio) => self.portfolio(choice, walk, draft)?,
            (SignUpDeed::Account(choice), S::Account) => self.account(choice, walk, draft)?,
            (SignUpDeed::Number(choice), S::Number) => self.number(choice, walk, draft)?,
            (SignUpDeed::PreVerified(id, name), S::Number) => self.claim(id, name, walk, draft)?,
            (SignUpDeed::NoNumber, S::Number) => (walk.step, walk.number) = (S::Consent, None),
            (SignUpDeed::Code(code), S::Code) => self.code(code, walk, draft)?,
            (SignUpDeed::CodeAgain(method), S::Code) => {
                let number = walk.number.clone().ok_or(WalkRefusal::WrongStep)?;
                self.send(number, *method, walk, draft)?;
            }
            (SignUpDeed::CodeLater, S::Code) => walk.step = S::Consent,
            (SignUpDeed::Consent(scopes, code), S::Consent) => self.consent(scopes, code, walk, draft)?,
            _ => return wrong(),
        }
        Ok(())
    }

    fn portfolio(&self, choice: &OneOrNew<PortfolioId, String>, walk: &mut SignUpWalk, draft: &mut Draft) -> Result<(), Stop<WalkRefusal>> {
        let id = match choice {
            OneOrNew::Known(id) => {
                let theirs = self.owner.portfolios.contains(id) && self.view.portfolio(Key::Portfolio(id.clone()))?.is_some();
                theirs.then(|| id.clone()).ok_or(WalkRefusal::NotYours("portfolio"))?
            }
            OneOrNew::New(name) => {
                if self.owner.portfolios.len() >= MAX_PORTFOLIOS {
                    return Err(WalkRefusal::TooManyPortfolios.into());
                }
                let id = PortfolioId::parse(&self.cx.object_id()).map_err(|_| WalkRefusal::Gone)?;
                made(draft, self.cx, about(walk), "portfolio", Some(id.as_str()));
                draft.put(Row::Portfolio(Portfolio { id: id.clone(), name: name.clone(), verified: false }));
                let portfolios = self.owner.portfolios.iter().cloned().chain([id.clone()]).collect();
                draft.put(Row::Enrolment(BusinessOwner { portfolios, ..self.owner.clone() }.into()));
                id
            }
        };
        (walk.step, walk.portfolio) = (SignUpStep::Account, Some(id));
        Ok(())
    }

    fn account(
        &self,
        choice: &OneOrNew<WabaId, (String, String, String)>,
        walk: &mut SignUpWalk,
        draft: &mut Draft,
    ) -> Result<(), Stop<WalkRefusal>> {
        let portfolio = walk.portfolio.clone().ok_or(WalkRefusal::WrongStep)?;
        let id = match choice {
            OneOrNew::Known(id) => {
                let waba = self.view.waba(Key::Waba(id.clone()))?.filter(|waba| waba.portfolio == portfolio);
                waba.map(|waba| waba.id.clone()).ok_or(WalkRefusal::NotYours("WhatsApp Business Account"))?
            }
            OneOrNew::New((name, currency, timezone)) => {
                self.view.portfolio(Key::Portfolio(portfolio.clone()))?.ok_or(WalkRefusal::NotYours("portfolio"))?;
                let id = WabaId::parse(&self.cx.object_id()).map_err(|_| WalkRefusal::Gone)?;
                made(draft, self.cx, About { waba: Some(id.clone()), ..about(walk) }, "account", Some(id.as_str()));
                draft.put(Row::Waba(Waba {
                    id: id.clone(),
                    portfolio,
                    name: name.clone(),
                    currency: currency.clone(),
                    timezone: timezone.clone(),
                    timezone_id: None,
                    country: None,
                    // The customer adds one, or a partner shares a credit line, afterwards.
                    payment_method: false,
                }));
                id
            }
        };
        (walk.step, walk.waba) = (SignUpStep::Number, Some(id));
        if walk.wishes.app_only {
            walk.step = SignUpStep::Consent; // the app gets access to an account, and no number is asked for
        }
        Ok(())
    }

    fn number(
        &self,
        choice: &OneOrNew<PhoneNumberId, (PhoneNumber, String, CodeMethod)>,
        walk: &mut SignUpWalk,
        draft: &mut Draft,
    ) -> Result<(), Stop<WalkRefusal>> {
        let waba = walk.waba.clone().ok_or(WalkRefusal::WrongStep)?;
        match choice {
            OneOrNew::Known(id) => {
                let number = self.view.number(Key::Number(id.clone()))?.filter(|number| number.waba == waba);
                let number = number.ok_or(WalkRefusal::NotYours("phone number"))?;
                walk.number = Some(number.id.clone());
                walk.step = SignUpStep::Consent;
                if number.onboarding.at(self.cx.now).verification != Verification::Verified {
                    self.send(number.id.clone(), CodeMethod::Sms, walk, draft)?;
                    walk.step = SignUpStep::Code;
                }
            }
            OneOrNew::New((number, name, method)) => {
                let id = PhoneNumberId::parse(&self.cx.object_id()).map_err(|_| WalkRefusal::Gone)?;
                let new = AddNumber { waba, number: number.clone(), name: name.clone() };
                registration::add(self.view, self.cx, draft, &new, id.clone(), Onboarding::added())?;
                walk.number = Some(id.clone());
                self.send(id, *method, walk, draft)?;
                walk.step = SignUpStep::Code;
            }
        }
        Ok(())
    }

    fn send(&self, number: PhoneNumberId, method: CodeMethod, walk: &SignUpWalk, draft: &mut Draft) -> Result<(), Stop<WalkRefusal>> {
        let send = SendCode { number, method, language: "en".to_owned() };
        Ok(registration::send_code(self.view, self.cx, draft, &send, about(walk))?)
    }

    /// A number that a partner verified becomes one of the account, verified as it is.
    fn claim(&self, id: &PhoneNumberId, name: &str, walk: &mut SignUpWalk, draft: &mut Draft) -> Result<(), Stop<WalkRefusal>> {
        let waba = walk.waba.clone().ok_or(WalkRefusal::WrongStep)?;
        let waiting = self.view.enrolment::<PreVerifiedNumber>(id.as_str())?.ok_or(WalkRefusal::PreVerifiedGone)?;
        let of_the_partner = partners::business(self.view, &walk.app)?.as_ref() == Some(&waiting.portfolio);
        let holds = waiting.claimed_by.is_none() && waiting.verified_until.is_some_and(|until| self.cx.now < until);
        if !of_the_partner || !holds || !walk.wishes.pre_verified.contains(id) {
            return Err(WalkRefusal::PreVerifiedGone.into());
        }
        let new = AddNumber { waba: waba.clone(), number: waiting.number.clone(), name: name.to_owned() };
        let until = self.cx.now + self.cx.rules.registration.preverified_lifetime;
        let onboarding = Onboarding { verified_until: Some(until), ..Onboarding::added().verified() };
        registration::add(self.view, self.cx, draft, &new, id.clone(), onboarding)?;
        draft.put(Row::Enrolment(PreVerifiedNumber { claimed_by: Some(waba), ..waiting.clone() }.into()));
        (walk.step, walk.number) = (SignUpStep::Consent, Some(id.clone()));
        Ok(())
    }

    fn code(&self, code: &str, walk: &mut SignUpWalk, draft: &mut Draft) -> Result<(), Stop<WalkRefusal>> {
        let number = walk.number.clone().ok_or(WalkRefusal::WrongStep)?;
        let verify = VerifyCode { number, code: code.to_owned() };
        verify.decide(self.view, self.cx, draft)?;
        walk.step = SignUpStep::Consent;
        Ok(())
    }

    fn consent(
        &self,
        scopes: &BTreeSet<Scope>,
        code: &SecretHash,
        walk: &mut SignUpWalk,
        draft: &mut Draft,
    ) -> Result<(), Stop<WalkRefusal>> {
        let scopes: BTreeSet<Scope> = scopes & &BTreeSet::from(grants::WHOLE);
        if scopes.is_empty() {
            return Err(WalkRefusal::NothingGranted.into());
        }
        let waba = walk.waba.clone().ok_or(WalkRefusal::WrongStep)?;
        let portfolio = walk.portfolio.clone().ok_or(WalkRefusal::WrongStep)?;
        self.view.app(Key::App(walk.app.clone()))?.ok_or(WalkRefusal::UnknownApp)?; // removed since the walk began
        self.view.waba(Key::Waba(waba.clone()))?.ok_or(WalkRefusal::NotYours("WhatsApp Business Account"))?;
        let solution = match &walk.wishes.solution {
            Some(id) => Some(self.view.enrolment::<Solution>(id.as_str())?.ok_or(WalkRefusal::Solution)?),
            None => None,
        };
        match solution {
            Some(solution) => {
                if solution.status != SolutionStatus::Active {
                    return Err(WalkRefusal::Solution.into());
                }
                let (id, waba, portfolio) = (solution.id.clone(), waba.clone(), portfolio.clone());
                draft.put(Row::Enrolment(SolutionAccount { waba: waba.clone(), solution: id, portfolio: portfolio.clone() }.into()));
                for app in [&solution.owner_app, &solution.partner_app] {
                    self.share(app, &waba, &portfolio, &scopes, Some(solution), draft)?;
                }
            }
            None => self.share(&walk.app, &waba, &portfolio, &scopes, None, draft)?,
        }
        // Of two partners, one sends and calls; the other is told of everything, and its tokens do not reach so far.
        let sends = solution.is_none_or(|solution| *solution.sender() == walk.app);
        let scopes = scopes.into_iter().filter(|scope| sends || *scope != Scope::Messaging).collect();
        if !walk.wishes.app_only {
            let redirect_uri = match &walk.opener {
                SignUpOpener::Redirect { uri, .. } => Some(uri.clone()),
                SignUpOpener::Window { .. } => None,
            };
            draft.put(Row::Enrolment(
                LoginCode {
                    hash: *code,
                    app: walk.app.clone(),
                    scopes,
                    wabas: [waba].into(),
                    redirect_uri,
                    expires_at: self.cx.now + CODE_LIFETIME,
                    used: false,
                }
                .into(),
            ));
        }
        draft.note(self.cx, about(walk), Fact::SignUpFinished);
        walk.step = SignUpStep::Finished;
        Ok(())
    }

    /// Lets one app in.
    fn share(
        &self,
        app: &AppId,
        waba: &WabaId,
        client: &PortfolioId,
        scopes: &BTreeSet<Scope>,
        solution: Option<&Solution>,
        draft: &mut Draft,
    ) -> Result<(), Need> {
        let before = self.view.grant(Key::Grant(app.clone(), waba.clone()))?.is_some();
        grants::widen(self.view, self.cx, draft, app, waba, scopes)?;
        let Some(known) = self.view.enrolment::<SignUpClient>(app.as_str())? else { return Ok(()) };
        if let Some(partner) = partners::business(self.view, app)? {
            let shared = ClientAccount { partner, waba: waba.clone(), app: app.clone(), client: client.clone() };
            draft.put(Row::Enrolment(shared.into()));
        }
        if !before && let Some(account) = self.view.waba(Key::Waba(waba.clone()))? {
            let news = partners::news(self.view, known, account, solution, self.cx.now)?;
            for event in [PartnerEvent::Added, PartnerEvent::Installed] {
                draft.told.push(crate::notice::Notice::Partner { event, news: Box::new(news.clone()) });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
