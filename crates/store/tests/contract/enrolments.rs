//! What is kept of how businesses come onto the platform.

use callport_core::ids::{AllocationId, AppId, CreditLineId, OwnerId, PortfolioId, SignUpId, SolutionId, SystemUserId};
use callport_core::registration::CodeMethod;
use callport_core::scope::Scope;
use callport_core::token::SecretHash;
use callport_engine::ports::{Old, Page};
use callport_engine::records::{
    AccountFunding, Allocation, Assignment, BusinessOwner, ClientAccount, CreditLine, Enrolment, EnrolmentKind, LoginCode,
    NumberRegistration, OwnerInvitation, OwnerSession, PreVerifiedNumber, SentCode, SignUpClient, SignUpOpener, SignUpStep, SignUpWalk,
    SignUpWishes, Solution, SolutionAccount, SolutionSeat, SolutionStatus, SystemUser,
};
use callport_flow::{Key, Query, Row, Write};

use crate::records::*;
use crate::{Home, put};

fn portfolio_id(id: &str) -> PortfolioId {
    PortfolioId::parse(id).unwrap()
}

/// One of each kind, with something in every member.
fn one_of_each() -> Vec<Enrolment> {
    let (app, waba, number) = (AppId::parse("1001").unwrap(), waba_id("2001"), pnid("4001"));
    let (owner, solution) = (OwnerId::parse("7001").unwrap(), SolutionId::parse("1900").unwrap());
    let (allocation, line) = (AllocationId::parse("5601").unwrap(), CreditLineId::parse("5501").unwrap());
    let user = SystemUserId::parse("1221").unwrap();
    let hash = SecretHash::of("secret");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let sent = SentCode { code: "407196".into(), method: CodeMethod::Voice, language: "en_US".into(), expires_at: at(9), wrong: 2 };
    let opener = SignUpOpener::Redirect { uri: "https://isv.example/ä".into(), state: Some("s".into()) };
    let wishes = SignUpWishes {
        portfolio: Some(portfolio_id("3001")),
        business_name: Some("Kopi \"Nusantara\"".into()),
        pre_verified: vec![number.clone()],
        accounts: vec![waba.clone()],
        solution: Some(solution.clone()),
        app_only: true,
        ..SignUpWishes::default()
    };
    vec![
        NumberRegistration {
            code: Some(sent),
            sent_at: vec![at(1), at(2)],
            pin: Some("482913".into()),
            wrong_pins: vec![at(3)],
            registers: vec![at(4)],
            deregisters: vec![at(5)],
            register_blocked_until: Some(at(6)),
            ..NumberRegistration::of_number(&number)
        }
        .into(),
        SignUpClient {
            app: app.clone(),
            origins: words(&["https://isv.example"]),
            configurations: words(&["77"]),
            token_lifetime_s: Some(60),
        }
        .into(),
        BusinessOwner { id: owner.clone(), name: "Mara".into(), portfolios: vec![portfolio_id("3001")] }.into(),
        OwnerSession { hash, owner: owner.clone(), expires_at: at(3) }.into(),
        OwnerInvitation { hash, portfolios: vec![portfolio_id("3001")], expires_at: at(4), used_by: Some(owner.clone()) }.into(),
        SignUpWalk {
            id: SignUpId::parse("8001").unwrap(),
            owner,
            app: app.clone(),
            opener,
            wishes,
            form_key: "key".into(),
            step: SignUpStep::Code,
            portfolio: Some(portfolio_id("3001")),
            waba: Some(waba.clone()),
            number: Some(number.clone()),
            expires_at: at(5),
        }
        .into(),
        LoginCode {
            hash,
            app: app.clone(),
            scopes: Scope::ALL.into(),
            wabas: [waba.clone()].into(),
            redirect_uri: None,
            expires_at: at(6),
            used: true,
        }
        .into(),
        PreVerifiedNumber {
            id: number,
            portfolio: portfolio_id("3001"),
            number: digits("6281255506666"),
            verified_until: Some(at(7)),
            claimed_by: Some(waba.clone()),
        }
        .into(),
        Solution {
            id: solution.clone(),
            name: "Both".into(),
            owner_app: app.clone(),
            owner_permissions: words(&[]),
            partner_app: app.clone(),
            partner_permissions: words(&["MESSAGING"]),
            status: SolutionStatus::PendingDeactivation,
            ending_asked_by: Some(app.clone()),
        }
        .into(),
        SolutionSeat { app: app.clone(), solution: solution.clone() }.into(),
        SolutionAccount { waba: waba.clone(), solution, portfolio: portfolio_id("3001") }.into(),
        CreditLine { id: line.clone(), portfolio: portfolio_id("3001"), legal_entity_name: "Acme BSP".into() }.into(),
        Allocation {
            id: allocation.clone(),
            credit_line: line,
            receiving: portfolio_id("3001"),
            credential: AllocationId::parse("5602").unwrap(),
            deleted: true,
        }
        .into(),
        AccountFunding { waba: waba.clone(), allocation, currency: "USD".into(), paid_before: true }.into(),
        SystemUser { id: user.clone(), portfolio: portfolio_id("3001"), name: "Robot".into() }.into(),
        Assignment { waba: waba.clone(), user, tasks: words(&["MANAGE"]) }.into(),
        ClientAccount { partner: portfolio_id("3002"), waba, app, client: portfolio_id("3001") }.into(),
    ]
}

