use std::time::Duration;

use super::*;

fn body(text: &str) -> Template {
    Template { body: text.into(), ..Template::default() }
}

fn named(text: &str) -> Template {
    Template { format: ParameterFormat::Named, ..body(text) }
}

fn with(buttons: Vec<TemplateButton>) -> Template {
    Template { buttons, ..body("Your order is ready.") }
}

fn call(minutes: u64) -> TemplateButton {
    TemplateButton::Call { text: "Call now".into(), life: Duration::from_secs(minutes * 60) }
}

fn reply() -> TemplateButton {
    TemplateButton::Reply { text: "Later".into() }
}

fn url(url: &str) -> TemplateButton {
    TemplateButton::Url { text: "Track order".into(), url: url.into() }
}

fn check(template: &Template, expected: Result<(), TemplateRefusal>) {
    assert_eq!(template.check(Category::Utility), expected, "{template:?}");
}

#[test]
fn takes_the_published_samples() {
    let call_me =
        Template { buttons: vec![call(4_320), url("https://acme.example/track")], ..body("Your order {{1}} is ready. Questions?") };
    let consent = Template {
        header: Some("Ticket {{1}}".into()),
        footer: Some("Acme Repairs".into()),
        asks_permission: true,
        ..body("Hello {{1}}, we would like to phone you about your {{2}}.")
    };
    let smallest = Template { asks_permission: true, ..body("May we call?") };
    for template in [call_me, consent, smallest, named("Hello {{first_name}}, about {{order_2}}")] {
        check(&template, Ok(()));
        assert_eq!(template.check(Category::Marketing), Ok(()));
    }
}

#[test]
fn only_marketing_and_utility_templates_call() {
    for template in [with(vec![call(1_440)]), Template { asks_permission: true, ..body("May we call?") }] {
        assert_eq!(template.check(Category::Authentication), Err(TemplateRefusal::WrongCategory));
    }
    assert_eq!(body("Your code is {{1}}.").check(Category::Authentication), Ok(()));
}

#[test]
fn texts_have_a_first_and_a_last_length() {
    use Part::{Body, Footer, Header};
    for (part, limit) in [(Body, 1_024), (Header, 60), (Footer, 60)] {
        let sized = |length: usize| {
            let text = "é".repeat(length);
            match part {
                Body => body(&text),
                Header => Template { header: Some(text), ..body("Hello") },
                Footer => Template { footer: Some(text), ..body("Hello") },
            }
        };
        check(&sized(0), Err(TemplateRefusal::Empty(part)));
        check(&sized(1), Ok(()));
        check(&sized(limit), Ok(()));
        check(&sized(limit + 1), Err(TemplateRefusal::TooLong(part)));
    }
    check(&body(" \n"), Err(TemplateRefusal::Empty(Body)));
}

#[test]
fn placeholders_are_well_formed_and_without_a_gap() {
    let position = Err(TemplateRefusal::BadPosition(Part::Body));
    for text in ["{{1}}", "{{2}} {{1}}", "{{1}} and again {{1}}", "{{1}}{{2}}{{3}}", "{1} and }{"] {
        check(&body(text), Ok(()));
    }
    for text in ["{{2}}", "{{1}} {{3}}", "{{0}} {{1}}", "{{01}}", "{{ 1 }}", "{{}}", "{{name}}", "{{{1}}}"] {
        check(&body(text), position);
    }
    for text in ["{{1", "1}}", "{{1}} }}", "{{1}} {{"] {
        check(&body(text), Err(TemplateRefusal::StrayBraces(Part::Body)));
    }
    for text in ["{{1}}", "{{Name}}", "{{first name}}", "{{_x}}", "{{}}"] {
        check(&named(text), Err(TemplateRefusal::BadName(Part::Body)));
    }
    let header = Template { header: Some("Ticket {{2}}".into()), ..body("{{1}} {{2}}") };
    check(&header, Err(TemplateRefusal::BadPosition(Part::Header)));
    for footer in ["Acme {{1}}", "Acme {{", "Acme }}"] {
        check(&Template { footer: Some(footer.into()), ..body("Hello") }, Err(TemplateRefusal::FooterPlaceholder));
    }
}

