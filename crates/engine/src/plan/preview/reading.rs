//! What a plan asks a step beside what it would do: whether it may begin, and whether its `read`
//! would write, which is a mistake that a plan tells before a run meets it.

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::host::Host;
use crate::plan::preview::Reads;
use crate::plan::preview::host::PreviewHost;
use crate::spec::Role;
use crate::step::{Fate, StepError};
use crate::types::Type;
use crate::value::{Map, Unknown, shown};

/// Asks a step whether it is done already, where nothing can be contacted, and returns what is wrong
/// where it would write instead. `early` says that an earlier step writes what it would read.
pub(super) async fn oversteps(
    node: &Node,
    path: &str,
    params: &Map,
    host: &dyn Host,
    (reads, early): (Reads, bool),
) -> Option<String> {
    if !node.step.spec().has_read {
        return None;
    }
    let reads = match reads {
        Reads::Nothing => Reads::Nothing,
        Reads::Offline | Reads::Refresh => Reads::Offline,
    };
    let door = PreviewHost::new(host, reads, early);
    let ctx = Ctx::new(&door, scope(node, path, host, Mode::Read));
    let error = node.step.read(params, &ctx).await.err()?;
    let place = if error.help.is_empty() { String::new() } else { format!(", {}", error.help) };
    ctx.has_overstepped()
        .then(|| format!("as things are it fails: {}{}", shown(&error.message), shown(&place)))
}

/// What a step that is only previewed knows of its try.
pub(super) fn scope(node: &Node, path: &str, host: &dyn Host, mode: Mode) -> Scope {
    let marker = Unknown { from: "marker".to_owned(), ty: Type::String }.to_mark();
    Scope {
        run: String::new(),
        step: path.to_owned(),
        attempt: 1,
        marker,
        deadline: host.now() + node.timeout,
        started_at: host.now(),
        mode,
        may_write: node.role != Role::Read && !node.step.spec().pure,
        current: None,
        waited: None,
        known: crate::known::Known::default(),
    }
}

/// What a create looks at before its first try, and what keeps it from that.
pub(super) async fn keeps_from_beginning(
    host: &dyn Host,
    reads: Reads,
    node: &Node,
    params: &Map,
    scope: &Scope,
) -> Option<StepError> {
    if node.role != Role::Create || !node.step.spec().has_before {
        return None;
    }
    let door = PreviewHost::new(host, reads, false);
    let scope = Scope { mode: Mode::Read, may_write: false, ..scope.clone() };
    let told = node.step.before(params, &Ctx::new(&door, scope)).await;
    told.err().filter(|error| error.fate != Fate::Previewed)
}
