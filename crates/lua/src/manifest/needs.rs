//! What a plugin needs of the world.

use cutover_engine::diagnostic::{Diagnostic, nearest};
use cutover_engine::grant::{Address, is_variable};
use cutover_engine::parse::yaml::{Pair, Reader};
use cutover_engine::source::Spanned;
use cutover_engine::spec::Param;
use cutover_engine::types::Type;

use super::{CONFIG, Needs, keys};

/// Reads `needs`.
pub(super) fn needs(reader: &mut Reader<'_>, pair: &Pair, config: &[Param]) -> Needs {
    let Some(fields) = reader.fields(&pair.value, &keys::NEEDS, false) else {
        return Needs::default();
    };
    let mut texts = |key: &'static str, fits: &Fits<'_>| {
        let Some(pair) = fields.get(key) else { return Vec::new() };
        let written = reader.texts(pair, &format!("`{key}: [..]`")).unwrap_or_default();
        for one in &written {
            if let Err((message, help)) = fits(one) {
                reader.push(Diagnostic::error("M09", one.span, message).help(help));
            }
        }
        written.into_iter().map(|one| one.value).collect()
    };
    Needs {
        http: texts("http", &|one| address(&one.value, config)),
        exec: texts("exec", &|one| program(&one.value)),
        fs: texts("fs", &|one| folder(&one.value, config)),
        env: texts("env", &|one| variable(&one.value)),
    }
}

/// What is wrong with an entry, and the way out.
type Fits<'a> = dyn Fn(&Spanned<String>) -> Result<(), (String, String)> + 'a;

/// Reads what a plugin proposes for `allow: reads`.
pub(super) fn reads(reader: &mut Reader<'_>, pair: &Pair) -> Vec<String> {
    let written = reader.texts(pair, "`reads: [\"POST /search\"]`").unwrap_or_default();
    written.into_iter().map(|one| one.value).collect()
}

fn address(text: &str, config: &[Param]) -> Result<(), (String, String)> {
    if text.starts_with(CONFIG) {
        return of_config(text, config, &[Type::Url, Type::String]);
    }
    match Address::parse(text) {
        Ok(_) => Ok(()),
        Err(why) => Err((
            format!("`{text}` is no address: {why}"),
            "scheme and host: `https://vault.acme.internal`, `https://*.acme.internal:8200`, or \
             `config.url`"
                .to_owned(),
        )),
    }
}

fn program(text: &str) -> Result<(), (String, String)> {
    if !text.is_empty() && !text.contains(char::is_whitespace) && !text.starts_with(CONFIG) {
        return Ok(());
    }
    let help = "the name of a program, without arguments: `vaultctl`";
    Err((format!("`{text}` is no program"), help.to_owned()))
}

fn folder(text: &str, config: &[Param]) -> Result<(), (String, String)> {
    if text.starts_with(CONFIG) {
        return of_config(text, config, &[Type::Path, Type::String]);
    }
    if text.is_empty() || text.contains("..") {
        let help = "a folder without `..`: `~/.acme`, or `config.folder`";
        return Err((format!("`{text}` is no folder"), help.to_owned()));
    }
    Ok(())
}

fn variable(text: &str) -> Result<(), (String, String)> {
    is_variable(text).map_err(|why| (why, "name one variable: `ACME_HOME`".to_owned()))
}

fn of_config(text: &str, config: &[Param], of: &[Type]) -> Result<(), (String, String)> {
    let name = text.strip_prefix(CONFIG).unwrap_or(text);
    let names = || config.iter().map(|param| param.name.as_str());
    match config.iter().find(|param| param.name == name) {
        Some(param) if of.contains(&param.ty) => Ok(()),
        Some(param) => Err((
            format!("`{text}` is of type `{}`, and `{}` is wanted", param.ty, of[0]),
            String::new(),
        )),
        None => Err((
            format!("the configuration has no `{name}`"),
            nearest(name, names()).map_or_else(
                || "it is declared under `config`".to_owned(),
                |near| format!("did you mean `config.{near}`?"),
            ),
        )),
    }
}
