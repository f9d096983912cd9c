use super::*;
use callport_core::ids::{PhoneNumberId, PortfolioId, UserId};
use callport_core::number::PhoneNumber;
use callport_core::pair::Pair;
use callport_core::token::SecretHash;
use callport_engine::records::{PairRecord, User};

fn user(name: &str) -> User {
    User {
        id: UserId::parse("1").unwrap(),
        number: PhoneNumber::parse("15550000001").unwrap(),
        name: name.into(),
        username: None,
        outdated_app: false,
        numbers_before: 0,
    }
}

fn pair(unanswered: u32) -> PairRecord {
    let (number, user) = (PhoneNumberId::parse("1").unwrap(), user("").id);
    PairRecord { number, user, pair: Pair { unanswered, ..Pair::default() } }
}

fn commit(id: Version, writes: Vec<Write>) -> Touched {
    Touched::Commit(Arc::new(Commit { id, node: 1, expects: vec![], guards: vec![], writes, entries: vec![], webhooks: vec![] }))
}

fn put_user(id: Version, name: &str) -> Touched {
    commit(id, vec![Write::Put(Row::User(user(name)))])
}

fn found(version: Version, row: Row) -> Versioned {
    Versioned { version, row: Some(Arc::new(row)) }
}

/// What a look-up by that key says when the file says `name`, and something happens between its question and its answer.
fn slow(cache: &Cache, key: Key, name: &str, meanwhile: impl FnOnce()) -> String {
    let copy = cache.look(&key).unwrap_or_else(|ticket| {
        meanwhile();
        let read = found(1, Row::User(user(name)));
        cache.keep(key, &read, ticket);
        read
    });
    let Some(Row::User(user)) = copy.row.as_deref() else { panic!("no user") };
    user.name.clone()
}

fn look(cache: &Cache, name: &str) -> String {
    slow(cache, Key::User(user("").id), name, || {})
}

/// Of the pair that the file has with so many calls.
fn unanswered(cache: &Cache, file: u32) -> u32 {
    let row = Row::Pair(pair(file));
    let copy = cache.look(&row.key()).unwrap_or_else(|ticket| {
        cache.keep(row.key(), &found(1, row.clone()), ticket);
        found(1, row)
    });
    let Some(Row::Pair(pair)) = copy.row.as_deref() else { panic!("no pair") };
    pair.pair.unanswered
}

#[test]
fn a_row_read_before_or_during_a_change_is_not_kept() {
    let cache = Cache::default();
    let key = Key::User(user("").id);
    let put = [put_user(2, "new")];
    let mut changing = None;
    assert_eq!(slow(&cache, key.clone(), "old", || changing = Some(cache.changing(put.iter()))), "old");
    assert_eq!(look(&cache, "old, still"), "old, still");
    assert_eq!(look(&cache, "committed; the writer has not come back yet"), "committed; the writer has not come back yet");
    slow(&cache, key.clone(), "read during the change", || changing.take().unwrap().done(put.iter()));
    assert_eq!(look(&cache, "asked again"), "new", "what was written is kept");
    assert_eq!(cache.version(&key), Some(2));
}

#[test]
fn a_row_read_before_a_whole_change_that_failed_is_not_kept() {
    let cache = Cache::default();
    let put = [put_user(2, "new")];
    slow(&cache, Key::User(user("").id), "old", || cache.changing(put.iter()).done([].iter()));
    assert_eq!(look(&cache, "asked again"), "asked again");
}

#[test]
fn a_change_drops_the_copy_and_others_do_not() {
    let cache = Cache::default();
    assert_eq!(look(&cache, "one"), "one");
    for other in [
        Touched::Nothing,
        Touched::Sessions,
        commit(2, vec![Write::Remove(Key::Token(SecretHash::of("x")))]),
        commit(3, vec![Write::Put(Row::Pair(pair(1)))]),
    ] {
        let _unfinished = cache.changing([other].iter());
        assert_eq!(look(&cache, "two"), "one");
    }
    cache.changing([put_user(4, "two")].iter()).done([].iter());
    assert_eq!(look(&cache, "three"), "three");
}

