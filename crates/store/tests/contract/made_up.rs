//! Records of every shape, made up at random but the same in every run.

use std::fmt::Debug;
use std::sync::Arc;

use callport_core::call::{EndReason, Ending, Talk};
use callport_core::call_id::{CallId, Direction};
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::eligibility::InUseWith;
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::key_exchange::KeyExchange;
use callport_core::message::{Button, Content, MessageId};
use callport_core::number::PhoneNumber;
use callport_core::pair::{Card, Decision, Pair, Permission, PermissionReply, ReplySource};
use callport_core::registration::{LocalRegion, NameStatus, Onboarding, Registration, Verification};
use callport_core::scope::{Field, Scope};
use callport_core::settings::{AccountMode, CallingSettings, IconVisibility, MessagingLimit, Switch};
use callport_core::template::{Category, TemplateStatus};
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::ports::NewDelivery;
use callport_engine::records::{
    App, CallLine, CallRecord, Callback, Check, CheckOutcome, LegFigures, LegPoint, LegReport, LegSeries, MediaReport, Message,
    MessageBody, Number, PairRecord, Progress, Restriction, Said, Sent, Stage, Tariff, TariffCategory, TemplateRecord, Token, User, Waba,
};
use callport_flow::journal::{About, ApiRefusal, ApiRequest, Entry, EntryKind, Fact, Injected};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::records::*;

/// Records made of each kind.
const SAMPLES: usize = 48;

/// The same ones in every run.
pub fn samples<S: Strategy>(strategy: S) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::deterministic();
    std::iter::repeat_with(move || strategy.new_tree(&mut runner).unwrap().current()).take(SAMPLES)
}

pub fn one_of<T: Clone + Debug + 'static>(all: impl Into<Vec<T>>) -> impl Strategy<Value = T> {
    proptest::sample::select(all.into())
}

/// Ids repeat, so that rows are replaced as well as added.
fn ids<T: Debug, E: Debug>(parse: fn(&str) -> Result<T, E>) -> impl Strategy<Value = T> {
    "[1-9]|[0-9]{1,32}".prop_map(move |text| parse(&text).unwrap())
}

fn phone_numbers() -> impl Strategy<Value = PhoneNumber> {
    "[1-9][0-9]{9,14}".prop_map(|text| PhoneNumber::parse(&text).unwrap())
}

fn times() -> impl Strategy<Value = WallTime> {
    any::<i64>().prop_map(WallTime::from_unix_millis)
}

fn hashes() -> impl Strategy<Value = SecretHash> {
    any::<[u8; 32]>().prop_map(SecretHash::from_bytes)
}

fn directions() -> impl Strategy<Value = Direction> {
    one_of([Direction::UserInitiated, Direction::BusinessInitiated])
}

fn message_ids() -> impl Strategy<Value = MessageId> {
    "wamid\\.([AB]|\\PC{0,60})".prop_map(|text| MessageId::parse(&text).unwrap())
}

fn call_ids() -> impl Strategy<Value = CallId> {
    "wacid\\.([AB]|\\PC{0,60})".prop_map(|text| CallId::parse(&text).unwrap())
}

/// Any text at all: quotes, line ends, zero bytes, other scripts.
fn texts() -> impl Strategy<Value = String> {
    any::<String>()
}

pub fn wabas() -> impl Strategy<Value = Waba> {
    (ids(WabaId::parse), texts(), texts(), texts(), any::<bool>()).prop_map(|(id, name, currency, timezone, payment_method)| Waba {
        timezone_id: None,
        country: None,
        id,
        portfolio: PortfolioId::parse("3001").unwrap(),
        name,
        currency,
        timezone,
        payment_method,
    })
}

