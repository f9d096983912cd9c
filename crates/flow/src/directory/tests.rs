//! Steps of the directory: objects, apps, tokens, settings and templates here; people in [`people`].

mod people;
mod removal;

use std::collections::BTreeSet;
use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::eligibility::InUseWith;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::quality::QualityNotice;
use callport_core::scope::Scope;
use callport_core::settings::{CallingSettings, IconVisibility, MessagingLimit, SettingsRefusal, Switch};
use callport_core::template::{Category, TemplateStatus};
use callport_core::token::SecretHash;

use super::*;
use crate::notice::Notice;
use crate::records::{AppGrant, Number, Portfolio, Restriction, Token, User, Waba};
use crate::row::{Key, Row};
use crate::step::SecretLengths;
use crate::testing::{T0, World, app, callback, desk, digits, pnid, subscription, summary, user, waba};

const NO_ACCOUNT: &str = "refused: there is no WhatsApp Business Account with this id";
const NO_NUMBER: &str = "refused: there is no business number with this id";
const NO_APP: &str = "refused: there is no app with this id";
const NOT_SUBSCRIBED: &str = "refused: the app must be subscribed to the WhatsApp Business Account before it can override the callback URL";

fn other_number() -> Number {
    let mut number = World::new().number().clone();
    (number.id, number.number) = (PhoneNumberId::parse("4002").unwrap(), digits("+6281255508888"));
    number
}

fn put_number(number: Number) -> PutNumber {
    PutNumber { number, settings: None }
}

fn change_number(number: PhoneNumberId, patch: Patch<Number>) -> ChangeNumber {
    ChangeNumber { number, patch, settings: None }
}

fn other_user(number: &str) -> User {
    User {
        id: UserId::parse("9002").unwrap(),
        number: digits(number),
        name: "Noor".into(),
        username: None,
        outdated_app: false,
        numbers_before: 0,
    }
}

fn hash() -> SecretHash {
    SecretHash::of("secret")
}

#[test]
fn objects_are_made_where_what_they_belong_to_is_there() {
    let portfolio = Portfolio { verified: false, id: PortfolioId::parse("3002").unwrap(), name: "Other".into() };
    let put = "puts Portfolio; notes ObjectPut";
    assert_eq!(World::new().did(&PutPortfolio(portfolio.clone())), put);
    assert_eq!(World::new().with(Row::Portfolio(portfolio.clone())).did(&PutPortfolio(portfolio)), put, "the same twice");

    let acme = World::new().waba().clone();
    assert_eq!(World::new().did(&PutWaba(acme.clone())), "puts Waba; notes ObjectPut");
    let stray = Waba { portfolio: PortfolioId::parse("3002").unwrap(), ..acme };
    assert_eq!(World::new().did(&PutWaba(stray)), "refused: there is no portfolio with this id");

    let shown = "puts Number; notes ObjectPut; shows BusinessesChanged";
    assert_eq!(World::new().did(&put_number(other_number())), shown);
    assert_eq!(World::new().did(&put_number(World::new().number().clone())), shown, "the same twice");
    assert_eq!(World::new().without(&Key::Waba(waba())).did(&put_number(other_number())), NO_ACCOUNT);
    let taken = Number { number: digits("+6281255509999"), ..other_number() };
    assert_eq!(World::new().did(&put_number(taken)), "refused: this phone number belongs to another business number");
}

