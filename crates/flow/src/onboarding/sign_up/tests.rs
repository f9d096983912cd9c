use super::*;
use crate::onboarding::{CodeRefusal, EnterOwner, ExchangeCode, PutOwner, PutSignUpClient};
use crate::records::{Enrolment, EnrolmentKind};
use crate::testing::{World, app, digits};

fn hash(text: &str) -> SecretHash {
    SecretHash::of(text)
}

fn client() -> SignUpClient {
    SignUpClient { app: app(), origins: BTreeSet::new(), configurations: BTreeSet::new(), token_lifetime_s: None }
}

/// A world with an owner at the beginning of a walk.
fn begun(wishes: SignUpWishes) -> (World, SignUpWalk) {
    let mut world = World::new();
    world.run(&PutSignUpClient { client: client(), business: PortfolioId::parse("3001").ok() }).done.unwrap();
    let owner = world.run(&EnterOwner { invitation: None, name: "Mara".into(), session: hash("cookie") }).done.unwrap();
    let opener = SignUpOpener::Window { origin: "https://isv.example".into(), channel: "c".into() };
    let begin = BeginSignUp { owner: owner.id, app: app(), opener, wishes, form_key: "k".into() };
    let walk = world.run(&begin).done.unwrap();
    (world, walk)
}

fn goes(world: &mut World, walk: &SignUpWalk, deed: SignUpDeed) -> Result<SignUpWalk, WalkRefusal> {
    world.run(&WalkOn { walk: walk.id.clone(), owner: walk.owner.clone(), deed }).done
}

fn at_number(world: &mut World, walk: &SignUpWalk) -> SignUpWalk {
    goes(world, walk, SignUpDeed::Portfolio(OneOrNew::New("Kopi".into()))).unwrap();
    goes(world, walk, SignUpDeed::Account(OneOrNew::New(("Kopi ID".into(), "IDR".into(), "Asia/Jakarta".into())))).unwrap()
}

fn new_number() -> SignUpDeed {
    SignUpDeed::Number(OneOrNew::New((digits("+6281255507777"), "Kopi".into(), CodeMethod::Sms)))
}

fn both() -> BTreeSet<Scope> {
    grants::WHOLE.into()
}

