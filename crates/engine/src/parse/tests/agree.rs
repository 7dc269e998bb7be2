//! Two readers of YAML, one meaning: what a document says here is what `yaml_serde` says.

use proptest::prelude::*;
use serde_yaml::Value as Data;

use super::mutate::mutated;
use crate::parse::mend::read_mended;
use crate::parse::scalar;
use crate::parse::tree::{Kind, Yaml};
use crate::value::Value;

/// Returns the tree as the other reader's data.
fn data(node: &Yaml) -> Data {
    match &node.kind {
        Kind::Scalar(scalar) => scalar_data(&scalar.value),
        Kind::List(items) => Data::Sequence(items.iter().map(|item| data(item)).collect()),
        Kind::Map(map) => Data::Mapping(
            map.pairs.iter().map(|pair| (Data::String(pair.key.clone()), data(&pair.value))).collect(),
        ),
        Kind::Bad => panic!("nothing is wrong with this document"),
    }
}

fn scalar_data(value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Bool(truth) => Data::Bool(*truth),
        Value::Int(number) => Data::Number((*number).into()),
        Value::Float(number) => Data::Number((*number).into()),
        Value::Text(text) => Data::String(text.clone()),
        other => panic!("no scalar is {other:?}"),
    }
}

/// Compares the two readers over one document; `None` where it is refused here.
fn compare(text: &str) -> Option<(Data, Result<Data, String>)> {
    let reading = read_mended(text);
    if !reading.found.is_empty() {
        return None;
    }
    let ours = reading.root.map_or(Data::Null, |root| data(&root));
    let theirs = serde_yaml::from_str::<Data>(text)
        .and_then(|mut theirs| theirs.apply_merge().map(|()| theirs))
        .map_err(|error| error.to_string());
    Some((ours, theirs))
}
#[test]
fn explore() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(20000));
    let counts = std::cell::RefCell::new(std::collections::BTreeMap::<String, (usize, String)>::new());
    let t = std::time::Instant::now();
    runner.run(&mutated(), |text| {
        let key = match compare(&text) {
            _ if text.chars().any(|c| c.is_control() && !"\t\n\r".contains(c) || "\u{2028}\u{feff}\u{85}\u{f5c1}".contains(c)) => "control".into(),
            None => "refused here".to_owned(),
            Some((ours, Ok(theirs))) if ours == theirs => "agree".to_owned(),
            Some((ours, Ok(theirs))) => { println!("DIFFER {text:?}\n   {ours:?}\n   {theirs:?}"); "differ".into() },
            Some((_, Err(error))) => format!("theirs: {}", error.split(" at line").next().unwrap()),
        };
        let mut c = counts.borrow_mut();
        let e = c.entry(key).or_insert((0, text.clone()));
        e.0 += 1;
        if text.len() < e.1.len() { e.1 = text }
        Ok(())
    }).unwrap();
    println!("{:?}", t.elapsed());
    for (k, (n, t)) in counts.borrow().iter() { println!("{n} {k}: {t:?}"); }
}
