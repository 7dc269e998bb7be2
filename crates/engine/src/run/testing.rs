//! What the tests of runs make by hand.

use crate::event::{Debt, DebtState};
use crate::time::Duration;
use crate::value::Map;

/// Returns a debt of a run for the step `revoke_old`.
pub(crate) fn debt(id: &str, state: DebtState) -> Debt {
    Debt {
        id: id.to_owned(),
        credential: "ci-token".to_owned(),
        run: "k3f8".to_owned(),
        step: "revoke_old".to_owned(),
        uses: "fake.revoke".to_owned(),
        with: Map::new(),
        target: "old-id".to_owned(),
        after: Duration::default(),
        due: None,
        state,
        proofs: Vec::new(),
        reason: String::new(),
    }
}
