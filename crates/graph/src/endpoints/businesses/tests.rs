use std::time::Duration;

use callport_core::ids::{PhoneNumberId, PortfolioId};
use callport_core::number::PhoneNumber;
use callport_engine::SignUpDeed;
use callport_engine::records::SignUpWishes;
use serde_json::json;

use crate::testing::partners::{OTHER_APP, customer, partners, token};
use crate::testing::{APP, MANAGE, World};

#[tokio::test]
async fn accounts_are_listed_of_owners_and_of_customers() {
    let world = World::new().await;
    partners(&world).await;
    let customer = customer(&world, SignUpWishes::default(), None).await;
    let token = token(&world, &customer).await;
    let owned = world.get(&format!("/v25.0/{}/owned_whatsapp_business_accounts", customer.portfolio), &token).await.ok();
    assert_eq!(owned["data"][0]["id"], customer.waba.as_str());
    assert!(owned["paging"]["cursors"]["after"].is_string());
    let others = world.get("/3001/owned_whatsapp_business_accounts", MANAGE).await.ok();
    assert_eq!(others["data"].as_array().unwrap().len(), 1, "those that the token reaches: 2001, not 2002");
    let clients = world.get("/3101/client_whatsapp_business_accounts?fields=id,name,currency", APP).await.ok();
    assert_eq!(clients["data"], json!([{ "id": customer.waba.as_str(), "name": "Kopi ID", "currency": "IDR" }]));
    let filter = |portfolio: &str| {
        let filter = json!([{ "field": "partners", "operator": "ALL", "value": [portfolio] }]).to_string();
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("filtering", &filter).finish();
        format!("/3101/client_whatsapp_business_accounts?{query}")
    };
    assert_eq!(world.get(&filter("3102"), APP).await.ok()["data"], json!([]), "no customer of both");
    assert_eq!(world.get(&filter("3101"), APP).await.ok()["data"].as_array().unwrap().len(), 1);
    assert_eq!(world.get("/3101/client_whatsapp_business_accounts", OTHER_APP).await.code(403), 200);
    world.engine.end_grant(&callport_core::ids::AppId::parse("1001").unwrap(), &customer.waba).await.unwrap();
    assert_eq!(world.get(&filter("3101"), APP).await.ok()["data"], json!([]), "it was taken back");
}

#[tokio::test]
async fn a_pre_verified_number_is_claimed_by_a_customer() {
    let world = World::new().await;
    partners(&world).await;
    let id =
        world.post("/3101/add_phone_numbers?phone_number=%2B6281255506666", APP, &json!({})).await.ok()["id"].as_str().unwrap().to_owned();
    let pnid = PhoneNumberId::parse(&id).unwrap();
    let ask = json!({ "code_method": "SMS", "language": "en" });
    assert_eq!(world.post(&format!("/{id}/request_code"), OTHER_APP, &ask).await.code(403), 200);
    world.post(&format!("/{id}/request_code"), APP, &ask).await.ok();
    let code = world.engine.registration(&pnid).await.unwrap().unwrap().code.unwrap().code;
    world.post(&format!("/{id}/verify_code"), APP, &json!({ "code": code })).await.ok();
    assert_eq!(world.post(&format!("/{id}/request_code"), APP, &ask).await.code(400), 136_024);

    let wishes = SignUpWishes { pre_verified: vec![pnid.clone()], ..SignUpWishes::default() };
    let claimed = customer(&world, wishes, Some(SignUpDeed::PreVerified(pnid.clone(), "Kopi".into()))).await;
    let token = token(&world, &claimed).await;
    let shown = world.get(&format!("/{id}?fields=code_verification_status,status"), &token).await.ok();
    assert_eq!(shown, json!({ "code_verification_status": "VERIFIED", "status": "PENDING", "id": id }));
    world.clock.advance(Duration::from_secs(89 * 86_400));
    world.post(&format!("/{id}/register"), &token, &json!({ "messaging_product": "whatsapp", "pin": "123456" })).await.ok();
    assert_eq!(world.post("/3101/add_phone_numbers?phone_number=6281255506666", APP, &json!({})).await.code(400), 100, "it is taken");
    world.clock.advance(Duration::from_secs(10 * 86_400));
    let shown = world.get(&format!("/{id}?fields=code_verification_status,status"), &token).await.ok();
    assert_eq!(shown["code_verification_status"], "VERIFIED", "once it is registered, its verification does not end");
}

