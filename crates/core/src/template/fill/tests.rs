use super::*;

const NOW: WallTime = WallTime::from_unix_seconds(1_794_995_200);

fn body(text: &str) -> Template {
    Template { body: text.into(), ..Template::default() }
}

fn named(text: &str) -> Template {
    Template { format: ParameterFormat::Named, ..body(text) }
}

fn positional(texts: &[&str]) -> Vec<Argument> {
    texts.iter().map(|text| Argument { name: None, text: (*text).into() }).collect()
}

fn by_name(pairs: &[(&str, &str)]) -> Vec<Argument> {
    pairs.iter().map(|(name, text)| Argument { name: Some((*name).into()), text: (*text).into() }).collect()
}

fn in_body(body: Vec<Argument>) -> Arguments {
    Arguments { body, ..Arguments::default() }
}

fn filled_body(template: &Template, body: Vec<Argument>) -> Result<String, FillRefusal> {
    template.fill(&in_body(body), NOW).map(|content| content.body.unwrap())
}

fn buttons() -> Template {
    Template {
        buttons: vec![
            TemplateButton::Call { text: "Call now".into(), life: Duration::from_secs(4_320 * 60) },
            TemplateButton::Url { text: "Track order".into(), url: "https://acme.example/track/{{1}}".into() },
            TemplateButton::Url { text: "Home".into(), url: "https://acme.example".into() },
            TemplateButton::Reply { text: "Later".into() },
        ],
        ..body("Ready.")
    }
}

fn suffix() -> Arguments {
    Arguments { url_suffixes: [(1, "A-100".into())].into(), ..Arguments::default() }
}

#[test]
fn fills_the_published_samples() {
    let consent = Template {
        header: Some("Ticket {{1}}".into()),
        footer: Some("Acme Repairs".into()),
        asks_permission: true,
        ..body("Hello {{1}}, we would like to phone you about your {{2}}.")
    };
    let arguments = Arguments { header: positional(&["R-7781"]), ..in_body(positional(&["Sari", "washing machine"])) };
    assert_eq!(
        consent.fill(&arguments, NOW).unwrap(),
        Content {
            header: Some("Ticket R-7781".into()),
            body: Some("Hello Sari, we would like to phone you about your washing machine.".into()),
            footer: Some("Acme Repairs".into()),
            buttons: vec![],
            asks_permission: true,
        }
    );

    let call_me = Template {
        buttons: vec![
            TemplateButton::Call { text: "Call now".into(), life: Duration::from_secs(4_320 * 60) },
            TemplateButton::Url { text: "Track order".into(), url: "https://acme.example/track".into() },
        ],
        ..body("Your order {{1}} is ready. Questions?")
    };
    let call_button = Some(CallButtonArguments { life_minutes: Some(100), payload: Some("src=tpl;order=A-100".into()) });
    let content = call_me.fill(&Arguments { call_button, ..in_body(positional(&["A-100"])) }, NOW).unwrap();
    assert_eq!(content.body.as_deref(), Some("Your order A-100 is ready. Questions?"));
    assert_eq!(content.header, None);
    assert_eq!(content.call_button(), Some(("Call now", NOW + Duration::from_secs(6_000), Some("src=tpl;order=A-100"))));
}

#[test]
fn buttons_have_defaults() {
    let content = buttons().fill(&suffix(), NOW).unwrap();
    let expected = vec![
        Button::Call { text: "Call now".into(), expires_at: NOW + Duration::from_secs(4_320 * 60), payload: None },
        Button::Url { text: "Track order".into(), url: "https://acme.example/track/A-100".into() },
        Button::Url { text: "Home".into(), url: "https://acme.example".into() },
        Button::Reply { text: "Later".into(), payload: "Later".into() },
    ];
    assert_eq!(content.buttons, expected);
    let asked = Arguments { reply_payloads: [(3, "snooze".into())].into(), ..suffix() };
    assert_eq!(buttons().fill(&asked, NOW).unwrap().buttons[3], Button::Reply { text: "Later".into(), payload: "snooze".into() });
}

#[test]
fn arguments_go_to_their_placeholder_once_and_as_they_are() {
    assert_eq!(filled_body(&body("{{2}} {{1}} {{2}}"), positional(&["a", "b"])).unwrap(), "b a b");
    assert_eq!(filled_body(&body("{{1}}{{2}}"), positional(&["{{2}}", "{{1}}"])).unwrap(), "{{2}}{{1}}");
    let template = named("{{name}}: {{order}}, {{name}}");
    assert_eq!(filled_body(&template, by_name(&[("order", "A"), ("name", "Sari")])).unwrap(), "Sari: A, Sari");
}

#[test]
fn refuses_another_number_of_parameters() {
    for (text, given) in [("{{1}}", vec![]), ("{{1}}", vec!["a", "b"]), ("{{1}} {{1}}", vec!["a", "b"]), ("none", vec!["a"])] {
        let refusal = filled_body(&body(text), positional(&given)).unwrap_err();
        assert!(matches!(refusal, FillRefusal::Count { part: Part::Body, given: g, .. } if g == given.len()), "{text}: {refusal}");
        assert_eq!(refusal.kind(), FillKind::Count);
    }
    let headless = Arguments { header: positional(&["R-7781"]), ..Arguments::default() };
    let refusal = body("Hello").fill(&headless, NOW).unwrap_err();
    assert_eq!(refusal, FillRefusal::Count { part: Part::Header, expected: 0, given: 1 });
    assert_eq!(buttons().fill(&Arguments::default(), NOW), Err(FillRefusal::SuffixMissing(1)));
    assert_eq!(FillRefusal::SuffixMissing(1).kind(), FillKind::Count);
}

