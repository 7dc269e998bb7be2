//! Workflows that people really write, all of which every rule accepts.

use super::testing::{DATABASE, ROTATION, accepted};

#[test]
fn a_rotation_with_a_store_a_profile_and_a_debt() {
    accepted(ROTATION);
}

#[test]
fn a_rotation_of_a_database_user_with_two_names_in_turn() {
    accepted(DATABASE);
}
