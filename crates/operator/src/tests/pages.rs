//! Long lists, a page at a time.

use axum::http::Method;
use serde_json::{Value, json};

use super::desk::{Desk, NONE, ids};

/// Every page of a list in turn; a page has at most so many rows.
async fn walk(desk: &Desk, list: &str, limit: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = desk.get(&format!("/admin/v1/{list}?limit={limit}{cursor}")).await;
        pages.push(ids(&page).into_iter().map(str::to_owned).collect());
        match &page["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            next => {
                assert_eq!(next, &NONE, "{list}");
                return pages;
            }
        }
    }
}

/// Seven of each kind, whose ids begin at 5001.
async fn seven_of_each() -> Desk {
    let desk = Desk::new().await;
    for id in 5001..5008 {
        let (own, name) = (id.to_string(), format!("No. {id}"));
        desk.make("/admin/v1/portfolios", json!({ "id": own, "name": name })).await;
        desk.make("/admin/v1/wabas", json!({ "id": own, "portfolio_id": own, "name": name })).await;
        desk.make("/admin/v1/apps", json!({ "id": own, "name": name })).await;
        desk.make("/admin/v1/numbers", json!({ "id": own, "waba_id": "5001", "number": format!("+62812555{id}"), "name": name })).await;
        desk.make("/admin/v1/users", json!({ "id": own, "number": format!("+551195550{id}"), "name": name })).await;
    }
    desk
}

#[tokio::test]
async fn every_list_is_walked_whole_at_every_limit() {
    let desk = seven_of_each().await;
    let all: Vec<String> = (5001..5008).map(|id| id.to_string()).collect();
    for list in ["portfolios", "wabas", "apps", "numbers", "users"] {
        for limit in [1, 2, 3, 6, 7, 8, 500] {
            let expected: Vec<Vec<String>> = all.chunks(limit).map(<[String]>::to_vec).collect();
            assert_eq!(walk(&desk, list, limit).await, expected, "{list} by {limit}");
        }
    }
    let of_one = desk.get("/admin/v1/numbers?waba_id=5001&limit=2&cursor=5003").await;
    assert_eq!((ids(&of_one), &of_one["next"]), (vec!["5004", "5005"], &json!("5005")), "a filter and a cursor go together");
    assert_eq!(ids(&desk.get("/admin/v1/users").await).len(), 7, "without a limit as well");
}

#[tokio::test]
async fn tokens_and_templates_come_with_the_whole_of_their_app_or_account() {
    let desk = seven_of_each().await;
    for app in ["5002", "5002", "5002", "5004", "5007"] {
        desk.make("/admin/v1/tokens", json!({ "app_id": app, "waba_ids": ["5001"] })).await;
    }
    let all = desk.get("/admin/v1/tokens").await;
    assert_eq!((ids(&all).len(), &all["next"]), (5, &NONE));
    for (limit, sizes) in [(1, vec![0, 3, 0, 1, 0, 0, 1]), (2, vec![3, 1, 0, 1]), (3, vec![3, 1, 1]), (4, vec![4, 1]), (7, vec![5])] {
        let pages = walk(&desk, "tokens", limit).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "by {limit}");
        assert_eq!(pages.concat(), ids(&all), "by {limit}");
    }
    let of_one = desk.get("/admin/v1/tokens?app_id=5002&limit=1").await;
    assert_eq!((ids(&of_one).len(), &of_one["next"]), (3, &NONE));
    assert_eq!(walk(&desk, "templates", 3).await, vec![Vec::<String>::new(); 3]);
}

#[tokio::test]
async fn what_is_no_page_is_refused() {
    let desk = Desk::new().await;
    for list in ["portfolios", "wabas", "apps", "numbers", "users", "tokens", "templates", "calls"] {
        for (query, why) in [
            ("limit=0", "limit: 1 to 500"),
            ("limit=501", "limit: 1 to 500"),
            ("limit=x", "limit: a number belongs here, not a text"),
            ("cursor=%2B", "cursor: not the `next` of a page"),
        ] {
            let (status, _, said) = desk.refused(Method::GET, &format!("/admin/v1/{list}?{query}"), NONE).await;
            assert_eq!((status, said.as_str()), (400, why), "{list}?{query}");
        }
    }
}
