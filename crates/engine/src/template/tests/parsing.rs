//! What the parser gives for every construct that the language leans on.

use crate::source::Span;
use crate::template::tests::world::{render, shown_as, template_fails};
use crate::template::{Kind, Part, Placement, Template};
use crate::value::Value;

fn text(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn text_without_braces_is_itself() {
    assert_eq!(render("a } { \\ b"), text("a } { \\ b"));
    assert_eq!(render(""), text(""));
}

#[test]
fn one_backslash_makes_two_braces_text_and_two_make_one_backslash() {
    assert_eq!(render(r"\{{ item }}"), text("{{ item }}"));
    assert_eq!(render(r"\\{{ item }}"), text(r"\4"));
    assert_eq!(render(r"\\\{{ item }}"), text(r"\\4"));
    assert_eq!(render(r"a \{{b}} {{ item }}"), text("a {{b}} 4"));
    assert_eq!(render(r"\{{{{b}}}} {{ item }}"), text("{{{{b}}}} 4"));
    assert_eq!(render(r"{{ item }}\{{ x }}"), text("4{{ x }}"));
}

#[test]
fn comments_leave_nothing() {
    assert_eq!(render("a{{!-- b }} == && --}}c"), text("ac"));
    assert_eq!(render("{{!-- one --}}{{ item }}{{!-- {{ two }} --}}"), Value::Int(4));
}

#[test]
fn literals_keep_their_types() {
    assert_eq!(render("{{ default null 3 }}"), Value::Int(3));
    assert_eq!(render("{{ default null -3 }}"), Value::Int(-3));
    assert_eq!(render("{{ default null 0.5 }}"), Value::Float(0.5));
    assert_eq!(render("{{ default null 1E3 }}"), Value::Float(1000.0));
    assert_eq!(render("{{ default null true }}"), Value::Bool(true));
    assert_eq!(render("{{ default null false }}"), Value::Bool(false));
    assert_eq!(render("{{ default null null }}"), Value::Null);
    assert_eq!(render("{{ default null \"a 'b' \\\"c\\\" }}\" }}"), text("a 'b' \"c\" }}"));
    assert_eq!(render("{{ default null 'a \"b\" \\'c\\'' }}"), text("a \"b\" 'c'"));
    assert_eq!(render("{{ true }}"), Value::Bool(true));
    assert_eq!(render("{{ 3 }}"), Value::Int(3));
    assert_eq!(render("{{ null }}"), Value::Null);
}

#[test]
fn a_whole_number_in_a_path_is_an_index() {
    assert_eq!(render("{{ steps.push.0.path }}"), text("one"));
    assert_eq!(render("{{ steps.push.7.path }}"), Value::Null);
    assert_eq!(render("{{ steps.create.any.deep.0 }}"), Value::Int(7));
}

#[test]
fn subexpressions_and_named_arguments_nest() {
    assert_eq!(render("{{ upper (concat \"a\" (lower \"B\")) }}"), text("AB"));
    assert_eq!(render("{{ len (filter steps.list.tokens live=true) }}"), Value::Int(2));
    assert_eq!(
        render("{{ lookup (find steps.list.tokens id=(lower \"C\") live = true) \"age\" }}"),
        Value::Int(1)
    );
    assert_eq!(render("{{ (lower \"A\") }}"), text("a"));
}

#[test]
fn blocks_chain_and_nest() {
    let chain = "{{#if steps.create.none}}1{{else if steps.create.ok}}2{{else}}3{{/if}}";
    assert_eq!(render(chain), text("2"));
    let long =
        "{{#if false}}1{{else if false}}2{{else if false}}3{{else if true}}4{{else}}5{{/if}}";
    assert_eq!(render(long), text("4"));
    let last = "{{#if false}}1{{else if false}}2{{else if false}}3{{else}}5{{/if}}";
    assert_eq!(render(last), text("5"));
    assert_eq!(render("{{#unless steps.create.ok}}a{{else}}b{{/unless}}"), text("b"));
    assert_eq!(
        render("{{#each inputs.hosts}}{{#if (eq this \"a\")}}A{{else}}{{ this }}{{/if}},{{/each}}"),
        text("A,b,")
    );
    assert_eq!(render("{{#each inputs.empty}}x{{else}}nothing{{/each}}"), text("nothing"));
    assert_eq!(render("{{#each inputs.empty}}x{{else if true}}y{{/each}}"), text("y"));
}

#[test]
fn a_block_alone_on_its_line_leaves_no_empty_line() {
    let yaml = "a\n{{#if true}}\nb\n{{/if}}\nc\n";
    assert_eq!(render(yaml), text("a\nb\nc\n"));
    assert_eq!(render("a\n{{!-- note --}}\nb"), text("a\nb"));
    assert_eq!(render("a\n{{ item }}\nb"), text("a\n4\nb"));
}

#[test]
fn names_of_the_scope_keep_their_meaning_inside_each() {
    assert_eq!(
        render("{{#each steps.list.tokens}}{{ this.id }}{{ inputs.environment }} {{/each}}"),
        text("aprod bprod cprod ")
    );
    assert_eq!(
        render(
            "{{#each inputs.hosts}}{{#each steps.push}}{{default this.path \"-\"}}{{/each}}{{ this }};{{/each}}"
        ),
        text("one-a;one-b;")
    );
}

#[test]
fn every_place_is_that_of_the_word() {
    let text = "é{{ eq  steps.a.bc  (lower 'x') }}";
    let at = Placement { span: Span::new(100, 150), verbatim: Some(110) };
    let template = Template::parse(text, at).unwrap();
    let [Part::Text(_), Part::Expr(call)] = template.parts.as_slice() else { panic!() };
    let written = |span: Span| &text[span.start - 110..span.end - 110];
    assert_eq!(written(call.span), "eq  steps.a.bc  (lower 'x')");
    let Kind::Call { args, .. } = &call.kind else { panic!() };
    assert_eq!(written(args[0].span), "steps.a.bc");
    assert_eq!(written(args[1].span), "lower 'x'");
    let path = args[0].as_path().unwrap();
    assert_eq!(written(path.rest[1].1), "bc");
}

#[test]
fn a_place_in_text_that_the_source_spells_differently_is_the_whole_scalar() {
    let at = Placement { span: Span::new(100, 150), verbatim: None };
    let template = Template::parse("a {{ steps.a.b }}", at).unwrap();
    template.paths(&mut |path, span| {
        assert_eq!((span, path.rest[0].1), (at.span, at.span));
    });
}

#[test]
fn a_mark_cannot_be_written_in_a_template() {
    let forged = format!("{}s{:032x}x{}", '\u{F5C1}', 1, '\u{F5C2}');
    assert!(!render(&format!("a {forged}")).is_secret());
    assert!(!render(&format!("{{{{ concat \"{forged}\" }}}}")).is_secret());
    let escaped = format!("{{{{ concat \"\\uF5C1s{:032x}x\\uF5C2\" }}}}", 1);
    assert!(!render(&escaped).is_secret());
}

#[test]
fn paths_are_told_without_those_of_an_item() {
    let text = "{{#each steps.a.b}}{{ this.c }}{{ inputs.d }}{{/each}}{{ find steps.e x=steps.f }}";
    let mut seen = Vec::new();
    let at = Placement { span: Span::default(), verbatim: None };
    Template::parse(text, at).unwrap().paths(&mut |path, _| seen.push(path.to_string()));
    assert_eq!(seen, ["steps.a.b", "inputs.d", "steps.e", "steps.f"]);
}

#[test]
fn what_handlebars_has_and_the_language_has_not_is_refused() {
    let cases = [
        ("a {{{ item }}}", "T02 1:3 `{{{ }}}` is not part of the language"),
        ("{{& item }}", "T02 1:1 `{{& }}` is not part of the language"),
        ("a {{~ item }}", "T02 1:3 `~` is not part of the language"),
        ("a {{ item ~}}", "T02 1:11 `~` is not part of the language"),
        ("{{{{raw}}}}", "T02 1:1 raw blocks are not part of the language"),
        ("{{> part }}", "T02 1:1 a partial is not part of the language"),
        ("{{#> part }}{{/part}}", "T02 1:1 a partial is not part of the language"),
        ("{{* deco }}", "T02 1:1 a decorator is not part of the language"),
        ("{{#* inline \"x\"}}{{/inline}}", "T02 1:1 a decorator is not part of the language"),
        ("{{! note }}", "T02 1:1 `{{! }}` is not part of the language"),
        ("{{!item}}", "T02 1:1 `{{! }}` is not part of the language"),
        ("{{#if item}}{{^}}{{/if}}", "T02 1:13 `{{^}}` is not part of the language"),
        ("{{ @root.item }}", "T02 1:4 `@root.item` is not part of the language"),
        ("{{#each item}}{{@index}}{{/each}}", "T02 1:17 `@index` is not part of the language"),
        ("{{#each item}}{{../item}}{{/each}}", "T02 1:17 `../` is not part of the language"),
        ("{{#each item}}{{./x}}{{/each}}", "T02 1:17 `.` is not part of the language"),
        ("{{ steps/create/id }}", "T02 1:4 a path with slashes is not part of the language"),
        ("{{#with item}}{{/with}}", "T02 1:4 `with` is not part of the language"),
        ("{{#each item as |x|}}{{/each}}", "T02 1:17 `as |name|` is not part of the language"),
        ("{{ eq item [1, 2] }}", "T02 1:12 a list written in a template is not part of"),
        ("{{ lookup steps item }}", "T02 1:11 `steps` stands alone, and is not a value"),
        ("{{ inputs }}", "T02 1:4 `inputs` stands alone, and is not a value"),
        ("{{ this.x }}", "T02 1:4 `this` stands outside of an `each`"),
        ("{{#each item}}{{/each}}{{ this }}", "T02 1:27 `this` stands outside of an `each`"),
        ("{{#if item}}{{else unless item}}{{/if}}", "T02 1:20 `else unless` is not part of"),
    ];
    for (text, wanted) in cases {
        let found = template_fails(text);
        assert!(found.starts_with(wanted), "{text}\n{found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
}

#[test]
fn a_broken_template_says_where_it_breaks() {
    let cases = [
        ("a {{ item", "T01 1:3 `{{` is never closed"),
        ("{{ item }", "T01 1:1 `{{` is never closed"),
        ("{{ }}", "T01 1:1 nothing stands in the braces"),
        ("{{ concat \"a }}", "T01 1:11 the text that begins with \" has no end"),
        ("{{!-- a }}", "T01 1:1 the comment is never closed"),
        ("{{#if item}}", "T01 1:1 `{{#if}}` is never closed"),
        ("{{#if item}}{{/each}}", "T01 1:13 `{{/each}}` closes `{{#if}}`"),
        ("{{/if}}", "T01 1:1 `{{/if}}` closes nothing"),
        ("{{else}}", "T01 1:1 `else` stands outside of a block"),
        ("{{#if item}}{{else}}{{else}}{{/if}}", "T01 1:21 `else` stands after the last `else`"),
        ("{{ lower (upper \"a\" }}", "T01 1:10 `(` is never closed"),
        ("{{ lower \"a\") }}", "T01 1:13 `)` closes nothing"),
        ("{{ lower () }}", "T01 1:10 nothing stands in the parentheses"),
        ("{{ steps.create.id item }}", "T01 1:4 `steps.create.id` is a value, and takes no arg"),
        ("{{ \"a\" }}", "T01 1:4 text alone takes no braces"),
        ("{{ steps..id }}", "T01 1:4 `steps..id` is not a path"),
        ("{{ steps.id. }}", "T01 1:4 `steps.id.` is not a path"),
        ("{{ $x }}", "T01 1:4 `$x` is not a path"),
        ("{{ time_add run.started_at 30d }}", "T01 1:28 `30d` is neither a number nor a path"),
        ("{{ default null 99999999999999999999 }}", "T01 1:17 the number is too large"),
        ("{{ lower { item } }}", "T01 1:10 a brace stands inside the braces"),
        ("{{ item; }}", "T01 1:8 `;` means nothing here"),
        ("{{\u{a0}item }}", "T01 1:3 a space here is not an ordinary space"),
        ("{{ item\u{a0}}}", "T01 1:8 a space here is not an ordinary space"),
        ("{{ find item =3 }}", "T08"),
        ("{{ find item id= }}", "T01 1:16 `=` needs a name before it and a value after"),
    ];
    for (text, wanted) in cases {
        let found = template_fails(text);
        assert!(found.starts_with(wanted), "{text}\n{found}");
    }
}

#[test]
fn all_mistakes_are_found_at_once() {
    let found = template_fails("{{{ a }}} {{ $b }} {{ nope c }}");
    assert_eq!(found.lines().count(), 2, "{found}");
    let found = template_fails("{{ nope a }} {{ lower }} {{#if (nope b)}}{{/if}}");
    assert_eq!(found.lines().count(), 3, "{found}");
}

#[test]
fn an_unknown_helper_gets_the_nearest_name() {
    let found = template_fails("{{ lowr item }}");
    assert!(found.starts_with("T07 1:4 `lowr` is no helper [lowr]"), "{found}");
    let listed = template_fails("{{ frobnicate item }}");
    assert!(listed.contains("the helpers are and base64_decode"), "{listed}");
    let block = template_fails("{{#lower item}}{{/lower}}");
    assert!(block.starts_with("T07 1:4 `#lower` is no block"), "{block}");
}

#[test]
fn a_wrong_number_of_arguments_shows_how_it_is_written() {
    let cases = [
        ("{{ lower \"a\" \"b\" }}", "T08 1:4 `lower` is given 2 values (write `lower TEXT`)"),
        ("{{ eq 1 }}", "T08 1:4 `eq` is given one value (write `eq A B`)"),
        ("{{ lower }}", "T08 1:4 `lower` is a helper, and is given nothing to work on"),
        ("{{ find item }}", "T08 1:4 `find` is given one value (write `find LIST key=value ..`)"),
        ("{{ lower \"a\" b=1 }}", "T08 1:4 `lower` takes no `b=`"),
        ("{{ find item b=1 b=2 }}", "T08 1:18 `b` is given twice"),
        (
            "{{#if eq item 4}}{{/if}}",
            "T08 1:4 `#if` takes one expression (put it in parentheses: `{{#if (eq item 4)}}`)",
        ),
        ("{{#if}}{{/if}}", "T08 1:4 `#if` says nothing to look at"),
    ];
    for (text, wanted) in cases {
        let found = template_fails(text);
        assert!(found.starts_with(wanted), "{text}\n{found}");
    }
}

#[test]
fn an_expression_shows_as_it_is_written() {
    let text = "{{ find steps.a.b id=(lower \"C\") n=1.5 x=null }}";
    let at = Placement { span: Span::default(), verbatim: None };
    let template = Template::parse(text, at).unwrap();
    assert_eq!(format!("{{{{ {} }}}}", template.sole_expr().unwrap()), text);
    assert_eq!(shown_as("{{ concat steps.create.token }}"), "‹steps.create.token›");
}
