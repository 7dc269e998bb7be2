//! Every key of a manifest, once: the reader refuses what is not here, the schema prints it.

use cutover_engine::parse::yaml::{Section, Shape, may, must};

/// What the name of a plugin matches.
pub const PLUGIN_NAME: &str = "^[a-z][a-z0-9-]{0,63}$";
/// What the names of steps, parameters and outputs match.
pub const NAME: &str = "^[a-z][a-z0-9_]*$";
/// The roles that a plugin's step may have.
pub const ROLES: &[&str] = &["read", "create", "store", "publish", "revoke", "notify", "other"];
/// The functions of a step.
pub const DOES: &[&str] = &["read", "run", "undo"];
/// What a provider lets us do after a lost answer.
pub const MINTS: &[&str] =
    &["marker", "diff", "chosen", "in_place", "blind", "chosen+in_place", "marker+in_place"];
/// The words of `repeat`.
pub const REPEAT: &[&str] = &["safe", "never"];

/// The whole document.
pub static PLUGIN: Section = Section {
    name: "a manifest",
    keys: &[
        must("api", Shape::Version, "The version of the contract: 1."),
        must("name", Shape::Name(PLUGIN_NAME), "What workflows call it."),
        must("version", Shape::Words, "Its own version, such as 1.2.0."),
        must("summary", Shape::Words, "One line for lists."),
        may("config", Shape::Free, "What a workflow's `config` gives it: names and types."),
        may("needs", Shape::Section(&NEEDS), "What it reaches; everything else is refused."),
        may("reads", Shape::Texts, "What only looks though it could write: `POST /search`."),
        must("steps", Shape::Named(&STEP), "Its steps by name."),
    ],
    habits: &[
        ("capabilities", "it is called `needs`"),
        ("permissions", "it is called `needs`"),
        ("settings", "it is called `config`"),
        ("description", "it is called `summary`"),
    ],
};

/// `needs`.
pub static NEEDS: Section = Section {
    name: "`needs`",
    keys: &[
        may("http", Shape::Texts, "Addresses: `https://vault.acme.internal`, or `config.url`."),
        may("exec", Shape::Texts, "Programs by name."),
        may("fs", Shape::Texts, "Folders: `~/.acme`, or `config.folder`."),
        may("env", Shape::Texts, "Variables that it sets for its programs."),
    ],
    habits: &[("net", "it is called `http`"), ("read", "it is called `fs`")],
};

/// A step.
pub static STEP: Section = Section {
    name: "a step",
    keys: &[
        must("role", Shape::Choice(ROLES), "What it is for: the rules and recovery go by it."),
        must("does", Shape::Texts, "Which functions `init.lua` has for it: [read, run, undo]."),
        must("summary", Shape::Words, "One line for lists."),
        may("params", Shape::Free, "Its parameters: names and types."),
        may("outputs", Shape::Free, "Its outputs: names and types."),
        may("stores_at", Shape::Words, "Of a store, the place that it writes: `kv(path)`."),
        may("publishes_to", Shape::Words, "Of a publish, the place that it writes."),
        may("reads_from", Shape::Words, "Of a read, the place that it takes a value from."),
        may("logs_in_with", Shape::Words, "What it logs in with: `value(config.admin_token)`."),
        may("read_back", Shape::Words, "The read step that reads the place back, or `none`."),
        may("mints", Shape::Choice(MINTS), "Of a create: what is known after a lost answer."),
        may("chosen", Shape::Words, "Of a create: the parameter that holds the value we choose."),
        may("list", Shape::Words, "Of a create: the read step that lists what was made."),
        may("revoke", Shape::Words, "Of a create: the step that revokes what was made."),
        may("revokes", Shape::Words, "Of a revoke: the parameter that names what ends."),
        may("expires", Shape::Words, "Of a create: the parameter that says when it expires."),
        may("settle", Shape::Duration, "How long after its deadline a request may still land."),
        may("propagation", Shape::Duration, "How long a new value may still be refused."),
        may("max_live", Shape::Count, "How many of them the provider lets live at once."),
        may("repeat", Shape::Choice(REPEAT), "Whether a lost write may simply be sent again."),
        may("volatile", Shape::Texts, "Outputs that differ from one look to the next."),
        may("effect", Shape::Words, "For the manual: what it does to the world."),
        may("recovery", Shape::Words, "For the manual: what becomes of it after a crash."),
        may("example", Shape::Words, "For the manual: a workflow that uses it."),
    ],
    habits: &[
        ("parameters", "they are called `params`"),
        ("inputs", "they are called `params`"),
        ("returns", "they are called `outputs`"),
        ("description", "it is called `summary`"),
        ("functions", "it is called `does`"),
        ("in_place", "write `mints: in_place`"),
    ],
};

/// The long form of a type.
pub static TYPE: Section = Section {
    name: "a type",
    keys: &[
        must("type", Shape::Type, "The type in one line: `string`, `duration = 24h`."),
        may("pattern", Shape::Words, "A pattern that text matches whole."),
        may("min", Shape::Any, "The least number, or the least length."),
        may("max", Shape::Any, "The greatest number, or the greatest length."),
        may("description", Shape::Words, "One line for the manual."),
    ],
    habits: &[
        ("default", "it stands behind the type: `type: duration = 24h`"),
        ("required", "what may be left out has a `?` behind its type: `type: string?`"),
        ("match", "it is called `pattern`"),
        ("doc", "it is called `description`"),
        ("enum", "write `type: enum(a|b)`"),
    ],
};
