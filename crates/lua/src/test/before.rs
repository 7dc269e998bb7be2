//! What a create is told before its first try.

use cutover_engine::ctx::{Ctx, Mode};

use super::link::drive;
use super::stage::{Asked, Ends, Stage};
use super::world::World;

impl Stage<'_> {
    /// Tells a create what is there before its first try, as a run does.
    pub(crate) fn told(&self, world: &World, asked: &Asked) -> Result<Asked, Ends> {
        self.host.begin(None);
        let scope = asked.scope(self.host, Mode::Read, false);
        let host = self.host;
        let told = drive((world, &self.inbox), &self.link, || async {
            asked.step.before(&asked.params, &Ctx::new(host, scope)).await
        });
        let mut asked = asked.clone();
        match told {
            Ok(more) => asked.params.extend(more),
            Err(error) => return Err(self.failed(&asked, "", &error)),
        }
        Ok(asked)
    }
}
