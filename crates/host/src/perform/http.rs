//! HTTP.

use std::sync::Arc;

use cutover_engine::effect::{Call, EffectError, Http, Reply};

use crate::local::Inner;
use crate::perform::not_sent;

/// The clients.
#[derive(Default)]
pub(crate) struct Clients;

/// Makes a request.
pub(crate) async fn perform(
    inner: &Arc<Inner>,
    call: &Call,
    request: &Http,
) -> Result<Reply, EffectError> {
    let _ = (inner, call);
    Err(not_sent(format!("no connection to {}", request.url)))
}
