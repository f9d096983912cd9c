//! What a business sends.

use std::time::Duration;

use callport_core::ids::TemplateId;
use callport_core::limits::MAX_PAYLOAD;
use callport_core::pair::{Decision, Pair, Permission};
use callport_core::settings::Switch;
use callport_core::template::{Argument, Arguments, Category, Template, TemplateStatus};

use super::*;
use crate::notice::Notice;
use crate::records::{Progress, Restriction, Tariff, TariffCategory, TemplateRecord};
use crate::testing::{T0, pair, waba};

fn template(status: TemplateStatus) -> TemplateRecord {
    TemplateRecord {
        id: TemplateId::parse("7001").unwrap(),
        waba: waba(),
        name: "news".into(),
        language: "en".into(),
        category: Category::Marketing,
        status,
        named_parameters: false,
        components: "[]".into(),
        created_at: T0,
    }
}

fn by_template(template: Template) -> MessageDraft {
    let arguments = Arguments { body: vec![Argument { name: None, text: "Nadia".into() }], ..Arguments::default() };
    MessageDraft::Template { id: TemplateId::parse("7001").unwrap(), template: Box::new(template), arguments }
}

fn news() -> MessageDraft {
    by_template(Template { body: "Hello {{1}}".into(), ..Template::default() })
}

fn request_template() -> MessageDraft {
    by_template(Template { body: "May we call, {{1}}?".into(), asks_permission: true, ..Template::default() })
}

fn text() -> MessageDraft {
    MessageDraft::Text("We are here.".into())
}

fn request() -> MessageDraft {
    MessageDraft::PermissionRequest { body: None }
}

fn button() -> MessageDraft {
    MessageDraft::CallButton { header: None, body: "Talk?".into(), footer: None, text: None, life: None, payload: None }
}

fn send(draft: MessageDraft) -> Send {
    Send {
        number: pnid(),
        account: None,
        business: None,
        user: Some(user()),
        to: Some(digits("+5511955501234")),
        draft,
        context: None,
        opaque: None,
    }
}

fn approved() -> World {
    World::new().with(Row::Template(template(TemplateStatus::Approved)))
}

const SENT: &str = "puts Pair Message; tells sent; notes MessageSent; shows Message";

#[test]
fn what_may_be_sent_is_written_told_and_shown_at_once() {
    let heard = "puts Message; tells sent; notes MessageSent; shows Message"; // the pair is there already, and stays as it is
    let written_to = || World::new().with(heard_from(T0));
    let cases = [
        (written_to(), text(), 0, heard),
        (written_to(), button(), 0, heard),
        (written_to(), request(), 1, SENT),
        (approved(), news(), 0, SENT),
        (approved(), request_template(), 1, SENT),
    ];
    for (mut world, draft, requests, came) in cases {
        assert_eq!(world.did(&send(draft.clone())), came, "{draft:?}");
        assert_eq!(world.pair().requests.len(), requests, "{draft:?}");
    }
}

#[test]
fn who_may_not_send_is_told_why_and_nothing_is_written() {
    let closed = "more than 24 hours have passed since the user last wrote to or called this phone number; send a template";
    let off = "calling is not enabled on this phone number";
    let calling_off = |mut world: World| {
        world.number().settings.status = Some(Switch::Disabled);
        world
    };
    let unlisted = |mut world: World| {
        world.number().allowed_recipients = Some(Vec::new());
        world
    };
    let paused = |mut world: World| {
        let (direction, until) = (Direction::BusinessInitiated, T0 + Duration::from_secs(9));
        world.number().restrictions = vec![Restriction { direction, until }];
        world
    };
    let forbidden = |mut world: World| {
        world.number().number = digits("+12025550123"); // of the United States
        world
    };
    let asked_often = || {
        let requests = vec![T0 - Duration::from_secs(3_600)];
        pair(Pair { requests, heard_at: Some(T0), ..Pair::default() })
    };
    let long_ago = || heard_from(T0 - Duration::from_secs(86_400));
    let with_status = |status| World::new().with(Row::Template(template(status)));
    let elsewhere = TemplateRecord { waba: callport_core::ids::WabaId::parse("2002").unwrap(), ..template(TemplateStatus::Approved) };
    let cases = [
        (World::new(), text(), closed),
        (World::new().with(long_ago()), text(), closed),
        (World::new().with(long_ago()), button(), closed),
        (World::new(), request(), closed),
        (calling_off(World::new().with(heard_from(T0))), button(), off),
        (calling_off(World::new().with(heard_from(T0))), request(), off),
        (calling_off(approved()), request_template(), off),
        (unlisted(approved()), news(), "this is a test number, and the recipient is not on its list of allowed recipients"),
        (
            unlisted(World::new().with(heard_from(T0))),
            text(),
            "this is a test number, and the recipient is not on its list of allowed recipients",
        ),
        (forbidden(approved()), request_template(), "business-initiated calling is not available for phone numbers of this country"),
        (
            paused(approved()),
            request_template(),
            "business-initiated calling of this phone number is paused until unix time 1795341709, because users gave too much negative feedback",
        ),
        (World::new().permitted(), request(), "the user has already granted permanent call permission"),
        (
            World::new().with(asked_often()),
            request(),
            "this user was asked for call permission as often as is allowed; the next request can be sent at unix time 1795424500",
        ),
        (with_status(TemplateStatus::Pending), news(), "this template cannot be sent: its status is PENDING"),
        (with_status(TemplateStatus::Rejected), news(), "this template cannot be sent: its status is REJECTED"),
        (with_status(TemplateStatus::Paused), news(), "this template cannot be sent: its status is PAUSED"),
        (with_status(TemplateStatus::Disabled), request_template(), "this template cannot be sent: its status is DISABLED"),
        (World::new(), news(), "this template was removed"),
        (World::new().with(Row::Template(elsewhere)), news(), "this template was removed"),
        (
            approved(),
            by_template(Template { body: "Hello".into(), ..Template::default() }),
            "the body of this template takes 0 parameters, and 1 were given",
        ),
        (World::new().without(&Key::Number(pnid())), text(), "there is no business number with this id"),
        (World::new().without(&Key::Waba(waba())), text(), "there is no business number with this id"),
    ];
    for (mut world, draft, why) in cases {
        assert_eq!(world.did(&send(draft.clone())), format!("refused: {why}; notes BusinessRefused"), "{draft:?}");
    }
}

