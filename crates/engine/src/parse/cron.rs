//! The five fields of a cron line: whether they can be read, not when they fall.

use super::reader::listed;

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong.
    pub(super) message: String,
    /// The way out.
    pub(super) help: String,
}

struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for the numbers from `least` on.
    words: &'static [&'static str],
}

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, words: &[] },
    Field { name: "hour", least: 0, most: 23, words: &[] },
    Field { name: "day of the month", least: 1, most: 31, words: &[] },
    Field { name: "month", least: 1, most: 12, words: MONTHS },
    Field { name: "day of the week", least: 0, most: 7, words: DAYS },
];

/// How many days the longest of each month has.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Checks a line.
pub(super) fn check(line: &str) -> Result<(), Wrong> {
    if line.starts_with('@') {
        return Err(wrong("names such as `@daily` are not read here", example()));
    }
    let parts: Vec<&str> = line.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        let message = format!("a cron line has five fields, and this one has {}", parts.len());
        return Err(wrong(&message, example()));
    }
    for (part, field) in parts.iter().zip(&FIELDS) {
        field.check(part)?;
    }
    never_falls(&parts)
}

fn example() -> String {
    let names = listed(FIELDS.iter().map(|field| field.name));
    format!("they are {names}: \"0 3 * * 1\" is Mondays at 03:00")
}

fn wrong(message: &str, help: String) -> Wrong {
    Wrong { message: message.to_owned(), help }
}

impl Field {
    fn check(&self, text: &str) -> Result<(), Wrong> {
        text.split(',').try_for_each(|part| self.part(part))
    }

    fn part(&self, part: &str) -> Result<(), Wrong> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if let Some(step) = step {
            let size: Option<u32> = step.parse().ok();
            if !size.is_some_and(|size| size > 0 && size <= self.most) {
                return Err(self.wrong(part, "what stands behind `/` is how far apart they are"));
            }
        }
        if range == "*" {
            return Ok(());
        }
        let Some((from, to)) = range.split_once('-') else {
            return self.number(range).map(|_| ());
        };
        if self.number(from)? > self.number(to)? {
            return Err(self.wrong(part, "a range goes upwards"));
        }
        Ok(())
    }

    fn number(&self, text: &str) -> Result<u32, Wrong> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = self.words.iter().position(|word| *word == lower) {
            return Ok(self.least + u32::try_from(at).expect("there are twelve at most"));
        }
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(number) if digits && (self.least..=self.most).contains(&number) => Ok(number),
            Ok(_) | Err(_) => {
                let words = match self.words {
                    [first, .., last] => format!(", or `{first}` to `{last}`"),
                    [] | [_] => String::new(),
                };
                let range = format!("it goes from {} to {}{words}", self.least, self.most);
                Err(self.wrong(text, &range))
            }
        }
    }

    fn wrong(&self, text: &str, help: &str) -> Wrong {
        let message = format!("`{text}` is no {} of a cron line", self.name);
        Wrong { message, help: help.to_owned() }
    }
}

/// Refuses a day that none of its months has, such as the 31st of February.
fn never_falls(parts: &[&str]) -> Result<(), Wrong> {
    let (Ok(day), "*") = (parts[2].parse::<u32>(), parts[4]) else { return Ok(()) };
    let months: Option<Vec<u32>> =
        parts[3].split(',').map(|month| FIELDS[3].number(month).ok()).collect();
    let Some(months) = months else { return Ok(()) };
    if months.iter().any(|month| day <= LONGEST[*month as usize - 1]) {
        return Ok(());
    }
    let message = format!("no day of these months is the {day}.");
    Err(wrong(message.trim_end_matches('.'), "this schedule would never fall".to_owned()))
}
