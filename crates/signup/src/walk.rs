//! The steps of a walk: what each shows, and what its form does.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use callport_core::call_hours::Zone;
use callport_core::ids::{PhoneNumberId, PortfolioId, SignUpId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::registration::{CodeMethod, Verification};
use callport_core::scope::Scope;
use callport_engine::ports::Page as Turn;
use callport_engine::records::{BusinessOwner, PreVerifiedNumber, SignUpOpener, SignUpStep, SignUpWalk};
use callport_engine::{Failed, Fault, OneOrNew as Chosen, SignUpDeed, WalkRefusal};

use crate::SignUp;
use crate::asked::Trouble;
use crate::fields::{Fields, is_ours};
use crate::html::{Choice, Page, escaped, field, hidden, note};
use crate::outcome::{Outcome, finished, last_page, left, reported};
use crate::start::{here, to, told};

/// Longest names, in characters.
const NAME_MAX: usize = 100;

/// Accounts and numbers that are shown to choose from.
const SHOWN: u32 = 100;

/// Currencies that accounts can have (platform docs, Credit lines, 2025-11).
const CURRENCIES: [&str; 6] = ["USD", "EUR", "GBP", "AUD", "IDR", "INR"];

/// Longest text of a person who reports an error, in characters.
const REPORT_MAX: usize = 500;

/// For the page's script: where it tells, and what when the window is closed.
pub(crate) fn data(opener: &SignUpOpener, cancel: Option<String>) -> Vec<(&'static str, String)> {
    match opener {
        SignUpOpener::Window { origin, .. } => {
            [("origin", origin.clone())].into_iter().chain(cancel.map(|cancel| ("cancel", cancel))).collect()
        }
        SignUpOpener::Redirect { .. } => Vec::new(),
    }
}

/// Whose walk it is, with the person.
async fn found(sign_up: &SignUp, headers: &HeaderMap, id: &str) -> Result<(SignUpWalk, BusinessOwner), Trouble> {
    let gone = || Trouble::rule(&WalkRefusal::Gone);
    let owner = here(sign_up, headers).await?.ok_or_else(gone)?;
    let id = SignUpId::parse(id).map_err(|_| gone())?;
    let walk = sign_up.engine.enrolment::<SignUpWalk>(id.as_str()).await.map_err(|fault| Trouble::fault(&fault))?;
    let walk = walk.filter(|walk| walk.owner == owner.id).ok_or_else(gone)?;
    if sign_up.engine.now() >= walk.expires_at {
        return Err(gone().on(&walk));
    }
    Ok((walk, owner))
}

/// `GET /dialog/oauth/{walk}`: the step at which it stands.
pub(crate) async fn page(State(sign_up): State<SignUp>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match found(&sign_up, &headers, &id).await {
        Ok((walk, owner)) => shown(&sign_up, &walk, &owner, None).await,
        Err(why) => told(&sign_up, &why),
    }
}

async fn shown(sign_up: &SignUp, walk: &SignUpWalk, owner: &BusinessOwner, problem: Option<&str>) -> Response {
    match step(sign_up, walk, owner, problem).await {
        Ok(page) => page.into_response(),
        Err(fault) => told(sign_up, &Trouble::fault(&fault).on(walk)),
    }
}

async fn step(sign_up: &SignUp, walk: &SignUpWalk, owner: &BusinessOwner, problem: Option<&str>) -> Result<Page, Fault> {
    let (heading, form) = match walk.step {
        SignUpStep::Portfolio => ("Which business is it?", portfolios(sign_up, walk, owner).await?),
        SignUpStep::Account => ("Which WhatsApp Business account?", accounts(sign_up, walk).await?),
        SignUpStep::Number => ("Which phone number?", numbers(sign_up, walk).await?),
        SignUpStep::Code => ("Enter the code", code(sign_up, walk).await?),
        SignUpStep::Consent => ("What may the app do?", consent(sign_up, walk).await?),
        SignUpStep::Finished | SignUpStep::Cancelled => {
            let says = "<p>This sign-up is over. You can close this window.</p>";
            return Ok(Page::new("This sign-up is over", says));
        }
    };
    let mut body = steps(walk.step);
    body += &problem.map(note).unwrap_or_default();
    body += &form;
    body += &around(walk);
    let mut page = Page::new(heading, body);
    page.data = data(&walk.opener, Some(left(walk.step)));
    Ok(page)
}

/// How far one has come, also for those who see no bars.
fn steps(step: SignUpStep) -> String {
    let at = match step {
        SignUpStep::Portfolio => 1,
        SignUpStep::Account => 2,
        SignUpStep::Number | SignUpStep::Code => 3,
        _ => 4,
    };
    let bars: String = (1..=4).map(|bar| if bar <= at { "<li class=\"done\"></li>" } else { "<li></li>" }).collect();
    format!("<ol class=\"steps\" aria-hidden=\"true\">{bars}</ol><p class=\"unseen\">Step {at} of 4</p>")
}

/// A form of this walk.
fn form(walk: &SignUpWalk, deed: &str, inside: &str) -> String {
    format!("<form method=\"post\" action=\"/dialog/oauth/{}/{deed}\">{}{inside}</form>", walk.id, hidden("key", &walk.form_key))
}

/// The ways out of a step.
fn around(walk: &SignUpWalk) -> String {
    let back = match walk.step {
        SignUpStep::Portfolio => String::new(),
        _ => form(walk, "back", "<button class=\"plain\">Back</button>"),
    };
    let report = form(
        walk,
        "report",
        &format!(
            "<label class=\"field\"><span>What went wrong?</span><textarea name=\"error\" rows=\"3\" maxlength=\"{REPORT_MAX}\" required></textarea></label>\
             <button>Report it and leave</button>"
        ),
    );
    format!(
        "<div class=\"row\">{back}{}</div><details><summary>Something is wrong</summary>{report}</details>",
        form(walk, "cancel", "<button class=\"plain\">Cancel</button>")
    )
}

/// A group of choices with what belongs to the new one.
fn group(legend: &str, choices: &str, new: &str) -> String {
    let inside = if new.is_empty() { String::new() } else { format!("<div class=\"inside\">{new}</div>") };
    format!("<fieldset><legend>{}</legend>{choices}{inside}</fieldset>", escaped(legend))
}

async fn portfolios(sign_up: &SignUp, walk: &SignUpWalk, owner: &BusinessOwner) -> Result<String, Fault> {
    let (mut choices, wished) = (String::new(), walk.wishes.portfolio.as_ref().filter(|wished| owner.portfolios.contains(wished)));
    for (place, id) in owner.portfolios.iter().enumerate() {
        let Some(portfolio) = sign_up.engine.store().portfolio(id).await? else { continue };
        let checked = wished.map_or(place == 0, |wished| wished == id);
        choices += &Choice { name: "choice", value: id.as_str(), label: &portfolio.name, says: id.as_str(), checked }.radio();
    }
    let first = choices.is_empty();
    choices += &Choice { name: "choice", value: "new", label: "A new business portfolio", says: "", checked: first }.radio();
    let name = walk.wishes.business_name.as_deref().unwrap_or_default();
    let new = field("text", "name", "Name of the business", name, &format!("maxlength=\"{NAME_MAX}\" autocomplete=\"organization\""));
    Ok(form(walk, "portfolio", &format!("{}<button>Next</button>", group("Business portfolio", &choices, &new))))
}

async fn accounts(sign_up: &SignUp, walk: &SignUpWalk) -> Result<String, Fault> {
    let store = sign_up.engine.store();
    let Some(portfolio) = &walk.portfolio else { return Ok(String::new()) };
    let known = store.wabas_of(portfolio, Turn::first(SHOWN)).await?;
    let wished = walk.wishes.accounts.iter().find(|wished| known.iter().any(|waba| waba.id == **wished));
    let mut choices = String::new();
    for (place, waba) in known.iter().enumerate() {
        let checked = wished.map_or(place == 0, |wished| *wished == waba.id);
        choices += &Choice { name: "choice", value: waba.id.as_str(), label: &waba.name, says: waba.id.as_str(), checked }.radio();
    }
    choices += &Choice { name: "choice", value: "new", label: "A new account", says: "", checked: known.is_empty() }.radio();
    let name = store.portfolio(portfolio).await?.map(|portfolio| portfolio.name).unwrap_or_default();
    let currencies: String = CURRENCIES.iter().map(|currency| format!("<option>{currency}</option>")).collect();
    let new = format!(
        "{}<label class=\"field\"><span>Currency</span><select name=\"currency\">{currencies}</select></label>{}",
        field("text", "name", "Name of the account", &name, &format!("maxlength=\"{NAME_MAX}\"")),
        field("text", "timezone", "Time zone, as in Asia/Jakarta", "UTC", "maxlength=\"100\" autocomplete=\"off\"")
    );
    Ok(form(walk, "account", &format!("{}<button>Next</button>", group("WhatsApp Business account", &choices, &new))))
}

async fn numbers(sign_up: &SignUp, walk: &SignUpWalk) -> Result<String, Fault> {
    let engine = &sign_up.engine;
    let mut choices = String::new();
    for number in engine.store().numbers(walk.waba.as_ref(), Turn::first(SHOWN)).await? {
        let says = match number.onboarding.at(engine.now()).verification {
            Verification::Verified => number.name.clone(),
            _ => format!("{}, not verified yet: a code is sent to it", number.name),
        };
        let (value, label, checked) = (number.id.as_str(), number.number.display(), choices.is_empty());
        choices += &Choice { name: "choice", value, label: &label, says: &says, checked }.radio();
    }
    for id in &walk.wishes.pre_verified {
        let Some(waiting) = engine.enrolment::<PreVerifiedNumber>(id.as_str()).await? else { continue };
        if waiting.claimed_by.is_none() && waiting.verified_until.is_some_and(|until| engine.now() < until) {
            let (value, label, checked) = (format!("pre-{id}"), waiting.number.display(), choices.is_empty());
            let says = "A number that the app's partner has verified for you";
            choices += &Choice { name: "choice", value: &value, label: &label, says, checked }.radio();
        }
    }
    let first = choices.is_empty();
    choices += &Choice { name: "choice", value: "none", label: "No number now", says: "Add one later", checked: false }.radio();
    choices += &Choice { name: "choice", value: "new", label: "Add a new number", says: "", checked: first }.radio();
    let method = [
        Choice { name: "method", value: "SMS", label: "Send me a text message with a code", says: "", checked: true },
        Choice { name: "method", value: "VOICE", label: "Call me and say a code", says: "", checked: false },
    ];
    let new = format!(
        "{}{}",
        field(
            "tel",
            "number",
            "Phone number with country code",
            walk.wishes.phone.as_deref().unwrap_or_default(),
            "autocomplete=\"tel\" maxlength=\"30\" placeholder=\"+62 812 5550 9999\""
        ),
        method.iter().map(Choice::radio).collect::<String>()
    );
    let name = walk.wishes.display_name.clone().or_else(|| walk.wishes.business_name.clone());
    let name = match (name, &walk.portfolio) {
        (Some(name), _) => name,
        (None, Some(portfolio)) => engine.store().portfolio(portfolio).await?.map(|portfolio| portfolio.name).unwrap_or_default(),
        (None, None) => String::new(),
    };
    let shown = field("text", "name", "Name that people see", &name, &format!("maxlength=\"{NAME_MAX}\" autocomplete=\"organization\""));
    let inside = format!("{}{shown}<button>Next</button>", group("Phone number", &choices, &new));
    Ok(form(walk, "number", &inside))
}

async fn code(sign_up: &SignUp, walk: &SignUpWalk) -> Result<String, Fault> {
    let Some(id) = &walk.number else { return Ok(String::new()) };
    let number = sign_up.engine.store().number(id).await?.map(|number| number.number.display()).unwrap_or_default();
    let enter = "<label class=\"field\"><span>Six digits</span><input class=\"code\" type=\"text\" name=\"code\" inputmode=\"numeric\" \
                 autocomplete=\"one-time-code\" maxlength=\"9\" required autofocus></label><button>Confirm</button>";
    Ok(format!(
        "<p>A code is on its way to <bdi dir=\"ltr\"><strong>{}</strong></bdi>. It holds for ten minutes.</p>\
         <p class=\"small\">Nothing is really sent on this platform: its operator sees the code \
         (callport admin number code {id}).</p>{}<div class=\"row\">{}{}</div>",
        escaped(&number),
        form(walk, "code", enter),
        form(walk, "again", "<input type=\"hidden\" name=\"method\" value=\"SMS\"><button class=\"plain\">Send another code</button>"),
        form(walk, "later", "<button class=\"plain\">Verify it later</button>")
    ))
}

async fn consent(sign_up: &SignUp, walk: &SignUpWalk) -> Result<String, Fault> {
    let store = sign_up.engine.store();
    let app = store.app(&walk.app).await?.map(|app| app.name).unwrap_or_default();
    let mut chosen = String::new();
    let mut row = |what: &str, which: &str| chosen += &format!("<dt>{what}</dt><dd>{}</dd>", escaped(which));
    if let Some(id) = &walk.portfolio {
        row("Business", &store.portfolio(id).await?.map(|portfolio| portfolio.name).unwrap_or_default());
    }
    if let Some(id) = &walk.waba {
        row("Account", &store.waba(id).await?.map(|waba| waba.name).unwrap_or_default());
    }
    if !walk.wishes.app_only {
        let number = match &walk.number {
            Some(id) => store.number(id).await?.map(|number| number.number.display()),
            None => None,
        };
        row("Number", number.as_deref().unwrap_or("none"));
    }
    let ticks = [
        Choice {
            name: Scope::Messaging.name(),
            value: "on",
            label: "Send and receive messages and calls",
            says: Scope::Messaging.name(),
            checked: true,
        },
        Choice {
            name: Scope::Management.name(),
            value: "on",
            label: "Manage the account: numbers, settings, templates",
            says: Scope::Management.name(),
            checked: true,
        },
    ];
    let ticks: String = ticks.iter().map(Choice::tick).collect();
    let inside = format!("{}<button>Allow</button>", group(&format!("{app} may"), &ticks, ""));
    let shared = match walk.wishes.solution {
        Some(_) => {
            "<p class=\"small\">The app works together with a partner, who gets access to this account, too. One of the two sends and calls.</p>"
        }
        None => "",
    };
    Ok(format!("<dl>{chosen}</dl>{shared}{}", form(walk, "consent", &inside)))
}

/// `POST /dialog/oauth/{walk}/{deed}`.
pub(crate) async fn deed(
    State(sign_up): State<SignUp>,
    Path((id, deed)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (walk, owner) = match found(&sign_up, &headers, &id).await {
        Ok(found) => found,
        Err(why) => return told(&sign_up, &why),
    };
    let fields = Fields::read(&body);
    if !is_ours(&headers) || fields.text("key") != Some(&walk.form_key) {
        let mut refused = told(&sign_up, &Trouble::of("This form came from another page."));
        *refused.status_mut() = StatusCode::FORBIDDEN;
        return refused;
    }
    if deed == "consent" {
        return allow(&sign_up, &walk, &owner, &fields).await;
    }
    let wanted = match read(&deed, &fields) {
        Ok(wanted) => wanted,
        Err(why) => return shown(&sign_up, &walk, &owner, Some(&why)).await,
    };
    match sign_up.engine.walk_on(&walk.id, &owner.id, wanted).await {
        Ok(after) if after.step == SignUpStep::Cancelled => {
            let message = match (deed.as_str(), fields.text("error")) {
                ("report", Some(error)) => {
                    let error: String = error.chars().take(REPORT_MAX).collect();
                    reported(&error, walk.id.as_str(), sign_up.engine.now())
                }
                _ => left(walk.step),
            };
            last_page(&walk.opener, "You left the sign-up", "The app got no access.", message, &Outcome::Nothing).into_response()
        }
        Ok(_) => to(&format!("/dialog/oauth/{}", walk.id)),
        Err(failed) => refused(&sign_up, &walk, &owner, failed).await,
    }
}

async fn refused(sign_up: &SignUp, walk: &SignUpWalk, owner: &BusinessOwner, failed: Failed<WalkRefusal>) -> Response {
    match failed {
        // Its form was sent twice: the step where it is now says more than a refusal.
        Failed::Refused(WalkRefusal::WrongStep) => to(&format!("/dialog/oauth/{}", walk.id)),
        // No step of the page mends these.
        Failed::Refused(why @ (WalkRefusal::Gone | WalkRefusal::UnknownApp | WalkRefusal::Solution)) => {
            told(sign_up, &Trouble::rule(&why).on(walk))
        }
        Failed::Refused(why) => shown(sign_up, walk, owner, Some(&Trouble::rule(&why).says)).await,
        Failed::Fault(fault) => told(sign_up, &Trouble::fault(&fault).on(walk)),
    }
}

/// The end: the app gets its code, and this page is the only one that shows it.
async fn allow(sign_up: &SignUp, walk: &SignUpWalk, owner: &BusinessOwner, fields: &Fields) -> Response {
    let scopes: BTreeSet<Scope> = [Scope::Messaging, Scope::Management].into_iter().filter(|scope| fields.ticked(scope.name())).collect();
    match sign_up.engine.consent(&walk.id, &owner.id, scopes).await {
        Ok((walk, code)) => {
            let code = (!walk.wishes.app_only).then_some(code.as_str());
            last_page(&walk.opener, "You are signed up", "The app has access now.", finished(&walk), &Outcome::Code(code)).into_response()
        }
        Err(failed) => refused(sign_up, walk, owner, failed).await,
    }
}

/// What a form asks for, or what is wrong with it.
fn read(deed: &str, fields: &Fields) -> Result<SignUpDeed, String> {
    let choice = || fields.text("choice").ok_or_else(|| "Choose one.".to_owned());
    let name = |what: &str| fields.name("name", NAME_MAX).ok_or_else(|| format!("Enter {what}: up to {NAME_MAX} characters."));
    let unknown = |_| "Choose one of those that are shown.".to_owned();
    let method = || fields.text("method").and_then(CodeMethod::parse).unwrap_or(CodeMethod::Sms);
    Ok(match deed {
        "portfolio" => SignUpDeed::Portfolio(match choice()? {
            "new" => Chosen::New(name("the name of the business")?),
            id => Chosen::Known(PortfolioId::parse(id).map_err(unknown)?),
        }),
        "account" => SignUpDeed::Account(match choice()? {
            "new" => {
                let currency = fields.text("currency").filter(|currency| CURRENCIES.contains(currency)).ok_or("Choose a currency.")?;
                let zone = Zone::parse(fields.text("timezone").unwrap_or("UTC")).map_err(|why| format!("The time zone {why}."))?;
                Chosen::New((name("the name of the account")?, currency.to_owned(), zone.name().to_owned()))
            }
            id => Chosen::Known(WabaId::parse(id).map_err(unknown)?),
        }),
        "number" => match choice()? {
            "none" => SignUpDeed::NoNumber,
            "new" => {
                let number = PhoneNumber::parse(fields.text("number").unwrap_or_default());
                let number = number.map_err(|_| "Enter the whole number with its country code, as in +62 812 5550 9999.")?;
                SignUpDeed::Number(Chosen::New((number, name("the name that people see")?, method())))
            }
            choice => match choice.strip_prefix("pre-") {
                Some(id) => SignUpDeed::PreVerified(PhoneNumberId::parse(id).map_err(unknown)?, name("the name that people see")?),
                None => SignUpDeed::Number(Chosen::Known(PhoneNumberId::parse(choice).map_err(unknown)?)),
            },
        },
        "code" => SignUpDeed::Code(fields.text("code").ok_or("Enter the six digits.")?.to_owned()),
        "again" => SignUpDeed::CodeAgain(method()),
        "later" => SignUpDeed::CodeLater,
        "back" => SignUpDeed::Back,
        "cancel" | "report" => SignUpDeed::Leave,
        _ => return Err("There is no such step.".to_owned()),
    })
}