fn settings() -> impl Strategy<Value = CallingSettings> {
    let switches = || option::of(one_of([Switch::Enabled, Switch::Disabled]));
    let icons = option::of(one_of([IconVisibility::Default, IconVisibility::DisableAll]));
    let countries = option::of(vec("[A-Z]{2}".prop_map(|code| Country::parse(&code).unwrap()), 0..4));
    let codecs = option::of(vec(codecs(), 0..3));
    let sip = (option::of(one_of(KeyExchange::ALL)), switches(), switches());
    (switches(), icons, switches(), countries, codecs, any::<bool>(), sip).prop_map(
        |(status, icon, callback, countries, codecs, hours, sip)| CallingSettings {
            call_hours: hours.then(super::records::hours),
            status,
            call_icon_visibility: icon,
            callback_permission_status: callback,
            restrict_to_user_countries: countries,
            additional_codecs: codecs,
            key_exchange: sip.0,
            sip_status: sip.1,
            sip_webhook_delivery: sip.2,
        },
    )
}

fn codecs() -> impl Strategy<Value = AdditionalCodec> {
    one_of([AdditionalCodec::Pcma, AdditionalCodec::Pcmu])
}

pub fn numbers() -> impl Strategy<Value = Number> {
    let modes = (one_of(InUseWith::ALL), one_of([AccountMode::Live, AccountMode::Sandbox]));
    let allowed = option::of(vec(phone_numbers(), 0..5));
    let restrictions = vec((directions(), times()).prop_map(|(direction, until)| Restriction { direction, until }), 0..4);
    let traits = (one_of(MessagingLimit::ALL), onboardings());
    (ids(PhoneNumberId::parse), phone_numbers(), texts(), modes, traits, settings(), allowed, restrictions).prop_map(
        |(id, number, name, (in_use_with, account_mode), (messaging_limit, onboarding), settings, allowed_recipients, restrictions)| {
            Number {
                id,
                waba: waba_id("1"),
                number,
                name,
                in_use_with,
                account_mode,
                messaging_limit,
                settings,
                allowed_recipients,
                restrictions,
                onboarding,
                quality: callport_core::quality::Quality::default(),
            }
        },
    )
}

fn onboardings() -> impl Strategy<Value = Onboarding> {
    let registrations =
        prop_oneof![Just(Registration::Never), Just(Registration::Registered), times().prop_map(|at| Registration::Deregistered { at })];
    (
        (one_of(Verification::ALL), option::of(times())),
        registrations,
        one_of(NameStatus::ALL),
        any::<bool>(),
        option::of(one_of(LocalRegion::ALL)),
    )
        .prop_map(|((verification, verified_until), registration, name, pin_retired, region)| Onboarding {
            verification,
            verified_until,
            registration,
            name,
            pin_retired,
            region,
        })
}

pub fn callbacks() -> impl Strategy<Value = Callback> {
    (texts(), texts()).prop_map(|(url, verify_token)| Callback { url, verify_token })
}

pub fn apps() -> impl Strategy<Value = App> {
    let business = option::of(ids(PortfolioId::parse));
    (ids(AppId::parse), texts(), texts(), option::of(callbacks()), business, any::<bool>(), btree_set(texts(), 0..4)).prop_map(
        |(id, name, secret, callback, business, tech_partner, fields)| App {
            graph_version: None,
            id,
            name,
            secret,
            callback,
            business,
            tech_partner,
            fields,
        },
    )
}

pub fn tokens() -> impl Strategy<Value = Token> {
    let scopes = btree_set(one_of(Scope::ALL), 0..4);
    let wabas = option::of(btree_set(ids(WabaId::parse), 0..4));
    (hashes(), scopes, wabas, times(), option::of(times())).prop_map(|(hash, scopes, wabas, issued_at, expires_at)| Token {
        hash,
        app: app_id("1"),
        scopes,
        wabas,
        issued_at,
        expires_at,
    })
}

