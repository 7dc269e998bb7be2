//! HTTP clients, each made by the first request that needs it.

use std::sync::OnceLock;
use std::time::Duration;

use cutover_engine::effect::Access;
use reqwest::{Client, redirect};

/// How long a connection may take; the deadline of the call holds beside it.
const CONNECT: Duration = Duration::from_secs(10);
/// How many redirects on one host are followed.
const REDIRECTS: usize = 5;

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
        made.get_or_init(|| make(writes, tls)).clone()
    }
}

fn make(writes: bool, tls: bool) -> Result<Client, String> {
    // Another part of the process may have installed it before: it is the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut client = Client::builder()
        .user_agent(concat!("cutover/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .retry(reqwest::retry::never())
        .referer(false)
        .tls_backend_rustls();
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
