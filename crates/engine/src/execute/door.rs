//! The door of a run: the host, with waits that an interrupt cuts short.

use std::sync::{Mutex, PoisonError};

use futures_util::future::{Either, select};

use crate::child::Family;
use crate::effect::{Call, Effect, EffectError, Reply};
use crate::execute::Stop;
use crate::host::{Host, HostError, Wrapper};
use crate::step::BoxFuture;

/// What a wait says that was cut short.
const INTERRUPTED: &str = "interrupted";

/// The host as the steps of a run see it. It remembers a failure of the edge, which a step can
/// only pass on as words.
pub(crate) struct Door<'a> {
    host: &'a dyn Host,
    stop: &'a dyn Stop,
    edge: Mutex<Option<HostError>>,
}

impl<'a> Door<'a> {
    pub(crate) fn new(host: &'a dyn Host, stop: &'a dyn Stop) -> Self {
        Self { host, stop, edge: Mutex::new(None) }
    }

    /// Returns how the edge failed, if it did.
    pub(crate) fn edge(&self) -> Option<HostError> {
        self.edge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn perform_watched(&self, call: &Call) -> Result<Reply, EffectError> {
        let reply = match call.effect {
            Effect::Sleep { .. } => self.sleep(call).await,
            _ => self.host.perform(call).await,
        };
        if let Err(EffectError::Edge(error)) = &reply {
            let mut edge = self.edge.lock().unwrap_or_else(PoisonError::into_inner);
            edge.get_or_insert_with(|| error.clone());
        }
        reply
    }

    async fn sleep(&self, call: &Call) -> Result<Reply, EffectError> {
        let cut = || EffectError::NotSent { message: INTERRUPTED.to_owned(), retryable: true };
        if self.stop.requested() {
            return Err(cut());
        }
        match select(self.host.perform(call), self.stop.wait()).await {
            Either::Left((reply, _)) => reply,
            Either::Right(((), _)) => Err(cut()),
        }
    }
}

impl Wrapper for Door<'_> {
    fn behind(&self) -> &dyn Host {
        self.host
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(self.perform_watched(call))
    }

    fn family(&self) -> Option<Family<'_>> {
        self.host.family().map(|family| Family { stop: Some(self.stop), ..family })
    }
}
