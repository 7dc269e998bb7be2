//! Steps of many providers as the rules see them, a rotation to bend, and what is asked of both.

use std::sync::{Arc, LazyLock};

use super::check_folder;
use crate::check::{Checked, check};
use crate::ctx::Ctx;
use crate::diagnostic::{Diagnostic, Severity};
use crate::parse::parse;
use crate::source::Source;
use crate::spec::{Condition, Mints, Output, Param, Place, Repeat, Spec};
use crate::step::{BoxFuture, Registry, Step, StepError};
use crate::types::Type;
use crate::value::Map;

/// One step a line: name, role, parameters, outputs, and what else its spec says. `!` is a secret,
/// `^` may hold one, `?` need not be given, `=x` has a default, `#` has to be written out.
const STEPS: &str = "
influxctl.management.create | create | config:path? profile:string=default description:string expires_at:timestamp? | id:string token:secret prefix:string expires_at:timestamp | mints=marker list=influxctl.management.list revoke=influxctl.management.revoke login=influxctl_profile(config,profile) expires=expires_at undo
influxctl.management.list | read | config:path? profile:string=default mgmt_token:secret? active:boolean=false expires_before:timestamp? | tokens:tokens | login=influxctl_profile(config,profile)
influxctl.management.revoke | revoke | config:path? profile:string=default token_id:string | revoked_at:timestamp | revokes=token_id login=influxctl_profile(config,profile) safe
influxctl.profile.set | publish | config:path? profile:string=default mgmt_token:secret copy_from:string? | prefix:string | at=influxctl_profile(config,profile) back=influxctl.profile.get undo
influxctl.profile.get | read | config:path? profile:string=default | mgmt_token:secret prefix:string | from=influxctl_profile(config,profile)
influxctl.profile.token | read | config:path? profile:string=default login:string? | id:string prefix:string | from=influxctl_profile(config,profile) login=influxctl_profile(config,login)
influxdb1.user.create | create | url:url admin_user:string admin_password:secret user:string password:secret | id:string | mints=chosen chosen=password revoke=influxdb1.user.drop login=value(admin_password) undo
influxdb1.user.drop | revoke | url:url admin_user:string admin_password:secret user:string | | revokes=user login=value(admin_password) safe
influxdb1.login | read | url:url user:string password:secret database:string? | ok:boolean | login=value(password)
influxdb3.token.create | create | url:url admin_token:secret name:string expires_in:duration? | id:string token:secret prefix:string | mints=marker list=influxdb3.token.list login=value(admin_token) expires=expires_in undo
influxdb3.token.list | read | url:url admin_token:secret | tokens:tokens | login=value(admin_token)
influxdb3.token.delete | revoke | url:url admin_token:secret name:string | | revokes=name login=value(admin_token) safe
influxdb3.operator.create | create | url:url | id:string token:secret | mints=blind undo
acme.key.create | create | account:string ends:timestamp? | id:string key:secret secret:secret | mints=blind expires=ends undo
acme.whoami | read | key:secret | name:string | login=value(key)
acme.bare.create | create | account:string | key:secret | mints=marker undo
vault.kv.put | store | path:string data:map^ | path:string version:integer | keeps=vault_kv(path) back=vault.kv.get undo
vault.kv.get | read | path:string | value:secret | from=vault_kv(path)
aws.access_key.create | create | profile:string user:string | id:string secret_access_key:secret | mints=diff login=aws_profile(profile) undo
aws.access_key.delete | revoke | profile:string id:string | | revokes=id login=aws_profile(profile) safe
postgres.password.set | create | dsn:string admin_password:secret role:string password:secret | id:string | mints=chosen chosen=password in_place login=value(admin_password)
postgres.login | read | dsn:string role:string password:secret | ok:boolean | login=value(password)
gitlab.token.rotate | create | url:url admin_token:secret token_id:string | id:string token:secret | mints=marker in_place login=value(admin_token)
gitlab.profile.rotate | create | profile:string | id:string token:secret | mints=marker in_place login=gitlab_profile(profile)
gitlab.profile.set | publish | profile:string token:secret | | at=gitlab_profile(profile) back=gitlab.profile.get undo
gitlab.profile.get | read | profile:string | token:secret | from=gitlab_profile(profile) login=gitlab_profile(profile)
gitlab.token.get | read | url:url admin_token:secret token_id:string | name:string | login=value(admin_token)
gitlab.token.self | read | url:url token:secret | name:string | login=value(token)
gitlab.anonymous.rotate | create | url:url | id:string token:secret | mints=marker in_place
github.secret.set | publish | repo:string name:string value:secret | | at=github_secret(repo,name) safe
kubernetes.rollout.restart | other | deployment:string | | safe
kubernetes.rollout.status | read | deployment:string | ready:boolean |
file.read | read | path:path secret:boolean=true# | content:secret | from=file(path)
file.write | publish | path:path content:string^ mode:string=0600 | path:path | at=file(path) back=file.read undo
file.remove | other | path:path | | undo
secret.generate | other | length:integer=40 | value:secret | pure
credential.promote | promote | | |
assert | other | that:boolean message:string? | | pure
log | other | message:string | | pure
wait | other | for:duration? | at:timestamp | undo
notify.webhook | notify | url:url^ text:string | |
exec.run | other | argv:list stdin:string?^ env:map?^ output:string=none# seal:list?# reads:boolean=false# repeat:string=never# expires:timestamp? | code:integer stdout:string@text json:any@json secret:secret@secret | general
http.request | other | method:string# url:url headers:map?^ json:any?^ body:string?^ output:string=none# seal:list?# reads:boolean=false# repeat:string=never# expires:timestamp? | status:integer body:any@json secret:secret@secret | general
";

