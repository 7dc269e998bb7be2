//! Types before a run, and what is told where they are wrong.

use crate::template::tests::world::{World, expression_typed, placed, typed, typed_in};
use crate::template::{Expr, Path, Typed};
use crate::types::Type;

fn is(text: &str, wanted: &str) {
    assert_eq!(expression_typed(text), wanted, "{text}");
}

/// The first finding about a bare expression, which stands two characters further right.
fn refused(text: &str, wanted: &str) {
    let found = expression_typed(text);
    assert!(found.starts_with(wanted), "{text}\nwanted {wanted}\nfound  {found}");
    assert_eq!(found.lines().count(), 1, "{found}");
}

#[test]
fn a_template_has_the_type_of_its_one_expression_or_is_text() {
    assert_eq!(typed("{{ steps.create.count }}"), "integer");
    assert_eq!(typed("{{ steps.create.count }} "), "string");
    assert_eq!(typed("plain"), "string");
    assert_eq!(typed("{{ steps.create.none }}"), "string or null");
    assert_eq!(typed("{{ steps.create.any.deep.0 }}"), "any");
}

#[test]
fn every_helper_tells_what_it_gives() {
    is("eq steps.create.count 3", "boolean");
    is("gt credential.lifetime \"7d\"", "boolean");
    is("and steps.create.none 1", "boolean");
    is("default steps.create.none \"x\"", "string");
    is("default steps.create.none steps.create.none", "string or null");
    is("default steps.create.none null \"x\"", "string");
    is("default steps.create.count 0.5", "number");
    is("default inputs.environment \"x\"", "string");
    is("default steps.create.count \"x\"", "any");
    is("len inputs.hosts", "integer");
    is("len steps.list.none", "integer or null");
    is("lookup inputs.hosts 0", "string or null");
    is("lookup (first steps.list.tokens) \"age\"", "integer or null");
    is("first inputs.hosts", "string or null");
    is("find steps.list.tokens live=true", "{id: string, live: boolean, age: integer} or null");
    is("filter steps.list.none live=true", "list({id: string, live: boolean, age: integer})");
    is("map steps.list.tokens \"live\"", "list(boolean)");
    is("sort_by steps.list.tokens \"age\"", "list({id: string, live: boolean, age: integer})");
    is("contains inputs.hosts \"a\"", "boolean");
    is("join inputs.hosts \",\"", "string");
    is("split steps.create.id \",\"", "list(string)");
    is("time_add run.started_at credential.lifetime", "timestamp");
    is("time_format run.started_at \"%Y\"", "string");
    is("json steps.create.any", "string");
    is("first steps.create.any", "any or null");
}

#[test]
fn what_can_never_be_equal_is_not_compared() {
    refused("eq steps.create.count \"3\"", "T08 1:3 a number and text are never equal (nothing is");
    refused("eq steps.create.ok \"true\"", "T08 1:3 a boolean and text are never equal");
    refused(
        "ne credential.lifetime \"30d\"",
        "T08 1:3 a duration and text are never equal (`gt`, `gte`",
    );
    refused(
        "eq inputs.environment \"prodd\"",
        "T08 1:25 `inputs.environment` is never `prodd` (did you mean `prod`?)",
    );
    refused(
        "eq \"x\" inputs.environment",
        "T08 1:6 `inputs.environment` is never `x` (it is one of",
    );
    is("eq steps.create.count null", "boolean");
    is("eq steps.create.any \"x\"", "boolean");
}

#[test]
fn what_has_no_order_is_not_ordered() {
    refused("gt steps.create.id \"a\"", "T08 1:3 text has no order here");
    refused(
        "gt steps.create.count run.started_at",
        "T08 1:3 a number and a timestamp have no order",
    );
    refused("gt credential.lifetime \"soon\"", "T08 1:26 `soon` is no duration such as");
    refused("lt run.started_at \"today\"", "T08 1:21 `today` is no timestamp such as");
    refused(
        "gt steps.create.ok 1",
        "T08 1:6 `gt` is given a boolean where a number, a timestamp or",
    );
}

#[test]
fn literals_are_checked_before_the_run() {
    refused(
        "time_add run.started_at \"30 days\"",
        "T08 1:27 `30 days` is no duration such as `90s`",
    );
    refused("time_add \"today\" \"1d\"", "T08 1:12 `today` is no timestamp such as");
    refused("time_format run.started_at \"%Q\"", "T08 1:30 `%Q` is no pattern such as `%Y-%m-%d`");
    refused(
        "time_add run.started_at 30",
        "T08 1:27 `time_add` is given a number where a duration is",
    );
    refused(
        "substr steps.create.id \"0\" 1",
        "T08 1:26 `substr` is given text where a whole number",
    );
}

