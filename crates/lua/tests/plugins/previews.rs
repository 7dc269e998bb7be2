//! A preview: the same code, until its first write or until it needs what only a run knows.

use cutover_engine::ctx::Mode;
use cutover_engine::step::{Fate, Step};
use cutover_engine::types::Type;
use cutover_engine::value::{Unknown, Value};

use crate::support::{issue, params};
use crate::world::{World, block_on};

fn unknown(from: &str, ty: Type) -> Value {
    Value::Unknown(Unknown { from: from.to_owned(), ty })
}

/// What a preview of a body ends with, with an unknown of a type as `service`, or as `urgent`.
fn preview(body: &str) -> (Fate, String, Vec<String>) {
    let world = World { withholds: true, ..World::new(|_| Ok((200, "{}".into()))) };
    let step = issue(&format!("return {{ issue = {{ run = function(ctx, p)\n{body}\nend }} }}"));
    let more = [
        ("service", unknown("steps.a.name", Type::String)),
        ("urgent", unknown("steps.a.urgent", Type::Boolean)),
    ];
    let marker = Unknown { from: "marker".to_owned(), ty: Type::String }.to_mark();
    let ctx = world.ctx_as("issue", Mode::Run, marker);
    let error = block_on(step.run(&params(&world, more), &ctx)).expect_err(body);
    (error.fate, error.message, world.asked())
}

#[test]
fn a_write_is_withheld_and_nothing_comes_after_it() {
    let body = r#"
        local c = ctx.http{ base = ctx.config.url }
        pcall(function() c:post("/tokens", { json = { service = p.service, tag = ctx.key } }) end)
        c:get("/after")
        while true do end"#;
    let (fate, message, asked) = preview(body);
    assert_eq!((fate, message.as_str()), (Fate::Previewed, "a preview writes nothing"));
    assert!(asked.is_empty());
}

#[test]
fn what_is_not_known_yet_travels_on_and_ends_the_call_where_it_is_looked_into() {
    for body in [
        "return { id = #p.service }",
        "pcall(function() return p.service:upper() end) return { id = 'x' }",
        "if p.urgent then ctx.http{ base = ctx.config.url }:post('/', {}) end return { id = 'x' }",
    ] {
        let (fate, message, asked) = preview(body);
        assert_eq!(fate, Fate::Previewed, "{body}");
        assert!(message.starts_with("only a run knows `steps.a."), "{body}: {message}");
        assert!(asked.is_empty());
    }
}

#[test]
fn what_takes_text_only_ends_a_preview_too() {
    for body in ["return { id = string.upper(p.service) }", "return { id = p.service < 'x' }"] {
        let (fate, message, _) = preview(body);
        assert_eq!(fate, Fate::Previewed);
        assert_eq!(message, "only a run knows what it goes on with");
    }
}