/// A rotation that every rule accepts, one step a line.
pub(crate) const ROTATION: &str = r#"
credential: { name: "ci-{{ inputs.environment }}", owner: ops, lifetime: 30d, overlap: 24h, in_use: steps.before.id }
steps:
  - { id: before, uses: influxctl.profile.token, with: { profile: ci, login: admin } }
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: ci, expires_at: "{{ time_add run.started_at credential.lifetime }}" } }
  - { id: works, uses: influxctl.management.list, verifies: create, with: { profile: admin, mgmt_token: "{{ steps.create.token }}" } }
  - { id: store, uses: vault.kv.put, with: { path: influx/ci, data: { token: "{{ steps.create.token }}" } } }
  - { id: publish, uses: influxctl.profile.set, with: { profile: ci, mgmt_token: "{{ steps.create.token }}" } }
  - { id: verify, uses: influxctl.management.list, verifies: publish, with: { profile: ci } }
  - { id: promote, uses: credential.promote }
  - { id: revoke, uses: influxctl.management.revoke, when: credential.old, with: { profile: ci, token_id: "{{ credential.old.id }}" } }
"#;

/// The rotation of a database user: two names in turn, of which we choose the password.
pub(crate) const DATABASE: &str = r#"
credential: { name: app-db, owner: ops, lifetime: 30d, overlap: 0s }
steps:
  - { id: new, uses: secret.generate }
  - { id: pending, uses: file.write, with: { path: ~/.secrets/app.pending, content: "{{ steps.new.value }}" } }
  - { id: create, uses: influxdb1.user.create, with: { url: "http://db:8086", admin_user: root, admin_password: "{{ inputs.admin }}", user: "{{ inputs.user }}", password: "{{ steps.new.value }}" } }
  - { id: works, uses: influxdb1.login, verifies: create, with: { url: "http://db:8086", user: "{{ inputs.user }}", password: "{{ steps.new.value }}" } }
  - { id: publish, uses: file.write, with: { path: ~/.app/password, content: "{{ steps.new.value }}" } }
  - { id: held, uses: file.read, with: { path: ~/.app/../.app/password } }
  - { id: verify, uses: influxdb1.login, verifies: publish, with: { url: "http://db:8086", user: "{{ steps.create.id }}", password: "{{ steps.held.content }}" } }
  - { id: promote, uses: credential.promote }
  - { id: drop, uses: influxdb1.user.drop, when: credential.old, with: { url: "http://db:8086", admin_user: root, admin_password: "{{ inputs.admin }}", user: "{{ credential.old.id }}" } }
