//! Users of InfluxDB 1.

use cutover_engine::disk::GONE;
use cutover_engine::effect::{Body, Effect};
use cutover_engine::step::{Fate, StepError};
use cutover_engine::value::{Handle, Map, Value};

use crate::world::faults::Fault;
use crate::world::{Asked, MARKER, World, filled};

const CREATE: &str = "influxdb1.user.create";
const DROP: &str = "influxdb1.user.drop";
const LOGIN: &str = "influxdb1.login";
const URL: &str = "http://influx.test:8086";

fn create(world: &World, user: &str, password: &str, grants: &[(&str, &str)]) -> Map {
    let grant = |(database, privilege): &(&str, &str)| {
        Value::map([("database", (*database).into()), ("privilege", (*privilege).into())])
    };
    filled(
        CREATE,
        [
            ("url", URL.into()),
            ("admin_user", "admin".into()),
            ("admin_password", world.secret("fake-admin-password")),
            ("user", user.into()),
            ("password", world.secret(password)),
            ("grants", Value::List(grants.iter().map(grant).collect())),
        ],
    )
}

fn login(world: &World, user: &str, password: &str, database: Value) -> Result<Map, StepError> {
    let params = filled(
        LOGIN,
        [
            ("url", URL.into()),
            ("user", user.into()),
            ("password", world.secret(password)),
            ("database", database),
        ],
    );
    Asked { world, step: LOGIN, params: &params, marker: MARKER }.run()
}

fn run(world: &World, params: &Map) -> Result<Map, StepError> {
    Asked { world, step: CREATE, params, marker: MARKER }.run()
}

/// The parameters of a create whose password died with the process that made it.
fn create_gone(world: &World, user: &str) -> Map {
    let gone = Handle { id: GONE, origin: "steps.password.value".to_owned() };
    let mut params = create(world, user, "fake-any-password", &[]);
    params.insert("password".to_owned(), gone.into());
    params
}

#[test]
fn a_user_whose_password_nobody_knows_any_more_is_neither_found_nor_dropped() {
    let world = World::new();
    let params = create_gone(&world, "svc_a");
    let asked = Asked { world: &world, step: CREATE, params: &params, marker: MARKER };
    let said = "`svc_a` is there, and its password is not known any more";
    assert_eq!(asked.read().expect_err("whose is it").message, said);
    assert_eq!(asked.undo(&Map::new()).expect_err("whose is it").message, said);
    assert_eq!(world.writes(), []);
}

#[test]
fn a_user_that_is_not_there_needs_no_password_to_be_told_so() {
    let world = World::new();
    let params = create_gone(&world, "svc_b");
    let asked = Asked { world: &world, step: CREATE, params: &params, marker: MARKER };
    assert_eq!(asked.read().expect("it is not there"), None);
    asked.undo(&Map::new()).expect("it is not there");
}

#[test]
fn a_user_that_is_not_there_is_gone_only_where_the_list_shows_the_one_in_use() {
    let world = World::new();
    let params = filled(
        DROP,
        [
            ("url", URL.into()),
            ("admin_user", "admin".into()),
            ("admin_password", world.secret("fake-admin-password")),
            ("user", "svc_b".into()),
        ],
    );
    let asked = Asked { world: &world, step: DROP, params: &params, marker: MARKER };
    world.state().current = Some("svc_of_another_server".to_owned());
    assert_eq!(asked.run().expect_err("the list is not the right one").code, "not_found");
    assert_eq!(asked.read().expect("the server answers"), None);
    world.state().current = Some("svc_a".to_owned());
    asked.run().expect("the list is the right one");
    assert_eq!(asked.read().expect("the server answers"), Some(Map::new()));
}

#[test]
fn a_password_arrives_as_it_is_whatever_is_in_it() {
    for password in [r"it's", r"a\b", "two\nlines", r"\' OR", "Ünï", "a\"b", "fake'; DROP USER x"]
    {
        let world = World::new();
        run(&world, &create(&world, "svc_b", password, &[])).expect("it is made");
        assert_eq!(world.state().server.users["svc_b"], password);
    }
}

#[test]
fn a_password_that_the_server_would_cut_is_refused_before_anything_is_sent() {
    for password in ["x".repeat(73), "ü".repeat(37), String::new()] {
        let world = World::new();
        let error = run(&world, &create(&world, "svc_b", &password, &[])).expect_err("too long");
        assert_eq!(error.code, "parameter");
        assert_eq!(world.state().calls, []);
    }
    let world = World::new();
    run(&world, &create(&world, "svc_b", &"x".repeat(72), &[])).expect("72 bytes are fine");
}