#[test]
fn what_was_written_is_kept_and_what_was_refused_is_not() {
    let cache = Cache::default();
    let put = [1, 2, 3].map(|unanswered| commit(u64::from(unanswered), vec![Write::Put(Row::Pair(pair(unanswered)))]));
    cache.changing(put.iter()).done(put[..2].iter());
    assert_eq!(unanswered(&cache, 9), 2, "the last that stands");
    cache.changing(put.iter()).done([].iter());
    assert_eq!(unanswered(&cache, 9), 9, "asked of the file again");
    let _never_done = cache.changing(put.iter()); // as when the writer panics
    assert_eq!([unanswered(&cache, 2), unanswered(&cache, 3)], [2, 3], "and never again from a copy");
}

#[test]
fn a_user_who_leaves_takes_copies_of_pairs_along_in_the_order_of_the_changes() {
    let cache = Cache::default();
    let (put, leave) = (Write::Put(Row::Pair(pair(1))), Write::Remove(Key::User(user("").id)));
    for (writes, found) in [([put.clone(), leave.clone()], 9), ([leave, put], 1)] {
        let together = [commit(2, writes.clone().into())];
        cache.changing(together.iter()).done(together.iter());
        assert_eq!(unanswered(&cache, 9), found);
        let apart = writes.map(|write| commit(2, vec![write]));
        cache.changing(apart.iter()).done(apart.iter());
        assert_eq!(unanswered(&cache, 9), found);
    }
}

#[test]
fn a_name_leads_to_its_row_only_while_the_row_has_it() {
    let cache = Cache::default();
    let portfolio = PortfolioId::parse("3").unwrap();
    let known_as = Key::UserKnownAs(portfolio.clone(), user("").bsuid(&portfolio));
    let names = [Key::UserCalled(user("").number), known_as.clone()];
    for name in &names {
        assert!(cache.look(name).is_err());
        assert_eq!(slow(&cache, name.clone(), "one", || {}), "one");
        assert_eq!(slow(&cache, name.clone(), "two", || {}), "one");
    }
    assert_eq!(look(&cache, "two"), "one", "one copy for all keys");
    let moved = [commit(5, vec![Write::Put(Row::User(User { number: PhoneNumber::parse("6281255501234").unwrap(), ..user("moved") }))])];
    cache.changing(moved.iter()).done(moved.iter());
    assert!(names.iter().all(|name| cache.look(name).is_err()), "the country is part of the id");
    assert_eq!(look(&cache, "three"), "moved");
}

#[test]
fn a_portfolio_that_is_gone_knows_nobody() {
    let cache = Cache::default();
    let portfolio = PortfolioId::parse("3").unwrap();
    let known_as = Key::UserKnownAs(portfolio.clone(), user("").bsuid(&portfolio));
    slow(&cache, known_as.clone(), "one", || {});
    assert!(cache.look(&known_as).is_ok());
    let gone = [commit(5, vec![Write::Remove(Key::Portfolio(portfolio))])];
    cache.changing(gone.iter()).done(gone.iter());
    assert!(cache.look(&known_as).is_err());
}

#[test]
fn what_strangers_make_up_is_not_remembered() {
    let cache = Cache::default();
    for (key, remembered) in [
        (Key::User(user("").id), false),
        (Key::UserCalled(user("").number), false),
        (Key::Token(SecretHash::of("x")), false),
        (Row::Pair(pair(0)).key(), true),
    ] {
        let ticket = cache.look(&key).unwrap_err();
        cache.keep(key.clone(), &Versioned::default(), ticket);
        assert_eq!(cache.version(&key), remembered.then_some(0), "{key:?}");
    }
}
