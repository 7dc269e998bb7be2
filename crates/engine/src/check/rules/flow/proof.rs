//! What a step that `verifies` another one really shows.

use super::{Flow, Site, secret_outputs};
use crate::check::Node;

/// Why a step does not show what it says it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is to prove a place and is handed the value itself.
    GivenTheValue(String),
    /// It is to prove a place and logs in by something else, shown here.
    OtherLogin(String),
    /// It is to prove a place and does not log in at all.
    NoLogin,
    /// It is to prove a place by what the named step read there before it was written.
    ReadTooEarly(String),
    /// It is to prove a create and is not given the new value.
    WithoutTheValue,
}

/// Says whether what a step does is what its author wrote: a program or an address. It is taken at
/// its author's word.
pub(crate) fn takes_word(node: &Node) -> bool {
    !node.step.spec().reads_when.is_empty()
}

impl Flow<'_> {
    /// Returns why a step does not prove a create that it says it proves.
    pub(crate) fn doubt_of_create(&self, proof: usize, create: usize) -> Option<Doubt> {
        let made = self.made_at(create)?;
        let is_given = self.given(proof, made).is_some();
        let may_read = takes_word(self.node(proof))
            && self.node(proof).before.iter().any(|writer| self.holds(writer, made));
        (!is_given && !may_read).then_some(Doubt::WithoutTheValue)
    }

    /// Returns why a step does not prove a place that it says it proves: the one that another
    /// step writes.
    pub(crate) fn doubt_of_place(&self, proof: usize, writer: usize) -> Option<Doubt> {
        let handed = self.made.iter().find_map(|made| self.given_made(proof, made));
        if let Some(used) = handed {
            return Some(Doubt::GivenTheValue(used.text.clone()));
        }
        if takes_word(self.node(proof)) || !self.is_keeper(writer) {
            return None;
        }
        let place = self.written(writer)?;
        let logins = self.logins(proof);
        let fits = |through: Option<usize>| through.is_none_or(|by| self.is_before(writer, by));
        if logins.iter().any(|login| login.at == *place && fits(login.through))
            || self.reads_given(proof, writer)
        {
            return None;
        }
        let early = logins.iter().find(|login| login.at == *place).and_then(|found| found.through);
        Some(match (early, logins.first()) {
            (Some(by), _) => Doubt::ReadTooEarly(self.id(by).to_owned()),
            (None, Some(login)) => Doubt::OtherLogin(login.at.shown().to_owned()),
            (None, None) => Doubt::NoLogin,
        })
    }

    /// Says whether a step is given a secret that was read from a place after it was written.
    fn reads_given(&self, proof: usize, writer: usize) -> bool {
        let mut readers = self.node(proof).before.iter().filter(|reader| {
            self.read(*reader).is_some()
                && self.read(*reader) == self.written(writer)
                && self.is_before(writer, *reader)
        });
        readers.any(|reader| {
            let secrets = secret_outputs(self.node(reader));
            self.uses(proof)
                .iter()
                .filter(|used| matches!(used.site, Site::Param(_)))
                .any(|used| secrets.iter().any(|secret| used.touches(secret)))
        })
    }

    /// Returns the steps that prove, and really do, what another step made or wrote.
    pub(crate) fn proofs(&self, of: usize) -> impl Iterator<Item = usize> {
        (0..self.nodes().len()).filter(move |nth| {
            self.node(*nth).verifies.contains(&of)
                && self.is_before(of, *nth)
                && if self.made_at(of).is_some() && !self.is_keeper(of) {
                    self.doubt_of_create(*nth, of).is_none()
                } else {
                    self.doubt_of_place(*nth, of).is_none()
                }
        })
    }
}