#[test]
fn keys_of_known_maps_are_checked() {
    refused(
        "find steps.list.tokens lve=true",
        "T08 1:8 there is no `lve` in it (did you mean `live`?)",
    );
    refused(
        "map steps.list.tokens \"ids\"",
        "T08 1:25 there is no `ids` in it (did you mean `id`?)",
    );
    refused("find steps.list.tokens live=\"yes\"", "T08 1:3 a boolean and text are never equal");
    refused("map inputs.hosts \"id\"", "T08 1:20 the items are no maps, and have no `id`");
    refused(
        "lookup steps.create.held \"nme\"",
        "T08 1:28 there is no `nme` in it (did you mean `name`?)",
    );
    refused("lookup inputs.hosts \"0\"", "T08 1:23 a list is looked up by a whole number");
    refused("contains steps.create.held \"x\"", "T08 1:12 `contains` looks in a list or in text");
    refused("join steps.list.tokens \",\"", "T08 1:8 its items are lists or maps");
}

#[test]
fn a_wrong_kind_of_argument_is_told_with_what_is_wanted() {
    refused(
        "lower steps.create.count",
        "T08 1:9 `lower` is given a number where text is wanted (write",
    );
    refused("first steps.create.id", "T08 1:9 `first` is given text where a list is wanted");
    refused(
        "concat \"a\" inputs.hosts",
        "T08 1:14 `concat` is given a list where something that can",
    );
    let found = typed("{{#each steps.create.id}}x{{/each}}");
    assert!(found.starts_with("T08 1:9 `each` is given text where a list is wanted"), "{found}");
}

#[test]
fn all_mistakes_in_the_types_are_found_at_once_and_none_twice() {
    let found =
        typed("{{ lower steps.create.count }} {{ steps.nope }} {{ upper (lower steps.nope) }}");
    assert_eq!(found.lines().count(), 3, "{found}");
}

#[test]
fn what_may_be_null_does_not_stand_in_text() {
    let found = typed("old {{ credential.old.id }}");
    assert!(
        found.starts_with(
            "T09 1:8 `credential.old.id` may be null, and stands in text \
             (give what stands in its place: `{{ default credential.old.id \"none\" }}`"
        ),
        "{found}"
    );
    refused(
        "lower steps.create.none",
        "T09 1:9 `steps.create.none` may be null, which `lower` cannot",
    );
    refused("time_add steps.create.none \"1d\"", "T09 1:12");
    assert_eq!(typed("old {{ default credential.old.id \"none\" }}"), "string");
    let hooks = World { hooks: true, ..World::new() };
    assert_eq!(typed_in(&hooks, "old {{ credential.old.id }}"), "string");
    assert_eq!(typed_in(&hooks, "{{ lower steps.create.none }}"), "string");
    assert!(typed_in(&hooks, "{{ time_add steps.create.none \"1d\" }}").starts_with("T09"));
}

#[test]
fn a_condition_around_says_what_is_not_null() {
    for text in [
        "{{#if credential.old.id}}{{ credential.old.id }}{{/if}}",
        "{{#if credential.old}}x{{else}}y{{/if}}",
        "{{#unless credential.old.id}}x{{else}}{{ credential.old.id }}{{/unless}}",
        "{{#if (not credential.old.id)}}x{{else}}{{ credential.old.id }}{{/if}}",
        "{{#if (and steps.create.ok credential.old.id)}}{{ credential.old.id }}{{/if}}",
        "{{#if (ne credential.old.id null)}}{{ credential.old.id }}{{/if}}",
        "{{#if (eq credential.old.id null)}}x{{else}}{{ credential.old.id }}{{/if}}",
        "{{#if (eq credential.old.id \"x\")}}{{ credential.old.id }}{{/if}}",
        "{{#if false}}a{{else if credential.old.id}}{{ credential.old.id }}{{/if}}",
        "{{#if (eq credential.old.id null)}}a{{else if steps.create.ok}}{{ credential.old.id }}{{/if}}",
        "{{#if credential.old.id}}{{#each inputs.hosts}}{{ credential.old.id }}{{/each}}{{/if}}",
        "{{#if (and credential.old.id (eq (lower credential.old.id) \"x\"))}}x{{/if}}",
        "{{#if (or (not credential.old.id) (eq (lower credential.old.id) \"x\"))}}x{{/if}}",
    ] {
        assert_eq!(typed(text), "string", "{text}");
    }
    for text in [
        "{{#if credential.old.id}}x{{else}}{{ credential.old.id }}{{/if}}",
        "{{#if credential.old.id}}x{{/if}}{{ credential.old.id }}",
        "{{#if (or steps.create.ok credential.old.id)}}{{ credential.old.id }}{{/if}}",
        "{{#if (ne credential.old.id \"x\")}}{{ credential.old.id }}{{/if}}",
        "{{#if (or credential.old.id (eq (lower credential.old.id) \"x\"))}}x{{/if}}",
        "{{#if (not credential.old.id)}}{{ credential.old.id }}{{/if}}",
    ] {
        assert!(typed(text).starts_with("T09"), "{text}: {}", typed(text));
    }
}

