//! The profiles of a configuration file of `influxctl`, every secret in them sealed.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::Keep;
use cutover_engine::step::StepError;
use cutover_engine::value::Value;

/// How much of a management token is public: `M.V1.` and four characters, as the list shows it.
const PREFIX: usize = 9;
/// Where a configuration file holds secrets.
const SEALED: [&str; 3] =
    ["/profile/*/mgmt_token", "/profile/*/token", "/profile/*/auth/oauth2/client_secret"];

/// Returns a profile; none where there is no such profile or no file.
pub(crate) async fn read(
    ctx: &Ctx<'_>,
    config: &str,
    profile: &str,
) -> Result<Option<Value>, StepError> {
    let keep = Keep::Toml { seal: SEALED.map(str::to_owned).to_vec() };
    let Some(content) = ctx.read_file(config, keep).await? else { return Ok(None) };
    let mut found = content
        .get("profile")
        .items()
        .iter()
        .filter(|one| one.get("name").as_text() == Some(profile));
    let first = found.next().cloned();
    if found.next().is_some() {
        let message = format!("`{config}` has two profiles with the name `{profile}`");
        return Err(StepError::new(message).code("config"));
    }
    Ok(first)
}

/// Returns the management token of a profile, as a mark.
pub(crate) fn mgmt_token(profile: &Value) -> Option<&str> {
    profile.get("mgmt_token").as_text().filter(|token| !token.is_empty())
}

/// Returns the public beginning of a management token.
pub(crate) fn prefix(ctx: &Ctx<'_>, token: &str) -> Option<String> {
    ctx.secrets().prefix(token, PREFIX)
}

/// Makes the error of a profile that is not there.
pub(crate) fn no_profile(config: &str, profile: &str) -> StepError {
    StepError::new(format!("`{config}` has no profile `{profile}`")).code("not_found")
}