fn puts(enrolment: Enrolment) -> Write {
    Write::Put(Row::Enrolment(enrolment))
}

pub async fn enrolments_of_every_kind_come_back_as_they_went(store: &Home) {
    let all = one_of_each();
    assert!(EnrolmentKind::ALL.iter().all(|kind| all.iter().any(|one| one.kind() == *kind)), "one of each kind");
    put(store, all.iter().cloned().map(puts).collect()).await;
    for one in all {
        let found = store.row(&Key::Enrolment(one.kind(), one.id())).await.unwrap();
        assert!(found.row.as_deref() == Some(&Row::Enrolment(one.clone())), "{one:?}");
        let listed = store.rows(&Query::Enrolments(one.kind(), one.owner(), 9)).await.unwrap();
        assert!(listed.len() == 1 && *listed[0].1 == Row::Enrolment(one.clone()), "{one:?}");
        assert!(store.rows(&Query::Enrolments(one.kind(), "0".into(), 9)).await.unwrap().is_empty());
        put(store, vec![Write::Remove(Key::Enrolment(one.kind(), one.id()))]).await;
        assert_eq!(store.row(&Key::Enrolment(one.kind(), one.id())).await.unwrap().version, 0);
    }
}

pub async fn enrolments_are_listed_by_owner_in_order_and_bounded(store: &Home) {
    let user = |id: &str, portfolio: &str| -> Enrolment {
        SystemUser { id: SystemUserId::parse(id).unwrap(), portfolio: portfolio_id(portfolio), name: "R".into() }.into()
    };
    put(store, vec![puts(user("3", "3001")), puts(user("1", "3001")), puts(user("2", "3002"))]).await;
    let listed = async |portfolio: &str, most| {
        let rows = store.rows(&Query::Enrolments(EnrolmentKind::SystemUser, portfolio.into(), most)).await.unwrap();
        rows.iter().map(|(_, row)| if let Row::Enrolment(row) = &**row { row.id() } else { String::new() }).collect::<Vec<_>>()
    };
    assert_eq!(listed("3001", 9).await, ["1", "3"]);
    assert_eq!(listed("3001", 1).await, ["1"]);
    put(store, vec![puts(user("3", "3002"))]).await;
    assert_eq!((listed("3001", 9).await, listed("3002", 9).await), (vec!["1".to_owned()], vec!["2".to_owned(), "3".to_owned()]));
}

pub async fn enrolments_that_ended_are_removed_and_no_others(store: &Home) {
    put(store, one_of_each().into_iter().map(puts).collect()).await;
    assert_eq!(store.remove_old(Old::Enrolments, at(3), 9).await.unwrap(), 0, "that very moment stays");
    assert_eq!(store.remove_old(Old::Enrolments, at(9), 1).await.unwrap(), 1, "the first to end");
    assert_eq!(store.remove_old(Old::Enrolments, at(9), 9).await.unwrap(), 3);
    let mut left = 0;
    for one in one_of_each() {
        left += usize::from(store.row(&Key::Enrolment(one.kind(), one.id())).await.unwrap().row.is_some());
    }
    assert_eq!(left, EnrolmentKind::ALL.len() - 4);
}

pub async fn accounts_and_numbers_of_a_portfolio_are_found(store: &Home) {
    let moved = callport_engine::records::Waba { portfolio: portfolio_id("3002"), ..waba("2003") };
    put(store, vec![portfolio("3001").put(), portfolio("3002").put(), waba("2002").put(), waba("2001").put(), moved.put()]).await;
    let numbers = [("4001", "2001", "6281255509999"), ("4002", "2002", "6281255508888"), ("4003", "2003", "6281255507777")];
    put(store, numbers.map(|(id, waba, digits)| number(id, waba, digits).put()).into()).await;
    let accounts = async |page| store.wabas_of(&portfolio_id("3001"), page).await.unwrap();
    assert_eq!(accounts(Page::first(9)).await, [waba("2001"), waba("2002")]);
    assert_eq!(accounts(Page { after: Some(waba_id("2001")), limit: 9 }).await, [waba("2002")]);
    assert_eq!(accounts(Page::first(1)).await, [waba("2001")]);
    let counted = async |portfolio: &str, most| store.rows(&Query::NumbersOf(portfolio_id(portfolio), most)).await.unwrap().len();
    assert_eq!((counted("3001", 9).await, counted("3001", 1).await, counted("3002", 9).await, counted("3003", 9).await), (2, 1, 1, 0));
}
