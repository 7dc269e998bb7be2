//! Tests of files.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use cutover_engine::effect::{
    Effect, EffectError, FileContent, Keep, RemoveFile, Reply, RestoreFile, TomlEdit, WriteFile,
};
use cutover_engine::event::Status;
use cutover_engine::host::Host;
use cutover_engine::known::Known;
use cutover_engine::time::Duration;

use super::support::{Driven, World, begin, read, shown, write};

async fn running(world: &World) -> Driven<'_> {
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("publish").await;
    run
}

async fn wrote(world: &World, effect: Effect) -> Result<Reply, EffectError> {
    running(world).await.perform("publish", effect).await
}

fn restore(path: &str, wrote: Option<&str>) -> Effect {
    let wrote = wrote.map(|text| FileContent::Text(text.to_owned()));
    Effect::RestoreFile(RestoreFile { path: path.to_owned(), wrote, known: Known::default() })
}

fn remove(path: &str) -> Effect {
    Effect::RemoveFile(RemoveFile { path: path.to_owned() })
}

fn with_mode(path: &str, text: &str, mode: u32) -> Effect {
    let content = FileContent::Text(text.to_owned());
    Effect::WriteFile(WriteFile { path: path.to_owned(), content, mode: Some(mode) })
}

fn mode(world: &World, name: &str) -> u32 {
    std::fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o7777
}

fn set_mode(world: &World, name: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(world.path(name), permissions).unwrap();
}

const CHANGED: &str = "Written { changed: true }";
const UNCHANGED: &str = "Written { changed: false }";

#[tokio::test]
async fn a_written_file_has_its_former_self_beside_it_until_the_run_ends() {
    let world = World::new();
    world.put("config", "old");
    let mut run = running(&world).await;
    let token = world.seal("fake-token");
    let result = run.perform("publish", write("config", &token)).await;
    assert_eq!(shown(&result), CHANGED);
    assert_eq!(world.get("config"), "fake-token");
    assert_eq!(world.get(".config.cutover-run1"), "old");
    assert_eq!(mode(&world, ".config.cutover-run1"), 0o600);
    run.end(Status::Succeeded).await;
    assert_eq!(world.names(), ["config"]);
}

#[tokio::test]
async fn what_a_killed_write_left_beside_the_file_goes_when_the_run_ends() {
    let world = World::new();
    world.put("config", "old");
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("publish").await;
    run.perform("publish", write("config", "new")).await.unwrap();
    world.put(".config.cutover-run1.new-00112233aabbccdd", "half of a fake-secret");
    run.end(Status::Succeeded).await;
    assert_eq!(world.names(), ["config"]);
}

#[tokio::test]
async fn a_run_that_is_stuck_keeps_the_former_selves() {
    let world = World::new();
    world.put("config", "old");
    let mut run = running(&world).await;
    run.perform("publish", write("config", "new")).await.unwrap();
    run.end(Status::Stuck).await;
    assert_eq!(world.get(".config.cutover-run1"), "old");
}

#[tokio::test]
async fn the_first_former_self_wins() {
    let world = World::new();
    world.put("config", "old");
    let run = running(&world).await;
    for text in ["new", "newer"] {
        run.perform("publish", write("config", text)).await.unwrap();
    }
    assert_eq!(world.get(".config.cutover-run1"), "old");
}

#[tokio::test]
async fn a_former_self_of_another_run_stops_a_write() {
    let world = World::new();
    world.put("config", "old");
    world.put(".config.cutover-zz9", "older");
    let result = shown(&wrote(&world, write("config", "new")).await);
    let begins = "refused 0: config: run zz9 has written to it and is not over";
    assert!(result.starts_with(begins), "{result}");
    assert_eq!(world.get("config"), "old");
    assert_eq!(world.names(), [".config.cutover-zz9", "config"]);
}

#[tokio::test]
async fn a_former_self_that_an_ended_run_left_is_no_obstacle() {
    let world = World::new();
    world.put("config", "old");
    let mut before = begin(&world.host, "run0", None).await.unwrap();
    before.end(Status::Succeeded).await;
    world.put(".config.cutover-run0", "older");
    assert_eq!(shown(&wrote(&world, write("config", "new")).await), CHANGED);
    assert_eq!(world.names(), [".config.cutover-run1", "config"]);
}

#[tokio::test]
async fn the_same_content_is_not_written() {
    let world = World::new();
    world.put("config", "same");
    let inode = world.path("config").metadata().unwrap().ino();
    assert_eq!(shown(&wrote(&world, write("config", "same")).await), UNCHANGED);
    assert_eq!(world.path("config").metadata().unwrap().ino(), inode);
    assert_eq!(world.names(), ["config"]);
}

