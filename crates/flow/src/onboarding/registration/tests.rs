use super::*;
use crate::testing::{World, digits, pnid, waba};

const MINUTE: Duration = Duration::from_secs(60);

fn pin(text: &str) -> PinText {
    PinText::parse(text).unwrap()
}

fn register(number: &PhoneNumberId, text: &str) -> Register {
    Register { number: number.clone(), pin: pin(text), region: None }
}

fn send(number: &PhoneNumberId) -> SendCode {
    SendCode { number: number.clone(), method: CodeMethod::Sms, language: "en_US".into() }
}

/// A world with one number that was added.
fn added() -> (World, PhoneNumberId) {
    let mut world = World::new();
    let new = AddNumber { waba: waba(), number: digits("+6281255508888"), name: "Acme Two".into() };
    let number = world.run(&new).done.unwrap();
    assert_eq!(number.onboarding, Onboarding::added());
    (world, number.id)
}

fn code(world: &World, number: &PhoneNumberId) -> String {
    match world.row(&Key::Enrolment(crate::records::EnrolmentKind::Registration, number.as_str().into())) {
        Some(Row::Enrolment(Enrolment::Registration(kept))) => kept.code.as_ref().unwrap().code.clone(),
        other => panic!("{other:?}"),
    }
}

fn verify(world: &mut World, number: &PhoneNumberId, code: &str) -> Result<(), RegistrationRefusal> {
    world.run(&VerifyCode { number: number.clone(), code: code.into() }).done
}

fn verified() -> (World, PhoneNumberId) {
    let (mut world, number) = added();
    world.run(&send(&number)).done.unwrap();
    let code = code(&world, &number);
    verify(&mut world, &number, &code).unwrap();
    (world, number)
}

fn registers(world: &mut World, number: &PhoneNumberId, text: &str) -> Result<(), RegistrationRefusal> {
    world.run(&register(number, text)).done
}

fn deregisters(world: &mut World, number: &PhoneNumberId) -> Result<(), RegistrationRefusal> {
    world.run(&Deregister { number: number.clone() }).done
}

#[test]
fn a_number_is_added_verified_and_registered() {
    let (mut world, number) = added();
    assert_eq!(registers(&mut world, &number, "123456"), Err(RegistrationRefusal::NotVerified));
    assert_eq!(verify(&mut world, &number, "123456"), Err(RegistrationRefusal::NoCode));
    world.run(&send(&number)).done.unwrap();
    let sent = code(&world, &number);
    let spoken = format!("{}-{}", &sent[..3], &sent[3..]);
    assert_eq!(verify(&mut world, &number, &spoken), Ok(()));
    assert_eq!(verify(&mut world, &number, &sent), Err(RegistrationRefusal::AlreadyVerified), "once");
    assert_eq!(world.run(&send(&number)).done, Err(RegistrationRefusal::AlreadyVerified));
    assert_eq!(registers(&mut world, &number, "123456"), Ok(()));
    assert_eq!(registers(&mut world, &number, "999999"), Ok(()), "registered already: passes, and the PIN stays");
}

#[test]
fn a_number_that_somebody_has_is_not_added() {
    let mut world = World::new();
    for taken in ["+6281255509999", "+5511955501234"] {
        let new = AddNumber { waba: waba(), number: digits(taken), name: "Acme".into() };
        assert_eq!(world.run(&new).done.unwrap_err(), RegistrationRefusal::NumberTaken, "{taken}");
    }
    world.rules.registration.numbers_per_portfolio = 1;
    let new = AddNumber { waba: waba(), number: digits("+6281255508888"), name: "Acme".into() };
    assert_eq!(world.run(&new).done.unwrap_err(), RegistrationRefusal::TooManyNumbers { most: 1 });
}

#[test]
fn a_code_ends_with_its_time_and_with_its_tries() {
    let (mut world, number) = added();
    world.run(&send(&number)).done.unwrap();
    let sent = code(&world, &number);
    world.now = world.now + MINUTE * 10;
    assert_eq!(verify(&mut world, &number, &sent), Err(RegistrationRefusal::CodeEnded));
    world.run(&send(&number)).done.unwrap();
    let sent = code(&world, &number);
    for left in (0..5).rev() {
        assert_eq!(verify(&mut world, &number, "wrong"), Err(RegistrationRefusal::WrongCode { left }));
    }
    assert_eq!(verify(&mut world, &number, &sent), Err(RegistrationRefusal::NoCode));
    let until = world.now - MINUTE * 10 + MINUTE * 60;
    for _ in 2..10 {
        world.run(&send(&number)).done.unwrap();
    }
    assert_eq!(world.run(&send(&number)).done, Err(RegistrationRefusal::TooManyCodes { until }));
    world.now = until;
    world.run(&send(&number)).done.unwrap();
}

