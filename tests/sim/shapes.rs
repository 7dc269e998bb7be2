//! The shapes of workflows that are tried, and their text.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::chance::Chance;

/// As many shapes there are: each text is parsed and checked once a thread.
pub(crate) const SHAPES: u64 = 120;

/// Which provider makes the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Provider {
    /// It keeps a marker.
    Marker,
    /// It lists ids alone.
    Diff,
    /// The old one dies in the same call.
    InPlace,
    /// It neither lists nor keeps text of ours.
    Blind,
    /// `influxctl` as it is built in.
    Influxctl,
    /// InfluxDB 1 as it is built in: we choose the value.
    Influxdb1,
}

/// Where the new value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A store with versions and compare-and-set.
    Vault,
    /// A file of the machine.
    File,
    /// A remote place whose writes may land late.
    Remote,
    /// A profile of `influxctl`.
    Profile,
}

/// The shape of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub(crate) provider: Provider,
    pub(crate) targets: Vec<Target>,
    /// The places are written side by side.
    pub(crate) parallel: bool,
    /// The old one stays valid for a day.
    pub(crate) overlap: bool,
    /// The store compares with the version that was there at the beginning.
    pub(crate) captures_version: bool,
    /// A daemon is reloaded, and once more when its file is put back.
    pub(crate) daemon: bool,
    /// Names that are registered, one after the other.
    pub(crate) hooks: bool,
    /// Something is registered over plain HTTP, with an undo of its own.
    pub(crate) registers: bool,
    /// People are told, after a failure and at the end.
    pub(crate) tells: bool,
    /// A step below the promotion.
    pub(crate) after: bool,
    /// The remote place is written by a step that cannot look: it is sent again.
    pub(crate) sends_again: bool,
}

impl Shape {
    /// The reference rotation: two places, one after the other.
    pub(crate) fn reference() -> Self {
        Self {
            provider: Provider::Marker,
            targets: vec![Target::Vault, Target::File],
            parallel: false,
            overlap: false,
            captures_version: false,
            daemon: false,
            hooks: false,
            registers: false,
            tells: false,
            after: false,
            sends_again: false,
        }
    }

    /// Returns one of the shapes that histories are drawn from, by its number.
    pub(crate) fn of(number: u64) -> Self {
        Self::draw(&mut Chance::new(number % SHAPES))
    }

    /// Draws one.
    fn draw(chance: &mut Chance) -> Self {
        use Provider::{Blind, Diff, InPlace, Influxctl, Influxdb1, Marker};
        let provider = chance.pick(&[
            Marker, Marker, Marker, Marker, Marker, Diff, Diff, InPlace, Blind, Influxctl,
            Influxdb1,
        ]);
        let all: &[Target] = match provider {
            Influxctl => &[Target::Profile, Target::File, Target::Vault],
            Influxdb1 => &[Target::File],
            Marker | Diff | InPlace | Blind => &[Target::Vault, Target::File, Target::Remote],
        };
        let mut targets: BTreeSet<Target> = BTreeSet::new();
        for _ in 0..=chance.below(2) {
            targets.insert(chance.pick(all));
        }
        if provider == Influxctl {
            targets.insert(Target::Profile);
        }
        let targets: Vec<Target> = targets.into_iter().collect();
        let daemon = targets.contains(&Target::File) && chance.one_in(3) && provider != Influxdb1;
        Self {
            provider,
            parallel: chance.one_in(3),
            overlap: chance.one_in(2),
            captures_version: chance.one_in(4) && targets.contains(&Target::Vault),
            daemon,
            hooks: chance.one_in(4),
            registers: chance.one_in(5),
            tells: chance.one_in(4),
            after: chance.one_in(5),
            sends_again: chance.one_in(3) && targets.contains(&Target::Remote),
            targets,
        }
    }

