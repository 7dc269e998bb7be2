//! Names to addresses for plugins: what a name stands for is looked at when the connection is made,
//! so that nothing can change in between.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use cutover_engine::grant::Grant;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names as the grant of a plugin lets it.
pub(super) struct Granted(Arc<Grant>);

impl Granted {
    pub(super) fn new(grant: &Arc<Grant>) -> Self {
        Self(Arc::clone(grant))
    }
}

impl Resolve for Granted {
    fn resolve(&self, name: Name) -> Resolving {
        let grant = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            match refusal(&grant, name.as_str(), &found) {
                Some(why) => Err(Box::new(NotNamed(why)) as Box<dyn Error + Send + Sync>),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

/// One address that is not named is enough: nobody says which of them is connected to.
fn refusal(grant: &Grant, name: &str, found: &[SocketAddr]) -> Option<String> {
    found.iter().find_map(|at| grant.refuse_address(name, at.ip()))
}

/// An address that the workflow does not name.
#[derive(Debug)]
struct NotNamed(String);

impl fmt::Display for NotNamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NotNamed {}

/// Returns why the address behind a name was not connected to, where that is the reason of an error.
pub(super) fn refused(error: &reqwest::Error) -> Option<String> {
    let mut inner: &dyn Error = error;
    loop {
        if let Some(refused) = inner.downcast_ref::<NotNamed>() {
            return Some(refused.0.clone());
        }
        inner = inner.source()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_for_any_of_the_addresses_that_it_stands_for() {
        let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 443);
        let grant = Grant::default();
        assert_eq!(refusal(&grant, "a.test", &[at("8.8.8.8"), at("1.1.1.1")]), None);
        let why = refusal(&grant, "a.test", &[at("8.8.8.8"), at("10.0.0.1")]);
        assert!(why.unwrap().contains("stands for 10.0.0.1"));
    }
}
