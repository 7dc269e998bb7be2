//! The door of a plugin's call: what its VM asks for becomes effects of the engine, and only those
//! secrets go out that this call was given or sealed itself.

mod exec;
mod files;
mod http;
mod options;
mod refusal;
mod secrets;

use std::collections::HashSet;
use std::sync::Arc;

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Access, Effect, EffectError, Reply};
use cutover_engine::grant::Grant;
use cutover_engine::keep::place_of;
use cutover_engine::time::Duration;
use cutover_engine::value::{Handle, Value};

use crate::door::options::{number, public};
use crate::vm::limits::{LARGEST_REPLY, MOST_ASKS, MOST_LOG_LINES, MOST_LOG_TEXT};
use crate::vm::{Answer, Ask, Class, Refusal};

pub(crate) use refusal::refuse;

/// The longest random secret.
const LONGEST_RANDOM: i64 = 4096;
/// How long a random secret is where nobody says.
const RANDOM_LENGTH: i64 = 32;
/// What stands where a program complains of a secret.
const SHOWS_A_SECRET: &str = "it shows a secret, and is not told";
/// What it is made of where nobody says.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The status that says that the request took too long: what of it was done, nobody knows.
const TIMED_OUT: u16 = 408;

/// The door of one call.
pub(crate) struct Door<'a> {
    ctx: &'a Ctx<'a>,
    grant: Arc<Grant>,
    /// The secrets that may go out.
    own: HashSet<u128>,
    /// Where the secrets of its replies come from.
    place: String,
    lost: Option<EffectError>,
    answered: bool,
    ran: bool,
    asks: usize,
    lines: usize,
    logged: usize,
}

impl<'a> Door<'a> {
    /// Makes the door of a call that was given some secrets.
    pub(crate) fn new(
        ctx: &'a Ctx<'a>,
        grant: Arc<Grant>,
        given: impl IntoIterator<Item = Handle>,
    ) -> Self {
        Self {
            ctx,
            grant,
            own: given.into_iter().map(|handle| handle.id).collect(),
            place: place_of(&ctx.scope().step),
            lost: None,
            answered: false,
            ran: false,
            asks: 0,
            lines: 0,
            logged: 0,
        }
    }

    /// Returns the write that got no answer, whatever became of the call.
    pub(crate) fn lost(&self) -> Option<&EffectError> {
        self.lost.as_ref()
    }

    /// Says whether a write was answered with anything but a no.
    pub(crate) fn has_written(&self) -> bool {
        self.answered
    }

    /// Says whether a program that may write was run, and ended with an error.
    pub(crate) fn has_run(&self) -> bool {
        self.ran
    }

    /// Returns where the secrets of this call come from.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Serves what the VM asks for.
    pub(crate) async fn serve(&mut self, ask: Ask) -> Answer {
        let Ask { op, args } = ask;
        self.asks += 1;
        if self.asks > MOST_ASKS {
            let message = format!("it asks for more than {MOST_ASKS} things");
            return Err(Refusal { stop: true, ..Refusal::new("bug", message) });
        }
        if self.ctx.now() > self.ctx.scope().deadline {
            let over = Refusal::new("deadline", "the step's time is over");
            return Err(Refusal { class: Class::Retryable, stop: true, ..over });
        }
        if let Some(foreign) = args.handles().iter().find(|handle| !self.own.contains(&handle.id)) {
            let message = format!("the secret `{}` was not given to this call", foreign.origin);
            return Err(Refusal { stop: true, ..Refusal::new("secret", message) });
        }
        let answer = match op.as_str() {
            "http" => self.http(&args).await,
            "exec" => self.exec(&args).await,
            "fs.read" => self.read_file(&args).await,
            "fs.write" => self.write_file(&args).await,
            "fs.remove" => self.remove_file(&args).await,
            "log" => self.log(&args).await,
            "sleep" => self.sleep(&args).await,
            "random" => self.random(&args).await,
            _ => self.compute(&op, &args),
        }?;
        self.own.extend(answer.handles().iter().map(|handle| handle.id));
        Ok(answer)
    }

    /// Does one thing in the world.
    async fn perform(&mut self, effect: Effect, follow_up: bool) -> Result<Reply, Refusal> {
        let writes = effect.access() == Access::Write;
        let runs = writes && matches!(effect, Effect::Exec(_));
        let reply = match follow_up {
            true => self.ctx.granted_follow_up(effect, &self.grant).await,
            false => self.ctx.granted(effect, &self.grant).await,
        };
        match reply {
            Ok(reply) => {
                self.answered |= writes && !says_no(&reply);
                Ok(reply)
            }
            Err(error) => {
                if matches!(error, EffectError::Lost { .. }) {
                    self.lost = Some(error.clone());
                }
                self.ran |= runs && matches!(error, EffectError::Refused { .. });
                let mut refusal = refuse(error);
                refusal.body = self.checked(refusal.body)?;
                if self.ctx.secrets().find(&refusal.stderr).is_some() {
                    SHOWS_A_SECRET.clone_into(&mut refusal.stderr);
                }
                Err(refusal)
            }
        }
    }

