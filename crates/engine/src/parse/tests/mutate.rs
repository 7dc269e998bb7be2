//! Documents gone wrong: seeds with random changes, for tests that nothing may shake.

use proptest::collection::vec;
use proptest::prelude::*;

/// Small documents that between them hold every key and every piece of YAML that people use.
pub(super) const SEEDS: &[&str] = &[
    "version: 1\nname: a\nsteps:\n  - id: a\n    uses: log\n    with: {message: \"hi\", level: info}\n",
    "inputs:\n  a: {type: string, enum: [x, y], default: x}\n  b: {type: secret, from: {env: FOO}}\n  c:\n    type: list(integer)\n    default: [1, 2]\n",
    "x-base: &base {delay: 2s, max_attempts: 4}\ndefaults:\n  retry:\n    <<: *base\n    backoff: constant\n  timeout: 60s\n",
    "steps:\n- id: a\n  uses: exec.run\n  needs: []\n  when: inputs.a\n  for_each: [a, 'b', \"c\\n\"]\n  undo: {uses: x.y, with: {a: 1}}\n- id: b\n  uses: log\n  verifies: [a]\n  undo: again\n",
    "credential:\n  name: \"ci-{{ inputs.a }}\"\n  lifetime: 30d\n  overlap: 24h\n  in_use: steps.a.id\n",
    "triggers:\n  schedule: {cron: \"0 3 * * 1\", timezone: Europe/Berlin}\n  expiry: {before: 7d, jitter: 1h}\nmax_parallel: 3\n",
    "plugins:\n  p:\n    path: ../p\n    config: {url: \"https://x.example\", token: {from: {env: T}}}\n    allow: {http: [x.example], reads: [\"GET /\"]}\n",
    "a: |\n  block\n   more\n\nb: >-\n  folded\n  text\nc: plain\n  goes on\nd: 'it''s'\ne: \"tab\\t\\u00e9\"\n",
    "a: [1, 0x1F, 0o14, 0b11, 012, 1_000, -5, +3, 1.5, 1e5, .5, ~, null, yes, no, on, true, False]\n",
    "# comment\n---\na: &x {b: 1}\nc: [*x, *x] # again\n? d\n: e\n\"f\": ä\u{1F511}\n...\n",
    "steps:\n  - id: a\n    uses: log\n    with:\n      message: {{ inputs.x }}\n      token: {{ a }}/b\n    until: \"result.ok\"\n    retry: {max_attempts: 3}\n",
    "m: {a: {b: [x, {c: d}], \"e\": 'f'}, g: , h}\nl: [[a, b], [c: d]]\n",
];

/// What is put in.
const PIECES: &[&str] = &[
    "\n",
    "  ",
    "\t",
    ": ",
    ":",
    "- ",
    "-",
    "? ",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    "\"",
    "'",
    "\\",
    "|\n",
    ">\n",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "!!str ",
    "#",
    " # ",
    "---\n",
    "...\n",
    "%",
    "@",
    "`",
    "~",
    "null",
    "1",
    "1e5",
    "0x",
    "true",
    "é",
    "\u{FEFF}",
    "\u{0}",
    "\u{85}",
    "\u{2028}",
    "\r\n",
    "\r",
    "steps:\n",
    "- id: a\n",
    "with: ",
    "x-a: ",
    "uses",
    "version: 1\n",
    "${{ a }}",
    "*",
    "&",
    "=",
    "|",
    ">-",
    "!",
    "\u{F5C1}",
    "a: &b [*b]\n",
    "\u{7f}",
];

/// One change of a text.
#[derive(Debug, Clone)]
enum Change {
    Insert(usize, &'static str),
    Remove(usize, usize),
    Copy(usize, usize, usize),
    Indent(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..400_usize;
    prop_oneof![
        4 => (at.clone(), proptest::sample::select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (at.clone(), 1..12_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        1 => (at.clone(), 1..40_usize, at.clone()).prop_map(|(at, length, to)| Change::Copy(at, length, to)),
        1 => (at, 0..6_usize).prop_map(|(at, width)| Change::Indent(at, width)),
    ]
}

fn apply(text: &mut Vec<char>, change: &Change) {
    let length = text.len();
    match *change {
        Change::Insert(at, piece) => {
            let at = at % (length + 1);
            text.splice(at..at, piece.chars());
        }
        Change::Remove(at, count) => {
            let at = at % (length + 1);
            text.drain(at..(at + count).min(length));
        }
        Change::Copy(at, count, to) => {
            let at = at % (length + 1);
            let part: Vec<char> = text[at..(at + count).min(length)].to_vec();
            let to = to % (length + 1);
            text.splice(to..to, part);
        }
        Change::Indent(at, width) => {
            let at = at % (length + 1);
            let line = text[..at].iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
            let spaces = text[line..].iter().take_while(|c| **c == ' ').count();
            text.splice(line..line + spaces, std::iter::repeat_n(' ', width));
        }
    }
}

/// Returns a seed with what every workflow needs.
fn completed(seed: &str) -> String {
    let needed = [
        ("version:", "version: 1\n"),
        ("name:", "name: a\n"),
        ("steps:", "steps: [{id: z, uses: log}]\n"),
    ];
    let missing = needed.iter().filter(|(key, _)| !seed.lines().any(|line| line.starts_with(key)));
    missing.map(|(_, line)| *line).collect::<String>() + seed
}

/// Gives seeds with some changes, now and then two seeds in one.
pub(crate) fn mutated() -> impl Strategy<Value = String> {
    let seed = proptest::sample::select(SEEDS);
    let second = proptest::option::weighted(0.2, seed.clone());
    (seed, second, any::<bool>(), vec(change(), 0..5)).prop_map(
        |(first, second, whole, changes)| {
            let first = if whole { completed(first) } else { first.to_owned() };
            let mut text: Vec<char> = first.chars().chain(second.unwrap_or("").chars()).collect();
            changes.iter().for_each(|change| apply(&mut text, change));
            text.into_iter().collect()
        },
    )
}
