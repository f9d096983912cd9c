//! Everything that a business needs to be called, made by one command: what a person would otherwise make with seven, in their order.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use serde_json::{Value, json};

use super::client::Admin;
use super::paper::{Paper, clean};
use super::{AdminFault, Caller, CommandFault, CommandResult, Printed};

/// Make everything that a business needs to be called, and print the environment of its backend.
///
/// That is a portfolio, an account, an app, its subscription, a number, a token and an invitation to the phone page. Standard output gets the environment of its backend and nothing else, so that `callport admin setup > .env` works; what was made and
/// what to do next is told on standard error. On a terminal, what is not said is asked for.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// The business's name, which users see.
    #[arg(long)]
    name: Option<String>,
    /// Its phone number in international form, as +6281255509999. Nobody checks that it is yours.
    #[arg(long)]
    number: Option<String>,
    /// Where its backend takes webhooks; not asked for its verification now, because the backend needs this environment first.
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
    /// What the verification GET will bring. Made when absent.
    #[arg(long, value_name = "TEXT")]
    verify_token: Option<String>,
    /// The phone number of the person whom the invitation is for. Without it, it is for whoever brings it first.
    #[arg(long, value_name = "NUMBER")]
    invite: Option<String>,
    /// ISO 4217, as USD.
    #[arg(long, default_value = "USD")]
    currency: String,
    /// IANA name, as Asia/Jakarta.
    #[arg(long, default_value = "UTC")]
    timezone: String,
}

/// What is known before anything is made.
struct Wish {
    name: String,
    number: String,
    invite: Option<String>,
}

/// What was made so far.
#[derive(Default)]
struct Made {
    portfolio: String,
    waba: String,
    app: String,
    app_secret: String,
    number: String,
    token: String,
    invitation: Value,
}

impl Setup {
    pub(crate) async fn ask(self, admin: &Admin, paper: &Paper, caller: &Caller) -> CommandResult {
        let wish = self.wish(admin, paper).await?;
        let platform = admin.get(&["platform"]).await?.value;
        let public_url = platform["public_url"].as_str().unwrap_or_default().to_owned();
        let verify_token = self.verify_token.clone().unwrap_or_else(|| caller.verify_token.clone());
        let mut made = Made::default();
        if let Err(fault) = self.make(admin, &wish, &verify_token, &mut made).await {
            return Err(half_done(fault, &made).into());
        }
        let environment = [
            ("GRAPH_URL", public_url.as_str()),
            ("WABA_ID", &made.waba),
            ("PHONE_NUMBER_ID", &made.number),
            ("PHONE_NUMBER", &wish.number),
            ("APP_ID", &made.app),
            ("APP_SECRET", &made.app_secret),
            ("VERIFY_TOKEN", &verify_token),
            ("ACCESS_TOKEN", &made.token),
        ];
        if paper.json {
            let environment: serde_json::Map<_, _> = environment.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            let whole = json!({ "portfolio_id": made.portfolio, "mode": platform["mode"], "environment": environment, "invitation": made.invitation });
            return Ok(Printed::from(format!("{whole:#}")));
        }
        self.next_steps(&made, &public_url, &caller.program).iter().for_each(|line| eprintln!("{line}"));
        let lines = environment.iter().map(|(name, value)| format!("{name}={value}\n"));
        Ok(Printed::from(format!("# the backend of {}\n", clean(&wish.name)) + &lines.collect::<String>()))
    }

    /// What was said, completed by what a person answers. Whether a number is one, and free, is better told before anything is made.
    async fn wish(&self, admin: &Admin, paper: &Paper) -> Result<Wish, CommandFault> {
        let somebody = !paper.json && io::stdin().is_terminal() && io::stderr().is_terminal();
        let name = said_or_asked(&self.name, "--name", "Name of the business, as users see it", somebody)?;
        let number = said_or_asked(&self.number, "--number", "Its phone number, as +6281255509999", somebody)?;
        let invite = match &self.invite {
            None if somebody => {
                Some(asked("Phone number of a person who will call it (empty: anybody's)")?).filter(|text| !text.is_empty())
            }
            said => said.clone(),
        };
        let (number, taken) = look_up(admin, "numbers", "--number", &number).await?;
        if let Some(id) = taken {
            return Err(format!("{number} is a business already: phone_number_id {id} (`callport admin number show {id}`)").into());
        }
        let invite = match invite {
            Some(text) => Some(look_up(admin, "users", "--invite", &text).await?.0),
            None => None,
        };
        Ok(Wish { name, number, invite })
    }

