//! `fs`: reads, writes and removes a file.

use cutover_engine::effect::{Effect, FileContent, ReadFile, RemoveFile, Reply, WriteFile};
use cutover_engine::value::Value;

use super::options::{flag, keep, public, texts, wrong};
use super::{Door, mismatch};
use crate::vm::Answer;

/// Where a secret goes in instead.
const WAY: &str = "a path is seen by everybody: a secret goes into the file";

impl Door<'_> {
    /// Reads a file; null where there is none.
    pub(super) async fn read_file(&mut self, args: &Value) -> Answer {
        let path = public(args.get("path"), "path", WAY)?;
        let keep = keep(args.get("options"), "text")?;
        match self.perform(Effect::ReadFile(ReadFile { path, keep }), false).await? {
            Reply::File { content, .. } => self.checked(content),
            Reply::Missing => Ok(Value::Null),
            other => Err(mismatch(&other)),
        }
    }

    /// Writes a file and says whether that changed it.
    pub(super) async fn write_file(&mut self, args: &Value) -> Answer {
        let options = args.get("options");
        let mode = match options.get("mode") {
            Value::Null => None,
            given => Some(
                u32::from_str_radix(&texts(given, "mode")?, 8)
                    .ok()
                    .filter(|mode| *mode <= 0o777)
                    .ok_or_else(|| wrong("mode", "is not a mode such as \"0600\""))?,
            ),
        };
        let file = WriteFile {
            path: public(args.get("path"), "path", WAY)?,
            content: FileContent::Text(texts(args.get("content"), "content")?),
            mode,
        };
        self.changed(Effect::WriteFile(file), options).await
    }

    /// Removes a file and says whether it was there.
    pub(super) async fn remove_file(&mut self, args: &Value) -> Answer {
        let path = public(args.get("path"), "path", WAY)?;
        self.changed(Effect::RemoveFile(RemoveFile { path }), args.get("options")).await
    }

    async fn changed(&mut self, effect: Effect, options: &Value) -> Answer {
        let follow_up = flag(options.get("follow_up"), "follow_up")?;
        match self.perform(effect, follow_up).await? {
            Reply::Written { changed } => Ok(Value::Bool(changed)),
            Reply::Done => Ok(Value::Null),
            other => Err(mismatch(&other)),
        }
    }
}