#[tokio::test]
async fn a_new_file_is_private_and_an_old_one_keeps_its_mode() {
    let world = World::new();
    let run = running(&world).await;
    run.perform("publish", write("new", "x")).await.unwrap();
    assert_eq!(mode(&world, "new"), 0o600);
    world.put("old", "old");
    set_mode(&world, "old", 0o640);
    run.perform("publish", write("old", "x")).await.unwrap();
    assert_eq!(mode(&world, "old"), 0o640);
    run.perform("publish", with_mode("old", "x", 0o604)).await.unwrap();
    assert_eq!(mode(&world, "old"), 0o604, "the mode alone is a change too");
}

#[tokio::test]
async fn a_symlink_is_not_written_through() {
    let world = World::new();
    world.put("target", "old");
    std::os::unix::fs::symlink(world.path("target"), world.path("link")).unwrap();
    std::os::unix::fs::symlink(world.path("nowhere"), world.path("dangling")).unwrap();
    let run = running(&world).await;
    for name in ["link", "dangling"] {
        for effect in [write(name, "new"), remove(name)] {
            let result = run.perform("publish", effect).await;
            let expected = format!("not sent: {name} is a symlink, which is not written through");
            assert_eq!(shown(&result), expected);
        }
    }
    assert_eq!(world.get("target"), "old");
    assert_eq!(world.names(), ["dangling", "link", "target"]);
}

#[tokio::test]
async fn a_former_self_is_not_written_through_a_planted_symlink() {
    let world = World::new();
    world.put("config", "old");
    world.put("victim", "precious");
    std::os::unix::fs::symlink(world.path("victim"), world.path(".config.cutover-run1")).unwrap();
    let result = wrote(&world, write("config", "new")).await;
    assert_eq!(shown(&result), "not sent: config is a symlink, which is not written through");
    assert_eq!((world.get("victim").as_str(), world.get("config").as_str()), ("precious", "old"));
}