#[test]
fn refuses_parameters_that_break_the_layout() {
    for text in ["a\nb", "a\rb", "a\r\nb", "\t", "a     b", "      "] {
        let by_place = in_body(positional(&["Nadia", text]));
        let named_so = in_body(by_name(&[("name", text)]));
        let in_header = Arguments { header: positional(&[text]), ..Arguments::default() };
        for (template, arguments, part) in [
            (body("{{1}}, {{2}}"), by_place, Part::Body),
            (named("{{name}}"), named_so, Part::Body),
            (Template { header: Some("{{1}}".into()), ..body("Hi") }, in_header, Part::Header),
        ] {
            let refusal = template.fill(&arguments, NOW).unwrap_err();
            assert_eq!((refusal.kind(), &refusal), (FillKind::Text, &FillRefusal::Layout(part)), "{text:?}");
        }
    }
    assert_eq!(filled_body(&body("{{1}}"), positional(&["a    b"])), Ok("a    b".into()));
}

#[test]
fn refuses_parameters_of_another_form() {
    let part = Part::Body;
    let left_over = |name: &str| FillRefusal::NotNamed { part, name: name.into() };
    for (template, arguments, expected) in [
        (body("{{1}}"), by_name(&[("name", "a")]), FillRefusal::NameGiven(part)),
        (named("{{name}}"), positional(&["a"]), FillRefusal::NameMissing(part)),
        (named("{{name}}"), by_name(&[("order", "a")]), left_over("name")),
        (named("{{name}} {{order}}"), by_name(&[("name", "a"), ("name", "b")]), left_over("order")),
        (body("{{1}}"), positional(&[""]), FillRefusal::Empty(part)),
    ] {
        let refusal = filled_body(&template, arguments).unwrap_err();
        assert_eq!((refusal.kind(), refusal), (FillKind::Format, expected), "{template:?}");
    }
}

#[test]
fn refuses_arguments_of_buttons_that_do_not_take_them() {
    let call =
        |life_minutes, payload: Option<String>| Arguments { call_button: Some(CallButtonArguments { life_minutes, payload }), ..suffix() };
    let reply = |index, payload: &str| Arguments { reply_payloads: [(index, payload.into())].into(), ..suffix() };
    let url = |index: usize, text: &str| Arguments { url_suffixes: [(index, text.into())].into(), ..Arguments::default() };
    for (arguments, expected) in [
        (call(Some(0), None), FillRefusal::ButtonLife),
        (call(Some(43_201), None), FillRefusal::ButtonLife),
        (call(None, Some("é".repeat(513))), FillRefusal::PayloadTooLong),
        (reply(3, &"é".repeat(513)), FillRefusal::PayloadTooLong),
        (reply(0, "snooze"), FillRefusal::NoReply(0)),
        (reply(9, "snooze"), FillRefusal::NoReply(9)),
        (url(2, "A-100"), FillRefusal::NoUrlPlaceholder(2)),
        (url(3, "A-100"), FillRefusal::NoUrlPlaceholder(3)),
        (url(9, "A-100"), FillRefusal::NoUrlPlaceholder(9)),
        (url(1, ""), FillRefusal::BadSuffix(1)),
        (url(1, "A 100"), FillRefusal::BadSuffix(1)),
    ] {
        assert_eq!(expected.kind(), FillKind::Format);
        assert_eq!(buttons().fill(&arguments, NOW), Err(expected), "{arguments:?}");
    }
    let unbuttoned = body("Ready.").fill(&Arguments { call_button: Some(CallButtonArguments::default()), ..Arguments::default() }, NOW);
    assert_eq!(unbuttoned, Err(FillRefusal::NoCallButton));
    for minutes in [1, 43_200] {
        let content = buttons().fill(&call(Some(minutes), Some("é".repeat(512))), NOW).unwrap();
        assert_eq!(content.call_button().unwrap().1, NOW + Duration::from_secs(u64::from(minutes) * 60));
    }
}

#[test]
fn refuses_what_is_too_long_once_filled() {
    let hello = body("Hello {{1}}");
    assert_eq!(filled_body(&hello, positional(&[&"é".repeat(1_018)])).unwrap().chars().count(), 1_024);
    assert_eq!(filled_body(&hello, positional(&[&"é".repeat(1_019)])), Err(FillRefusal::TooLong(Part::Body)));
    let headed = Template { header: Some("{{1}}".into()), ..body("Hello") };
    for (length, fits) in [(60, true), (61, false)] {
        let arguments = Arguments { header: positional(&[&"é".repeat(length)]), ..Arguments::default() };
        assert_eq!(headed.fill(&arguments, NOW).is_ok(), fits, "{length}");
    }
    let long = Arguments { url_suffixes: [(1, "x".repeat(MAX_URL))].into(), ..Arguments::default() };
    assert_eq!(buttons().fill(&long, NOW), Err(FillRefusal::UrlTooLong(1)));
    assert_eq!(FillRefusal::UrlTooLong(1).kind(), FillKind::TooLong);
    assert_eq!(FillRefusal::TooLong(Part::Body).kind(), FillKind::TooLong);
}

#[test]
fn arguments_are_not_written_to_logs() {
    let shown = format!("{:?}", in_body(positional(&["Sari's washing machine"])));
    assert!(!shown.contains("Sari"), "{shown}");
}
