//! HTTP clients, each made by the first request that needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use cutover_engine::effect::Access;
use cutover_engine::grant::Grant;
use reqwest::{Client, redirect};

use super::resolve::Granted;

/// How long a connection may take; the deadline of the call holds beside it.
const CONNECT: Duration = Duration::from_secs(10);
/// How many redirects on one host are followed.
const REDIRECTS: usize = 5;

/// What tells the clients of plugins apart: how, for whom, and which addresses are named.
type Granting = (Access, bool, (String, String), Vec<String>);

/// How many clients of plugins are kept.
const MOST_GRANTED: usize = 64;

type Made = OnceLock<Result<Client, String>>;

/// The clients of a host. Reading ones keep connections; a write gets a new one each time, since a
/// kept one may be closed under it, and then nobody knows whether it arrived. Plain ones load no
/// roots of trust.
#[derive(Default)]
pub(crate) struct Clients {
    read_tls: Made,
    read_plain: Made,
    write_tls: Made,
    write_plain: Made,
    granted: Mutex<HashMap<Granting, Client>>,
}

impl Clients {
    /// Returns the client for a kind of request.
    pub(crate) fn get(&self, access: Access, tls: bool) -> Result<Client, String> {
        let writes = access == Access::Write;
        let made = match (writes, tls) {
            (false, true) => &self.read_tls,
            (false, false) => &self.read_plain,
            (true, true) => &self.write_tls,
            (true, false) => &self.write_plain,
        };
        made.get_or_init(|| make(writes, tls, None)).clone()
    }

    /// Returns the client for a kind of request of a plugin: it connects to no address that its
    /// grant does not reach, whatever a name stands for, and through nobody who would connect for
    /// it.
    pub(crate) fn granted(
        &self,
        access: Access,
        tls: bool,
        grant: &Arc<Grant>,
    ) -> Result<Client, String> {
        let told = (grant.plugin.clone(), grant.file.clone());
        let key = (access, tls, told, grant.allow.http.clone());
        let mut known = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(&key) {
            return Ok(client.clone());
        }
        let client = make(access == Access::Write, tls, Some(grant))?;
        if known.len() >= MOST_GRANTED {
            known.clear();
        }
        known.insert(key, client.clone());
        Ok(client)
    }
}

fn make(writes: bool, tls: bool, grant: Option<&Arc<Grant>>) -> Result<Client, String> {
    // Another part of the process may have installed it before: it is the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut client = Client::builder()
        .user_agent(concat!("cutover/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .retry(reqwest::retry::never())
        .referer(false)
        .tls_backend_rustls();
    if let Some(grant) = grant {
        client = client.no_proxy().dns_resolver(Granted::new(grant));
    }
    if writes {
        client = client.pool_max_idle_per_host(0).redirect(redirect::Policy::none());
    } else {
        client = client.redirect(redirect::Policy::custom(on_one_host));
    }
    if !tls {
        client = client.tls_certs_only([]);
    }
    client.build().map_err(|error| {
        let mut reason: &dyn std::error::Error = &error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        format!("TLS cannot be set up: {reason}")
    })
}

fn on_one_host(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let stays =
        attempt.previous().last().is_some_and(|last| last.origin() == attempt.url().origin());
    if stays && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
}
