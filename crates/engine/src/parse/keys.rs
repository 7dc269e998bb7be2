//! Every key of the language, once: the parser refuses what is not here, the schema prints it.

/// A kind of mapping whose keys the language gives.
#[derive(Debug)]
pub(crate) struct Section {
    /// How messages call it.
    pub(crate) name: &'static str,
    /// Its keys.
    pub(crate) keys: &'static [Key],
    /// Keys that people know from elsewhere, each with what to write here.
    pub(crate) habits: &'static [(&'static str, &'static str)],
}

/// A key of a section.
#[derive(Debug)]
pub(crate) struct Key {
    /// The key.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) shape: Shape,
    /// Whether it has to be there.
    pub(crate) required: bool,
    /// One line for editors and the manual.
    pub(crate) summary: &'static str,
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// The number 1.
    Version,
    /// Text without templates.
    Words,
    /// Text that matches a pattern.
    Name(&'static str),
    /// Text that may hold templates.
    Text,
    /// One bare expression.
    Expression,
    /// A length of time.
    Duration,
    /// A whole number, one or more.
    Count,
    /// `true` or `false`.
    Flag,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// The notation of a type.
    Type,
    /// Anything.
    Any,
    /// A list of anything.
    List,
    /// A list of texts.
    Texts,
    /// A text or a list of texts.
    TextOrTexts,
    /// A list, or an expression that gives one.
    ListOrExpression,
    /// A mapping whose keys the author chooses, with values of any kind.
    Free,
    /// A mapping of one section.
    Section(&'static Section),
    /// A mapping from names to mappings of one section.
    Named(&'static Section),
    /// A list of steps.
    Steps,
    /// The forms of `undo`.
    Undo,
}

/// What `name` of a workflow matches.
pub(crate) const WORKFLOW_NAME: &str = "^[a-z][a-z0-9-]{0,63}$";
/// What the `id` of a step matches.
pub(crate) const STEP_ID: &str = "^[a-z][a-z0-9_]*$";
/// What the names of inputs, outputs and plugins match.
pub(crate) const FREE_NAME: &str = "^[A-Za-z_][A-Za-z0-9_-]*$";

const fn must(name: &'static str, shape: Shape, summary: &'static str) -> Key {
    Key { name, shape, required: true, summary }
}

const fn may(name: &'static str, shape: Shape, summary: &'static str) -> Key {
    Key { name, shape, required: false, summary }
}

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

/// `retry`.
pub(crate) static RETRY: Section = Section {
    name: "`retry`",
    keys: &[
        must("max_attempts", Shape::Count, "How many tries there are in all."),
        may(
            "delay",
            Shape::Duration,
            "How long to wait before the second; 1s where it is not written.",
        ),
        may(
            "backoff",
            Shape::Choice(BACKOFF),
            "Whether the wait doubles each time (exponential, the default) or stays (constant).",
        ),
        may("max_delay", Shape::Duration, "The longest wait; 1m where it is not written."),
    ],
    habits: &[
        ("attempts", "it is called `max_attempts`, and counts the first try too"),
        ("retries", "it is called `max_attempts`, and counts the first try too"),
        ("max_retries", "it is called `max_attempts`, and counts the first try too"),
        ("limit", "it is called `max_attempts`, and counts the first try too"),
        ("interval", "it is called `delay`"),
        ("jitter", "there is always jitter"),
    ],
};

/// The words of `backoff`.
pub(crate) const BACKOFF: &[&str] = &["exponential", "constant"];
/// The words of `on_error`.
pub(crate) const ON_ERROR: &[&str] = &["fail", "continue"];

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

/// A step.
pub(crate) static STEP: Section = Section {
    name: "a step",
    keys: &[
        must(
            "id",
            Shape::Name(STEP_ID),
            "What other steps call it: lower-case letters, digits and underscores, once in the file.",
        ),
        may("name", Shape::Words, "Words for people."),
        must(
            "uses",
            Shape::Words,
            "What it does: the name of a built-in step or of one of a plugin.",
        ),
        may("with", Shape::Free, "Its parameters."),
        may(
            "needs",
            Shape::Texts,
            "The steps that it waits for; all above it where it is not written.",
        ),
        may("when", Shape::Expression, "It runs only if this holds; else its outputs are null."),
        may(
            "for_each",
            Shape::ListOrExpression,
            "It runs once for each item; `item` and `index` are in scope.",
        ),
        may("max_parallel", Shape::Count, "How many items of `for_each` run at once."),
        may(
            "until",
            Shape::Expression,
            "It is tried again, by `retry`, until this holds; `result` is its outputs.",
        ),
        may("verifies", Shape::TextOrTexts, "The steps whose work this one proves."),
        may(
            "retry",
            Shape::Section(&RETRY),
            "How it is tried again; one try where it is not written.",
        ),
        may(
            "timeout",
            Shape::Duration,
            "How long an attempt may take; 60s where it is not written.",
        ),
        may(
            "after",
            Shape::Duration,
            "Of a revoke: how long after the last step that it waits for it falls due.",
        ),
        may(
            "on_error",
            Shape::Choice(ON_ERROR),
            "What its failure means: the run fails (the default), or goes on.",
        ),
        may("undo", Shape::Undo, "How it is taken back, in place of its own way."),
    ],
    habits: &[
        ("if", "it is called `when`, and holds one bare expression"),
        ("run", "a program is run by `uses: exec.run` with `argv`, never by a shell"),
        ("shell", "a program is run by `uses: exec.run` with `argv`, never by a shell"),
        ("command", "a program is run by `uses: exec.run` with `argv`"),
        ("env", "variables of a program are a parameter of `exec.run`: `with: {env: {..}}`"),
        ("depends_on", "it is called `needs`"),
        ("dependsOn", "it is called `needs`"),
        ("requires", "it is called `needs`"),
        ("args", "parameters are under `with`"),
        ("params", "parameters are under `with`"),
        ("inputs", "parameters are under `with`"),
        ("loop", "it is called `for_each`"),
        ("with_items", "it is called `for_each`"),
        ("foreach", "it is called `for_each`"),
        ("continue-on-error", "write `on_error: continue`"),
        ("continue_on_error", "write `on_error: continue`"),
        ("ignore_errors", "write `on_error: continue`"),
        ("timeout-minutes", "it is called `timeout`, and has a unit: `timeout: 5m`"),
        ("timeout_seconds", "it is called `timeout`, and has a unit: `timeout: 30s`"),
        ("retries", "write `retry: {max_attempts: 3}`"),
        ("register", "outputs need no name: `steps.<id>.<output>`"),
        (
            "outputs",
            "a step's outputs come from what it uses; those of the workflow stand at the top",
        ),
        ("rollback", "it is called `undo`"),
        ("compensate", "it is called `undo`"),
        ("type", "what a step does is under `uses`"),
        ("action", "what a step does is under `uses`"),
        ("description", "words for people are the `name`"),
    ],
};

/// `undo: {uses, with}` and `undo: {none}`.
pub(crate) static UNDO: Section = Section {
    name: "`undo`",
    keys: &[
        may("uses", Shape::Words, "A step that takes it back."),
        may(
            "with",
            Shape::Free,
            "The parameters of that step; `result` is the outputs of this one.",
        ),
        may("none", Shape::Words, "Why it is fine that it can't be taken back."),
    ],
    habits: &[],
};

impl Section {
    /// Returns a key.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Returns the names of all keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}
