//! What `influxctl management create` prints: three forms.
//!
//! Before 2.11.0 the value stands alone on the last line; since then a table stands before it
//! (release notes, 2.11.0). The keys of `--format json` are documented nowhere, so a pointer to
//! the value can be given.

use cutover_engine::time::Timestamp;
use cutover_engine::value::{Handle, Piece, Value, pieces};

use crate::influxctl::token::{is_id, moment};

/// What the output tells of the new token.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Made {
    /// Its value, as a mark.
    pub(super) token: Option<String>,
    /// Its id, where one is printed.
    pub(super) id: Option<String>,
    /// When it expires, where that is printed.
    pub(super) expires_at: Option<Timestamp>,
    /// Everything in it that was sealed, as marks: one value, or something is wrong.
    pub(super) secrets: Vec<String>,
}

/// Reads the text form, with the table or without.
pub(super) fn from_text(text: &str) -> Made {
    let cell = |name: &str| {
        text.lines().map(cells).find_map(|row| match row.as_slice() {
            [key, value, ..] if key.eq_ignore_ascii_case(name) => Some(value.clone()),
            _ => None,
        })
    };
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Made {
        token: sealed(last.trim()),
        id: cell("id").filter(|id| is_id(id)),
        expires_at: cell("expires at").and_then(|at| moment(&at.into()).ok().flatten()),
        secrets: secrets(&text.into()),
    }
}

/// Reads the JSON form; the id is looked for beside the value and at the top.
pub(super) fn from_json(json: &Value, token_pointer: &str) -> Made {
    let candidates = [token_pointer, "/token", "/access_token"];
    let found = candidates.into_iter().find_map(|pointer| {
        let token = at(json, pointer).as_text().and_then(sealed)?;
        Some((pointer, token))
    });
    let Some((pointer, token)) = found else { return Made::default() };
    let beside = pointer.rsplit_once('/').map_or(json, |(parent, _)| at(json, parent));
    let field = |name| match beside.get(name) {
        Value::Null => json.get(name),
        value => value,
    };
    Made {
        token: Some(token),
        id: field("id").as_text().filter(|id| is_id(id)).map(str::to_owned),
        expires_at: moment(field("expires_at")).ok().flatten(),
        secrets: secrets(json),
    }
}

fn secrets(output: &Value) -> Vec<String> {
    output.handles().iter().map(Handle::to_mark).collect()
}

/// Returns the text where it is one secret and nothing else.
fn sealed(text: &str) -> Option<String> {
    matches!(pieces(text).as_slice(), [Piece::Secret(_)]).then(|| text.to_owned())
}

/// Splits a line of a table, whatever it is drawn with.
fn cells(line: &str) -> Vec<String> {
    let line = line.replace(['│', '\t'], "|").replace("  ", "|");
    line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

fn at<'a>(json: &'a Value, pointer: &str) -> &'a Value {
    const NULL: Value = Value::Null;
    pointer.split('/').skip(1).fold(json, |value, key| match value {
        Value::List(items) => {
            key.parse::<usize>().ok().and_then(|index| items.get(index)).unwrap_or(&NULL)
        }
        _ => value.get(key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> String {
        Handle { id: 7, origin: "output".to_owned() }.to_mark()
    }

    #[test]
    fn the_value_alone_gives_no_id() {
        let made = from_text(&format!("\n{}\n", mark()));
        assert_eq!(made, Made { token: Some(mark()), secrets: vec![mark()], ..Made::default() });
    }

    #[test]
    fn a_table_before_the_value_gives_the_id_however_it_is_drawn() {
        let expected = Made {
            token: Some(mark()),
            id: Some("11aa".to_owned()),
            expires_at: Timestamp::parse("2026-12-24T14:02:31Z"),
            secrets: vec![mark()],
        };
        for table in [
            "+----+----+\n| id          | 11aa |\n| description | a id b |\n\
             | expires at  | 2026-12-24T14:02:31Z |\n| revoked at  |  |\n+----+----+",
            "id            11aa\ndescription   x\nexpires at    2026-12-24T14:02:31Z\nrevoked at",
            "ID\t11aa\nEXPIRES AT\t2026-12-24T14:02:31Z",
        ] {
            assert_eq!(from_text(&format!("{table}\n{}\n", mark())), expected, "{table}");
        }
    }

    #[test]
    fn an_id_that_could_be_a_flag_or_a_path_is_none() {
        for id in ["--force", "-x", "../11aa"] {
            assert_eq!(from_text(&format!("id  {id}\n{}\n", mark())).id, None, "{id}");
            let json = Value::map([("token", mark().into()), ("id", id.into())]);
            assert_eq!(from_json(&json, "/token").id, None, "{id}");
        }
    }

    #[test]
    fn a_last_line_that_is_not_one_secret_gives_no_value() {
        for text in
            ["", "M.V1.fakefake", &format!("{} and more", mark()), &format!("{}\nbye", mark())]
        {
            assert_eq!(from_text(text).token, None, "{text}");
        }
    }

    #[test]
    fn json_is_read_at_the_pointer_with_the_id_beside_it() {
        let inner = Value::map([("value", mark().into()), ("id", "11aa".into())]);
        let json = Value::map([("made", Value::List(vec![inner]))]);
        assert_eq!(
            from_json(&json, "/made/0/value"),
            Made {
                token: Some(mark()),
                id: Some("11aa".to_owned()),
                secrets: vec![mark()],
                ..Made::default()
            }
        );
        let plain = Value::map([("token", "M.V1.fakefake".into())]);
        assert_eq!(from_json(&plain, "/token").token, None);
    }
}
