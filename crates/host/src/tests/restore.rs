//! Tests of former selves that are put back after a crash.

use cutover_engine::disk::GONE;
use cutover_engine::effect::{Effect, FileContent, RestoreFile, TomlEdit, WriteFile};
use cutover_engine::host::Host as _;
use cutover_engine::known::Known;
use cutover_engine::value::Handle;
use indexmap::IndexMap;

use super::support::{Driven, World, begin, shown, write};

const CHANGED: &str = "Written { changed: true }";
const UNCHANGED: &str = "Written { changed: false }";
const PERHAPS: &str = "refused 0: config: somebody else may have changed it: what this run wrote \
                       there is not known any more; it is left alone";
const THEIRS: &str = "refused 0: config: somebody else has changed it meanwhile; it is left alone";
const PROFILE: &str = "[[profile]]\nname = \"ci\"\ntoken = \"old\"\n";

/// A secret that died with the process that made it.
fn gone() -> String {
    Handle { id: GONE, origin: "steps.create.token".to_owned() }.to_mark()
}

async fn running(world: &World) -> Driven<'_> {
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("publish").await;
    run
}

fn restore(path: &str, wrote: &str) -> Effect {
    let wrote = Some(FileContent::Text(wrote.to_owned()));
    Effect::RestoreFile(RestoreFile { path: path.to_owned(), wrote, known: Known::default() })
}

fn edit(token: String) -> FileContent {
    FileContent::Toml(TomlEdit {
        base: None,
        array: "profile".to_owned(),
        key: "name".to_owned(),
        is: "ci".to_owned(),
        set: [("token".to_owned(), token)].into_iter().collect(),
        copy_from: None,
    })
}

fn set(token: String) -> Effect {
    let (path, content) = ("config".to_owned(), edit(token));
    Effect::WriteFile(WriteFile { path, content, mode: None })
}

fn put_back(token: String) -> Effect {
    Effect::RestoreFile(RestoreFile {
        path: "config".to_owned(),
        wrote: Some(edit(token)),
        known: Known::default(),
    })
}

#[tokio::test]
async fn a_file_whose_secret_is_dead_is_left_alone() {
    let world = World::new();
    world.put("config", "old");
    let run = running(&world).await;
    run.perform("publish", write("config", "fake-token")).await.unwrap();
    let result = run.perform("publish", restore("config", &gone())).await;
    assert_eq!(shown(&result), PERHAPS);
    assert_eq!(world.get("config"), "fake-token");
}

#[tokio::test]
async fn a_file_whose_secret_is_dead_and_that_is_back_already_is_fine() {
    let world = World::new();
    world.put("config", "old");
    let run = running(&world).await;
    run.perform("publish", write("config", "fake-token")).await.unwrap();
    world.put("config", "old");
    let result = run.perform("publish", restore("config", &gone())).await;
    assert_eq!(shown(&result), UNCHANGED);
    assert_eq!(world.get("config"), "old");
}

#[tokio::test]
async fn a_new_file_whose_secret_is_dead_is_not_removed() {
    let world = World::new();
    let run = running(&world).await;
    run.perform("publish", write("config", "fake-token")).await.unwrap();
    let result = run.perform("publish", restore("config", &gone())).await;
    assert_eq!(shown(&result), PERHAPS);
    std::fs::remove_file(world.path("config")).unwrap();
    let result = run.perform("publish", restore("config", &gone())).await;
    assert_eq!(shown(&result), UNCHANGED);
}

#[tokio::test]
async fn an_entry_whose_secret_is_dead_is_left_alone_unless_it_is_back_already() {
    let world = World::new();
    world.put("config", PROFILE);
    let run = running(&world).await;
    run.perform("publish", set(world.seal("fake-token"))).await.unwrap();
    let written = world.get("config");
    assert_eq!(shown(&run.perform("publish", put_back(gone())).await), PERHAPS);
    assert_eq!(world.get("config"), written);
    let theirs = format!("{PROFILE}# theirs\n");
    world.put("config", &theirs);
    assert_eq!(shown(&run.perform("publish", put_back(gone())).await), UNCHANGED);
    assert_eq!(world.get("config"), theirs);
}