#[test]
fn a_condition_tells_the_caller_too() {
    let known = |text: &str| {
        let expr = Expr::parse(text, placed(text)).unwrap();
        let mut paths = Vec::new();
        expr.not_null_if_true(&mut |path: &Path| paths.push(path.to_string()));
        paths
    };
    assert_eq!(known("credential.old"), ["credential.old"]);
    assert_eq!(known("and steps.a.b (gt steps.c.d 3)"), ["steps.a.b", "steps.c.d"]);
    assert_eq!(known("or steps.a.b steps.c.d"), [""; 0]);
    assert_eq!(known("not (eq steps.a.b null)"), ["steps.a.b"]);
}

#[test]
fn the_item_of_an_each_has_the_type_of_the_list() {
    assert_eq!(typed("{{#each steps.list.tokens}}{{ this.id }}{{/each}}"), "string");
    let found = typed("{{#each steps.list.tokens}}{{ this.idd }}{{/each}}");
    assert!(
        found.starts_with("T04 1:36 `this` has no `idd` (did you mean `id`?) [idd]"),
        "{found}"
    );
    let found = typed("{{#each steps.list.tokens}}{{ this }}{{/each}}");
    assert!(found.starts_with("T11 1:31 `this` is a map, and cannot stand in text"), "{found}");
    let found = typed("{{#each inputs.hosts}}{{ this.x }}{{/each}}");
    assert!(found.starts_with("T04 1:31 `this` has no `x` (it is text)"), "{found}");
    assert_eq!(
        typed("{{#each steps.create.any.deep}}{{ this.anything.at.all }}{{/each}}"),
        "string"
    );
}

#[test]
fn what_stands_in_a_list_or_a_map_may_be_missing_and_a_known_field_is_there() {
    let at = |ty: Type, key: &str| Typed::new(ty).at(key).map(|typed| typed.nullable);
    assert_eq!(at(Type::list(Type::String), "0"), Some(true));
    assert_eq!(at(Type::map(Type::String), "x"), Some(true));
    assert_eq!(at(Type::object([("x", Type::String)]), "x"), Some(false));
    assert_eq!(at(Type::object([("x", Type::String)]), "y"), None);
    assert_eq!(at(Type::Any, "x"), Some(false));
    let old = Typed::new(Type::object([("x", Type::Secret), ("y", Type::String)])).nullable();
    let (x, y) = (old.at("x").unwrap(), old.at("y").unwrap());
    assert!(x.nullable && x.secret && y.nullable && !y.secret);
}

#[test]
fn a_list_or_a_map_does_not_stand_in_text() {
    let found = typed("hosts {{ inputs.hosts }}");
    assert!(
        found.starts_with("T11 1:10 `inputs.hosts` is a list, and cannot stand in text"),
        "{found}"
    );
    let found = typed("map {{ steps.create.held }}");
    assert!(
        found.starts_with("T11 1:8 `steps.create.held` is a map, and cannot stand in text"),
        "{found}"
    );
}

#[test]
fn a_secret_is_refused_where_it_would_be_looked_into() {
    refused(
        "eq steps.create.token \"x\"",
        "T10 1:6 `eq` would look into the secret `steps.create.token`",
    );
    refused("len steps.create.token", "T10 1:7 `len` would look into the secret");
    refused(
        "find steps.list.tokens id=steps.create.token",
        "T10 1:29 `find` would look into the secret",
    );
    refused(
        "eq (lower steps.create.token) \"x\"",
        "T10 1:7 `eq` would look into the secret `lower steps.create.token`",
    );
    let found = typed("{{#if (and steps.create.ok steps.create.token)}}x{{/if}}");
    assert!(found.starts_with("T10 1:28 `and` would look into"), "{found}");
}