#[tokio::test]
async fn nothing_is_left_of_a_write_that_failed() {
    let world = World::new();
    let unknown = "\u{F5C1}s00000000000000000000000000000007steps.create.token\u{F5C2}";
    let result = wrote(&world, write("config", unknown)).await;
    assert_eq!(shown(&result), "gone: the secret `steps.create.token` is not there any more");
    assert!(world.names().is_empty(), "{:?}", world.names());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error() {
    let world = World::new();
    let result = wrote(&world, write("no/such/file", "x")).await;
    assert_eq!(shown(&result), "not sent: no/such/file: no such file or directory (os error 2)");
}

#[tokio::test]
async fn restoring_puts_content_and_mode_back() {
    let world = World::new();
    world.put("config", "old");
    set_mode(&world, "config", 0o644);
    let run = running(&world).await;
    run.perform("publish", with_mode("config", "new", 0o600)).await.unwrap();
    assert_eq!(mode(&world, "config"), 0o600);
    for expected in [CHANGED, UNCHANGED] {
        let result = run.perform("publish", restore("config", Some("new"))).await;
        assert_eq!(shown(&result), expected);
        assert_eq!((world.get("config").as_str(), mode(&world, "config")), ("old", 0o644));
    }
}

#[tokio::test]
async fn restoring_removes_a_file_that_was_not_there() {
    let world = World::new();
    let run = running(&world).await;
    run.perform("publish", write("config", "new")).await.unwrap();
    for expected in [CHANGED, UNCHANGED] {
        let result = run.perform("publish", restore("config", Some("new"))).await;
        assert_eq!(shown(&result), expected);
        assert!(!world.path("config").exists());
    }
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_left_alone() {
    let world = World::new();
    world.put("config", "old");
    let run = running(&world).await;
    run.perform("publish", write("config", "new")).await.unwrap();
    world.put("config", "theirs");
    let result = run.perform("publish", restore("config", Some("new"))).await;
    let expected = "refused 0: config: somebody else has changed it meanwhile; it is left alone";
    assert_eq!(shown(&result), expected);
    assert_eq!(world.get("config"), "theirs");
}

#[tokio::test]
async fn a_removed_file_comes_back_with_its_mode() {
    let world = World::new();
    world.put("config", "old");
    set_mode(&world, "config", 0o640);
    let run = running(&world).await;
    for expected in [CHANGED, UNCHANGED] {
        assert_eq!(shown(&run.perform("publish", remove("config")).await), expected);
        assert!(!world.path("config").exists());
    }
    let result = run.perform("publish", restore("config", None)).await;
    assert_eq!(shown(&result), CHANGED);
    assert_eq!((world.get("config").as_str(), mode(&world, "config")), ("old", 0o640));
}

#[tokio::test]
async fn removing_what_is_not_there_is_fine() {
    let world = World::new();
    assert_eq!(shown(&wrote(&world, remove("no/such")).await), UNCHANGED);
}

#[tokio::test]
async fn one_entry_of_a_toml_file_is_set_and_put_back() {
    let world = World::new();
    let before = "[[profile]]\nname = \"ci\"\ntoken = \"old\" # keep\n";
    world.put("config.toml", before);
    let edit = TomlEdit {
        base: None,
        array: "profile".to_owned(),
        key: "name".to_owned(),
        is: "ci".to_owned(),
        set: [("token".to_owned(), world.seal("fake-token"))].into_iter().collect(),
        copy_from: None,
    };
    let run = running(&world).await;
    let (path, content) = ("config.toml".to_owned(), FileContent::Toml(edit.clone()));
    let effect = Effect::WriteFile(WriteFile { path: path.clone(), content, mode: None });
    run.perform("publish", effect).await.unwrap();
    assert_eq!(world.get("config.toml"), before.replace("old", "fake-token"));
    let beside = format!("{}# theirs\n", world.get("config.toml"));
    world.put("config.toml", &beside);
    let wrote = Some(FileContent::Toml(edit));
    let effect = Effect::RestoreFile(RestoreFile { path, wrote, known: Known::default() });
    assert_eq!(shown(&run.perform("publish", effect).await), CHANGED);
    assert_eq!(world.get("config.toml"), format!("{before}# theirs\n"));
}

#[tokio::test]
async fn a_file_is_read_whole_and_one_that_is_not_there_is_missing() {
    let world = World::new();
    world.put("config", "text\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    std::fs::set_permissions(world.path("config"), mode).unwrap();
    let run = begin(&world.host, "run1", None).await.unwrap();
    let result = run.perform("look", read("config", Keep::Text)).await;
    assert_eq!(shown(&result), "File { content: Text(\"text\\n\"), mode: 416 }");
    assert_eq!(shown(&run.perform("look", read("nothing", Keep::Text)).await), "Missing");
    let read = run.perform("look", read("~/config", Keep::Secret)).await;
    let Ok(Reply::File { content: secret, .. }) = read else { panic!("it failed") };
    assert!(world.host.secrets().same(secret.as_text().unwrap(), "text"));
    assert_eq!(secret.handles()[0].origin, "steps.look.content");
}

#[tokio::test]
async fn neither_a_pipe_nor_a_device_nor_a_folder_is_read() {
    let world = World::new();
    let pipe = world.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let run = begin(&world.host, "run1", None).await.unwrap();
    for path in ["pipe", "/dev/zero", "."] {
        let result = run.perform("look", read(path, Keep::Text)).await;
        assert_eq!(shown(&result), format!("not sent: {path}: not a regular file"));
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_not_read() {
    let world = World::new();
    let file = std::fs::File::create(world.path("large")).unwrap();
    file.set_len(4 * 1024 * 1024 + 1).unwrap();
    let run = begin(&world.host, "run1", None).await.unwrap();
    let result = run.perform("look", read("large", Keep::Text)).await;
    assert_eq!(shown(&result), "not sent: large: larger than 4 MiB");
}

#[tokio::test]
async fn a_folder_that_another_writer_holds_is_waited_for_until_the_deadline() {
    let world = World::new();
    let folder = std::fs::File::open(world.folder.path()).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let run = running(&world).await;
    let deadline = world.host.now() + Duration(60);
    let result = run.perform_until("publish", write("config", "x"), deadline).await;
    assert_eq!(shown(&result), "not sent, again: config: its folder is locked");
    drop(folder);
    let result = run.perform("publish", write("config", "x")).await;
    assert_eq!(shown(&result), CHANGED);
}

#[tokio::test]
async fn two_writers_of_one_file_lose_nothing() {
    let world = World::new();
    let tables: String = (0..8).map(|n| format!("[[p]]\nname = \"n{n}\"\nt = \"old\"\n")).collect();
    world.put("config.toml", &tables);
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    for n in 0..8 {
        run.start(&format!("set[{n}]")).await;
    }
    let run = &run;
    let writes = (0..8).map(|n| async move {
        let edit = TomlEdit {
            base: None,
            array: "p".to_owned(),
            key: "name".to_owned(),
            is: format!("n{n}"),
            set: [("t".to_owned(), "new".to_owned())].into_iter().collect(),
            copy_from: None,
        };
        let (path, content) = ("config.toml".to_owned(), FileContent::Toml(edit));
        let effect = Effect::WriteFile(WriteFile { path, content, mode: None });
        run.perform(&format!("set[{n}]"), effect).await.unwrap();
    });
    futures_util::future::join_all(writes).await;
    assert_eq!(world.get("config.toml"), tables.replace("old", "new"));
    assert_eq!(world.get(".config.toml.cutover-run1"), tables);
}