#[test]
fn a_number_with_a_pin_takes_the_same_one_only() {
    let (mut world, number) = verified();
    let wait = world.rules.registration.wait;
    registers(&mut world, &number, "123456").unwrap();
    deregisters(&mut world, &number).unwrap();
    assert_eq!(registers(&mut world, &number, "123456"), Err(RegistrationRefusal::Wait { until: world.now + wait }));
    world.now = world.now + wait;
    assert_eq!(registers(&mut world, &number, "654321"), Err(RegistrationRefusal::PinMismatch));
    assert_eq!(
        registers(&mut world, &number, "123456"),
        Err(RegistrationRefusal::PinTooFast { until: world.now + Duration::from_secs(3) })
    );
    for _ in 0..4 {
        world.now = world.now + MINUTE;
        assert_eq!(registers(&mut world, &number, "654321"), Err(RegistrationRefusal::PinMismatch));
    }
    let until = world.now + MINUTE * 60;
    world.now = world.now + MINUTE;
    assert_eq!(registers(&mut world, &number, "123456"), Err(RegistrationRefusal::PinTooOften { until }));
    world.now = until;
    assert_eq!(registers(&mut world, &number, "123456"), Ok(()));
}

#[test]
fn a_pin_is_set_anew_and_retired() {
    let (mut world, number) = verified();
    let set = |text| SetPin { number: number.clone(), pin: pin(text) };
    assert_eq!(world.run(&set("111111")).done, Err(RegistrationRefusal::NotRegistered));
    registers(&mut world, &number, "123456").unwrap();
    world.run(&set("111111")).done.unwrap();
    deregisters(&mut world, &number).unwrap();
    world.now = world.now + MINUTE * 5;
    assert_eq!(registers(&mut world, &number, "123456"), Err(RegistrationRefusal::PinMismatch));
    let Some(Row::Number(row)) = world.row(&Key::Number(number.clone())).cloned() else { panic!() };
    let mut retired = row;
    retired.onboarding.pin_retired = true;
    world.put(Row::Number(retired));
    assert_eq!(registers(&mut world, &number, "777777"), Ok(()), "any six digits pass");
}

#[test]
fn ten_requests_in_three_days_then_none_for_three_days() {
    let (mut world, number) = verified();
    for _ in 0..10 {
        registers(&mut world, &number, "123456").unwrap();
    }
    let until = world.now + MINUTE * 60 * 72;
    for _ in 0..2 {
        assert_eq!(registers(&mut world, &number, "123456"), Err(RegistrationRefusal::TooMany { until }));
    }
    deregisters(&mut world, &number).unwrap();
    world.now = until;
    assert_eq!(registers(&mut world, &number, "123456"), Ok(()));
}

#[test]
fn whoever_is_taken_off_has_calling_off_and_cannot_switch_it_on() {
    let mut world = World::new();
    let number = pnid();
    assert!(world.did(&Deregister { number: number.clone() }).contains("tells settings"));
    assert!(!world.number().settings.enabled());
    assert_eq!(deregisters(&mut world, &number), Err(RegistrationRefusal::NotRegistered));
    let change = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
    let on = crate::directory::ChangeSettings { number: number.clone(), account: None, change, server: None };
    assert!(world.did(&on).starts_with("refused: this number is not registered"));
    for (home, why) in
        [(InUseWith::Coexistence, RegistrationRefusal::OfTheApp), (InUseWith::BusinessApp, RegistrationRefusal::NotRegistered)]
    {
        world.number().in_use_with = home;
        assert_eq!(registers(&mut world, &number, "123456"), Err(why.clone()));
        assert_eq!(deregisters(&mut world, &number), Err(why));
    }
}

#[test]
fn a_pin_is_six_digits_and_never_shown() {
    for bad in ["", "12345", "1234567", "12345a", "１２３４５６"] {
        assert_eq!(PinText::parse(bad), None, "{bad}");
    }
    assert_eq!(format!("{:?}", register(&pnid(), "123456")).matches("123456").count(), 0);
}
