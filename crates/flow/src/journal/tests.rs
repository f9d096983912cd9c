use callport_core::pair::ReplySource;

use super::*;

fn kept(fact: &Fact) -> String {
    serde_json::to_string(fact).unwrap()
}

#[test]
fn what_is_on_record_reads_back() {
    let facts = [
        Fact::CallEnded { reason: EndReason::NotAnswered, talked_ms: None },
        Fact::CallEnded { reason: EndReason::UserHungUp, talked_ms: Some(61_500) },
        Fact::UserPickedUp { device: DeviceKind::Companion },
        Fact::MediaSilent { side: Side::Business },
        Fact::PermissionChanged {
            permission: Permission::Temporary { until: WallTime::from_unix_seconds(1_795_341_700) },
            source: ReplySource::Automatic,
        },
        Fact::PermissionChanged { permission: Permission::None, source: ReplySource::UserAction },
        Fact::PauseLifted { direction: Direction::UserInitiated },
        Fact::Line { kind: EntryKind::Rule, text: "as it was".into() },
    ];
    for fact in facts {
        assert_eq!(serde_json::from_str::<Fact>(&kept(&fact)).unwrap(), fact);
    }
}

/// Rows of earlier versions hold this very text: whoever changes an entry keeps it readable or adds a migration.
#[test]
fn reads_entries_of_earlier_versions() {
    let old = r#"{"fact":"webhook_attempted","event":"connect","attempt":2,"url":"http://b/","status":500,"error":"no","took_ns":9}"#;
    let Fact::WebhookAttempted { given_up, .. } = serde_json::from_str(old).unwrap() else { panic!("another fact") };
    assert!(!given_up);
    let old = r#"{"fact":"media_milestone","side":"user","says":"STUN came"}"#;
    let milestone = serde_json::from_str::<Fact>(old).unwrap();
    assert_eq!((milestone.to_string().as_str(), milestone.kind(), kept(&milestone).as_str()), ("STUN came", EntryKind::Media, old));
    assert_eq!(
        kept(&Fact::Media { side: Side::Business, milestone: Milestone::FirstAudio { after_ms: 312, since: Since::Answer } }),
        r#"{"fact":"media","side":"business","milestone":"first_audio","after_ms":312,"since":"answer"}"#
    );
    assert_eq!(
        kept(&Fact::CallEnded { reason: EndReason::NotAnswered, talked_ms: None }),
        r#"{"fact":"call_ended","reason":"not_answered","talked_ms":null}"#
    );
}

#[test]
fn sentences_name_the_actor_and_the_failure() {
    let refused = Fact::BusinessRefused { action: "pre_accept".into(), says: "line 7: a=setup:actpass".into() };
    assert_eq!(refused.to_string(), "pre_accept refused: line 7: a=setup:actpass");
    assert_eq!(refused.kind(), EntryKind::Api);
    let ended = Fact::CallEnded { reason: EndReason::UserHungUp, talked_ms: Some(61_500) };
    assert_eq!(ended.to_string(), "the call is over after 61 s: the user ended the call");
}
