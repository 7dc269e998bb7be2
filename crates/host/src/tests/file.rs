//! Tests of files.

use cutover_engine::effect::{Effect, EffectError, Reply};
use cutover_engine::event::Status;

use super::support::{World, begin, shown, write};

async fn wrote(world: &World, effect: Effect) -> Result<Reply, EffectError> {
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("publish").await;
    run.perform("publish", effect).await
}

#[tokio::test]
async fn a_written_file_has_its_former_self_beside_it_until_the_run_ends() {
    let world = World::new();
    world.put("config", "old");
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("publish").await;
    let token = world.seal("fake-token");
    run.perform("publish", write("config", &token)).await.unwrap();
    assert_eq!(world.get("config"), "fake-token");
    assert_eq!(world.get(".config.cutover-run1"), "old");
    run.end(Status::Succeeded).await;
    assert_eq!(world.names(), ["config"]);
}

#[tokio::test]
async fn a_symlink_is_not_written_through() {
    let world = World::new();
    world.put("target", "old");
    std::os::unix::fs::symlink(world.path("target"), world.path("link")).unwrap();
    let result = wrote(&world, write("link", "new")).await;
    assert_eq!(shown(&result), "not sent: link is a symlink, which is not written through");
    assert_eq!(world.get("target"), "old");
}
