//! The law of the lost answer: what the engine's table of recovery does with it must end well.

use cutover_engine::spec::{Mints, Repeat, Spec};
use cutover_engine::step::Fate;
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use super::host::Fault;
use super::stage::{Asked, Ends, Stage, marker};
use super::world::World;

impl Stage<'_> {
    pub(crate) fn try_lost(&self, world: &World, asked: &Asked, write: usize) -> Result<Map, Ends> {
        let tried = self.run(world, asked, Some(Fault::Lost(write)));
        match (tried.result, tried.fate) {
            (Ok(_), _) => {
                let message = "it says that it is done, and no answer came to its write";
                return Err(self.broke(&asked.name, message));
            }
            (Err(_), Fate::Lost) => {}
            (Err(error), Fate::NotDone | Fate::Previewed) => {
                let words = "its write may have been done, and it says that it was not";
                return Err(self.failed(asked, words, &error));
            }
        }
        self.recover(world, asked)
    }

    /// What the engine's table of recovery does with a write that got no answer.
    fn recover(&self, world: &World, asked: &Asked) -> Result<Map, Ends> {
        let spec = asked.spec();
        if !spec.has_read {
            return match spec.repeat_with(&asked.params) {
                Repeat::Safe => self.again(world, asked, "`repeat: safe`, and once more it fails"),
                // A person has to look: that is what its manifest says.
                Repeat::Never => Err(self.ends()),
            };
        }
        let found = match self.read(world, asked) {
            Err(error) => {
                return Err(self.failed(asked, "its `read` fails after a lost answer", &error));
            }
            Ok(None) if matches!(spec.mints, Some(Mints::Diff | Mints::Blind)) => {
                return Err(self.ends());
            }
            // Of two writes the last is what counts, and its manifest says that both may come again.
            Ok(None) if spec.repeat_with(&asked.params) == Repeat::Safe => {
                return self.again(world, asked, "`repeat: safe`, and once more it fails");
            }
            Ok(None) => return Err(self.not_found(asked)),
            Ok(Some(found)) => found,
        };
        if is_whole(spec, &asked.params, &found) {
            return Ok(found);
        }
        if !spec.has_undo {
            let message = "`read` finds it without its secret, and no `undo` takes it back";
            return Err(self.broke(&asked.name, message));
        }
        if let Err(error) = self.undo(world, asked, &found) {
            return Err(self.failed(asked, "what `read` found cannot be taken back", &error));
        }
        self.nothing_left(world, asked, &found)?;
        self.again(world, asked, "it fails once it was taken back")
    }

    fn again(&self, world: &World, asked: &Asked, words: &str) -> Result<Map, Ends> {
        self.made_again.set(true);
        let second = asked.marked(2, &marker(self.calls.borrow().len(), 2));
        self.markers.borrow_mut().insert(asked.name.clone(), second.marker.clone());
        let tried = self.run(world, &second, None);
        tried.result.map_err(|error| self.failed(asked, words, &error))
    }
}

/// Says whether every secret that a step gives is there.
fn is_whole(spec: &Spec, params: &Map, found: &Map) -> bool {
    let secret = spec.outputs_with(params).filter(|output| output.ty == Type::Secret);
    secret
        .filter(|output| !output.nullable)
        .all(|output| found.get(&output.name).is_some_and(|value| !value.is_null()))
}
