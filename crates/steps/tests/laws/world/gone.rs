//! What of a call cannot be opened any more: a call with it is not sent.

use cutover_engine::disk::{from_disk, to_disk};
use cutover_engine::effect::{Body, Effect, EffectError, FileContent};
use cutover_engine::host::Secrets as _;
use cutover_engine::known::Known;
use cutover_engine::value::{Handle, Map, Value};

use super::World;

impl World {
    /// Forgets every secret, as a process that ends does.
    pub(crate) fn forget(&self) {
        self.table.forget();
    }

    /// Forgets every secret, and keeps the checks of those in some parameters: returns these as the
    /// next process reads them from disk.
    pub(crate) fn remember(&self, params: &Map) -> Map {
        let handles = params.values().flat_map(Value::handles);
        let check = |handle: Handle| {
            Some((handle.origin.clone(), self.table.check("salt", &handle.to_mark())?))
        };
        self.state().known = Known::new("salt", handles.filter_map(check).collect());
        self.forget();
        let again = |value: &Value| from_disk(&to_disk(value)).expect("it was written so");
        params.iter().map(|(name, value)| (name.clone(), again(value))).collect()
    }

    /// Refuses a call with a secret in it that is not there any more.
    pub(super) fn opens(&self, effect: &Effect) -> Result<(), EffectError> {
        match texts(effect).iter().all(|text| is_unknown(text) || self.table.opened(text).is_some())
        {
            true => Ok(()),
            false => {
                let message = "a secret is not there any more".to_owned();
                Err(EffectError::Gone { message })
            }
        }
    }
}

fn is_unknown(text: &str) -> bool {
    Value::from(text).is_unknown()
}

fn texts(effect: &Effect) -> Vec<String> {
    match effect {
        Effect::Http(http) => {
            let mut all = vec![http.url.clone()];
            all.extend(http.headers.values().cloned());
            all.extend(http.basic.iter().map(|(_, password)| password.clone()));
            match &http.body {
                Body::Empty => {}
                Body::Json(value) => all.extend(value.handles().iter().map(|one| one.to_mark())),
                Body::Form(form) => all.extend(form.values().cloned()),
                Body::Text(text) => all.push(text.clone()),
            }
            all
        }
        Effect::Exec(exec) => {
            let files = exec.files.values().flat_map(of_content);
            exec.env.values().chain(&exec.stdin).cloned().chain(files).collect()
        }
        Effect::WriteFile(write) => of_content(&write.content),
        // What a run wrote is compared as far as that can be.
        Effect::RestoreFile(_) => Vec::new(),
        Effect::ReadFile(_)
        | Effect::RemoveFile(_)
        | Effect::Sleep { .. }
        | Effect::Random { .. }
        | Effect::Log { .. } => Vec::new(),
    }
}

fn of_content(content: &FileContent) -> Vec<String> {
    match content {
        FileContent::Text(text) => vec![text.clone()],
        FileContent::Toml(edit) => edit.set.values().cloned().collect(),
    }
}