/// What is still known of that secret, where it was this.
fn known(world: &World, token: &str) -> Known {
    let secrets = world.host.secrets();
    let check = secrets.check("salt", token).expect("it is long enough");
    Known::new("salt", IndexMap::from([("steps.create.token".to_owned(), check)]))
}

const TOKEN: &str = "fake-token-long-enough-for-a-check";

#[tokio::test]
async fn a_file_whose_secret_is_dead_is_put_back_where_its_check_tells_it() {
    let wrote = || Some(FileContent::Text(format!("token = {}\n", gone())));
    let of = |known| {
        Effect::RestoreFile(RestoreFile { path: "config".to_owned(), wrote: wrote(), known })
    };
    let world = World::new();
    world.put("config", "old");
    let run = running(&world).await;
    run.perform("publish", write("config", &format!("token = {TOKEN}\n"))).await.unwrap();
    let another = known(&world, "fake-of-somebody-else-long-enough");
    let result = run.perform("publish", of(another)).await;
    assert_eq!(shown(&result), THEIRS);
    assert_eq!(world.get("config"), format!("token = {TOKEN}\n"));
    let result = run.perform("publish", of(known(&world, TOKEN))).await;
    assert_eq!(shown(&result), CHANGED);
    assert_eq!(world.get("config"), "old");
}

#[tokio::test]
async fn an_entry_whose_secret_is_dead_is_put_back_where_its_check_tells_it() {
    let of = |known| {
        Effect::RestoreFile(RestoreFile {
            path: "config".to_owned(),
            wrote: Some(edit(gone())),
            known,
        })
    };
    let world = World::new();
    world.put("config", PROFILE);
    let run = running(&world).await;
    run.perform("publish", set(world.seal(TOKEN))).await.unwrap();
    let another = known(&world, "fake-of-somebody-else-long-enough");
    assert_eq!(shown(&run.perform("publish", of(another)).await), THEIRS);
    assert!(world.get("config").contains(TOKEN));
    assert_eq!(shown(&run.perform("publish", of(known(&world, TOKEN))).await), CHANGED);
    assert_eq!(world.get("config"), PROFILE);
}

#[tokio::test]
async fn a_lost_former_self_is_told_and_not_taken_for_nothing_to_put_back() {
    let said = "refused 0: config: what it held before this run is not beside it any more; it is \
                left alone";
    let world = World::new();
    world.put("config", PROFILE);
    let run = running(&world).await;
    run.perform("publish", set("fake-token".to_owned())).await.unwrap();
    std::fs::remove_file(world.path(".config.cutover-run1")).unwrap();
    let written = world.get("config");
    for effect in [put_back("fake-token".to_owned()), restore("config", &written)] {
        assert_eq!(shown(&run.perform("publish", effect).await), said);
    }
    world.put("config", PROFILE);
    for effect in [put_back("fake-token".to_owned()), restore("config", &written)] {
        assert_eq!(shown(&run.perform("publish", effect).await), UNCHANGED);
    }
}

#[tokio::test]
async fn nothing_was_written_where_there_is_no_folder() {
    let world = World::new();
    let run = running(&world).await;
    let result = run.perform("publish", restore("no/such/file", "x")).await;
    assert_eq!(shown(&result), UNCHANGED);
}

#[tokio::test]
async fn half_a_copy_that_a_kill_left_is_no_former_self() {
    let world = World::new();
    world.put("config", "old");
    world.put(".config.cutover-run1.new-00112233aabbccdd", "ol");
    let run = running(&world).await;
    run.perform("publish", write("config", "new")).await.unwrap();
    assert_eq!(world.get(".config.cutover-run1"), "old");
    assert_eq!(shown(&run.perform("publish", restore("config", "new")).await), CHANGED);
    assert_eq!(world.get("config"), "old");
}
