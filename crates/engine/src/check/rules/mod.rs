//! The lifecycle rules: what could lose, leak or lock out is refused before anything runs.

pub(crate) mod flow;
mod l01;
mod l02;
pub(crate) mod l03;
pub(crate) mod l04;
mod l05;
mod l06;
mod l07;
mod l08;
mod l09;
mod l10;
mod l11;
mod l12;
mod l13;
mod l14;
mod l15;
mod l16;
mod shapes;

#[cfg(test)]
mod accepted;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod pages;
#[cfg(test)]
pub(crate) mod testing;

pub use l09::check_folder;

use crate::check::Checked;
use crate::diagnostic::Diagnostics;
use crate::spec::Role;
use crate::step::Registry;
use flow::Flow;

/// The page of each rule, for `cutover explain`.
pub(crate) const PAGES: &[(&str, &str)] = &[
    ("L01", l01::PAGE),
    ("L02", l02::PAGE),
    ("L03", l03::PAGE),
    ("L04", l04::PAGE),
    ("L05", l05::PAGE),
    ("L06", l06::PAGE),
    ("L07", l07::PAGE),
    ("L08", l08::PAGE),
    ("L09", l09::PAGE),
    ("L10", l10::PAGE),
    ("L11", l11::PAGE),
    ("L12", l12::PAGE),
    ("L13", l13::PAGE),
    ("L14", l14::PAGE),
    ("L15", l15::PAGE),
    ("L16", l16::PAGE),
];

/// Checks a workflow against the rules. Its references and its order are right already; L09 needs
/// the other workflows of the folder, see [`check_folder`].
pub(crate) fn check(checked: &Checked, registry: &Registry, out: &mut Diagnostics) {
    let flow = Flow::of(checked, registry);
    l01::check(&flow, out);
    l02::check(&flow, out);
    l03::check(&flow, out);
    l04::check(checked, out);
    l05::check(&flow, out);
    l06::check(&flow, out);
    l07::check(&flow, out);
    l08::check(&flow, out);
    l10::check(&flow, out);
    l11::check(&flow, out);
    l12::check(&flow, out);
    l13::check(&flow, &wrapped_programs(registry), out);
    l14::check(&flow, out);
    l15::check(&flow, out);
    l16::check(&flow, out);
}

/// The programs that steps wrap: the first word of the name of each step that makes or ends
/// credentials.
fn wrapped_programs(registry: &Registry) -> Vec<&str> {
    registry
        .iter()
        .filter(|step| matches!(step.spec().role, Role::Create | Role::Revoke))
        .filter_map(|step| step.spec().name.split_once('.').map(|(provider, _)| provider))
        .collect()
}