#[test]
fn a_patch_changes_the_row_as_it_is_found() {
    let name = |name: &'static str| Patch::new(move |waba: &mut Waba| name.clone_into(&mut waba.name));
    let mut world = World::new();
    let changed = world.run(&ChangeWaba(waba(), name("Other")));
    assert_eq!((summary(&changed).as_str(), changed.done.unwrap().name.as_str()), ("puts Waba; notes ObjectPut", "Other"));
    assert!(changed.expects.contains(&(Key::Waba(waba()), 1)), "whoever changed it meanwhile is not overwritten");
    assert_eq!(world.did(&ChangeWaba(WabaId::parse("2002").unwrap(), name("Other"))), NO_ACCOUNT);

    let mut world = World::new().with(Row::Number(other_number()));
    let digits_of = |to: PhoneNumber| Patch::new(move |number: &mut Number| number.number = to.clone());
    assert_eq!(world.did(&change_number(PhoneNumberId::parse("4009").unwrap(), digits_of(digits("+6281255507777")))), NO_NUMBER);
    assert_eq!(
        world.did(&change_number(pnid(), digits_of(digits("+6281255508888")))),
        "refused: this phone number belongs to another business number"
    );
    let free = change_number(pnid(), digits_of(digits("+6281255507777")));
    assert_eq!(world.did(&free), "puts Number; notes ObjectPut; shows BusinessesChanged");
}

#[test]
fn an_app_is_made_with_a_secret_that_is_long_enough() {
    let mut world = World::new();
    world.rules.secrets = SecretLengths::LIVE;
    let put = "puts App; notes ObjectPut";
    assert_eq!(world.did(&PutApp(desk())), put, "a secret that was there before the rule");
    let short = crate::records::App { secret: "short".into(), ..desk() };
    assert_eq!(world.did(&PutApp(short)), "refused: an app secret of a live platform has at least 16 characters");
    let long = crate::records::App { secret: "0123456789abcdef".into(), ..desk() };
    assert_eq!(world.did(&PutApp(long)), put);
}

#[test]
fn fields_of_an_app_are_added_and_taken_away() {
    let mut world = World::new();
    let fields = |world: &World| match world.row(&Key::App(app())) {
        Some(Row::App(row)) => (row.fields.iter().map(String::as_str).collect::<Vec<_>>().join(" "), row.callback.is_some()),
        row => panic!("{row:?}"),
    };
    let put = "puts App; notes ObjectPut";
    let subscribe = SubscribeFields { app: app(), callback: callback(), fields: vec!["messages".into()] };
    assert_eq!((world.did(&subscribe), fields(&world)), (put.to_owned(), ("calls messages".to_owned(), true)));
    let take = |fields: Option<&str>| UnsubscribeFields { app: app(), fields: fields.map(|field| vec![field.to_owned()]) };
    assert_eq!((world.did(&take(Some("calls"))), fields(&world)), (put.to_owned(), ("messages".to_owned(), true)));
    assert_eq!((world.did(&take(None)), fields(&world)), (put.to_owned(), (String::new(), false)));
    let mut nobody = World::new().without(&Key::App(app()));
    assert_eq!((nobody.did(&subscribe).as_str(), nobody.did(&take(None)).as_str()), (NO_APP, NO_APP));
}

#[test]
fn overrides_need_a_subscription() {
    let subscribe = |must_be_subscribed| SubscribeApp { app: app(), waba: waba(), override_callback: Some(callback()), must_be_subscribed };
    let subscribed = "puts Subscription; notes ObjectPut";
    let cases = [
        (World::new(), subscribe(false), "puts Grant Subscription; notes ObjectPut ObjectPut"),
        (World::new().with(granted(&[Scope::Management])), subscribe(false), subscribed),
        (World::new(), subscribe(true), NOT_SUBSCRIBED),
        (World::new().with(subscription()).with(granted(&[Scope::Management])), subscribe(true), subscribed),
        (World::new().without(&Key::App(app())), subscribe(false), NO_APP),
    ];
    for (mut world, wish, came) in cases {
        assert_eq!(world.did(&wish), came, "{wish:?}");
    }
    let number = |callback| OverrideNumber { app: app(), number: pnid(), waba: waba(), callback };
    let mut world = World::new().with(subscription());
    assert_eq!(world.did(&number(Some(callback()))), "puts PhoneOverride; notes ObjectPut");
    assert_eq!(world.did(&number(None)), "removes PhoneOverride; notes ObjectRemoved");
    assert_eq!(world.did(&UnsubscribeApp(app(), waba())), "removes Subscription; notes ObjectRemoved");
    assert_eq!(world.did(&number(Some(callback()))), NOT_SUBSCRIBED);
    assert_eq!(world.did(&number(None)), "removes PhoneOverride; notes ObjectRemoved", "what is taken back needs no subscription");
}

