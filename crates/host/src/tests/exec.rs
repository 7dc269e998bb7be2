//! Tests of programs.

use std::time::Instant;

use cutover_engine::effect::{Effect, EffectError, Exec, FileContent, Keep, Reply};
use cutover_engine::host::Host;
use cutover_engine::time::Duration;

use super::support::{World, begin, script, shown};

async fn ran(world: &World, exec: Exec) -> Result<Reply, EffectError> {
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("tool").await;
    run.perform("tool", Effect::Exec(exec)).await
}

fn stdout(result: Result<Reply, EffectError>) -> String {
    match result {
        Ok(Reply::Exec { stdout, .. }) => stdout.as_text().unwrap_or("(no text)").to_owned(),
        other => shown(&other),
    }
}

#[tokio::test]
async fn a_program_gets_a_clean_environment_and_what_it_is_given() {
    let world = World::with(|mut options| {
        options.lang = Some("C.UTF-8".to_owned());
        options.env.insert("TZ".to_owned(), "UTC".to_owned());
        options
    });
    let mut exec = script("env | grep -v -e ^_ -e ^PWD -e ^SHLVL | sort");
    exec.env.insert("TOKEN".to_owned(), world.seal("fake-token"));
    let home = world.folder.path().display().to_string();
    let path = &world.host.options().path;
    let expected = format!("HOME={home}\nLANG=C.UTF-8\nPATH={path}\nTOKEN=fake-token\nTZ=UTC\n");
    assert_eq!(stdout(ran(&world, exec).await), expected);
}

#[tokio::test]
async fn a_secret_reaches_standard_input_and_comes_back_sealed() {
    let world = World::new();
    let mut exec = script("cat");
    exec.stdin = Some(format!("<{}>", world.seal("fake-token")));
    exec.keep = Keep::Secret;
    let Ok(Reply::Exec { stdout, .. }) = ran(&world, exec).await else { panic!("it failed") };
    assert!(stdout.is_secret());
    assert!(world.host.secrets().same(stdout.as_text().unwrap(), "<fake-token>"));
    assert_eq!(stdout.handles()[0].origin, "steps.tool.secret");
}

#[tokio::test]
async fn a_secret_in_an_argument_is_refused() {
    let world = World::new();
    let exec = Exec::new(["/bin/echo".to_owned(), world.seal("fake-token")]);
    let result = ran(&world, exec).await;
    assert_eq!(shown(&result), "not sent: the secret `inputs.password` in an argument");
}

#[tokio::test]
async fn files_are_private_and_gone_afterwards() {
    let world = World::new();
    let mut exec = script("");
    let look = "stat -c '%a %F' \"$1\" \"$(dirname $1)\"; cat \"$1\"; echo; echo \"$1\"";
    exec.argv = ["/bin/sh", "-c", look, "sh", "{config}"].map(str::to_owned).to_vec();
    exec.files.insert("config".to_owned(), FileContent::Text(world.seal("fake-token")));
    let output = stdout(ran(&world, exec).await);
    let (seen, path) = output.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(seen, "600 regular file\n700 directory\nfake-token");
    assert!(!std::path::Path::new(path).exists(), "{path} is still there");
}

#[tokio::test]
async fn a_code_outside_the_accepted_ones_is_a_refusal_with_the_last_lines() {
    let world = World::new();
    let token = world.seal("fake-token-value");
    let mut exec = script("echo \"bad \u{1b}[31mtoken $T\" >&2; exit 3");
    exec.env.insert("T".to_owned(), token);
    let result = ran(&world, exec).await;
    assert_eq!(shown(&result), "refused 3: `/bin/sh` ended with code 3");
    let Err(EffectError::Refused { stderr, .. }) = result else { panic!("no refusal") };
    assert_eq!(stderr, "bad \\u{1b}[31mtoken ***");
}