#[test]
fn rights_are_given_one_a_request_after_the_user_is_made() {
    let world = World::new();
    run(&world, &create(&world, "svc_b", "fake-b", &[("metrics", "all"), ("logs", "read")]))
        .expect("it is made");
    let statement = |effect: &Effect| match effect {
        Effect::Http(http) => match &http.body {
            Body::Form(form) => form["q"].chars().take(22).collect::<String>(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let statements: Vec<String> = world.writes().iter().map(statement).collect();
    assert_eq!(
        statements,
        ["CREATE USER \"svc_b\" WI", "GRANT ALL ON \"metrics\"", "GRANT READ ON \"logs\" T"]
    );
    login(&world, "svc_b", "fake-b", "logs".into()).expect("it has its rights");
}

#[test]
fn a_database_that_is_not_there_is_seen_before_the_user_is_made() {
    let world = World::new();
    let params = create(&world, "svc_b", "fake-b", &[("metrics", "read"), ("nowhere", "read")]);
    let error = run(&world, &params).expect_err("no such database");
    assert_eq!(error.message, "there is no database `nowhere`");
    assert_eq!(world.writes(), []);
}

#[test]
fn a_refused_right_takes_the_user_back_and_a_failed_take_back_is_lost() {
    let world = World::new();
    world.state().server.haunted = Some("logs".to_owned());
    let params = create(&world, "svc_b", "fake-b", &[("logs", "read")]);
    let error = run(&world, &params).expect_err("the right is refused");
    assert_eq!((error.code.as_str(), error.fate), ("not_found", Fate::NotDone));
    assert!(!world.state().server.users.contains_key("svc_b"));
    world.state().fault = Some(Fault::Refused(2));
    let error = run(&world, &params).expect_err("the right is refused");
    assert_eq!(error.fate, Fate::Lost, "the user is there: `read` has to settle it");
    assert!(world.state().server.users.contains_key("svc_b"));
}

#[test]
fn a_user_with_another_password_is_never_touched() {
    let world = World::new();
    let params = create(&world, "svc_a", "fake-b", &[("metrics", "read")]);
    let error = run(&world, &params).expect_err("it is there");
    assert_eq!((error.code.as_str(), error.fate), ("exists", Fate::NotDone));
    let asked = Asked { world: &world, step: CREATE, params: &params, marker: MARKER };
    assert_eq!(asked.read().expect("it looks"), None);
    assert_eq!(asked.undo(&Map::new()).expect_err("it is not ours").code, "not_ours");
    assert_eq!(world.state().server.users["svc_a"], "fake-a-password");
}

#[test]
fn a_user_without_all_its_rights_is_not_finished() {
    let world = World::new();
    let params = create(&world, "svc_b", "fake-b", &[("metrics", "write"), ("logs", "read")]);
    let asked = Asked { world: &world, step: CREATE, params: &params, marker: MARKER };
    world.state().fault = Some(Fault::LostBefore(2));
    assert_eq!(asked.run().expect_err("the second right is lost").fate, Fate::Lost);
    assert_eq!(asked.read().expect("it looks"), None);
    asked.run().expect("everything is sent again");
    assert!(asked.read().expect("it looks").is_some());
}

#[test]
fn a_wrong_password_is_a_refusal_and_a_server_that_takes_any_is_an_error() {
    let world = World::new();
    login(&world, "svc_a", "fake-a-password", Value::Null).expect("it logs in");
    assert!(login(&world, "svc_a", "fake-wrong", Value::Null).expect_err("refused").denied);
    assert!(login(&world, "nobody", "fake-wrong", Value::Null).expect_err("refused").denied);
    world.state().server.is_closed = false;
    let error = login(&world, "svc_a", "fake-a-password", Value::Null).expect_err("it is open");
    assert_eq!(error.message, "the server accepts any password: authentication is off");
    assert!(!error.denied && !error.retryable);
}

#[test]
fn a_database_that_the_user_may_not_use_is_a_refusal() {
    let world = World::new();
    let error = login(&world, "svc_a", "fake-a-password", "metrics".into()).expect_err("no right");
    assert!(error.denied);
}

#[test]
fn what_a_user_may_not_do_is_a_refusal() {
    let world = World::new();
    let mut params = create(&world, "svc_b", "fake-b", &[]);
    params.insert("admin_user".to_owned(), "svc_a".into());
    params.insert("admin_password".to_owned(), world.secret("fake-a-password"));
    let error = run(&world, &params).expect_err("svc_a makes no users");
    assert!(error.denied, "{error:?}");
    assert_eq!(error.message, "`svc_a` is not allowed to do this");
}

#[test]
fn a_list_of_users_that_does_not_show_who_asks_is_no_proof() {
    let world = World::new();
    let params = filled(
        "influxdb1.user.drop",
        [
            ("url", URL.into()),
            ("admin_user", "admin".into()),
            ("admin_password", world.secret("fake-admin-password")),
            ("user", "svc_b".into()),
        ],
    );
    let asked =
        Asked { world: &world, step: "influxdb1.user.drop", params: &params, marker: MARKER };
    assert_eq!(asked.read().expect("it looks"), Some(Map::new()));
    world.state().server.is_closed = false;
    world.state().server.users.remove("admin");
    assert_eq!(asked.read().expect("it looks"), None);
}

#[test]
fn a_drop_of_nobody_is_fine_and_a_drop_of_oneself_is_not() {
    let drop = |world: &World, user: &str| {
        let params = filled(
            "influxdb1.user.drop",
            [
                ("url", URL.into()),
                ("admin_user", "admin".into()),
                ("admin_password", world.secret("fake-admin-password")),
                ("user", user.into()),
            ],
        );
        Asked { world, step: "influxdb1.user.drop", params: &params, marker: MARKER }.run()
    };
    let world = World::new();
    drop(&world, "nobody").expect("nobody is there");
    assert_eq!(drop(&world, "admin").expect_err("it is the admin").code, "own_login");
    assert_eq!(world.state().server.users.len(), 2);
}