#[test]
fn a_token_belongs_to_one_app_and_keeps_its_day_of_issue() {
    let token = || PutToken {
        hash: hash(),
        app: app(),
        scopes: [Scope::Messaging].into(),
        wabas: Some([waba()].into()),
        lifetime: Some(Duration::from_secs(60)),
    };
    let put = "puts Token; notes ObjectPut";
    let mut world = World::new();
    assert_eq!(world.did(&token()), "puts Grant Token; notes ObjectPut ObjectPut");
    world.now = T0 + Duration::from_secs(30);
    assert_eq!(world.did(&token()), put);
    let Some(Row::Token(kept)) = world.row(&Key::Token(hash())) else { panic!("it is on record") };
    assert_eq!((kept.issued_at, kept.expires_at), (T0, Some(T0 + Duration::from_secs(60))), "made anew, it does not live longer");
    let other = AppId::parse("1002").unwrap();
    world.put(Row::App(crate::records::App { id: other.clone(), ..desk() }));
    assert_eq!(world.did(&PutToken { app: other, ..token() }), "refused: this token value is in use by another app");
    assert_eq!(world.did(&PutToken { app: AppId::parse("1009").unwrap(), ..token() }), NO_APP);
    let unlimited = PutToken { wabas: None, ..token() };
    assert_eq!(world.did(&unlimited), put, "for tests");
    world.rules.unlimited_tokens = false;
    assert_eq!(world.did(&unlimited), "refused: a token says which accounts it reaches: without that it would reach everybody's");
    assert_eq!(world.did(&RevokeToken(hash())), "removes Token; notes ObjectRemoved");
}

fn granted(scopes: &[Scope]) -> Row {
    Row::Grant(AppGrant { app: app(), waba: waba(), scopes: scopes.iter().copied().collect() })
}

fn scopes(world: &World) -> Vec<Scope> {
    match world.row(&Key::Grant(app(), waba())) {
        Some(Row::Grant(grant)) => grant.scopes.iter().copied().collect(),
        _ => vec![],
    }
}

#[test]
fn what_an_app_may_do_with_an_account_is_said_by_grants_tokens_and_a_first_subscription() {
    let token = |scopes: &[Scope], waba: WabaId| PutToken {
        hash: hash(),
        app: app(),
        scopes: scopes.iter().copied().collect(),
        wabas: Some([waba].into()),
        lifetime: None,
    };
    let grant = |scopes: &[Scope]| PutGrant(AppGrant { app: app(), waba: waba(), scopes: scopes.iter().copied().collect() });
    let mut world = World::new();
    world.run(&token(&[Scope::Management], waba()));
    assert_eq!(scopes(&world), [Scope::Management]);
    world.run(&token(&[Scope::Messaging], waba()));
    assert_eq!(scopes(&world), [Scope::Messaging, Scope::Management], "a token adds, and takes nothing");
    world.run(&RevokeToken(hash()));
    assert_eq!(scopes(&world), [Scope::Messaging, Scope::Management], "a token that ends takes nothing either");
    world.run(&grant(&[Scope::Messaging]));
    assert_eq!(scopes(&world), [Scope::Messaging], "a grant replaces");
    world.run(&SubscribeApp { app: app(), waba: waba(), override_callback: None, must_be_subscribed: false });
    assert_eq!(scopes(&world), [Scope::Messaging], "a subscription leaves what there is");
    assert_eq!(world.did(&EndGrant(app(), waba())), "removes Grant Subscription; notes ObjectRemoved");
    world.run(&SubscribeApp { app: app(), waba: waba(), override_callback: None, must_be_subscribed: false });
    assert_eq!(scopes(&world), [Scope::Messaging, Scope::Management], "an app that is subscribed without any grant has the whole");

    let elsewhere = WabaId::parse("2009").unwrap();
    assert_eq!(world.did(&token(&[], elsewhere.clone())), NO_ACCOUNT);
    assert_eq!(world.did(&PutGrant(AppGrant { waba: elsewhere, ..grant(&[]).0 })), NO_ACCOUNT);
    assert_eq!(world.did(&PutGrant(AppGrant { app: AppId::parse("1009").unwrap(), ..grant(&[]).0 })), NO_APP);
}

