//! L06: times that fit and times that do not.

use crate::check::rules::testing::{ROTATION, accepted, refused, warned, with};

fn times(lifetime: &str, overlap: &str, before: &str) -> String {
    let credential = format!("{lifetime}{overlap}");
    let text = with(ROTATION, "lifetime: 30d, overlap: 24h, ", &credential);
    let text = if lifetime.is_empty() { with(&text, "credential.lifetime", "'30d'") } else { text };
    if before.is_empty() {
        return text;
    }
    with(&text, "steps:\n", &format!("triggers: {{ expiry: {{ before: {before} }} }}\nsteps:\n"))
}

#[test]
fn a_short_overlap_and_an_early_renewal_fit() {
    accepted(&times("lifetime: 30d, ", "overlap: 24h, ", ""));
    accepted(&times("lifetime: 30d, ", "overlap: 24h, ", "3d"));
}

#[test]
fn an_overlap_as_long_as_the_renewal_fits() {
    accepted(&times("lifetime: 30d, ", "overlap: 3d, ", "3d"));
}

#[test]
fn what_is_not_written_is_not_compared() {
    accepted(&times("", "overlap: 24h, ", "3d"));
    accepted(&times("lifetime: 30d, ", "", "29d"));
}

#[test]
fn no_overlap_is_none() {
    accepted(&times("lifetime: 1d, ", "overlap: 0s, ", "23h"));
}

#[test]
fn an_overlap_as_long_as_the_lifetime_is_refused() {
    refused(
        &times("lifetime: 24h, ", "overlap: 24h, ", ""),
        "L06",
        "24h",
        "an overlap of 1d is not shorter than the lifetime, 1d",
        "write a shorter `overlap`",
    );
    refused(
        &times("lifetime: 1d, ", "overlap: 30d, ", ""),
        "L06",
        "30d",
        "an overlap of 30d is not shorter than the lifetime, 1d",
        "a longer `lifetime`",
    );
}

#[test]
fn a_renewal_as_early_as_the_lifetime_is_refused() {
    refused(
        &times("lifetime: 7d, ", "overlap: 0s, ", "7d"),
        "L06",
        "7d",
        "renewing 7d before expiry is not shorter than the lifetime, 7d",
        "write a shorter `before`",
    );
}

#[test]
fn both_together_must_fit() {
    refused(
        &times("lifetime: 7d, ", "overlap: 2d, ", "5d"),
        "L06",
        "5d",
        "renewing 5d before expiry, with an overlap of 2d, is not shorter than the lifetime, 7d",
        "`expiry.before` and `overlap` together",
    );
}

#[test]
fn an_overlap_longer_than_the_renewal_is_worth_a_warning() {
    let text = times("lifetime: 30d, ", "overlap: 4d, ", "3d");
    warned(&text, "L06", "an overlap of 4d is longer than the 3d before expiry");
}
