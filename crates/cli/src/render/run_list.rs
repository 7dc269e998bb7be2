//! The list of runs, for people and for programs.

use cutover_host::journal::RunRow;
use serde_json::{Value as Json, json};

use super::json::moment;
use super::lists;
use super::standing::{Open, Standing};
use super::time;
use crate::style::Paint;
use crate::text::{self, Cell};

/// A run in the list.
pub(crate) struct Line {
    /// Its row.
    pub(crate) row: RunRow,
    /// How it stands.
    pub(crate) standing: Standing,
    /// Its row was changed after it was written.
    pub(crate) damaged: bool,
}

/// Returns the list of runs.
pub(crate) fn drawing(lines: &[Line], columns: usize) -> String {
    if lines.is_empty() {
        return "no run yet\n".to_owned();
    }
    let names = ["RUN", "WORKFLOW", "CREDENTIAL", "STARTED", "TOOK", "STATUS"];
    let mut table = vec![names.iter().map(|name| Cell::new(*name, Paint::Dim)).collect()];
    table.extend(lines.iter().map(|line| {
        let Line { row, standing, damaged } = line;
        let status = match damaged {
            true => Cell::new(lists::DAMAGED, Paint::Bad),
            false => Cell::new(text::tame(&standing.brief()), standing.paint()),
        };
        vec![
            Cell::new(&row.run, Paint::Strong),
            Cell::plain(&row.workflow),
            Cell::plain(row.credential.clone().unwrap_or_default()),
            Cell::plain(time::minute(row.started_at)),
            Cell::plain(time::took(row.last_at.since(row.started_at))),
            status,
        ]
    }));
    text::table(&table, 0, columns)
}

/// Returns the runs as `--output json` has them.
pub(crate) fn json(lines: &[Line]) -> Json {
    let rows: Vec<Json> = lines
        .iter()
        .map(|Line { row, standing, damaged }| {
            json!({
                "run": row.run,
                "workflow": row.workflow,
                "file": row.file,
                "credential": row.credential,
                "status": standing.word(),
                "step": step(standing),
                "marker": marker(standing),
                "started_at": moment(Some(row.started_at)),
                "ended_at": moment(row.ended_at),
                "last_at": moment(Some(row.last_at)),
                "damaged": damaged,
            })
        })
        .collect();
    json!({ "runs": rows })
}

/// Returns the step that a run stands in.
pub(crate) fn step(standing: &Standing) -> Option<&str> {
    match standing {
        Standing::Alive(open) | Standing::CutOff(open) => {
            open.as_ref().map(|open| open.step.as_str())
        }
        Standing::Parked(waiting) => waiting.first().map(|park| park.step.as_str()),
        Standing::Stuck(error) => error.as_ref().map(|error| error.step.as_str()),
        Standing::Waits(step) => Some(step),
        Standing::Over(_) | Standing::Interrupted | Standing::Unreadable(_) => None,
    }
}

/// Returns the marker of what a run has begun and not ended.
pub(crate) fn marker(standing: &Standing) -> Option<&str> {
    match standing {
        Standing::Alive(Some(Open { marker, .. }))
        | Standing::CutOff(Some(Open { marker, .. })) => marker.as_deref(),
        Standing::Alive(None)
        | Standing::CutOff(None)
        | Standing::Over(_)
        | Standing::Interrupted
        | Standing::Parked(_)
        | Standing::Stuck(_)
        | Standing::Waits(_)
        | Standing::Unreadable(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use cutover_engine::event::Status;
    use cutover_engine::time::{Duration, Timestamp};
    use insta::assert_snapshot;

    use super::super::parks::{Kind, Park};
    use super::super::standing::Doing;
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-25T12:00:00Z").expect("a moment")
    }

    fn line(run: &str, standing: Standing) -> Line {
        let row = RunRow {
            run: run.to_owned(),
            workflow: "rotate-influx-ci".to_owned(),
            file: "rotate.yaml".to_owned(),
            credential: Some("influx-ci-prod".to_owned()),
            owner: None,
            machine: "here".to_owned(),
            started_at: now(),
            last_at: now() + Duration::seconds(34),
            ended_at: None,
            status: None,
            error: None,
            events: 7,
            open: Vec::new(),
            alive: false,
        };
        Line { row, standing, damaged: false }
    }

    fn open(doing: Doing) -> Open {
        let marker = Some("cutover-1f0a77c2-k3f9-8e21c04d".to_owned());
        Open { step: "create".to_owned(), marker, writes: true, doing }
    }

    #[test]
    fn runs_stand_in_columns_with_how_they_stand() {
        let kind = Kind::Word;
        let park = Park { step: "approve".to_owned(), until: None, ask: None, kind };
        let at = Some(now() + Duration::seconds(7200));
        let pause = Park { step: "pause".to_owned(), until: at, ask: None, kind: Kind::Time };
        let lines = [
            line("m1q2", Standing::Alive(Some(open(Doing::Undo)))),
            line("k3f9", Standing::CutOff(Some(open(Doing::Run)))),
            line("k1aa", Standing::CutOff(Some(open(Doing::Look)))),
            line("j7b1", Standing::Parked(vec![park])),
            line("j6b1", Standing::Parked(vec![pause])),
            line("i0c2", Standing::Stuck(None)),
            line("i0c1", Standing::Waits("cleanup".to_owned())),
            line("h22x", Standing::Over(Status::Succeeded)),
            Line { damaged: true, ..line("h21x", Standing::Over(Status::Succeeded)) },
        ];
        let drawn = drawing(&lines, 130);
        assert_snapshot!(anstream::adapter::strip_str(&drawn).to_string(), @"
        RUN   WORKFLOW          CREDENTIAL      STARTED               TOOK  STATUS
        m1q2  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   running taking back `create`
        k3f9  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   cut off in `create`
        k1aa  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   cut off while looking for what `create` did
        j7b1  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   parked in `approve`
        j6b1  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   parked in `pause` until 2026-11-25 14:00 UTC
        i0c2  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   stuck
        i0c1  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   waits: `cleanup` failed
        h22x  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   succeeded
        h21x  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   damaged
        ");
        assert_eq!(json(&lines)["runs"][1]["marker"], "cutover-1f0a77c2-k3f9-8e21c04d");
        assert_eq!(json(&lines)["runs"][3]["step"], "approve");
        assert_eq!(drawing(&[], 80), "no run yet\n");
    }
}