#[tokio::test]
async fn a_claimed_number_that_nobody_registers_must_be_verified_again_after_ninety_days() {
    let world = World::new().await;
    partners(&world).await;
    let partner = PortfolioId::parse("3101").unwrap();
    let id = world.engine.add_pre_verified(&partner, PhoneNumber::parse("6281255506666").unwrap()).await.unwrap().id;
    let ask = json!({ "code_method": "SMS", "language": "en" });
    let enter = async |who: &str| {
        world.post(&format!("/{id}/request_code"), who, &ask).await.ok();
        let code = world.engine.registration(&id).await.unwrap().unwrap().code.unwrap().code;
        world.post(&format!("/{id}/verify_code"), who, &json!({ "code": code })).await.ok();
    };
    enter(APP).await;
    let wishes = SignUpWishes { pre_verified: vec![id.clone()], ..SignUpWishes::default() };
    let claimed = customer(&world, wishes, Some(SignUpDeed::PreVerified(id.clone(), "Kopi".into()))).await;
    let token = token(&world, &claimed).await;
    world.clock.advance(Duration::from_secs(90 * 86_400));
    let node = format!("/{id}?fields=code_verification_status,status");
    assert_eq!(world.get(&node, &token).await.ok()["code_verification_status"], "EXPIRED");
    let register = json!({ "messaging_product": "whatsapp", "pin": "123456" });
    assert_eq!(world.post(&format!("/{id}/register"), &token, &register).await.code(400), 133_006);
    enter(&token).await;
    assert_eq!(world.get(&node, &token).await.ok()["code_verification_status"], "VERIFIED");
    world.post(&format!("/{id}/register"), &token, &register).await.ok();
    assert_eq!(world.get(&node, &token).await.ok()["status"], "CONNECTED");
}

#[tokio::test]
async fn a_pre_verified_number_waits_ninety_days() {
    let world = World::new().await;
    partners(&world).await;
    let (partner, number) = (PortfolioId::parse("3101").unwrap(), PhoneNumber::parse("6281255506666").unwrap());
    let pnid = world.engine.add_pre_verified(&partner, number).await.unwrap().id;
    world.post(&format!("/{pnid}/request_code"), APP, &json!({ "code_method": "VOICE", "language": "id_ID" })).await.ok();
    let code = world.engine.registration(&pnid).await.unwrap().unwrap().code.unwrap().code;
    world.engine.verify_code(&pnid, &code).await.unwrap();
    world.clock.advance(Duration::from_secs(90 * 86_400));
    let again = world.post(&format!("/{pnid}/request_code"), APP, &json!({ "code_method": "VOICE", "language": "id" })).await;
    assert_eq!(again.status, 200, "its verification is over: {}", again.text);
}

#[tokio::test]
async fn an_app_only_install_gets_its_token_without_a_code() {
    let world = World::new().await;
    partners(&world).await;
    let customer = customer(&world, SignUpWishes { app_only: true, ..SignUpWishes::default() }, None).await;
    let path = format!("/{}/system_user_access_tokens", customer.portfolio);
    let got = world.post(&format!("{path}?fetch_only=true"), APP, &json!({})).await.ok();
    let token = got["access_token"].as_str().unwrap();
    world.get(&format!("/{}", customer.waba), token).await.ok();
    assert_eq!(world.post(&path, APP, &json!({})).await.code(400), 100, "fetch_only");
    assert_eq!(world.post(&format!("{path}?fetch_only=true"), MANAGE, &json!({})).await.code(400), 100, "appsecret_proof");
    assert_eq!(world.post(&format!("{path}?fetch_only=true"), OTHER_APP, &json!({})).await.code(403), 200);
}

#[tokio::test]
async fn a_system_user_is_given_tasks() {
    let world = World::new().await;
    partners(&world).await;
    let customer = customer(&world, SignUpWishes::default(), None).await;
    let token = token(&world, &customer).await;
    let own = world.engine.put_system_user(PortfolioId::parse("3101").unwrap(), "Robot".into()).await.unwrap();
    let foreign = world.engine.put_system_user(PortfolioId::parse("3102").unwrap(), "Other".into()).await.unwrap();
    let edge = format!("/{}/assigned_users", customer.waba);
    let assign = |user: &str| format!("{edge}?user={user}&tasks=%5B%22MANAGE%22%5D");
    assert_eq!(world.post(&assign(own.id.as_str()), &token, &json!({})).await.ok(), json!({ "success": true }));
    assert_eq!(world.post(&assign(foreign.id.as_str()), &token, &json!({})).await.code(403), 200);
    assert_eq!(world.post(&assign("9"), &token, &json!({})).await.code(400), 100);
    assert_eq!(world.post(&format!("{edge}?user={}&tasks=FLY", own.id), &token, &json!({})).await.code(400), 100);
    let listed = world.get(&format!("{edge}?business=3101"), &token).await.ok();
    assert_eq!(listed["data"], json!([{ "id": own.id.as_str(), "name": "Robot", "tasks": ["MANAGE"] }]));
}