    /// The app first: a callback that the platform does not take then leaves nothing behind.
    async fn make(&self, admin: &Admin, wish: &Wish, verify_token: &str, made: &mut Made) -> Result<(), AdminFault> {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let mut app = json!({ "name": format!("{} backend", wish.name), "fields": ["calls", "messages"] });
        if let Some(url) = &self.callback_url {
            app["callback_url"] = json!(url);
            app["verify_token"] = json!(verify_token);
            app["verify"] = json!(false);
        }
        let app = admin.post(&["apps"], app).await?.value;
        (made.app, made.app_secret) = (text(&app, "id"), text(&app, "secret"));
        made.portfolio = text(&admin.post(&["portfolios"], json!({ "name": wish.name })).await?.value, "id");
        let waba = json!({ "portfolio_id": made.portfolio, "name": wish.name, "currency": self.currency, "timezone": self.timezone, "payment_method": true });
        made.waba = text(&admin.post(&["wabas"], waba).await?.value, "id");
        admin.put(&["wabas", &made.waba, "subscriptions", &made.app], json!({})).await?;
        let number = json!({ "waba_id": made.waba, "number": wish.number, "name": wish.name, "calling": { "status": "ENABLED" } });
        made.number = text(&admin.post(&["numbers"], number).await?.value, "id");
        made.token = text(&admin.post(&["tokens"], json!({ "app_id": made.app, "waba_ids": [made.waba] })).await?.value, "value");
        let invitation = match &wish.invite {
            Some(number) => json!({ "number": number }),
            None => json!({ "any_number": true }),
        };
        made.invitation = admin.post(&["invitations"], invitation).await?.value;
        Ok(())
    }

    fn next_steps(&self, made: &Made, public_url: &str, program: &str) -> Vec<String> {
        let mut lines = vec![
            format!(
                "made: portfolio {}, WABA {}, app {}, number {}, a token for this WABA",
                made.portfolio, made.waba, made.app, made.number
            ),
            format!(
                "a person calls it from {public_url}/phone, with the invitation {}",
                clean(made.invitation["code"].as_str().unwrap_or("–"))
            ),
        ];
        if self.callback_url.is_none() {
            lines.push(
                "once the backend runs with the environment below, say where it takes webhooks, in a shell with that environment:"
                    .to_owned(),
            );
            lines.push(format!("  {program} admin app change {} --callback-url URL --verify-token \"$VERIFY_TOKEN\"", made.app));
        }
        lines.push(String::new());
        lines
    }
}

/// A phone number with its `+` and nothing else, and the id of who has it. What is no number, the platform says.
async fn look_up(admin: &Admin, list: &str, flag: &str, said: &str) -> Result<(String, Option<String>), CommandFault> {
    let number: String = ['+'].into_iter().chain(said.chars().filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')' | '.'))).collect();
    match admin.get(&[list, &number]).await {
        Ok(found) => Ok((number, Some(found.value["id"].as_str().unwrap_or_default().to_owned()))),
        Err(fault) if fault.is_absence() => Ok((number, None)),
        Err(AdminFault::Refused { status: 400, message, .. }) => Err(format!("{flag} {}: {message}", clean(said)).into()),
        Err(fault) => Err(fault.into()),
    }
}

/// What stands there after a set-up that broke off is named: it is there to be used or to be left.
fn half_done(fault: AdminFault, made: &Made) -> AdminFault {
    let parts = [("app", &made.app), ("portfolio", &made.portfolio), ("WABA", &made.waba), ("number", &made.number)];
    let there: Vec<String> = parts.iter().filter(|(_, id)| !id.is_empty()).map(|(what, id)| format!("{what} {id}")).collect();
    match there.is_empty() {
        true => fault,
        false => AdminFault::HalfDone { fault: Box::new(fault), made: there.join(", ") },
    }
}

fn said_or_asked(said: &Option<String>, flag: &str, question: &str, somebody: bool) -> Result<String, CommandFault> {
    match said {
        Some(said) => Ok(said.clone()),
        None if somebody => asked(question),
        None => Err(format!("{flag} is needed where nobody can be asked; `callport admin setup --help` explains it").into()),
    }
}

/// A line from the person at the terminal. Standard output is kept for the environment.
fn asked(question: &str) -> Result<String, CommandFault> {
    let mut prompt = io::stderr().lock();
    write!(prompt, "{question}: ")?;
    prompt.flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err("the questions were not answered".into());
    }
    Ok(line.trim().to_owned())
}