    /// Returns the workflow's text.
    pub(crate) fn text(&self) -> String {
        if self.provider == Provider::Influxdb1 {
            return crate::shapes_users::text(self);
        }
        let mut text = String::from("version: 1\nname: rotate\n");
        let overlap = if self.overlap { "24h" } else { "0s" };
        let holder = match self.targets[0] {
            Target::Vault | Target::Remote | Target::File | Target::Profile => "before.id",
        };
        let _ = write!(
            text,
            "credential: {{ name: ci, owner: ops, lifetime: 30d, overlap: {overlap}, in_use: \
             steps.{holder} }}\ndefaults: {{ timeout: 30s, retry: {{ max_attempts: 3, delay: 2s }} \
             }}\nsteps:\n"
        );
        self.before(&mut text);
        self.create(&mut text);
        self.places(&mut text);
        self.extras(&mut text);
        text.push_str("  - { id: promote, uses: credential.promote }\n");
        self.revoke(&mut text);
        if self.after {
            text.push_str(
                "  - id: after\n    uses: sim.hook\n    needs: [promote]\n    with: { name: last }\n",
            );
        }
        if self.tells {
            text.push_str(TELLS);
        }
        text
    }

    fn before(&self, text: &mut String) {
        text.push_str(match self.targets[0] {
            Target::Vault => "  - { id: before, uses: sim.vault.get, with: { path: ci } }\n",
            Target::Remote => "  - { id: before, uses: sim.remote.get, with: { name: ci } }\n",
            Target::File => {
                "  - { id: held_before, uses: file.read, with: { path: /etc/app.token } }\n  - { \
                 id: before, uses: sim.login, with: { token: \"{{ steps.held_before.content }}\" } }\n"
            }
            Target::Profile => {
                "  - { id: before, uses: influxctl.profile.token, with: { profile: ci, login: admin \
                 } }\n"
            }
        });
        if self.provider == Provider::Diff {
            text.push_str("  - { id: known, uses: sim.list, with: { account: diff } }\n");
        }
        if self.captures_version && self.targets[0] != Target::Vault {
            text.push_str("  - { id: version, uses: sim.vault.get, with: { path: ci } }\n");
        }
        if self.provider == Provider::InPlace {
            text.push_str("  - { id: admin, uses: sim.list, with: { account: single } }\n");
        }
    }

    fn create(&self, text: &mut String) {
        let expires = "expires_at: \"{{ time_add run.started_at credential.lifetime }}\"";
        let (uses, with) = match self.provider {
            Provider::Marker => ("sim.create", "note: ci, "),
            Provider::Diff => ("sim.diff.create", "note: ci, known: \"{{ steps.known.ids }}\", "),
            Provider::InPlace => ("sim.rotate", "note: ci, "),
            Provider::Blind => ("sim.blind.create", "note: ci, "),
            Provider::Influxctl | Provider::Influxdb1 => {
                ("influxctl.management.create", "profile: admin, description: ci, ")
            }
        };
        let _ = write!(
            text,
            "  - id: create\n    uses: {uses}\n    with: {{ {with}{expires} }}\n    retry: {{ \
             max_attempts: 3, delay: 5s }}\n"
        );
        text.push_str(if self.provider == Provider::Influxctl {
            "  - id: works\n    uses: influxctl.management.list\n    verifies: create\n    with: { \
             profile: admin, mgmt_token: \"{{ steps.create.token }}\" }\n"
        } else {
            "  - id: works\n    uses: sim.login\n    verifies: create\n    with: { token: \"{{ \
             steps.create.token }}\" }\n"
        });
        text.push_str("    retry: { max_attempts: 8, delay: 10s, backoff: constant }\n");
    }