"#;

const HEAD: &str = r#"version: 1
name: example
"#;
const INPUTS: &str = r#"inputs:
  environment: { type: string, default: prod }
  user: { type: string, default: app_b }
  id: { type: string, default: "7" }
  ids: { type: list(string), default: [] }
  admin: { type: secret, from: { env: ADMIN_PASSWORD } }
"#;

/// A step that only says what it is.
struct Fake(Spec);

impl Step for Fake {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn read<'a>(
        &'a self,
        _: &'a Map,
        _: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(async { Ok(None) })
    }

    fn run<'a>(&'a self, _: &'a Map, _: &'a Ctx<'a>) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async { Ok(Map::new()) })
    }

    fn undo<'a>(
        &'a self,
        _: &'a Map,
        _: &'a Map,
        _: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(async { Ok(()) })
    }
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut steps = Registry::default();
    for line in STEPS.lines().filter(|line| !line.is_empty()) {
        steps.add(Fake(spec(line)));
    }
    steps
});

fn spec(line: &str) -> Spec {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, role, params, outputs, more] = parts.as_slice() else { panic!("`{line}`") };
    let mut spec = Spec {
        name: (*name).to_owned(),
        role: serde_json::from_str(&format!("{role:?}")).expect("a role"),
        params: params.split_whitespace().map(param).collect(),
        outputs: outputs.split_whitespace().map(output).collect(),
        ..Spec::default()
    };
    more.split_whitespace().for_each(|word| add(&mut spec, word));
    spec
}

fn param(word: &str) -> Param {
    let (name, rest) = word.split_once(':').expect("a type");
    let marks = ['?', '^', '#', '='];
    let (ty, marks) = rest.split_at(rest.find(marks).unwrap_or(rest.len()));
    let mut param = Param::required(name, type_of(ty), "");
    if let Some((_, default)) = marks.split_once('=') {
        let default = default.trim_end_matches(['^', '#']);
        param = match default.parse::<bool>() {
            Ok(truth) => param.or(truth),
            Err(_) => match default.parse::<i64>() {
                Ok(number) if ty == "integer" => param.or(number),
                _ => param.or(default),
            },
        };
    }
    param.required &= !marks.contains('?');
    param = if marks.contains('^') { param.may_be_secret() } else { param };
    if marks.contains('#') { param.literal() } else { param }
}

fn output(word: &str) -> Output {
    let (name, rest) = word.split_once(':').expect("a type");
    match rest.split_once('@') {
        Some((ty, kept)) => {
            Output::new(name, type_of(ty), "").only_when(Condition::new("output", [kept]))
        }
        None => Output::new(name, type_of(rest), ""),
    }
}

fn type_of(word: &str) -> Type {
    match word {
        "string" => Type::String,
        "secret" => Type::Secret,
        "integer" => Type::Integer,
        "boolean" => Type::Boolean,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "path" => Type::Path,
        "url" => Type::Url,
        "any" => Type::Any,
        "map" => Type::map(Type::Any),
        "list" => Type::list(Type::String),
        "tokens" => Type::list(Type::object([
            ("id", Type::String),
            ("description", Type::String),
            ("live", Type::Boolean),
        ])),
        other => panic!("no type `{other}`"),
    }
}