#[tokio::test]
async fn a_token_that_a_failing_program_prints_does_not_show() {
    let world = World::new();
    let mut exec = script("echo M.V1.fake-token-new; echo made M.V1.fake-token-new >&2; exit 1");
    exec.keep = Keep::Lines { seal_words: vec!["M.V1.".to_owned()], seal_last: true };
    let Err(EffectError::Refused { stderr, .. }) = ran(&world, exec).await else {
        panic!("no refusal")
    };
    assert_eq!(stderr, "made ***");
}

#[tokio::test]
async fn a_program_that_is_not_there_was_not_sent() {
    let world = World::new();
    let result = ran(&world, Exec::new(["no-such-program-here"])).await;
    assert_eq!(shown(&result), "not sent: there is no program `no-such-program-here` on the PATH");
}

#[tokio::test]
async fn at_the_deadline_the_whole_group_ends() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("tool").await;
    let pid = world.path("grandchild");
    let text = format!("sleep 600 & echo $! > {}; wait", pid.display());
    let before = Instant::now();
    for (reads, expected) in [
        (true, "not sent, again: `/bin/sh` ran past its deadline and was ended"),
        (false, "lost: `/bin/sh` ran past its deadline and was ended"),
    ] {
        let mut exec = script(&text);
        exec.reads = reads;
        let deadline = world.host.now() + Duration(400);
        let result = run.perform_until("tool", Effect::Exec(exec), deadline).await;
        assert_eq!(shown(&result), expected);
        let pid = std::fs::read_to_string(&pid).unwrap().trim().to_owned();
        assert!(ends(&pid), "the grandchild lives");
    }
    assert!(before.elapsed().as_secs() < 15);
}

/// Says whether a process that was sent its end is gone: the system may take a moment.
fn ends(pid: &str) -> bool {
    let before = Instant::now();
    while before.elapsed().as_secs() < 5 {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[tokio::test]
async fn a_program_ended_by_a_signal_gave_no_answer() {
    let world = World::new();
    let mut exec = script("kill -9 $$");
    exec.reads = false;
    assert_eq!(shown(&ran(&world, exec).await), "lost: `/bin/sh` was ended by signal 9");
}

#[tokio::test]
async fn no_more_than_the_limit_is_kept() {
    let world = World::new();
    let exec = script("head -c 5000000 /dev/zero | tr '\\0' x");
    let mut writes = exec.clone();
    writes.reads = false;
    let expected = "refused 0: `/bin/sh` printed more than 4 MiB and was ended";
    assert_eq!(shown(&ran(&world, exec).await), expected);
    // What writes is let finish.
    let world = World::new();
    assert_eq!(shown(&ran(&world, writes).await), "lost: `/bin/sh` printed more than 4 MiB");
}

#[tokio::test]
async fn an_unreadable_answer_of_a_write_is_a_lost_one() {
    let world = World::new();
    let mut exec = script("echo oops fake");
    exec.reads = false;
    exec.keep = Keep::Json { seal: Vec::new() };
    let result = ran(&world, exec).await;
    assert_eq!(shown(&result), "lost: `/bin/sh` printed what is not JSON (line 1, column 1)");
}

#[tokio::test]
async fn a_program_that_reads_no_input_is_fine() {
    let world = World::new();
    let mut exec = script("exec 0<&-; echo done");
    exec.stdin = Some("x".repeat(1_000_000));
    assert_eq!(stdout(ran(&world, exec).await), "done\n");
}

#[tokio::test]
async fn a_write_that_was_not_announced_does_not_happen() {
    let world = World::new();
    let run = begin(&world.host, "run1", None).await.unwrap();
    let exec = Exec::new(["/usr/bin/touch", &world.path("made").display().to_string()]);
    let result = run.perform("tool", Effect::Exec(exec)).await;
    assert_eq!(shown(&result), "edge: `tool` would write without a recorded start");
    assert!(!world.path("made").exists());
}
