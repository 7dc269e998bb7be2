//! The top of the file and everything in it but steps.

use super::{RETRY, Section, Shape, WORKFLOW_NAME, may, must};

/// The top of the file.
pub(crate) static WORKFLOW: Section = Section {
    name: "a workflow",
    keys: &[
        must("version", Shape::Version, "The version of the language: 1."),
        must(
            "name",
            Shape::Name(WORKFLOW_NAME),
            "What the workflow is called: lower-case letters, digits and dashes, at most 64.",
        ),
        may("description", Shape::Words, "What it is for."),
        may("inputs", Shape::Named(&INPUT), "What a run is given, by name."),
        may(
            "credential",
            Shape::Section(&CREDENTIAL),
            "The credential that this workflow replaces and the state keeps track of.",
        ),
        may(
            "plugins",
            Shape::Named(&PLUGIN),
            "The plugins that its steps come from, and what each may reach.",
        ),
        may(
            "defaults",
            Shape::Section(&DEFAULTS),
            "What holds for every step that says nothing else.",
        ),
        may(
            "max_parallel",
            Shape::Count,
            "How many steps may run at once; 16 where it is not written.",
        ),
        may(
            "triggers",
            Shape::Section(&TRIGGERS),
            "When `cutover tick` and `cutover serve` start it.",
        ),
        must("steps", Shape::Steps, "The work."),
        may("on_failure", Shape::Steps, "Steps that run after a failure, when the undo is over."),
        may("finally", Shape::Steps, "Steps that run at the end, whatever happened."),
        may("outputs", Shape::Free, "What a run gives back; never a secret."),
    ],
    habits: &[
        ("on", "what starts a workflow is under `triggers`"),
        ("jobs", "there are no jobs: list the work under `steps`"),
        ("tasks", "list the work under `steps`"),
        ("env", "there is no environment: declare `inputs`, a secret one with `from: {env: NAME}`"),
        ("vars", "declare `inputs` with a `default`"),
        ("variables", "declare `inputs` with a `default`"),
        ("params", "declare `inputs`"),
        (
            "concurrency",
            "`max_parallel` bounds the steps; a credential is never taken by two runs at once",
        ),
        ("schedule", "put it under `triggers`"),
        ("cleanup", "steps that always run go under `finally`"),
        ("retry", "put it under `defaults`"),
        ("timeout", "put it under `defaults`"),
    ],
};

/// `inputs.<name>`.
pub(crate) static INPUT: Section = Section {
    name: "an input",
    keys: &[
        must(
            "type",
            Shape::Type,
            "Its type: string, integer, number, boolean, duration, timestamp, path, list(T), map(T) or secret.",
        ),
        may("default", Shape::Any, "What it is where it is not given."),
        may("enum", Shape::List, "The values that it may have."),
        may("pattern", Shape::Words, "A regular expression that its whole text matches."),
        may("required", Shape::Flag, "Whether it has to be given; true where there is no default."),
        may("description", Shape::Words, "What it means."),
        may(
            "from",
            Shape::Section(&FROM),
            "Where a secret comes from; read again at each run, never stored.",
        ),
    ],
    habits: &[
        ("options", "the allowed values are under `enum`"),
        ("choices", "the allowed values are under `enum`"),
        ("values", "the allowed values are under `enum`"),
        ("secret", "write `type: secret`"),
        ("sensitive", "write `type: secret`"),
        ("value", "a value that a run may replace is the `default`"),
        ("env", "write `from: {env: NAME}`; only a `secret` has it"),
    ],
};

/// `from` of a secret input.
pub(crate) static FROM: Section = Section {
    name: "`from`",
    keys: &[
        may("env", Shape::Words, "An environment variable."),
        may("file", Shape::Words, "A file; a newline at its end does not count."),
        may("command", Shape::Texts, "A program with its arguments; what it prints is the value."),
    ],
    habits: &[],
};

/// `credential`.
pub(crate) static CREDENTIAL: Section = Section {
    name: "`credential`",
    keys: &[
        must("name", Shape::Text, "What the state calls it; may use inputs."),
        may("owner", Shape::Text, "Who answers for it; may use inputs."),
        may("lifetime", Shape::Duration, "How long a new one is meant to live."),
        may("overlap", Shape::Duration, "How long the old one stays valid after promotion."),
        may(
            "in_use",
            Shape::Expression,
            "How to find the id of the one in use where the state does not know it.",
        ),
    ],
    habits: &[
        ("ttl", "it is called `lifetime`"),
        ("expires", "it is called `lifetime`"),
        ("grace", "it is called `overlap`"),
        ("grace_period", "it is called `overlap`"),
    ],
};

/// `plugins.<name>`.
pub(crate) static PLUGIN: Section = Section {
    name: "a plugin",
    keys: &[
        must("path", Shape::Words, "Its folder, relative to the workflow file."),
        may("config", Shape::Free, "What its manifest asks for; may use inputs."),
        may("allow", Shape::Section(&ALLOW), "What it may reach; nothing where it is not written."),
    ],
    habits: &[],
};

/// `allow` of a plugin.
pub(crate) static ALLOW: Section = Section {
    name: "`allow`",
    keys: &[
        may("http", Shape::Texts, "Hosts that it may ask."),
        may("exec", Shape::Texts, "Programs that it may run."),
        may("fs", Shape::Texts, "Folders that it may read and write beneath."),
        may("env", Shape::Texts, "Variables that it may set for its programs."),
        may(
            "reads",
            Shape::Texts,
            "What a refreshing plan may do, such as `POST /search` or `vaultctl list`.",
        ),
    ],
    habits: &[
        ("net", "it is called `http`"),
        ("files", "it is called `fs`"),
        ("commands", "it is called `exec`"),
    ],
};

/// `defaults`.
pub(crate) static DEFAULTS: Section = Section {
    name: "`defaults`",
    keys: &[
        may(
            "timeout",
            Shape::Duration,
            "How long an attempt of a step may take; 60s where it is not written.",
        ),
        may("retry", Shape::Section(&RETRY), "How steps are tried again; does not reach a create."),
    ],
    habits: &[],
};

/// `triggers`.
pub(crate) static TRIGGERS: Section = Section {
    name: "`triggers`",
    keys: &[
        may("schedule", Shape::Section(&SCHEDULE), "At certain times."),
        may("expiry", Shape::Section(&EXPIRY), "Some time before the credential expires."),
    ],
    habits: &[("cron", "write `schedule: {cron: \"..\"}`")],
};

/// `triggers.schedule`.
pub(crate) static SCHEDULE: Section = Section {
    name: "`schedule`",
    keys: &[
        must("cron", Shape::Words, "Minute, hour, day of the month, month, day of the week."),
        may(
            "timezone",
            Shape::Words,
            "The time zone of it, such as Europe/Berlin; UTC where it is not written.",
        ),
    ],
    habits: &[("tz", "it is called `timezone`"), ("time_zone", "it is called `timezone`")],
};

/// `triggers.expiry`.
pub(crate) static EXPIRY: Section = Section {
    name: "`expiry`",
    keys: &[
        must("before", Shape::Duration, "How long before the credential expires."),
        may("jitter", Shape::Duration, "By how much this differs from one credential to the next."),
    ],
    habits: &[],
};
