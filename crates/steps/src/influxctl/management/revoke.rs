//! `influxctl.management.revoke`: ends one management token, for good.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::Keep;
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{Fate, StepError, outputs};
use cutover_engine::time::Timestamp;
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::influxctl::profiles;
use crate::influxctl::token::{Token, is_id};
use crate::influxctl::tool::{Call, Login, Looks, Tool};
use crate::influxctl::tool::{config_param, profile_param, profile_place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: revoke-a-management-token
description: Revokes one management token by its id.
inputs:
  token_id: { type: string, description: The token to revoke. }
steps:
  - id: revoke
    uses: influxctl.management.revoke
    with: { profile: admin, token_id: "{{ inputs.token_id }}" }
"#;

/// Returns the step.
///
/// Sources: the reference page of `influxctl management revoke` (`--force` does not ask; a revoked
/// token stays in the list) and the release notes, 2.9.8 (it goes on after an error on one id, so
/// that the exit code of several says little: one id a call).
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxctl.management.revoke".to_owned(),
        summary: "Revokes one management token, for good.".to_owned(),
        effect: "Runs `influxctl management revoke --force` with one id, then asks the list until \
                 it shows the token revoked, for half a minute at most. It refuses to revoke the token that the profile \
                 itself logs in with. A token that is not there counts as revoked only where the \
                 list shows the one that is in use, or others where none is known."
            .to_owned(),
        recovery: "The list tells whether it is revoked; if not, it is revoked again, which \
                   changes nothing twice: an id is never given to another token. There is no undo: \
                   a revoked token never works again."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Revoke,
        params: vec![
            config_param(),
            profile_param("The profile that revokes it; not one that holds it."),
            Param::required("token_id", Type::String, "The token's id."),
        ],
        outputs: vec![
            Output::new("revoked_at", Type::Timestamp, "When it was revoked.").nullable(),
        ],
        logs_in_with: Some(profile_place()),
        revokes: Some("token_id".to_owned()),
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let login = Login::of(params)?;
    let id = token_id(params)?;
    let tool = Tool::open(ctx).await?;
    let tokens = match tool.list(&login).await {
        // A preview goes on to the write; `end` then knows no token.
        Err(error) if error.fate == Fate::Previewed => Vec::new(),
        listed => listed?,
    };
    let revoked_at = end(&tool, &login, &id, &tokens).await?;
    Ok(outputs([("revoked_at", revoked_at.into())]))
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let login = Login::of(params)?;
    let id = token_id(params)?;
    let tool = Tool::open(ctx).await?;
    let tokens = tool.list(&login).await?;
    let revoked_at = by_id(&tokens, &id).and_then(|token| token.revoked_at);
    Ok(revoked_at.map(|at| outputs([("revoked_at", at.into())])))
}

/// Revokes a token, given the list of a moment ago, until the list shows it.
pub(super) async fn end(
    tool: &Tool<'_>,
    login: &Login,
    id: &str,
    tokens: &[Token],
) -> Result<Option<Timestamp>, StepError> {
    let known = by_id(tokens, id);
    if let Some(revoked_at) = known.and_then(|token| token.revoked_at) {
        return Ok(Some(revoked_at));
    }
    if let Some(token) = known {
        refuse_own(tool, login, token).await?;
    }
    let words = ["management", "revoke", "--force", id];
    let refused = match tool.call(login, &words, Keep::Nothing, Call::Writes).await {
        Ok(_) => None,
        Err(error) if error.code == "not_found" => Some(error),
        Err(error) => return Err(error),
    };
    confirm(tool, login, id, refused).await
}

/// Asks the list until it shows the token revoked, or for the lack of it where the provider
/// `refused` to know it.
async fn confirm(
    tool: &Tool<'_>,
    login: &Login,
    id: &str,
    refused: Option<StepError>,
) -> Result<Option<Timestamp>, StepError> {
    let ctx = tool.ctx();
    let mut looks = Looks::until_settled(ctx);
    loop {
        let tokens = tool.list(login).await.map_err(sent)?;
        match (by_id(&tokens, id), &refused) {
            (Some(Token { revoked_at: Some(at), .. }), _) => return Ok(Some(*at)),
            (None, Some(error)) => {
                return match not_shown(&tokens, ctx.scope().current.as_deref()) {
                    None => Ok(None),
                    Some(why) => Err(error.clone().help(why)),
                };
            }
            // Who does not know it any more may have revoked it a moment ago: the list lags.
            (Some(_), Some(_)) | (_, None) => {}
        }
        if !looks.wait().await? {
            if let Some(error) = refused {
                return Err(error);
            }
            let message = format!("`{id}` was revoked, but the list does not show it revoked yet");
            return Err(sent(StepError::retryable(message).code("not_yet")));
        }
    }
}

/// Returns why a list shows nothing by what it lacks: it is empty, or it does not show the token
/// that is in use, and so is not that of the right account.
fn not_shown(tokens: &[Token], current: Option<&str>) -> Option<String> {
    match current {
        _ if tokens.is_empty() => Some("the list is empty, which shows nothing".to_owned()),
        Some(current) if by_id(tokens, current).is_none() => Some(format!(
            "the list does not show {current} either, which is in use: is it that of the right \
             account?"
        )),
        Some(_) | None => None,
    }
}

/// The revoke went out: that the list could not be asked does not unmake it.
fn sent(error: StepError) -> StepError {
    StepError { retryable: true, fate: Fate::Lost, ..error }
}

/// Refuses to revoke the token that the profile logs in with.
async fn refuse_own(tool: &Tool<'_>, login: &Login, token: &Token) -> Result<(), StepError> {
    let ctx = tool.ctx();
    let profile = profiles::read(ctx, &login.config, &login.profile).await?;
    let own = profile
        .as_ref()
        .and_then(profiles::mgmt_token)
        .and_then(|held| profiles::prefix(ctx, held));
    if own.is_none() || own != token.prefix {
        return Ok(());
    }
    let message = format!("the profile `{}` logs in with `{}` itself", login.profile, token.id);
    Err(StepError::new(message).code("own_login").help("revoke it with another profile"))
}

fn token_id(params: &Map) -> Result<String, StepError> {
    let id = params::text(params, "token_id")?;
    let is_known = !params::value(params, "token_id").is_unknown();
    if id.is_empty() || id.starts_with('-') || (is_known && !is_id(&id)) {
        return Err(params::wrong("token_id", "is not an id"));
    }
    Ok(id)
}

fn by_id<'a>(tokens: &'a [Token], id: &str) -> Option<&'a Token> {
    tokens.iter().find(|token| token.id == id)
}

#[cfg(test)]
mod tests {
    use cutover_engine::value::Value;

    use super::*;

    #[test]
    fn what_could_be_a_flag_or_two_ids_is_no_id() {
        for id in ["", "-force", "--all", "a b", "a\nb"] {
            let params = outputs([("token_id", Value::from(id))]);
            assert!(token_id(&params).is_err(), "{id:?}");
        }
        let params = outputs([("token_id", Value::from("6f1d-22"))]);
        assert_eq!(token_id(&params).unwrap(), "6f1d-22");
    }
}