    fn places(&self, text: &mut String) {
        for target in &self.targets {
            let needs = if self.parallel { "    needs: [works]\n" } else { "" };
            let version = match (self.captures_version, self.targets[0]) {
                (false, _) => "",
                (true, Target::Vault) => ", version: \"{{ steps.before.version }}\"",
                (true, Target::File | Target::Remote | Target::Profile) => {
                    ", version: \"{{ steps.version.version }}\""
                }
            };
            let remote = if self.sends_again { "sim.remote.send" } else { "sim.remote.set" };
            let _ = match target {
                Target::Vault => write!(
                    text,
                    "  - id: store\n    uses: sim.vault.put\n{needs}    with: {{ path: ci, value: \
                     \"{{{{ steps.create.token }}}}\"{version} }}\n  - id: stored\n    uses: \
                     sim.vault.check\n    needs: [store]\n    verifies: store\n    with: {{ path: \
                     ci }}\n"
                ),
                Target::File => write!(
                    text,
                    "  - id: file\n    uses: file.write\n{needs}    with: {{ path: /etc/app.token, \
                     content: \"{{{{ steps.create.token }}}}\" }}\n  - id: in_file\n    uses: \
                     file.read\n    needs: [file]\n    with: {{ path: /etc/app.token }}\n  - id: \
                     filed\n    uses: sim.login\n    needs: [in_file]\n    verifies: file\n    \
                     with: {{ token: \"{{{{ steps.in_file.content }}}}\" }}\n"
                ),
                Target::Remote => write!(
                    text,
                    "  - id: remote\n    uses: {remote}\n{needs}    with: {{ name: ci, value: \
                     \"{{{{ steps.create.token }}}}\" }}\n  - id: reached\n    uses: \
                     sim.remote.check\n    needs: [remote]\n    verifies: remote\n    with: {{ \
                     name: ci }}\n"
                ),
                Target::Profile => write!(
                    text,
                    "  - id: profile\n    uses: influxctl.profile.set\n{needs}    with: {{ profile: \
                     ci, mgmt_token: \"{{{{ steps.create.token }}}}\" }}\n  - id: set\n    uses: \
                     influxctl.management.list\n    needs: [profile]\n    verifies: profile\n    \
                     with: {{ profile: ci }}\n"
                ),
            };
        }
    }

    fn extras(&self, text: &mut String) {
        if self.daemon {
            text.push_str(
                "  - id: reload\n    uses: exec.run\n    needs: [filed]\n    undo: again\n    with: \
                 { argv: [reload], repeat: safe }\n",
            );
        }
        if self.hooks {
            text.push_str(
                "  - id: hooks\n    uses: sim.hook\n    needs: [works]\n    for_each: [one, there, \
                 three]\n    with: { name: \"{{ item }}\" }\n",
            );
        }
        if self.registers {
            text.push_str(REGISTERS);
        }
    }

    fn revoke(&self, text: &mut String) {
        let account = match self.provider {
            Provider::Marker => "account: sim, ",
            Provider::Diff => "account: diff, ",
            Provider::InPlace => return,
            Provider::Blind => "account: blind, ",
            Provider::Influxctl | Provider::Influxdb1 => {
                text.push_str(
                    "  - id: revoke_old\n    uses: influxctl.management.revoke\n    needs: \
                     [promote]\n    when: credential.old\n    with: { profile: admin, token_id: \
                     \"{{ credential.old.id }}\" }\n",
                );
                return;
            }
        };
        let _ = write!(
            text,
            "  - id: revoke_old\n    uses: sim.revoke\n    needs: [promote]\n    when: \
             credential.old\n    with: {{ {account}token_id: \"{{{{ credential.old.id }}}}\" }}\n"
        );
    }
}

const REGISTERS: &str = "  - id: register\n    uses: http.request\n    needs: [works]\n    with: { \
     method: PUT, url: \"https://sim.test/hooks/plain\" }\n    undo: { uses: http.request, with: { \
     method: DELETE, url: \"https://sim.test/hooks/plain\", accept: [200, 404] } }\n";

const TELLS: &str = "on_failure:\n  - id: alarm\n    uses: notify.webhook\n    with: { url: \
     \"https://sim.test/notify\", text: \"{{ error.step }} failed\" }\nfinally:\n  - id: tell\n    \
     uses: notify.webhook\n    with: { url: \"https://sim.test/notify\", text: \"it is {{ \
     run.status }}\" }\n";
