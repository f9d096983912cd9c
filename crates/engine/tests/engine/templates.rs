//! Templates made, reviewed and removed.

use callport_core::ids::WabaId;
use callport_core::template::{Category, TemplateStatus};
use callport_engine::ports::Store;
use callport_engine::{CreateTemplateRefusal, Failed, NewTemplate};
use callport_testkit::World;

fn template(name: &str) -> NewTemplate {
    NewTemplate {
        waba: WabaId::parse("2001").unwrap(),
        name: name.into(),
        language: "en".into(),
        category: Category::Utility,
        named_parameters: false,
        components: "[]".into(),
    }
}

#[tokio::test]
async fn a_template_is_approved_at_once_and_its_name_is_taken() {
    let mut world = World::new().await;
    let made = world.engine.create_template(template("one")).await.unwrap();
    assert_eq!(made.status, TemplateStatus::Approved);
    assert_eq!(world.webhook().await.text, "template one APPROVED");
    assert!(matches!(world.engine.create_template(template("one")).await, Err(Failed::Refused(CreateTemplateRefusal::Taken))));
    let german = NewTemplate { language: "de".into(), ..template("one") };
    world.engine.create_template(german).await.unwrap();
    world.webhook().await;
    world.engine.review_template(&made.id, TemplateStatus::Paused).await.unwrap();
    assert_eq!(world.webhook().await.text, "template one PAUSED");
}

#[tokio::test]
async fn a_template_is_removed_by_name_or_by_id() {
    let world = World::new().await;
    let waba = WabaId::parse("2001").unwrap();
    let one = world.engine.create_template(template("one")).await.unwrap();
    world.engine.create_template(NewTemplate { language: "de".into(), ..template("one") }).await.unwrap();
    assert!(!world.engine.delete_template(&waba, "two", None).await.unwrap());
    assert!(world.engine.delete_template(&waba, "one", Some(&one.id)).await.unwrap());
    assert_eq!(world.store.templates(&waba).await.unwrap().len(), 1);
    assert!(world.engine.delete_template(&waba, "one", None).await.unwrap());
    assert_eq!(world.store.templates(&waba).await.unwrap().len(), 0);
}
