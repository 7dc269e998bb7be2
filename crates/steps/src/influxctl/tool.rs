//! The program `influxctl`: its command line, its version, its refusals.
//!
//! Sources: the reference of `influxctl` (global flags stand before the command), its release
//! notes (2.0.3: logs go to standard error; 2.10.0: `revoke`, descriptions must not be empty).

use cutover_engine::ctx::{Ctx, to_step_error};
use cutover_engine::effect::{Effect, EffectError, Exec, FileContent, Keep, Reply, TomlEdit};
use cutover_engine::spec::{Param, Place};
use cutover_engine::step::StepError;
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::influxctl::refusal::refusal;
use crate::influxctl::token::{self, Token};
use crate::params;

/// Where `influxctl` looks for its configuration on Linux.
pub(crate) const CONFIG: &str = "~/.config/influxctl/config.toml";
/// The oldest version whose `management` commands are what the steps count on.
const OLDEST: [u64; 3] = [2, 10, 0];

/// How often a list is asked at most for what a write did.
const LOOKS: u32 = 5;
/// How long a list may lag behind a write.
pub(crate) const SETTLE: Duration = Duration::seconds(30);
/// How long after one look the next one comes.
const PAUSE: Duration = Duration::seconds(2);

/// Who is logged in: a profile of a configuration file, with its own token or another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Login {
    /// The configuration file.
    pub(crate) config: String,
    /// The profile's name.
    pub(crate) profile: String,
    /// A token to use in place of the profile's own.
    pub(crate) mgmt_token: Option<String>,
}

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// It only looks.
    Reads,
    /// It changes something.
    Writes,
}

/// `influxctl`, its version checked once.
pub(crate) struct Tool<'a> {
    ctx: &'a Ctx<'a>,
}

/// Several looks at a list that may lag behind a write, within the try's deadline.
pub(crate) struct Looks<'a> {
    ctx: &'a Ctx<'a>,
    left: u32,
}

/// Returns the parameter `config`.
pub(crate) fn config_param() -> Param {
    Param::optional("config", Type::Path, "The configuration file of influxctl.").or(CONFIG)
}

/// Returns the parameter `profile`.
pub(crate) fn profile_param(summary: &str) -> Param {
    Param::optional("profile", Type::String, summary).or("default")
}

/// Returns the place that a profile is.
pub(crate) fn profile_place() -> Place {
    Place::new("influxctl_profile", &["config", "profile"])
}

impl Login {
    /// Reads `config` and `profile` of some parameters.
    pub(crate) fn of(params: &Map) -> Result<Self, StepError> {
        Ok(Self {
            config: params::text(params, "config")?,
            profile: params::text(params, "profile")?,
            mgmt_token: None,
        })
    }

    fn command(&self, words: &[&str]) -> Exec {
        let config = if self.mgmt_token.is_some() { "{config}" } else { &self.config };
        let global = ["influxctl", "--config", config, "--profile", &self.profile];
        let mut exec = Exec::new(global.into_iter().chain(words.iter().copied()));
        exec.paths = vec![2];
        if let Some(token) = &self.mgmt_token {
            let edit = TomlEdit {
                base: Some(self.config.clone()),
                ..profile_edit(&self.profile, token.clone(), None)
            };
            exec.files.insert("config".to_owned(), FileContent::Toml(edit));
        }
        exec
    }
}

/// Returns the change that puts a management token into a profile.
pub(crate) fn profile_edit(profile: &str, token: String, copy_from: Option<String>) -> TomlEdit {
    let keys = ["product", "account_id", "cluster_id", "host", "port"];
    TomlEdit {
        base: None,
        array: "profile".to_owned(),
        key: "name".to_owned(),
        is: profile.to_owned(),
        set: [("mgmt_token".to_owned(), token)].into_iter().collect(),
        copy_from: copy_from.map(|from| (from, keys.map(str::to_owned).to_vec())),
    }
}