#[test]
fn a_token_allows_what_it_says_as_far_as_its_app_was_granted_it() {
    use Scope::{Management, Messaging};
    let both: BTreeSet<_> = [Messaging, Management].into();
    let token = |wabas: Option<&str>| Token {
        hash: hash(),
        app: app(),
        scopes: both.clone(),
        wabas: wabas.map(|waba| [WabaId::parse(waba).unwrap()].into()),
        issued_at: T0,
        expires_at: None,
    };
    let granted = |scope| AppGrant { app: app(), waba: waba(), scopes: [scope].into() };
    for (token, grant, unlimited, expected) in [
        (token(Some("2001")), Some(granted(Messaging)), false, Some([Messaging].into())),
        (token(Some("2001")), Some(granted(Scope::Business)), false, Some([].into())),
        (token(Some("2001")), None, false, None),
        (token(Some("2001")), None, true, None),
        (token(Some("2002")), Some(granted(Messaging)), true, None),
        (token(None), Some(granted(Messaging)), false, Some([Messaging].into())),
        (token(None), None, false, None),
        (token(None), None, true, Some(both.clone())),
        (token(None), Some(granted(Messaging)), true, Some(both.clone())),
    ] {
        assert_eq!(token.on(&waba(), grant.as_ref(), unlimited), expected, "{token:?} {grant:?} {unlimited}");
    }
}

/// Calls of a number that is moved to the WhatsApp Business app go there: calling is off from then on, and that is told.
#[test]
fn calling_goes_off_with_a_number_that_leaves_cloud_api() {
    let home = |to: InUseWith| ChangeNumber {
        number: pnid(),
        patch: Patch::new(move |number: &mut Number| number.in_use_with = to),
        settings: None,
    };
    for away in [InUseWith::Coexistence, InUseWith::BusinessApp] {
        let mut world = World::new();
        let off = "puts Number; tells settings; notes ObjectPut SettingsChanged; shows BusinessesChanged";
        assert_eq!(world.did(&home(away)), off);
        assert!(!world.number().settings.enabled());
        let on = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
        let refused = format!("refused: {}", SettingsRefusal::NotOnCloudApi);
        assert!(world.did(&ChangeSettings { number: pnid(), account: None, change: on.clone(), server: None }).starts_with(&refused));
        assert_eq!(world.did(&home(away)), "puts Number; notes ObjectPut; shows BusinessesChanged", "it is off already");
        let back = ChangeNumber { settings: Some(on), ..home(InUseWith::CloudApi) };
        assert_eq!(world.did(&back), off);
        assert!(world.number().settings.enabled(), "back again, it is switched on as any other");
    }
}