pub fn users() -> impl Strategy<Value = User> {
    (ids(UserId::parse), phone_numbers(), texts(), option::of(texts()), any::<bool>(), any::<u32>()).prop_map(
        |(id, number, name, username, outdated_app, numbers_before)| User { id, number, name, username, outdated_app, numbers_before },
    )
}

fn lines() -> impl Strategy<Value = CallLine> {
    let sip = (ids(AppId::parse), any::<bool>()).prop_map(|(app, webhooks)| CallLine::Sip { app, webhooks });
    prop_oneof![Just(CallLine::Webhooks), sip]
}

fn stages() -> impl Strategy<Value = Stage> {
    let talks = option::of((times(), times()).prop_map(|(since, until)| Talk { since, until }));
    let endings = (times(), one_of(EndReason::ALL), talks).prop_map(|(at, reason, talk)| Ending { at, reason, talk });
    prop_oneof![Just(Stage::Calling), Just(Stage::Ringing), times().prop_map(Stage::Active), endings.prop_map(Stage::Ended)]
}

pub fn calls() -> impl Strategy<Value = CallRecord> {
    let parties = (ids(PhoneNumberId::parse), ids(WabaId::parse), ids(UserId::parse), option::of(one_of(DeviceKind::ALL)));
    let payloads = (option::of(texts()), option::of(texts()), option::of(texts()));
    let media = option::of((legs(), legs()).prop_map(|(user, business)| MediaReport { user, business }));
    let ways = (lines(), one_of(KeyExchange::ALL), vec(codecs(), 0..3));
    (call_ids(), directions(), parties, times(), stages(), payloads, ways, media).prop_map(
        |(
            id,
            direction,
            (number, waba, user, device),
            placed_at,
            stage,
            (cta_payload, deeplink_payload, opaque),
            (line, keys, codecs),
            media,
        )| {
            CallRecord {
                id,
                direction,
                number,
                waba,
                user,
                device,
                placed_at,
                stage,
                cta_payload,
                deeplink_payload,
                opaque,
                line,
                keys,
                codecs,
                media,
            }
        },
    )
}

fn legs() -> impl Strategy<Value = LegReport> {
    let outcomes =
        one_of([CheckOutcome::Passed, CheckOutcome::Warning, CheckOutcome::Waiting, CheckOutcome::Blocked, CheckOutcome::Failed]);
    let checks = (texts(), outcomes, texts(), option::of(any::<u64>())).prop_map(|(step, outcome, says, after_ms)| Check {
        step,
        outcome,
        says,
        after_ms,
    });
    (vec(checks, 0..4), figures(), series()).prop_map(|(checks, figures, series)| LegReport { checks, figures, series })
}

fn series() -> impl Strategy<Value = LegSeries> {
    let points = (any::<u64>(), any::<i64>(), eighths(), option::of(eighths()), option::of(eighths()))
        .prop_map(|(packets_in, lost_in, jitter_ms, round_trip_ms, mos)| LegPoint { packets_in, lost_in, jitter_ms, round_trip_ms, mos });
    (any::<u64>(), any::<u64>(), vec(points, 0..4)).prop_map(|(begins_ms, interval_s, points)| LegSeries { begins_ms, interval_s, points })
}

