//! Any text at all: never a panic, and places that lie inside it.

use proptest::prelude::*;

use crate::diagnostic::Diagnostic;
use crate::template::compile::parsed;
use crate::template::scan::tags;
use crate::template::tests::world::{World, placed};
use crate::template::{Expr, Template};

/// What templates are made of, in any order.
const BITS: [&str; 64] = [
    "{{",
    "}}",
    "{{{",
    "}}}",
    "{{#if ",
    "{{#each ",
    "{{#unless ",
    "{{else}}",
    "{{else if ",
    "{{/if}}",
    "{{/each}}",
    "{{/unless}}",
    "{{!-- ",
    "--}}",
    "{{!",
    "\\",
    "\\{{",
    "\\\\{{",
    "{{{{",
    "}}}}",
    "(",
    ")",
    "\"",
    "'",
    "\"text\"",
    "'text'",
    " ",
    "  ",
    "\n",
    "eq ",
    "len ",
    "find ",
    "concat ",
    "default ",
    "not ",
    "steps.create.id",
    "steps.list.tokens",
    "inputs.hosts",
    "this",
    "this.id",
    "credential.old",
    "item",
    "live=true",
    "a=",
    "=",
    "==",
    "|",
    "~",
    "&",
    "^",
    "/",
    ".",
    "..",
    "@root",
    "[",
    "]",
    "3",
    "-1.5",
    "1E3",
    "null",
    "true",
    "é",
    "\u{a0}",
    "as |x|",
];

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&BITS[..]), 0..14).prop_map(|bits| bits.concat())
}

/// A template that is well formed, or nearly so.
fn nearly_right() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "steps.create.id",
        "steps.list.tokens",
        "inputs.hosts",
        "credential.old.id",
        "item",
        "3",
        "null",
        "\"a\"",
        "'b'",
        "true",
        "steps.push.0.path",
        "steps.later.id",
        "steps.create.token",
    ]);
    let helper = prop::sample::select(crate::template::helpers::names().collect::<Vec<_>>());
    let expr = leaf.prop_map(str::to_owned).prop_recursive(3, 12, 3, move |inner| {
        let named = prop::option::of(inner.clone());
        (helper.clone(), prop::collection::vec(inner, 1..4), named).prop_map(
            |(helper, args, named)| {
                let named = named.map(|value| format!(" id={value}")).unwrap_or_default();
                format!("({helper} {}{named})", args.join(" "))
            },
        )
    });
    let tag = expr.prop_map(|expr| {
        let inner = expr.strip_prefix('(').and_then(|expr| expr.strip_suffix(')'));
        format!("{{{{ {} }}}}", inner.unwrap_or(&expr))
    });
    let piece =
        prop_oneof![tag.clone(), Just("text\n".to_owned()), Just("{{!-- note --}}".to_owned())];
    piece.prop_recursive(3, 12, 3, |inner| {
        let condition = "[a-z]{1,2}";
        (inner.clone(), inner, condition, 0..5usize).prop_map(|(one, two, _, shape)| match shape {
            0 => format!("{{{{#if item}}}}{one}{{{{else}}}}{two}{{{{/if}}}}"),
            1 => format!("{{{{#if item}}}}{one}{{{{else if (eq item 3)}}}}{two}{{{{/if}}}}"),
            2 => {
                format!("{{{{#each inputs.hosts}}}}{one}{{{{this}}}}{{{{else}}}}{two}{{{{/each}}}}")
            }
            3 => format!("{{{{#unless item}}}}\n{one}\n{{{{/unless}}}}\n{two}"),
            _ => format!("{one}{two}"),
        })
    })
}

fn lie_inside(text: &str, found: &[Diagnostic]) {
    for found in found {
        assert!(text.get(found.span.range()).is_some(), "{found:?} in {text:?}");
        assert!(!found.message.is_empty() && !found.message.contains('\n'), "{found:?}");
    }
}

fn go_through(text: &str) {
    let world = World::new();
    match Template::parse(text, placed(text)) {
        Err(found) => lie_inside(text, &found),
        Ok(template) => {
            let typed = template.infer(&world);
            lie_inside(text, typed.as_ref().err().map_or(&[], Vec::as_slice));
            let rendered = template.render(&world, &world.table);
            if let (Ok(typed), Ok(value)) = (typed, rendered) {
                assert!(
                    typed.secret || !value.is_secret(),
                    "{text:?} is {typed:?}, gives {value:?}"
                );
                assert!(
                    typed.nullable || !value.is_null() || typed.ty.at("x").is_some(),
                    "{text:?}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_template_or_a_finding(text in any_text()) {
        go_through(&text);
    }

    #[test]
    fn text_with_paths_only_is_what_the_parser_makes_of_it(
        bits in prop::collection::vec(prop::sample::select(vec![
            "{{ inputs.name }}", "{{item}}", "{{  steps.push.0.path\n}}", "{{3}}", "{{ null }}",
            "a", " ", "\n", "}", "{", "}}", "é", "{{ -1.5 }}", "{{ true }}", "{{ lower }}", "{{ this }}",
        ]), 0..8)
    ) {
        let text = bits.concat();
        if let Ok(found) = tags(&text, placed(&text))
            && text.contains("{{")
            && found.iter().all(|tag| tag.path().is_some())
        {
            let slow = parsed(&text, found, placed(&text));
            prop_assert_eq!(Template::parse(&text, placed(&text)), slow);
        }
    }

    #[test]
    fn any_text_is_an_expression_or_a_finding(text in any_text()) {
        let world = World::new();
        match Expr::parse(&text, placed(&text)) {
            Err(found) => lie_inside(&text, &found),
            Ok(expr) => {
                let _ = expr.infer(&world);
                let _ = expr.eval(&world, &world.table);
                let again = Expr::parse(&expr.to_string(), placed(&expr.to_string())).unwrap();
                prop_assert_eq!(again.to_string(), expr.to_string());
            }
        }
    }

    #[test]
    fn what_is_nearly_right_gives_what_its_type_says(text in nearly_right()) {
        go_through(&text);
    }
}
