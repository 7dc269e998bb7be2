//! `triggers`: when `tick` and `serve` start the workflow.

use super::reader::Reader;
use super::tree::Pair;
use super::{cron, keys};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::time::Duration;
use crate::workflow::Triggers;

/// Reads them.
pub(super) fn triggers(reader: &mut Reader<'_>, pair: &Pair) -> Triggers {
    let Some(fields) = reader.fields(&pair.value, &keys::TRIGGERS, false) else {
        return Triggers::default();
    };
    Triggers {
        schedule: fields.get("schedule").and_then(|pair| schedule(reader, pair)),
        expiry: fields.get("expiry").and_then(|pair| expiry(reader, pair)),
    }
}

fn schedule(
    reader: &mut Reader<'_>,
    pair: &Pair,
) -> Option<(Spanned<String>, Option<Spanned<String>>)> {
    let fields = reader.fields(&pair.value, &keys::SCHEDULE, false)?;
    let cron = fields.get("cron").and_then(|pair| reader.words_of(pair));
    if let Some(written) = &cron
        && let Err(wrong) = cron::check(&written.value)
    {
        let found = Diagnostic::error("K15", written.span, wrong.message);
        reader.push(found.help(wrong.help));
    }
    let timezone = fields.get("timezone").and_then(|pair| reader.words_of(pair));
    if let Some(zone) = timezone.as_ref().filter(|zone| !is_zone(&zone.value)) {
        let message = format!("`{}` is not the name of a time zone", zone.value);
        let found = Diagnostic::error("K15", zone.span, message);
        reader.push(found.help("write it as `Europe/Berlin`, or `UTC`"));
    }
    cron.map(|cron| (cron, timezone))
}

/// Says whether a text has the form of a zone's name; whether there is such a zone only the
/// machine that keeps the time knows.
fn is_zone(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c))
    };
    matches!(text, "UTC" | "GMT") || (text.contains('/') && text.split('/').all(part))
}

fn expiry(reader: &mut Reader<'_>, pair: &Pair) -> Option<(Spanned<Duration>, Option<Duration>)> {
    let fields = reader.fields(&pair.value, &keys::EXPIRY, false)?;
    let before = fields.get("before").and_then(|pair| reader.some_time(pair));
    let jitter = fields.get("jitter").and_then(|pair| reader.duration(pair));
    Some((before?, jitter.map(|jitter| jitter.value)))
}