#[test]
fn a_call_button_stands_once_and_lives_a_day_to_thirty() {
    for (minutes, expected) in
        [(1_439, Err(TemplateRefusal::ButtonLife)), (1_440, Ok(())), (43_200, Ok(())), (43_201, Err(TemplateRefusal::ButtonLife))]
    {
        check(&with(vec![call(minutes)]), expected);
    }
    check(&with(vec![call(1_440), call(1_440)]), Err(TemplateRefusal::SecondCallButton));
}

#[test]
fn quick_replies_are_one_group() {
    let other = || url("https://acme.example");
    for buttons in
        [vec![reply(), reply(), other()], vec![other(), reply(), reply()], vec![call(1_440), reply(), other()], vec![reply(); 10]]
    {
        check(&with(buttons), Ok(()));
    }
    check(&with(vec![reply(), other(), reply()]), Err(TemplateRefusal::RepliesScattered));
    check(&with(vec![reply(); 11]), Err(TemplateRefusal::TooManyButtons));
}

#[test]
fn a_permission_request_stands_without_buttons() {
    let beside = Template { asks_permission: true, ..with(vec![reply()]) };
    check(&beside, Err(TemplateRefusal::PermissionBesideButtons));
}

#[test]
fn button_texts_are_short_and_plain() {
    let texts = ["é".repeat(25), "é".repeat(26), String::new(), " ".into(), "Call {{1}}".into(), "Call }}".into()];
    for (text, fits) in texts.into_iter().zip([true, false, false, false, false, false]) {
        let button = TemplateButton::Reply { text };
        check(&with(vec![button]), if fits { Ok(()) } else { Err(TemplateRefusal::ButtonText) });
    }
}

#[test]
fn an_address_is_of_the_web_and_names_its_host() {
    for good in ["https://acme.example", "HTTP://acme.example/a?b=c#d", "https://acme.example/{{1}}", "https://acme.example?order={{1}}"] {
        check(&with(vec![url(good)]), Ok(()));
    }
    for bad in [
        "",
        "acme.example",
        "ftp://acme.example",
        "javascript:alert(1)",
        "https://",
        "https:///track",
        "https://{{1}}",
        "https://acme.example{{1}}",
        "https://acme.example/{{1}}/x",
        "https://acme.example/{{2}}",
        "https://acme.example/{{1}}{{1}}",
        "https://acme.example/{{order}}",
        "https://acme.example/a b",
        "https://acme.example/\n",
        "ü://acme.example",
    ] {
        check(&with(vec![url(bad)]), Err(TemplateRefusal::ButtonUrl));
    }
    let longest = format!("https://acme.example/{}", "x".repeat(MAX_URL - 21));
    check(&with(vec![url(&longest)]), Ok(()));
    check(&with(vec![url(&format!("{longest}x"))]), Err(TemplateRefusal::ButtonUrl));
}

#[test]
fn each_refusal_is_one_sentence_without_broken_braces() {
    assert_eq!(TemplateRefusal::TooLong(Part::Header).to_string(), "shorten the header to at most 60 characters");
    assert_eq!(
        TemplateRefusal::BadPosition(Part::Body).to_string(),
        "number the placeholders of the body as {{1}}, {{2}} and so on, without a gap, or set `parameter_format` to `named`"
    );
    assert_eq!(
        TemplateRefusal::StrayBraces(Part::Body).to_string(),
        "close each `{{` of the body by `}}`, with the placeholder alone between them"
    );
    assert_eq!(TemplateRefusal::ButtonLife.to_string(), "set `ttl_minutes` of the call button to 1440 to 43200 minutes");
}
