//! A step and what stands in it.

use super::{STEP_ID, Section, Shape, may, must};

/// The words of `backoff`.
pub(crate) const BACKOFF: &[&str] = &["exponential", "constant"];
/// The words of `on_error`.
pub(crate) const ON_ERROR: &[&str] = &["fail", "continue"];

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