fn add(spec: &mut Spec, word: &str) {
    let place = |text: &str| {
        let (kind, args) = text.trim_end_matches(')').split_once('(').expect("a place");
        Some(Place::new(kind, &args.split(',').collect::<Vec<_>>()))
    };
    match word.split_once('=').unwrap_or((word, "")) {
        ("login", text) => spec.logs_in_with = place(text),
        ("at", text) => spec.publishes_to = place(text),
        ("keeps", text) => spec.stores_at = place(text),
        ("from", text) => spec.reads_from = place(text),
        ("back", name) => spec.read_back = Some(name.to_owned()),
        ("revokes", name) => spec.revokes = Some(name.to_owned()),
        ("chosen", name) => spec.chosen = Some(name.to_owned()),
        ("expires", name) => spec.expires = Some(name.to_owned()),
        ("list", name) => spec.list = Some(name.to_owned()),
        ("revoke", name) => spec.revoke = Some(name.to_owned()),
        ("mints", "marker") => spec.mints = Some(Mints::Marker),
        ("mints", "diff") => spec.mints = Some(Mints::Diff),
        ("mints", "chosen") => spec.mints = Some(Mints::Chosen),
        ("mints", "blind") => spec.mints = Some(Mints::Blind),
        ("in_place", _) => spec.in_place = true,
        ("undo", _) => spec.has_undo = true,
        ("pure", _) => spec.pure = true,
        ("safe", _) => spec.repeat = Repeat::Safe,
        ("general", _) => {
            spec.reads_when =
                vec![Condition::new("reads", [true]), Condition::new("method", ["GET", "HEAD"])];
            spec.repeat_safe_when =
                vec![Condition::new("repeat", ["safe"]), Condition::new("method", ["PUT"])];
            spec.expires = Some("expires".to_owned());
        }
        (other, _) => panic!("no such word: `{other}`"),
    }
}

/// Makes a whole file of what a test writes: the head always, inputs where it has none.
fn whole(text: &str) -> String {
    let inputs = if text.contains("inputs:") { "" } else { INPUTS };
    format!("{HEAD}{inputs}{}", text.trim_start_matches('\n'))
}

/// Returns everything that is found in a workflow, with the file's text.
pub(crate) fn findings(text: &str) -> (Vec<Diagnostic>, Source) {
    let source = Arc::new(Source::new("test.yaml", whole(text)));
    let (workflow, mut found) = parse(Arc::clone(&source));
    if let Some(workflow) = workflow {
        found.extend(check(&Arc::new(workflow), &REGISTRY).1);
    }
    found.settle();
    (found.list, (*source).clone())
}

/// Returns a workflow that must be right.
pub(crate) fn checked(text: &str) -> Arc<Checked> {
    let source = Arc::new(Source::new("test.yaml", whole(text)));
    let workflow = Arc::new(parse(Arc::clone(&source)).0.expect("it can be read"));
    let (checked, found) = check(&workflow, &REGISTRY);
    let checked =
        checked.unwrap_or_else(|| panic!("{}\n{}", lines(&found.list, &source), source.text));
    Arc::new(checked)
}

/// Returns the codes of the errors in a workflow, each once.
pub(crate) fn codes(text: &str) -> Vec<&'static str> {
    let errors = findings(text).0.into_iter().filter(|found| found.severity == Severity::Error);
    let mut codes: Vec<&'static str> = errors.map(|found| found.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Holds that a workflow may run and that no rule has even a warning for it.
pub(crate) fn accepted(text: &str) {
    let (found, source) = findings(text);
    let objects =
        |found: &&Diagnostic| found.severity == Severity::Error || found.code.starts_with('L');
    let objections: Vec<Diagnostic> = found.iter().filter(objects).cloned().collect();
    assert!(objections.is_empty(), "{}\n{}", lines(&objections, &source), source.text);
}

/// Holds that a workflow is right but for warnings of one code, each of whose messages is given.
pub(crate) fn warned(text: &str, code: &str, message: &str) {
    let (found, source) = findings(text);
    let all = lines(&found, &source);
    let warns = found.iter().any(|found| found.code == code && found.message.contains(message));
    let only = found.iter().all(|found| found.severity == Severity::Warning);
    assert!(warns && only, "expected a warning {code} `{message}`\n{all}\n{}", source.text);
}

