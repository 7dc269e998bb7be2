//! `triggers`: when `tick` and `serve` start the workflow.

use super::reader::Reader;
use super::tree::Pair;
use super::{cron, keys};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::time::Duration;
use crate::triggers::schedule::{is_zone, nearest_zone};
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
        reader.push(found.help(match nearest_zone(&zone.value) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write it as `Europe/Berlin`, or `UTC`".to_owned(),
        }));
    }
    cron.map(|cron| (cron, timezone))
}

fn expiry(reader: &mut Reader<'_>, pair: &Pair) -> Option<(Spanned<Duration>, Option<Duration>)> {
    let fields = reader.fields(&pair.value, &keys::EXPIRY, false)?;
    let before = fields.get("before").and_then(|pair| reader.some_time(pair));
    let jitter = fields.get("jitter").and_then(|pair| reader.duration(pair));
    Some((before?, jitter.map(|jitter| jitter.value)))
}
