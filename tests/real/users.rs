//! What InfluxDB 1 makes of users and passwords that are out of the ordinary.

use crate::cutover::{Folder, Said};
use crate::influxd::{Auth, Influxd};

/// Makes a user with a password from the environment, and tries it.
const MAKE: &str = r#"version: 1
name: make-a-user
inputs:
  url: { type: string }
  user: { type: string }
  password: { type: secret, from: { env: NEW_PASSWORD } }
  admin_password: { type: secret, from: { env: INFLUXDB_ADMIN_PASSWORD } }
steps:
  - id: keep
    uses: file.write
    with: { path: kept, content: "{{ inputs.password }}" }
  - id: create
    uses: influxdb1.user.create
    with:
      url: "{{ inputs.url }}"
      admin_user: admin
      admin_password: "{{ inputs.admin_password }}"
      user: "{{ inputs.user }}"
      password: "{{ inputs.password }}"
      grants: [{ database: metrics, privilege: read }, { database: logs, privilege: write }]
  - id: works
    uses: influxdb1.login
    verifies: create
    with:
      url: "{{ inputs.url }}"
      user: "{{ steps.create.id }}"
      password: "{{ inputs.password }}"
      database: logs
"#;

fn make(folder: &Folder, server: &Influxd, user: &str, password: &str) -> Said {
    let file = folder.write("make.yaml", MAKE).display().to_string();
    let (url, user) = (format!("url={}", server.url()), format!("user={user}"));
    let args = ["run", &file, "--yes", "--output", "json", "--input", &url, "--input", &user];
    folder.cutover_with(&args, &[("NEW_PASSWORD", password)])
}

#[test]
fn a_password_arrives_as_it_is_whatever_is_in_it() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let longest = "x".repeat(72);
    let passwords = [r"fake it's", r"fake\n\'", "fake\"q\"", "fäke-ü", "fake; DROP", &longest];
    for (number, password) in passwords.into_iter().enumerate() {
        let user = format!("user {number} \"q\"");
        let said = make(&Folder::new(), &server, &user, password);
        assert_eq!(said.code, 0, "{password}: {said:?}");
        assert!(server.logs_in(&user, password), "{password}");
        assert!(!server.logs_in(&user, "fake-wrong-password"));
        assert_eq!(server.databases(&user, password), ["metrics", "logs"]);
    }
}

#[test]
fn a_password_that_would_be_cut_is_refused_before_a_user_is_made() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let folder = Folder::new();
    let said = make(&folder, &server, "svc_c", &"x".repeat(73));
    assert_eq!((said.code, said.json()["status"].as_str()), (1, Some("undone")), "{said:?}");
    assert!(said.stdout.contains("longer than 72 bytes"), "{said:?}");
    assert_eq!(server.users(), ["admin", "svc_a"]);
}

#[test]
fn a_user_that_is_there_with_another_password_is_left_alone() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let said = make(&Folder::new(), &server, "svc_a", "fake-another-password");
    assert_eq!((said.code, said.json()["status"].as_str()), (1, Some("undone")), "{said:?}");
    assert!(said.stdout.contains("\"exists\""), "{said:?}");
    assert!(server.logs_in("svc_a", "fake-a-password"));
}