/// Settings are judged by the number as it becomes, and go with it in one step or not at all.
#[test]
fn a_number_and_its_settings_are_one_step() {
    let set = |status| Some(CallingSettings { status: Some(status), ..CallingSettings::default() });
    let both = "puts Number; tells settings; notes ObjectPut SettingsChanged; shows BusinessesChanged";
    let mut world = World::new();
    let small = Patch::new(|number: &mut Number| number.messaging_limit = MessagingLimit::Tier250);
    assert_eq!(world.did(&ChangeNumber { number: pnid(), patch: small, settings: set(Switch::Disabled) }), both);
    assert_eq!((world.number().messaging_limit, world.number().settings.enabled()), (MessagingLimit::Tier250, false));
    let named = Patch::new(|number: &mut Number| number.name = "New".into());
    let refused = "refused: the messaging limit of this number is below 2,000 unique recipients per day";
    assert_eq!(world.did(&ChangeNumber { number: pnid(), patch: named, settings: set(Switch::Enabled) }), refused);
    assert_ne!(world.number().name, "New");
    let large = Patch::new(|number: &mut Number| number.messaging_limit = MessagingLimit::Tier2K);
    assert_eq!(world.did(&ChangeNumber { number: pnid(), patch: large, settings: set(Switch::Enabled) }), both);
    assert_eq!(World::new().did(&PutNumber { number: other_number(), settings: set(Switch::Disabled) }), both);
}

#[test]
fn settings_are_announced_where_that_is_published() {
    let change = |change| ChangeSettings { number: pnid(), account: None, change, server: None };
    let off = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
    let on = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
    let told = "puts Number; tells settings; notes SettingsChanged; shows BusinessesChanged";
    let mut world = World::new();
    assert_eq!(world.did(&change(off)), told);
    assert_eq!(world.did(&change(CallingSettings::default())), "puts Number; notes SettingsChanged; shows BusinessesChanged");
    assert_eq!(world.did(&change(on.clone())), told);
    let refused = |why: &str| format!("refused: {why}; notes BusinessRefused");
    assert_eq!(
        world.did(&ChangeSettings { number: PhoneNumberId::parse("4009").unwrap(), account: None, change: on.clone(), server: None }),
        refused("there is no business number with this id")
    );
    world.listened = false;
    assert_eq!(world.did(&change(on.clone())), refused(&SettingsRefusal::NoCallsSubscriber.to_string()));
    world.number().messaging_limit = MessagingLimit::Tier250;
    assert_eq!(world.did(&change(on)), refused("the messaging limit of this number is below 2,000 unique recipients per day"));
}

#[test]
fn a_pause_of_one_direction_leaves_the_other_alone() {
    let restrict = |direction, until| Restrict { number: pnid(), direction, until };
    let until = T0 + PAUSE;
    let over = Restriction { direction: Direction::BusinessInitiated, until: T0 };
    let mut world = World::new();
    world.number().restrictions = vec![over];
    let paused = "puts Number; tells restriction; notes CallingPaused; shows BusinessesChanged";
    assert_eq!(world.did(&restrict(Direction::UserInitiated, Some(until))), paused);
    let first = Restriction { direction: Direction::UserInitiated, until };
    assert_eq!(world.number().restrictions, [first], "what is over is forgotten");
    let second = world.run(&restrict(Direction::BusinessInitiated, Some(until)));
    let Notice::Restricted { restrictions, .. } = &second.told[0] else { panic!("{:?}", second.told) };
    assert_eq!(restrictions.len(), 2, "the business is told of both");
    let lifted = world.did(&restrict(Direction::UserInitiated, None));
    assert_eq!(lifted, "puts Number; notes PauseLifted; shows BusinessesChanged");
    assert_eq!(world.number().restrictions, [Restriction { direction: Direction::BusinessInitiated, until }]);
    let nowhere = Restrict { number: PhoneNumberId::parse("4009").unwrap(), direction: Direction::UserInitiated, until: None };
    assert_eq!(world.did(&nowhere), NO_NUMBER);
}

