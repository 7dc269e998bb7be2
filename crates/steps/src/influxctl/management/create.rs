//! `influxctl.management.create`: makes a management token that carries our marker.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::Keep;
use cutover_engine::spec::{Mints, Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{Fate, StepError, outputs};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::influxctl::management::{output, revoke};
use crate::influxctl::profiles;
use crate::influxctl::token::Token;
use crate::influxctl::tool::{Call, Login, Looks, SETTLE, Tool};
use crate::influxctl::tool::{config_param, profile_param, profile_place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: make-a-management-token
description: Makes a management token, tries it, and puts it into the profile ci.
inputs:
  config: { type: path, default: ~/.config/influxctl/config.toml }
steps:
  - id: create
    uses: influxctl.management.create
    with:
      config: "{{ inputs.config }}"
      profile: admin
      description: ci
      expires_at: '{{ time_add run.started_at "30d" }}'

  - id: works
    uses: influxctl.management.list
    verifies: create
    with: { config: "{{ inputs.config }}", profile: admin, mgmt_token: "{{ steps.create.token }}" }
    retry: { max_attempts: 20, delay: 15s, backoff: constant }

  - id: publish
    uses: influxctl.profile.set
    with: { config: "{{ inputs.config }}", profile: ci, mgmt_token: "{{ steps.create.token }}" }

outputs:
  token_id: "{{ steps.create.id }}"
"#;

/// Returns the step.
///
/// Sources: the reference page of `influxctl management create` (flags; the value is shown only
/// here) and the release notes, 2.10.0 (a description must not be empty) and 2.11.0 (the table).
/// No source states how soon a new management token works or a list shows it; for database tokens
/// the documentation says a few seconds to a few minutes, which is taken for these too.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(undo(params, done, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxctl.management.create".to_owned(),
        summary: "Makes a management token of InfluxDB Cloud Dedicated or Clustered.".to_owned(),
        effect: "Runs `influxctl management create` once, logged in by the profile. The \
                 description gets this try's marker after it. The value is sealed before anything \
                 sees it. Where the output names no id (before 2.11.0), the token is found in the \
                 list by its marker."
            .to_owned(),
        recovery:
            "After a crash or a lost answer, and after a failure that nobody can explain, the \
                   list is searched for the marker of that try. A token that is there is ours, but \
                   its value is gone: it is revoked, and a new one is made. Undo revokes the token \
                   by its id, where it carries the marker."
                .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Create,
        params: spec_params(),
        outputs: vec![
            Output::new("id", Type::String, "The token's id, a UUID."),
            Output::new("token", Type::Secret, "The value; shown this once."),
            Output::new("prefix", Type::String, "The first 9 characters of the value.").nullable(),
            Output::new("description", Type::String, "The description with the marker."),
            Output::new("expires_at", Type::Timestamp, "When it expires.").nullable(),
        ],
        logs_in_with: Some(profile_place()),
        mints: Some(Mints::Marker),
        list: Some("influxctl.management.list".to_owned()),
        revoke: Some("influxctl.management.revoke".to_owned()),
        expires: Some("expires_at".to_owned()),
        settle: SETTLE,
        propagation: Duration::seconds(300),
        repeat: Repeat::Never,
        ..Spec::default()
    }
}

fn spec_params() -> Vec<Param> {
    let formats = ["text", "json"].map(str::to_owned).to_vec();
    vec![
        config_param(),
        profile_param("The profile that makes it."),
        Param::required("description", Type::String, "What it is for; the marker is added."),
        Param::optional("expires_at", Type::Timestamp, "When it expires; never where not given."),
        Param::optional("format", Type::Enum(formats), "Which output of influxctl to read.")
            .or("text")
            .literal(),
        Param::optional("token_pointer", Type::String, "Where the JSON output holds the value.")
            .or("/token")
            .literal(),
    ]
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let login = Login::of(params)?;
    let given = params::text(params, "description")?;
    if given.trim().is_empty() {
        return Err(params::wrong("description", "is empty"));
    }
    let description = format!("{} {}", given.trim(), ctx.key());
    let tool = Tool::open(ctx).await?;
    let made = create(&tool, &login, params, &description).await?;
    let Some(token) = made.token else {
        let message = "influxctl made a token, but its output was not understood";
        let help = "with format: json, token_pointer says where the value stands";
        return Err(lost(StepError::new(message).code("output").help(help)));
    };
    if made.secrets.iter().any(|other| !is_part(ctx, &token, other)) {
        let message = "influxctl printed two values, and which of them is the token is not known";
        return Err(lost(StepError::new(message).code("output")));
    }
    let (id, listed) = match made.id {
        Some(id) => (id, None),
        None => {
            let found = look_up(&tool, &login, ctx.key()).await.map_err(lost)?;
            (found.id, found.prefix)
        }
    };
    let prefix = listed.or_else(|| profiles::prefix(ctx, &token));
    let asked = params::value(params, "expires_at").clone();
    Ok(outputs([
        ("id", id.into()),
        ("token", token.into()),
        ("prefix", prefix.into()),
        ("description", description.into()),
        ("expires_at", made.expires_at.map_or(asked, Value::from)),
    ]))
}

