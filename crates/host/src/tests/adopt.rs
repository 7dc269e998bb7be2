//! Tests of telling the state what is in use.

use cutover_engine::event::{Event, Identity, Status};
use cutover_engine::host::{Host, HostError, Key};

use super::journal::promoted;
use super::support::{World, begin, reader};
use crate::adopt::{Adopt, AdoptError, adopt};
use crate::journal::rebuild_tables;

fn told(id: &str, replaces: Option<&str>) -> Adopt {
    Adopt {
        credential: "ci".to_owned(),
        identity: Identity { id: id.to_owned(), ..Identity::default() },
        owner: None,
        replaces: replaces.map(str::to_owned),
    }
}

#[tokio::test]
async fn what_is_adopted_is_in_use_from_then_on_and_survives_tables_made_anew() {
    let world = World::new();
    let adopted = adopt(&world.host, &told("1", None)).await.unwrap();
    assert_eq!(adopted.from, None);
    for _ in 0..2 {
        let known = reader(&world).credential("ci").unwrap().unwrap();
        assert_eq!((known.identity.id.as_str(), &known.run), ("1", &adopted.run));
        rebuild_tables(&world.state()).unwrap();
    }
    let claim = world.host.claim("run1", &[Key::Credential("ci".to_owned())]).await.unwrap();
    assert_eq!(claim.current.map(|current| current.id).as_deref(), Some("1"));
    assert_eq!(claim.promoted_by, None, "the first workflow that promotes it has it");
}

#[tokio::test]
async fn what_is_in_use_is_replaced_only_by_its_id() {
    let world = World::new();
    adopt(&world.host, &told("1", None)).await.unwrap();
    let refused = adopt(&world.host, &told("2", None)).await;
    assert!(matches!(refused, Err(AdoptError::Current(current)) if current.id == "1"));
    let refused = adopt(&world.host, &told("2", Some("9"))).await;
    assert!(matches!(refused, Err(AdoptError::Other { current: Some(it), .. }) if it.id == "1"));
    let adopted = adopt(&world.host, &told("2", Some("1"))).await.unwrap();
    assert_eq!(adopted.from.map(|from| from.id).as_deref(), Some("1"));
    assert_eq!(reader(&world).credential("ci").unwrap().unwrap().identity.id, "2");
}

#[tokio::test]
async fn nothing_is_adopted_while_a_run_of_the_credential_is_unfinished() {
    let world = World::new();
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    let refused = adopt(&world.host, &told("1", None)).await;
    assert!(matches!(refused, Err(AdoptError::Host(HostError::Taken { .. }))), "{refused:?}");
    run.end(Status::Failed).await;
    assert!(adopt(&world.host, &told("1", None)).await.is_ok());
}

#[tokio::test]
async fn what_the_runs_before_were_given_is_known_after_an_adoption_too() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    run.record(vec![promoted("run1")]).await.unwrap();
    run.end(Status::Succeeded).await;
    let adopted = adopt(&world.host, &told("3", Some("2"))).await.unwrap();
    assert!(!adopted.is_first);
    let known = reader(&world).credential("ci").unwrap().unwrap();
    assert_eq!((known.identity.id.as_str(), known.workflow.as_str()), ("3", "rotate"));
    assert_eq!(known.owner.as_deref(), Some("team-x"));
    let first = reader(&world).events(&adopted.run).unwrap().swap_remove(0).event;
    let Event::Claimed(claimed) = first else { panic!("it begins with its claim") };
    assert_eq!((claimed.text.as_str(), claimed.file.as_str()), ("version: 1", "rotate.yaml"));
}