fn sent(world: &World, walk: &SignUpWalk) -> String {
    let id = walk.number.as_ref().unwrap().as_str().to_owned();
    match world.row(&Key::Enrolment(EnrolmentKind::Registration, id)) {
        Some(Row::Enrolment(Enrolment::Registration(kept))) => kept.code.as_ref().unwrap().code.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_owner_walks_to_a_code_that_becomes_a_token_of_what_was_granted() {
    let (mut world, walk) = begun(SignUpWishes::default());
    let walk = at_number(&mut world, &walk);
    let walk = goes(&mut world, &walk, new_number()).unwrap();
    assert_eq!(walk.step, SignUpStep::Code);
    assert!(matches!(goes(&mut world, &walk, SignUpDeed::Code("0".into())), Err(WalkRefusal::Registration(_))));
    let code = sent(&world, &walk);
    let walk = goes(&mut world, &walk, SignUpDeed::Code(code)).unwrap();
    assert_eq!(walk.step, SignUpStep::Consent);
    assert_eq!(goes(&mut world, &walk, SignUpDeed::Consent(BTreeSet::new(), hash("AQ"))), Err(WalkRefusal::NothingGranted));
    let only = BTreeSet::from([Scope::Management]);
    let on = WalkOn { walk: walk.id.clone(), owner: walk.owner.clone(), deed: SignUpDeed::Consent(only.clone(), hash("AQ")) };
    assert!(world.did(&on).contains("tells partner_added partner_app_installed"));

    let exchange = |code: &str, of: AppId| ExchangeCode { code: hash(code), app: of, redirect_uri: None, token: hash("EAA") };
    assert_eq!(world.run(&exchange("AQ", AppId::parse("1002").unwrap())).done, Err(CodeRefusal::Unknown));
    assert_eq!(world.run(&exchange("AR", app())).done, Err(CodeRefusal::Unknown));
    world.run(&exchange("AQ", app())).done.unwrap();
    let Some(Row::Token(token)) = world.row(&Key::Token(hash("EAA"))) else { panic!() };
    assert_eq!((&token.scopes, &token.wabas), (&only, &Some([walk.waba.clone().unwrap()].into())));
    assert_eq!(world.run(&exchange("AQ", app())).done, Err(CodeRefusal::Used));
}

#[test]
fn a_code_lives_thirty_seconds() {
    let (mut world, walk) = begun(SignUpWishes::default());
    let walk = at_number(&mut world, &walk);
    let walk = goes(&mut world, &walk, SignUpDeed::NoNumber).unwrap();
    goes(&mut world, &walk, SignUpDeed::Consent(both(), hash("AQ"))).unwrap();
    world.now = world.now + CODE_LIFETIME;
    let exchange = ExchangeCode { code: hash("AQ"), app: app(), redirect_uri: None, token: hash("EAA") };
    assert_eq!(world.run(&exchange).done, Err(CodeRefusal::Expired));
}

#[test]
fn what_is_not_the_owners_cannot_be_chosen() {
    let (mut world, walk) = begun(SignUpWishes::default());
    let acme = PortfolioId::parse("3001").unwrap();
    assert_eq!(goes(&mut world, &walk, SignUpDeed::Portfolio(OneOrNew::Known(acme))), Err(WalkRefusal::NotYours("portfolio")));
    goes(&mut world, &walk, SignUpDeed::Portfolio(OneOrNew::New("Kopi".into()))).unwrap();
    let account = SignUpDeed::Account(OneOrNew::Known(crate::testing::waba()));
    assert_eq!(goes(&mut world, &walk, account), Err(WalkRefusal::NotYours("WhatsApp Business Account")));
    goes(&mut world, &walk, SignUpDeed::Account(OneOrNew::New(("K".into(), "IDR".into(), "UTC".into())))).unwrap();
    let number = SignUpDeed::Number(OneOrNew::Known(crate::testing::pnid()));
    assert_eq!(goes(&mut world, &walk, number), Err(WalkRefusal::NotYours("phone number")));
    let claim = SignUpDeed::PreVerified(crate::testing::pnid(), "K".into());
    assert_eq!(goes(&mut world, &walk, claim), Err(WalkRefusal::PreVerifiedGone));
    let stranger = WalkOn { walk: walk.id.clone(), owner: OwnerId::parse("1").unwrap(), deed: SignUpDeed::NoNumber };
    assert_eq!(world.run(&stranger).done.unwrap_err(), WalkRefusal::Gone);
}

#[test]
fn a_walk_goes_back_and_is_left_and_ends() {
    let (mut world, walk) = begun(SignUpWishes::default());
    assert_eq!(goes(&mut world, &walk, SignUpDeed::NoNumber), Err(WalkRefusal::WrongStep));
    assert_eq!(goes(&mut world, &walk, SignUpDeed::Back), Err(WalkRefusal::WrongStep));
    let there = at_number(&mut world, &walk);
    let there = goes(&mut world, &there, new_number()).unwrap();
    let there = goes(&mut world, &there, SignUpDeed::CodeLater).unwrap();
    for step in [SignUpStep::Number, SignUpStep::Account, SignUpStep::Portfolio] {
        assert_eq!(goes(&mut world, &there, SignUpDeed::Back).unwrap().step, step);
    }
    assert_eq!(goes(&mut world, &walk, SignUpDeed::Leave).unwrap().step, SignUpStep::Cancelled);
    assert_eq!(goes(&mut world, &walk, SignUpDeed::Leave), Err(WalkRefusal::WrongStep));
    let (mut world, walk) = begun(SignUpWishes::default());
    world.now = walk.expires_at;
    assert_eq!(goes(&mut world, &walk, SignUpDeed::Leave), Err(WalkRefusal::Gone));
}

#[test]
fn an_app_only_install_asks_for_no_number_and_gives_no_code() {
    let (mut world, walk) = begun(SignUpWishes { app_only: true, ..SignUpWishes::default() });
    let walk = at_number(&mut world, &walk);
    assert_eq!(walk.step, SignUpStep::Consent);
    goes(&mut world, &walk, SignUpDeed::Consent(both(), hash("AQ"))).unwrap();
    let exchange = ExchangeCode { code: hash("AQ"), app: app(), redirect_uri: None, token: hash("EAA") };
    assert_eq!(world.run(&exchange).done, Err(CodeRefusal::Unknown));
}

#[test]
fn where_not_everybody_may_come_an_invitation_lets_one_person_in() {
    let mut world = World::new();
    let invite = crate::onboarding::InviteOwner {
        hash: hash("code"),
        owner: None,
        portfolios: vec![PortfolioId::parse("3001").unwrap()],
        lifetime: Duration::from_secs(60),
    };
    world.run(&invite).done.unwrap();
    let enter = |code: &str, name: &str| EnterOwner { invitation: Some(hash(code)), name: name.into(), session: hash("cookie") };
    assert!(world.run(&enter("other", "Mara")).done.is_err());
    let owner = world.run(&enter("code", "Mara")).done.unwrap();
    assert_eq!(owner.portfolios.len(), 1);
    assert_eq!(world.run(&enter("code", "mara")).done.unwrap().id, owner.id);
    assert!(world.run(&enter("code", "Bia")).done.is_err());
    world.now = world.now + Duration::from_secs(60);
    assert!(world.run(&enter("code", "Mara")).done.is_err());
    let again = crate::onboarding::InviteOwner { hash: hash("again"), owner: Some(owner.id.clone()), portfolios: vec![], ..invite };
    world.run(&again).done.unwrap();
    assert_eq!(world.run(&enter("again", "Mara")).done.unwrap(), owner, "the same person, with what is theirs");
}

#[test]
fn the_operator_says_whose_portfolios_are_whose() {
    let (mut world, walk) = begun(SignUpWishes::default());
    let acme = PortfolioId::parse("3001").unwrap();
    let put = |portfolios| PutOwner { name: "mara".into(), portfolios };
    assert!(world.run(&put(vec![PortfolioId::parse("9").unwrap()])).done.is_err());
    for _ in 0..2 {
        let owner = world.run(&put(vec![acme.clone()])).done.unwrap();
        assert_eq!((owner.id, owner.portfolios), (walk.owner.clone(), vec![acme.clone()]));
    }
    goes(&mut world, &walk, SignUpDeed::Portfolio(OneOrNew::Known(acme))).unwrap();
    let walk = goes(&mut world, &walk, SignUpDeed::Account(OneOrNew::Known(crate::testing::waba()))).unwrap();
    let walk = goes(&mut world, &walk, SignUpDeed::Number(OneOrNew::Known(crate::testing::pnid()))).unwrap();
    assert_eq!(walk.step, SignUpStep::Consent, "a number that is verified needs no code");
}