async fn create(
    tool: &Tool<'_>,
    login: &Login,
    params: &Map,
    description: &str,
) -> Result<output::Made, StepError> {
    let expires_at = params::optional_text(params, "expires_at")?;
    let is_json = params::text(params, "format")? == "json";
    let pointer = params::text(params, "token_pointer")?;
    let mut words = vec!["management", "create", "--description", description];
    if let Some(at) = &expires_at {
        words.extend(["--expires-at", at]);
    }
    if is_json {
        words.extend(["--format", "json"]);
        let seal = [pointer.as_str(), "/token", "/access_token"].map(str::to_owned).to_vec();
        let json = tool.call(login, &words, Keep::Json { seal }, Call::Writes).await?;
        return Ok(output::from_json(&json, &pointer));
    }
    let keep = Keep::Lines { seal_words: vec!["M.V1.".to_owned()], seal_last: true };
    let text = tool.call(login, &words, keep, Call::Writes).await?;
    Ok(text.as_text().map(output::from_text).unwrap_or_default())
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let login = Login::of(params)?;
    let tool = Tool::open(ctx).await?;
    let found = find(&tool, &login, ctx.key()).await?;
    Ok(found.map(|token| {
        outputs([
            ("id", token.id.into()),
            ("prefix", token.prefix.into()),
            ("description", token.description.into()),
            ("expires_at", token.expires_at.into()),
        ])
    }))
}

async fn undo(params: &Map, done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let login = Login::of(params)?;
    let tool = Tool::open(ctx).await?;
    let id = done.get("id").and_then(Value::as_text);
    let tokens = tool.list(&login).await?;
    let (now, marker) = (ctx.now(), ctx.key());
    for token in tokens.iter().filter(|token| token.is_live(now)) {
        if token.carries(marker) {
            revoke::end(&tool, &login, &token.id, &tokens).await?;
        } else if Some(token.id.as_str()) == id {
            let message = format!("the token `{}` does not carry this run's marker", token.id);
            return Err(StepError::new(message).code("not_ours").help("it was left alone"));
        }
    }
    match id {
        // A list that lags may not show it yet: it is revoked by its id all the same.
        Some(id) if !tokens.iter().any(|token| token.id == id) => {
            revoke::end(&tool, &login, id, &tokens).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Says whether a value is the whole token or its public beginning.
fn is_part(ctx: &Ctx<'_>, token: &str, other: &str) -> bool {
    const PART: &str = "a part of it";
    let compare = |opened: &[String]| match opened {
        [token, other] if token.starts_with(other.as_str()) => Err(PART.to_owned()),
        _ => Err(String::new()),
    };
    // What is compared stays in the table, and nothing new is sealed.
    ctx.secrets().derive("", &[token, other], &compare).is_err_and(|why| why == PART)
}

/// Finds the token that was just made, in a list that may lag.
async fn look_up(tool: &Tool<'_>, login: &Login, marker: &str) -> Result<Token, StepError> {
    let mut looks = Looks::new(tool.ctx());
    loop {
        if let Some(token) = find(tool, login, marker).await? {
            return Ok(token);
        }
        if !looks.wait().await? {
            return Err(not_listed());
        }
    }
}

/// Finds the live token that carries a marker.
async fn find(tool: &Tool<'_>, login: &Login, marker: &str) -> Result<Option<Token>, StepError> {
    let now: Timestamp = tool.ctx().now();
    let tokens = tool.list(login).await?;
    Ok(tokens.into_iter().find(|token| token.carries(marker) && token.is_live(now)))
}

/// The token was made: whatever went wrong after it, `read` has to settle what is there.
fn lost(error: StepError) -> StepError {
    StepError { fate: Fate::Lost, ..error }
}

fn not_listed() -> StepError {
    StepError::retryable("influxctl made a token, but its list does not show it").code("not_listed")
}