#[test]
fn a_warning_changes_nothing_and_a_hidden_button_is_a_setting_too() {
    let tell = |notice| TellQuality { number: pnid(), notice };
    let mut world = World::new();
    for notice in [QualityNotice::BusinessInitiated, QualityNotice::UserInitiated, QualityNotice::LowPickUp] {
        assert_eq!(world.did(&tell(notice)), "tells violation; notes QualityTold", "{notice:?}");
    }
    let hidden = "puts Number; tells restriction settings; notes QualityTold; shows BusinessesChanged";
    assert_eq!(world.did(&tell(QualityNotice::CallButtonHidden)), hidden);
    assert_eq!(world.number().settings.call_icon_visibility, Some(IconVisibility::DisableAll));
    let again = "puts Number; tells restriction; notes QualityTold; shows BusinessesChanged";
    assert_eq!(world.did(&tell(QualityNotice::CallButtonHidden)), again, "it is hidden already");
    let nowhere = TellQuality { number: PhoneNumberId::parse("4009").unwrap(), notice: QualityNotice::LowPickUp };
    assert_eq!(world.did(&nowhere), NO_NUMBER);
}

#[test]
fn templates_are_made_reviewed_and_removed() {
    let create = |name: &str, language: &str| CreateTemplate {
        waba: waba(),
        name: name.into(),
        language: language.into(),
        category: Category::Utility,
        named_parameters: false,
        components: "[]".into(),
    };
    let told = "puts Template; tells template_status; notes ObjectPut";
    let mut world = World::new();
    let made = world.run(&create("news", "en"));
    assert_eq!(summary(&made), told);
    let made = made.done.unwrap();
    assert_eq!(made.status, TemplateStatus::Approved);
    let taken = "refused: this WhatsApp Business Account already has a template with this name and language";
    assert_eq!(world.did(&create("news", "en")), taken);
    assert_eq!(world.did(&create("news", "de")), told);
    assert_eq!(world.did(&create("other", "en")), told);

    let reviewed = world.run(&ReviewTemplate(made.id.clone(), TemplateStatus::Paused));
    assert_eq!((summary(&reviewed).as_str(), reviewed.done.unwrap().unwrap().status), (told, TemplateStatus::Paused));
    let unknown = world.run(&ReviewTemplate(TemplateId::parse("7009").unwrap(), TemplateStatus::Paused));
    assert_eq!((summary(&unknown).as_str(), unknown.done), ("nothing", Ok(None)));

    let delete = |name: &str, id| DeleteTemplate { waba: waba(), name: name.into(), id };
    assert_eq!(world.did(&delete("other", Some(made.id.clone()))), "nothing", "the id is of another name");
    assert_eq!(world.did(&delete("news", Some(made.id))), "removes Template; notes ObjectRemoved");
    assert_eq!(world.did(&create("news", "en")), told, "the name is free again");
    assert_eq!(world.did(&delete("news", None)), "removes Template Template; notes ObjectRemoved ObjectRemoved", "in all languages");
    assert_eq!(world.did(&delete("news", None)), "nothing");
}

#[test]
fn an_account_has_so_many_templates_and_no_more() {
    let mut world = World::new();
    let create = |nth: usize| CreateTemplate {
        waba: waba(),
        name: format!("news_{nth}"),
        language: "en".into(),
        category: Category::Utility,
        named_parameters: false,
        components: "[]".into(),
    };
    let first = world.run(&create(0)).done.unwrap();
    let row = |nth: usize| {
        let id = TemplateId::parse(&(10_000 + nth).to_string()).unwrap();
        Row::Template(crate::records::TemplateRecord { id, name: format!("news_{nth}"), ..first.clone() })
    };
    world.rows.extend((1..MAX_TEMPLATES_UNVERIFIED).map(row));
    let full = "refused: the WhatsApp Business Account of a business that is not verified has at most 250 templates";
    assert_eq!(world.did(&create(MAX_TEMPLATES_UNVERIFIED)), full);
    for put in &mut world.rows {
        if let Row::Portfolio(portfolio) = put {
            portfolio.verified = true;
        }
    }
    world.rows.extend((MAX_TEMPLATES_UNVERIFIED..MAX_TEMPLATES).map(row));
    assert_eq!(world.did(&create(MAX_TEMPLATES)), "refused: a WhatsApp Business Account has at most 6000 templates");
}