#[test]
fn what_a_request_says_of_itself_is_checked_first() {
    let long = "a".repeat(MAX_PAYLOAD + 1);
    let cases = [
        (Send { opaque: Some(long), ..send(text()) }, "biz_opaque_callback_data has more than 512 characters"),
        (Send { to: Some(digits("+6281255509999")), ..send(text()) }, "the recipient is this phone number itself"),
        (Send { user: None, to: None, ..send(news()) }, "there is no user with this business-scoped user id"),
    ];
    for (wish, why) in cases {
        assert_eq!(approved().did(&wish), format!("refused: {why}; notes BusinessRefused"));
    }
}

#[test]
fn the_template_is_expected_to_stay_as_it_was_judged() {
    let sent = approved().run(&send(news()));
    assert!(sent.expects.contains(&(Key::Template(TemplateId::parse("7001").unwrap()), 1)));
    let Notice::MessageStatus { tariff, .. } = &sent.told[0] else { panic!("{:?}", sent.told) };
    assert_eq!(*tariff, Some(Tariff { category: TariffCategory::Marketing, free: false }), "the price goes by the record");
}

#[test]
fn what_reaches_nobody_is_taken_and_told_as_failed() {
    let failed = "tells failed; notes MessageSent";
    let mut world = approved();
    let nobody = Send { user: None, to: Some(digits("+5511900000000")), ..send(news()) };
    let sent = world.run(&nobody);
    assert_eq!(crate::testing::summary(&sent), failed);
    assert!(matches!(sent.told[..], [Notice::MessageStatus { progress: Progress::Undeliverable, tariff: None, .. }]));
    assert_eq!(sent.done.unwrap().bsuid, None);
    let gone = Send { user: Some(UserId::parse("9002").unwrap()), ..nobody };
    assert_eq!(world.did(&gone), failed, "a user who was removed meanwhile is nobody");

    world.nadia().outdated_app = true;
    world.put(heard_from(T0));
    assert_eq!(world.did(&send(button())), "puts Message; tells failed; notes MessageSent", "no phone shows it");
    assert_eq!(world.did(&send(text())), "puts Message; tells sent; notes MessageSent; shows Message");
}

#[test]
fn a_request_counts_until_a_call_connects() {
    let mut world = World::new().with(heard_from(T0));
    assert!(world.run(&send(request())).done.is_ok());
    assert!(matches!(world.run(&send(request())).done, Err(SendRefusal::Outreach(_))));
    assert_eq!(world.pair().requests, [T0]);
    let decided = Permit::Profile { user: user(), number: pnid(), decision: Decision::AllowTemporarily };
    assert!(matches!(world.run(&decided).done, Ok(Permission::Temporary { .. })));
    assert_eq!(world.pair().requests, [T0], "a decision is no call");
}

#[test]
fn service_messages_are_free_up_to_a_number_in_a_month_and_then_need_a_payment_method() {
    let told = |world: &mut World, wish: &Send| match &world.run(wish).told[..] {
        [Notice::MessageStatus { progress, tariff, .. }] => (*progress, tariff.map(|tariff| tariff.free)),
        other => panic!("{other:?}"),
    };
    let mut world = approved();
    world.put(heard_from(T0));
    world.free_messages = 999;
    assert_eq!(told(&mut world, &send(text())), (Progress::Sent, Some(true)));
    world.free_messages = 1_000;
    assert_eq!(told(&mut world, &send(text())), (Progress::Sent, Some(false)));
    assert_eq!(told(&mut world, &send(news())), (Progress::Sent, Some(false)), "a template is never free");
    world.waba().payment_method = false;
    assert_eq!(world.did(&send(text())), "puts Message; tells failed; notes MessageSent", "no phone shows it");
    assert_eq!(told(&mut world, &send(text())), (Progress::Unpaid, None));
    assert_eq!(told(&mut world, &send(news())), (Progress::Sent, Some(false)), "what a template needs is told where it is charged");
    world.free_messages = 999;
    assert_eq!(told(&mut world, &send(text())), (Progress::Sent, Some(true)));
}
