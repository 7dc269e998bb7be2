//! Tests with a second process that is killed: this test binary, started once more.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use cutover_engine::effect::Effect;
use cutover_engine::host::{Host, HostError, Key};
use cutover_engine::spec::Role;

use super::support::{World, begin, host_in, script, started};
use crate::abandon::{AbandonError, abandon};

/// Where the second process finds the state; without it this is no second process.
const FOLDER: &str = "CUTOVER_TEST_FOLDER";

/// What the second process does: it claims, announces a create, and starts a program that would go
/// on for long. It is killed in the middle of that.
#[tokio::test]
async fn the_second_process() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let host = host_in(std::path::Path::new(&folder), |options| options);
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    let mut exec = script(&format!("echo $$ > {folder}/pid; exec sleep 600"));
    exec.reads = false;
    drop(run.perform("create", Effect::Exec(exec)).await);
}

/// The second process in the middle of its create, and the id of its program.
struct Second {
    child: Child,
    program: String,
}

impl Second {
    fn start(world: &World) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::killed::the_second_process", "--nocapture"])
            .env(FOLDER, world.folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let program = waits_for(|| {
            let pid = std::fs::read_to_string(world.path("pid")).ok()?;
            pid.ends_with('\n').then(|| pid.trim().to_owned())
        });
        Self { child, program }
    }

    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // The last words of its harness, so that nothing waits on a full pipe.
        let lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        drop(lines.collect::<Vec<_>>());
        self.program
    }
}

fn waits_for<T>(look: impl Fn() -> Option<T>) -> T {
    let before = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(before.elapsed().as_secs() < 20, "it did not come about");
        std::thread::yield_now();
    }
}

fn is_gone(pid: &str) -> Option<()> {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    (state.is_empty() || state.contains(") Z ")).then_some(())
}

#[tokio::test]
async fn a_killed_run_holds_its_credential_until_it_is_given_up() {
    let world = World::new();
    let second = Second::start(&world);
    let keys = [Key::Credential("ci".to_owned())];
    let claim = world.host.claim("run2", &keys).await.unwrap_err();
    assert!(matches!(claim, HostError::Taken { alive: true, .. }), "{claim:?}");
    let error = abandon(&world.host, "run1").await.unwrap_err();
    assert!(matches!(error, AbandonError::Host(HostError::Taken { alive: true, .. })), "{error:?}");
    second.kill();
    let error = world.host.claim("run2", &keys).await.unwrap_err();
    let HostError::Taken { run, step, marker, alive, .. } = error else { panic!("{error:?}") };
    assert_eq!((run.as_str(), step.as_deref(), alive), ("run1", Some("create"), false));
    assert_eq!(marker.as_deref(), Some("cutover-00000000-run-create"));
    let given_up = abandon(&world.host, "run1").await.unwrap();
    let left: Vec<String> = given_up.left.iter().map(ToString::to_string).collect();
    let expected =
        "perhaps something marked cutover-00000000-run-create, by `create` (acme.create)";
    assert_eq!(left, [expected]);
    world.host.claim("run2", &keys).await.unwrap();
}

#[tokio::test]
async fn a_program_that_writes_dies_with_its_driver() {
    let world = World::new();
    let second = Second::start(&world);
    assert!(is_gone(&second.program).is_none(), "it runs");
    let program = second.kill();
    waits_for(|| is_gone(&program));
}