/// Holds that a workflow is refused by a rule: where the caret stands, word for word, and what is
/// said and shown.
pub(crate) fn refused(text: &str, code: &str, at: &str, message: &str, help: &str) {
    let (found, source) = findings(text);
    let all = lines(&found, &source);
    let one = found.iter().find(|found| {
        found.code == code
            && found.severity == Severity::Error
            && source.slice(found.span).trim_end_matches([' ', '}'])
                == at.trim_end_matches([' ', '}'])
            && found.message.contains(message)
    });
    let Some(one) = one else {
        panic!("expected {code} at `{at}`: {message}\nfound\n{all}\n{}", source.text)
    };
    let shown = one.help.as_deref().unwrap_or_default();
    assert!(shown.contains(help), "expected the help to say `{help}`: {shown}");
    let unparsed = found
        .iter()
        .find(|found| found.code.starts_with(['Y', 'K']) && found.severity == Severity::Error);
    assert_eq!(unparsed, None, "the workflow of the test cannot be read\n{all}");
}

/// Returns a workflow with one piece of text put in the place of another, which must be there.
pub(crate) fn with(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "`{old}` is not in the workflow");
    text.replacen(old, new, 1)
}

/// Returns a workflow without one of its steps.
pub(crate) fn without(text: &str, id: &str) -> String {
    let (line, _) = step(text, id);
    text.replacen(&line, "", 1)
}

/// Returns a workflow with a step, written as its line, in front of another one; after the last
/// where `id` is empty.
pub(crate) fn before(text: &str, id: &str, line: &str) -> String {
    if id.is_empty() {
        return format!("{}\n  - {line}\n", text.trim_end());
    }
    let (next, _) = step(text, id);
    text.replacen(&next, &format!("  - {line}\n{next}"), 1)
}

/// Returns a workflow with one step moved in front of another one; after the last where `to` is
/// empty.
pub(crate) fn moved(text: &str, id: &str, to: &str) -> String {
    let (_, line) = step(text, id);
    before(&without(text, id), to, &line)
}

/// Returns a workflow in which one step has one more key.
pub(crate) fn keyed(text: &str, id: &str, key: &str) -> String {
    let (line, _) = step(text, id);
    let (start, rest) = line.split_at(format!("  - {{ id: {id}").len());
    with(text, &line, &format!("{start}, {key}{rest}"))
}

fn step(text: &str, id: &str) -> (String, String) {
    let start = format!("  - {{ id: {id},");
    let found = text.lines().find(|line| line.starts_with(&start));
    let line = found.unwrap_or_else(|| panic!("no step `{id}` in\n{text}"));
    (format!("{line}\n"), line.trim_start_matches("  - ").to_owned())
}

/// Returns what L09 finds in a folder of workflows, as the number of the file and the message.
pub(crate) fn folder(files: &[&str]) -> Vec<(usize, String)> {
    let workflows: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(nth, text)| {
            let source = Arc::new(Source::new(format!("{nth}.yaml"), whole(text)));
            parse(source).0.expect("it can be read")
        })
        .collect();
    let all: Vec<_> = workflows.iter().collect();
    check_folder(&all)
        .into_iter()
        .map(|(nth, found)| {
            (
                nth,
                format!(
                    "{} {}: {}",
                    found.code,
                    workflows[nth].source.slice(found.span),
                    found.message
                ),
            )
        })
        .collect()
}

fn lines(found: &[Diagnostic], source: &Source) -> String {
    let line = |one: &Diagnostic| {
        let line = source.position(one.span.start).line;
        let (at, help) = (source.slice(one.span), one.help.as_deref().unwrap_or_default());
        format!("{} {line} `{at}`: {} ({help})\n", one.code, one.message)
    };
    found.iter().map(line).collect()
}