/// Eighths have a short decimal form, so that equality can be asked for.
fn eighths() -> impl Strategy<Value = f64> {
    any::<u16>().prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn figures() -> impl Strategy<Value = LegFigures> {
    let counters = (any::<[u64; 5]>(), any::<i64>());
    let dropped = btree_map(texts(), any::<u64>(), 0..3);
    (counters, eighths(), option::of(eighths()), option::of(eighths()), dropped, option::of(texts())).prop_map(
        |((counters, lost_in), jitter_ms, round_trip_ms, mos, dropped, remote)| LegFigures {
            packets_in: counters[0],
            octets_in: counters[1],
            packets_out: counters[2],
            octets_out: counters[3],
            lost_in,
            jitter_ms,
            round_trip_ms,
            mos,
            digits: counters[4],
            dropped,
            remote,
        },
    )
}

pub fn entries() -> impl Strategy<Value = Entry> {
    let requests = option::of(requests().prop_map(Box::new));
    (times(), abouts(), facts(), requests).prop_map(|(at, about, fact, request)| Entry { at, about, fact, request })
}

fn requests() -> impl Strategy<Value = ApiRequest> {
    let refusals = (any::<u32>(), option::of(any::<u32>()), texts());
    let refusals = refusals.prop_map(|(code, subcode, details)| ApiRefusal { code, subcode, details });
    (texts(), texts(), any::<u16>(), option::of(refusals), any::<u64>(), texts()).prop_map(
        |(method, path, status, refusal, duration_ms, fbtrace_id)| ApiRequest { method, path, status, refusal, duration_ms, fbtrace_id },
    )
}

fn abouts() -> impl Strategy<Value = About> {
    let business = (option::of(ids(WabaId::parse)), option::of(ids(PhoneNumberId::parse)), option::of(ids(AppId::parse)));
    let others = (option::of(ids(UserId::parse)), option::of(call_ids()), option::of(message_ids()), option::of(1..=i64::MAX as u64));
    (business, others).prop_map(|((waba, number, app), (user, call, message, delivery))| About {
        waba,
        number,
        user,
        call,
        message,
        app,
        delivery,
    })
}

/// Every kind of member that a fact has, with any text in it.
fn facts() -> impl Strategy<Value = Fact> {
    let attempts = (any::<u32>(), option::of(any::<u16>()), option::of(texts()), any::<u64>(), any::<bool>());
    prop_oneof![
        Just(Fact::UserBusy),
        option::of(texts()).prop_map(|action| Fact::BusinessRequested { action }),
        any::<u64>().prop_map(|count| Fact::RequestsLeftOut { count }),
        (texts(), texts()).prop_map(|(action, says)| Fact::BusinessRefused { action, says }),
        (texts(), option::of(texts())).prop_map(|(object, id)| Fact::ObjectPut { object, id }),
        (directions(), any::<i64>()).prop_map(|(direction, until_ms)| Fact::CallingPaused { direction, until_ms }),
        (one_of(EndReason::ALL), option::of(any::<u64>())).prop_map(|(reason, talked_ms)| Fact::CallEnded { reason, talked_ms }),
        (permissions(), one_of([ReplySource::UserAction, ReplySource::Automatic]))
            .prop_map(|(permission, source)| Fact::PermissionChanged { permission, source }),
        (one_of(EntryKind::ALL), texts()).prop_map(|(kind, text)| Fact::Line { kind, text }),
        (texts(), texts(), attempts).prop_map(|(event, url, (attempt, status, error, took_ns, given_up))| Fact::WebhookAttempted {
            event,
            attempt,
            url,
            status,
            error,
            took_ns,
            given_up,
            injected: if given_up { vec![Injected { rule: attempt, fault: "drop".into() }] } else { Vec::new() },
        }),
    ]
}

pub fn webhooks() -> impl Strategy<Value = NewDelivery> {
    let receivers = (ids(AppId::parse), ids(WabaId::parse), option::of(ids(PhoneNumberId::parse)));
    let words = (one_of(Field::ALL), one_of(["connect", "terminate", "status"]));
    let concerned = (option::of(call_ids()), option::of(message_ids()));
    (receivers, words, concerned, vec(any::<u8>(), 0..200), times()).prop_map(
        |((app, waba, number), (field, event), (call, message), body, created_at)| NewDelivery {
            app,
            waba,
            number,
            field,
            event,
            call,
            message,
            body: Arc::from(body),
            created_at,
        },
    )
}

fn pairs() -> impl Strategy<Value = Pair> {
    let answers = option::of((one_of(Decision::ALL), times()));
    let cards = (message_ids(), times(), answers).prop_map(|(message, delivered_at, answer)| Card { message, delivered_at, answer });
    let counted = (vec(times(), 0..4), vec(times(), 0..4));
    (permissions(), any::<u32>(), counted, option::of(times()), option::of(cards), option::of(times())).prop_map(
        |(decided, unanswered, (requests, connected), heard_at, card, blocked_since)| Pair {
            decided,
            unanswered,
            requests,
            connected,
            heard_at,
            card,
            blocked_since,
        },
    )
}

fn permissions() -> impl Strategy<Value = Permission> {
    prop_oneof![Just(Permission::None), times().prop_map(|until| Permission::Temporary { until }), Just(Permission::Permanent)]
}

/// Of a pair whose parties exist.
pub fn pair_records() -> impl Strategy<Value = PairRecord> {
    pairs().prop_map(|pair| PairRecord { number: pnid("4001"), user: user_id("9001"), pair })
}

pub fn messages() -> impl Strategy<Value = Message> {
    let parties = (ids(PhoneNumberId::parse), ids(WabaId::parse), ids(UserId::parse));
    let bodies = prop_oneof![
        3 => sent().prop_map(MessageBody::Business),
        3 => said().prop_map(MessageBody::User),
        1 => Just(MessageBody::Reconsider),
    ];
    (message_ids(), parties, times(), bodies, option::of(texts())).prop_map(|(id, (number, waba, user), at, body, context)| Message {
        id,
        number,
        waba,
        user,
        at,
        body,
        context,
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let categories = [TariffCategory::Service, TariffCategory::Utility, TariffCategory::Marketing, TariffCategory::Authentication];
    let tariffs = (one_of(categories), any::<bool>()).prop_map(|(category, free)| Tariff { category, free });
    let progress = prop_oneof![
        Just(Progress::Sent),
        Just(Progress::Delivered),
        Just(Progress::Read),
        Just(Progress::Undeliverable),
        Just(Progress::Unpaid)
    ];
    (contents(), tariffs, progress, option::of(texts())).prop_map(|(content, tariff, progress, opaque)| Sent {
        content,
        tariff,
        progress,
        opaque,
    })
}

fn contents() -> impl Strategy<Value = Content> {
    let buttons = prop_oneof![
        (texts(), times(), option::of(texts())).prop_map(|(text, expires_at, payload)| Button::Call { text, expires_at, payload }),
        (texts(), texts()).prop_map(|(text, url)| Button::Url { text, url }),
        (texts(), texts()).prop_map(|(text, payload)| Button::Reply { text, payload }),
    ];
    (option::of(texts()), option::of(texts()), option::of(texts()), vec(buttons, 0..4), any::<bool>())
        .prop_map(|(header, body, footer, buttons, asks_permission)| Content { header, body, footer, buttons, asks_permission })
}

fn said() -> impl Strategy<Value = Said> {
    let sources = one_of([ReplySource::UserAction, ReplySource::Automatic]);
    prop_oneof![
        (texts(), any::<bool>()).prop_map(|(text, read)| Said::Text { text, read }),
        (texts(), texts()).prop_map(|(text, payload)| Said::Button { text, payload }),
        (permissions(), sources).prop_map(|(permission, source)| Said::Permission(PermissionReply { permission, source })),
    ]
}

/// Of a WABA that exists. Names may be any text; each is used once, because a WABA does not take it twice.
pub fn templates() -> impl Strategy<Value = TemplateRecord> {
    let words = (one_of(Category::ALL), one_of(TemplateStatus::ALL), any::<bool>());
    (ids(TemplateId::parse), texts(), texts(), words, texts(), times()).prop_map(
        |(id, name, language, (category, status, named_parameters), components, created_at)| TemplateRecord {
            name: format!("{} {name}", id.as_str()),
            id,
            waba: waba_id("2001"),
            language,
            category,
            status,
            named_parameters,
            components,
            created_at,
        },
    )
}
