//! Tests of what a plugin's effects reach: the half of a grant that only the world can tell.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

use cutover_engine::effect::{
    Call, Effect, EffectError, Exec, FileContent, Http, Keep, ReadFile, Reply, WriteFile,
};
use cutover_engine::grant::{Grant, Reach};
use cutover_engine::host::Host;
use cutover_engine::time::Duration;
use cutover_engine::value::Value;

use super::support::{World, begin};

/// What is needed and allowed: the same.
fn grant(world: &World, http: &[&str]) -> Grant {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let fs = vec![world.path("open").display().to_string()];
    let reach = Reach { http: own(http), exec: own(&["tool"]), fs, env: own(&["TOOL_HOME"]) };
    Grant {
        plugin: "acme-vault".to_owned(),
        file: "rotate.yaml".to_owned(),
        needs: reach.clone(),
        allow: reach,
        reads: Vec::new(),
        programs: [("tool".to_owned(), world.path("bin/tool").display().to_string())]
            .into_iter()
            .collect(),
    }
}

async fn perform(world: &World, grant: &Grant, effect: Effect) -> Result<Reply, String> {
    let deadline = world.host.now() + Duration::seconds(20);
    let (run, step) = ("run1".to_owned(), "a".to_owned());
    let grant = Some(Arc::new(grant.clone()));
    let done = world.host.perform(&Call { run, step, attempt: 1, deadline, effect, grant }).await;
    done.map_err(|error| match error {
        EffectError::NotSent { message, retryable } => {
            let again = if retryable { " (again)" } else { "" };
            format!("{message}{again}").replace(&world.path("").display().to_string(), "/x/")
        }
        other => format!("{other:?}"),
    })
}

async fn world() -> World {
    let world = World::new();
    std::fs::create_dir_all(world.path("open/inside")).unwrap();
    std::fs::create_dir_all(world.path("bin")).unwrap();
    std::fs::create_dir_all(world.path("closed")).unwrap();
    world.put("open/plain", "plain");
    world.put("closed/secret", "secret");
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("a").await;
    drop(run);
    world
}

fn read(world: &World, path: &str) -> Effect {
    let path = world.path(path).display().to_string();
    Effect::ReadFile(ReadFile { path, keep: Keep::Text })
}

fn write(world: &World, path: &str) -> Effect {
    let path = world.path(path).display().to_string();
    let content = FileContent::Text("new".to_owned());
    Effect::WriteFile(WriteFile { path, content, mode: None })
}

/// Returns what a file that was read holds.
fn held(reply: Result<Reply, String>) -> Result<Value, String> {
    match reply? {
        Reply::File { content, .. } => Ok(content),
        other => Err(format!("{other:?}")),
    }
}

#[tokio::test]
async fn no_link_leads_out_of_a_folder_that_was_granted() {
    let world = world().await;
    let grant = grant(&world, &[]);
    symlink(world.path("closed"), world.path("open/out")).unwrap();
    symlink(world.path("closed/secret"), world.path("open/stolen")).unwrap();
    symlink("inside", world.path("open/near")).unwrap();
    world.put("open/inside/deep", "deep");
    let reply = perform(&world, &grant, read(&world, "open/plain")).await;
    assert_eq!(held(reply), Ok("plain".into()));
    let reply = perform(&world, &grant, read(&world, "open/near/deep")).await;
    assert_eq!(held(reply), Ok("deep".into()));
    for path in ["open/stolen", "open/out/secret"] {
        let why = perform(&world, &grant, read(&world, path)).await.unwrap_err();
        assert_eq!(why, format!("/x/{path}: a link leads out of the folder"));
    }
    let why = perform(&world, &grant, read(&world, "closed/secret")).await.unwrap_err();
    assert_eq!(
        why,
        "`/x/closed` is not among what acme-vault needs: add it to `needs: fs` in its plugin.yaml"
    );
}

#[tokio::test]
async fn nothing_is_written_through_a_link_that_leads_out() {
    let world = world().await;
    let grant = grant(&world, &[]);
    symlink(world.path("closed"), world.path("open/out")).unwrap();
    let done = perform(&world, &grant, write(&world, "open/made")).await;
    assert_eq!(done, Ok(Reply::Written { changed: true }));
    assert!(perform(&world, &grant, write(&world, "open/out/made")).await.is_err());
    assert!(!world.path("closed/made").exists());
    assert!(perform(&world, &grant, write(&world, "closed/made")).await.is_err());
    assert!(!world.path("closed/made").exists());
}

#[tokio::test]
async fn a_name_that_stands_for_this_machine_is_not_connected_to_unless_it_is_named() {
    let world = world().await;
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    // Every system has a name for itself in its hosts file, and that name is no promise.
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let found = tokio::net::lookup_host((name.as_str(), port)).await;
    let Some(at) = found.ok().and_then(|mut found| found.next()) else { return };
    if cutover_engine::grant::is_special(at.ip()).is_none() {
        return;
    }
    let url = format!("http://{name}:{port}");
    // Whoever is let through leaves no open door for another.
    drop(server);
    let named = grant(&world, &[&url, &at.ip().to_string()]);
    let why = perform(&world, &named, Effect::Http(Http::new("GET", &url))).await;
    assert!(why.unwrap_err().contains("no connection"));
    let why = perform(&world, &grant(&world, &[&url]), Effect::Http(Http::new("GET", &url))).await;
    let why = why.unwrap_err();
    assert!(why.contains(&format!("stands for {}", at.ip())), "{why}");
    assert!(why.contains("`plugins.acme-vault.allow.http` in rotate.yaml"), "{why}");
    assert!(!why.ends_with("(again)"), "{why}");
}

#[tokio::test]
async fn localhost_names_this_machine() {
    let world = world().await;
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    drop(server);
    let url = format!("http://localhost:{port}");
    let why = perform(&world, &grant(&world, &[&url]), Effect::Http(Http::new("GET", &url))).await;
    assert!(why.unwrap_err().contains("no connection"));
}

#[tokio::test]
async fn a_program_is_the_one_that_was_found_when_the_plugin_was_loaded() {
    let world = world().await;
    let tool = world.put("bin/tool", "#!/bin/sh\necho \"mine $TOOL_HOME\"\n");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut exec = Exec { keep: Keep::Text, ..Exec::new(["tool"]) };
    exec.env.insert("TOOL_HOME".to_owned(), "x".to_owned());
    let grant = grant(&world, &[]);
    let Ok(Reply::Exec { stdout, .. }) = perform(&world, &grant, Effect::Exec(exec)).await else {
        panic!("it did not run");
    };
    assert_eq!(stdout.as_text(), Some("mine x\n"));
    let why = perform(&world, &grant, Effect::Exec(Exec::new(["true"]))).await.unwrap_err();
    assert!(why.contains("needs: exec"), "{why}");
}