impl<'a> Tool<'a> {
    /// Checks the version of the program on the PATH.
    pub(crate) async fn open(ctx: &'a Ctx<'a>) -> Result<Self, StepError> {
        let mut exec = Exec::new(["influxctl", "version"]);
        exec.keep = Keep::Text;
        exec.reads = true;
        let text = match ctx.raw(Effect::Exec(exec)).await {
            Ok(Reply::Exec { stdout: Value::Text(text), .. }) => text,
            Ok(_) | Err(EffectError::Refused { .. }) => String::new(),
            // A preview goes on to what it would do with a version that it did not ask for.
            Err(EffectError::Withheld { .. }) => return Ok(Self { ctx }),
            Err(error) => return Err(to_step_error(&error)),
        };
        match version(&text) {
            Some(found) if found < OLDEST => return Err(too_old(found)),
            Some(_) => {}
            None => {
                let message = "the version of influxctl could not be read; going on as if it were \
                               2.10.0 or later";
                ctx.log("warn", message, Value::Null).await?;
            }
        }
        Ok(Self { ctx })
    }

    /// Returns the doors.
    pub(crate) fn ctx(&self) -> &'a Ctx<'a> {
        self.ctx
    }

    /// Runs a command and returns its standard output.
    pub(crate) async fn call(
        &self,
        login: &Login,
        words: &[&str],
        keep: Keep,
        call: Call,
    ) -> Result<Value, StepError> {
        let mut exec = login.command(words);
        exec.keep = keep;
        exec.reads = call == Call::Reads;
        match self.ctx.raw(Effect::Exec(exec)).await {
            Ok(Reply::Exec { stdout, .. }) => Ok(stdout),
            Ok(_) => Err(StepError::new("the host gave no output of a program").code("bug")),
            Err(EffectError::Refused { code, stderr, .. }) => {
                let command: Vec<&str> =
                    words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
                Err(refusal(&command.join(" "), code, &stderr, call))
            }
            Err(error) => Err(to_step_error(&error)),
        }
    }

    /// Lists the management tokens that a login can see, revoked ones too.
    pub(crate) async fn list(&self, login: &Login) -> Result<Vec<Token>, StepError> {
        // It never prints values; should it, they are sealed.
        let keep = Keep::Json { seal: vec!["/*/token".to_owned()] };
        let words = ["management", "list", "--format", "json"];
        let json = self.call(login, &words, keep, Call::Reads).await?;
        token::parse_list(&json)
    }
}

impl<'a> Looks<'a> {
    /// Begins with the first look, which is free.
    pub(crate) fn new(ctx: &'a Ctx<'a>) -> Self {
        Self { ctx, left: LOOKS - 1 }
    }

    /// Begins with the first look; the last one comes when a list that lags has settled.
    pub(crate) fn until_settled(ctx: &'a Ctx<'a>) -> Self {
        let left = u32::try_from(SETTLE.0 / PAUSE.0).unwrap_or(LOOKS);
        Self { ctx, left }
    }

    /// Waits for the next look; false where there is none any more.
    pub(crate) async fn wait(&mut self) -> Result<bool, StepError> {
        let next = self.ctx.now() + PAUSE;
        if self.left == 0 || next >= self.ctx.scope().deadline {
            return Ok(false);
        }
        self.left -= 1;
        self.ctx.sleep(next).await?;
        Ok(true)
    }
}

/// Finds the first `x.y.z` in what `influxctl version` prints, whose form is not documented.
fn version(text: &str) -> Option<[u64; 3]> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let mut parts = word.trim_matches('.').split('.').map(str::parse);
        let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(())?;
        Some([major.ok()?, minor.ok()?, patch.ok()?])
    })
}

fn too_old([major, minor, patch]: [u64; 3]) -> StepError {
    StepError::new(format!("influxctl {major}.{minor}.{patch} is too old: 2.10.0 is needed"))
        .code("version")
        .help("install influxctl 2.10.0 or later and put it first on the PATH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_wherever_it_stands() {
        for (text, found) in [
            ("2.10.1", Some([2, 10, 1])),
            ("influxctl version v2.11.0-rc1 (date: 2026-01-02, go1.24.1)", Some([2, 11, 0])),
            ("influxctl 2.9.8.", Some([2, 9, 8])),
            ("dev", None),
            ("2.10", None),
            ("1.2.3.4", None),
        ] {
            assert_eq!(version(text), found, "{text}");
        }
    }
}
