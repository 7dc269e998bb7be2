//! Uses of what waits: for a time, a person, another run.

use cutover_engine::ctx::{Waited, Word};
use cutover_engine::event::Decision;
use cutover_engine::step::Park;
use cutover_engine::time::Duration;
use cutover_engine::value::Value;

use super::{Case, case, in_days};
use crate::world::filled;

pub(super) fn length() -> Case {
    case(
        "wait",
        |_| filled("wait", [("for", Value::Duration(Duration::seconds(5)))]),
        |_| vec![("for", Value::Duration(Duration::seconds(6))), ("until", in_days(1))],
    )
}

pub(super) fn moment() -> Case {
    case(
        "wait",
        |world| filled("wait", [("until", (world.state().now + Duration::seconds(50)).into())]),
        |_| vec![("for", Value::Duration(Duration::seconds(5))), ("until", in_days(2))],
    )
}

/// A question that was answered; nobody has answered the others.
pub(super) fn approval() -> Case {
    case(
        "approval.wait",
        |world| {
            let at = world.state().now;
            world.state().waited = Some(Waited {
                park: Park { until: None, ask: Some("may it?".to_owned()) },
                word: Some(Word {
                    decision: Decision::Approve,
                    by: "ann".to_owned(),
                    at,
                    note: String::new(),
                }),
            });
            filled("approval.wait", [("ask", "may it?".into())])
        },
        |world| {
            world.state().waited = None;
            vec![("ask", "must it?".into())]
        },
    )
}

/// The step as it stands in the list, whose file nobody has read.
pub(super) fn child() -> Case {
    case(
        "workflow.run",
        |_| filled("workflow.run", [("file", "other.yaml".into())]),
        |_| vec![("file", "another.yaml".into()), ("inputs", Value::map([("a", Value::Int(1))]))],
    )
}
