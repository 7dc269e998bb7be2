//! Tests of secret inputs.

use std::sync::Arc;

use cutover_engine::host::Host;
use cutover_engine::workflow::From;

use super::support::World;
use crate::inputs::resolve;

fn world() -> World {
    World::with(|mut options| {
        let known = |name: &str| match name {
            "TOKEN" => Some("fake-token\n".to_owned()),
            "EMPTY" => Some("\n".to_owned()),
            _ => None,
        };
        options.variables = Arc::new(known);
        options
    })
}

/// What a source gives: whether it is the fake token, or why it gives nothing.
async fn given(world: &World, from: From) -> String {
    match resolve(&world.host, "password", &from).await {
        Ok(handle) => {
            let same = world.host.secrets().same(&handle.to_mark(), "fake-token");
            format!("{} {same}", handle.origin)
        }
        Err(error) => format!("error: {error}"),
    }
}

fn command(argv: &[&str]) -> From {
    From::Command(argv.iter().map(|word| (*word).to_owned()).collect())
}

#[tokio::test]
async fn each_source_gives_its_value_without_a_last_line_break() {
    let world = world();
    world.put("token", "fake-token\n");
    let script = ["/bin/sh", "-c", "echo fake-token"];
    for from in [From::Env("TOKEN".to_owned()), From::File("~/token".to_owned()), command(&script)]
    {
        assert_eq!(given(&world, from.clone()).await, "inputs.password true", "{from:?}");
    }
}

#[tokio::test]
async fn a_secret_that_is_too_large_is_refused_before_it_is_looked_for_anywhere() {
    let world = world();
    world.put("token", &"f".repeat(64 * 1024 + 1));
    let said = given(&world, From::File("~/token".to_owned())).await;
    assert!(said.ends_with("larger than 64 KiB, too much for a secret"), "{said}");
    let expected = "error: `/bin/sh` printed more than 64 KiB and was ended";
    for endless in ["head -c 70000 /dev/zero | tr '\\0' f", "yes fake-token", "yes 2>&1"] {
        assert_eq!(given(&world, command(&["/bin/sh", "-c", endless])).await, expected);
    }
}

#[tokio::test]
async fn an_error_names_the_source_and_never_the_value() {
    let world = world();
    let missing = "error: the environment has no variable `NOPE`";
    assert_eq!(given(&world, From::Env("NOPE".to_owned())).await, missing);
    let empty = "error: the variable `EMPTY`: it is empty";
    assert_eq!(given(&world, From::Env("EMPTY".to_owned())).await, empty);
    assert_eq!(given(&world, From::File("nope".to_owned())).await, "error: there is no file nope");
    let failing =
        command(&["/bin/sh", "-c", "echo fake-token; echo locked fake-token >&2; exit 2"]);
    let expected = "error: `/bin/sh` ended with code 2; run it by hand to see what it says";
    assert_eq!(given(&world, failing).await, expected);
    let none = command(&["/bin/true"]);
    assert_eq!(given(&world, none).await, "error: the program `/bin/true`: it is empty");
}