    /// Returns an answer as the VM may have it: not too large, and a text in it that shows a secret
    /// in the clear as a secret.
    fn checked(&self, value: Value) -> Result<Value, Refusal> {
        let mut size = 0;
        value.visit(&mut |leaf| size += leaf.as_text().map_or(16, str::len));
        if size > LARGEST_REPLY {
            let message = format!("the answer is larger than {} MiB", LARGEST_REPLY >> 20);
            return Err(Refusal::new("too_large", message));
        }
        Ok(self.sealed(value))
    }

    fn sealed(&self, value: Value) -> Value {
        match value {
            Value::Text(_) => self.sealed_text(value),
            // A secret of digits may come as a number.
            Value::Int(number) => match self.sealed_text(number.to_string().into()) {
                sealed if sealed.is_secret() => sealed,
                _ => value,
            },
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| self.sealed(item)).collect())
            }
            Value::Map(map) => {
                let shows = |key: &str| self.ctx.secrets().find(key).is_some();
                let kept = map.into_iter().filter(|(key, _)| !shows(key));
                Value::Map(kept.map(|(key, item)| (key, self.sealed(item))).collect())
            }
            Value::Null
            | Value::Bool(_)
            | Value::Float(_)
            | Value::Duration(_)
            | Value::Timestamp(_)
            | Value::Unknown(_) => value,
        }
    }

    fn sealed_text(&self, value: Value) -> Value {
        let secrets = self.ctx.secrets();
        let plain = value.as_text().unwrap_or_default();
        match secrets.find(plain) {
            Some(_) if value.is_secret() => Value::Null,
            Some(_) => secrets.seal(&format!("{}.answer", self.place), plain.to_owned()).into(),
            None => value,
        }
    }

    async fn log(&mut self, args: &Value) -> Answer {
        let level = match args.get("level").as_text() {
            Some("debug") => "debug",
            Some("warn") => "warn",
            Some("error") => "error",
            _ => "info",
        };
        let message = secrets::shown(args.get("message"));
        let message = message.as_text().unwrap_or_default().to_owned();
        let fields = secrets::shown(args.get("fields"));
        self.lines += 1;
        self.logged += message.len();
        fields.visit(&mut |leaf| self.logged += leaf.as_text().map_or(8, str::len));
        if self.lines > MOST_LOG_LINES || self.logged > MOST_LOG_TEXT {
            return Ok(Value::Null);
        }
        self.perform(Effect::Log { level, message, fields }, false).await.map(|_| Value::Null)
    }

    async fn sleep(&mut self, args: &Value) -> Answer {
        let seconds = number(args.get("seconds"), "seconds")?;
        if !(0.0..=86_400.0).contains(&seconds) {
            return Err(Refusal::new("argument", "`ctx.sleep` wants seconds, at most a day's"));
        }
        let until = self.ctx.now() + Duration((seconds * 1000.0) as u64);
        if until > self.ctx.scope().deadline {
            let message = format!("`ctx.sleep({seconds})` would last longer than the step may");
            return Err(Refusal::new("deadline", message).help("raise the step's `timeout`"));
        }
        self.perform(Effect::Sleep { until }, false).await.map(|_| Value::Null)
    }

    async fn random(&mut self, args: &Value) -> Answer {
        let length = match args.get("length") {
            Value::Null => RANDOM_LENGTH,
            Value::Int(length) => *length,
            _ => 0,
        };
        let length =
            usize::try_from(length).ok().filter(|_| (1..=LONGEST_RANDOM).contains(&length));
        let Some(length) = length else {
            let message = format!("`length` is a whole number from 1 to {LONGEST_RANDOM}");
            return Err(Refusal::new("argument", message));
        };
        let alphabet = match args.get("alphabet") {
            Value::Null => ALPHABET.to_owned(),
            given => public(given, "alphabet", "it is what a secret is made of, and is none")?,
        };
        match self.perform(Effect::Random { length, alphabet }, false).await? {
            Reply::Secret(handle) => Ok(handle.into()),
            other => Err(mismatch(&other)),
        }
    }
}

/// Says whether a service has refused what its caller takes for an answer (`accept = { 409 }`). Of a
/// program nobody knows what it had done before it ended with an error.
fn says_no(reply: &Reply) -> bool {
    matches!(reply, Reply::Http { status: 400..=499, .. })
        && !matches!(reply, Reply::Http { status: TIMED_OUT, .. })
}

fn mismatch(reply: &Reply) -> Refusal {
    Refusal::new("bug", format!("the host answered with {reply:?}"))
}
