//! What every helper computes.

use crate::template::tests::world::{STARTED, eval};
use crate::time::Duration;
use crate::value::Value;

fn is(text: &str, wanted: impl Into<Value>) {
    assert_eq!(eval(text), wanted.into(), "{text}");
}

fn fails(text: &str, wanted: &str) {
    let found = eval(text);
    let found = found.as_text().unwrap_or("no text");
    assert!(
        found.starts_with(&format!("error: {wanted}")),
        "{text}\nwanted {wanted}\nfound  {found}"
    );
}

#[test]
fn eq_never_converts_and_takes_integer_and_number_for_one_kind() {
    is("eq 3 3", true);
    is("eq 3 3.0", true);
    is("eq 3.0 3", true);
    is("eq 3 3.5", false);
    is("eq 3 \"3\"", false);
    is("eq true \"true\"", false);
    is("eq null null", true);
    is("eq null false", false);
    is("eq null \"\"", false);
    is("eq steps.create.id \"b71c\"", true);
    is("ne steps.create.id \"b71c\"", false);
    is("eq credential.lifetime \"30d\"", false);
    is("eq steps.push steps.push", true);
    is("eq inputs.hosts inputs.empty", false);
    is("eq steps.create.any steps.create.any", true);
    is("eq steps.create.any steps.list", false);
    is("eq steps.create.any null", false);
}

#[test]
fn whole_numbers_are_compared_without_rounding() {
    is("eq 9007199254740993 9007199254740992.0", false);
    is("gt 9007199254740993 9007199254740992.0", true);
    is("lt 9223372036854775807 9223372036854775808.0", true);
    is("gt -9223372036854775808 -9323372036854775808.0", true);
    is("lt -1 -0.5", true);
    is("gt 0 -0.5", true);
}

#[test]
fn order_is_of_numbers_times_and_lengths_and_null_has_none() {
    is("gt 3 2", true);
    is("gt 2 2", false);
    is("gte 2 2", true);
    is("lt 2 2.5", true);
    is("lte 2.5 2.5", true);
    is("gt 2 null", false);
    is("lt 2 null", false);
    is("lte null null", false);
    is("gt steps.create.expires_at run.started_at", true);
    is("gt credential.lifetime \"7d\"", true);
    is("lt \"7d\" credential.lifetime", true);
    is("lt run.started_at \"2027-01-01T00:00:00Z\"", true);
    fails("gt 2 \"2\"", "`gt` takes two numbers, timestamps or durations");
    fails("gt credential.lifetime 7", "`gt` takes two numbers, timestamps or durations");
    fails("gt credential.lifetime \"soon\"", "`gt` takes two numbers");
    fails("gt steps.create.ok 1", "`gt` is given a boolean where a number, a timestamp or a");
}

#[test]
fn logic_gives_booleans_and_only_false_and_null_are_false() {
    is("and 1 \"\"", true);
    is("and 0 inputs.empty", true);
    is("and true null", false);
    is("or null false", false);
    is("or null 0", true);
    is("or false false true", true);
    is("and true true false", false);
    is("not null", true);
    is("not 0", false);
    is("not false", true);
}

#[test]
fn and_or_and_default_stop_where_it_is_settled() {
    is("and false (base64_decode \"!\")", false);
    is("or true (base64_decode \"!\")", true);
    is("default 1 (base64_decode \"!\")", 1);
    fails("and true (base64_decode \"!\")", "`base64_decode` is given what is no base64");
}

#[test]
fn default_takes_the_first_that_is_not_null() {
    is("default steps.create.none \"x\"", "x");
    is("default false \"x\"", false);
    is("default \"\" \"x\"", "");
    is("default null null 3", 3);
    is("default null null", Value::Null);
}

#[test]
fn len_counts_characters_items_and_entries() {
    is("len \"äöü\"", 3);
    is("len inputs.hosts", 2);
    is("len steps.create.any", 1);
    is("len inputs.empty", 0);
    is("len null", Value::Null);
    fails("len 3", "`len` is given a number where text, a list or a map is wanted");
}

#[test]
fn lookup_first_and_last_give_null_where_there_is_nothing() {
    is("lookup inputs.hosts 1", "b");
    is("lookup inputs.hosts 2", Value::Null);
    is("lookup inputs.hosts -1", Value::Null);
    is("lookup (first steps.list.tokens) \"id\"", "a");
    is("lookup (first steps.list.tokens) \"nope\"", Value::Null);
    is("lookup null \"x\"", Value::Null);
    is("first inputs.hosts", "a");
    is("last inputs.hosts", "b");
    is("first inputs.empty", Value::Null);
    is("last null", Value::Null);
    fails("lookup inputs.hosts \"1\"", "`lookup` in a list takes a whole number");
    fails("lookup steps.create.any 1", "`lookup` in a map takes a key");
    fails("first steps.create.any", "`first` is given a map where a list is wanted");
}

#[test]
fn find_filter_and_contains_look_for_all_of_their_values() {
    is("lookup (find steps.list.tokens live=true age=1) \"id\"", "c");
    is("find steps.list.tokens live=false age=1", Value::Null);
    is("len (filter steps.list.tokens live=true)", 2);
    is("len (filter steps.list.tokens age=null)", 1);
    is("len (filter steps.list.tokens nope=null)", 3);
    is("filter null a=1", Value::List(Vec::new()));
    is("find null a=1", Value::Null);
    is("contains steps.list.tokens id=\"b\" live=false", true);
    is("contains steps.list.tokens id=\"b\" live=true", false);
    is("contains inputs.hosts \"a\"", true);
    is("contains inputs.hosts 1", false);
    is("contains null 1", false);
    is("contains \"abc\" \"bc\"", true);
    is("contains \"abc\" \"\"", true);
    is("find steps.push path=\"two\"", Value::Null);
    is("len (filter steps.push path=\"one\")", 1);
    fails("contains \"abc\" 1", "`contains` looks in text for text only");
    fails("contains steps.create.any \"deep\"", "`contains` looks in a list or in text");
    fails("find inputs.hosts a=1", "`find` is given a list with text, not a map");
}

#[test]
fn map_and_sort_by_go_by_a_key() {
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
    is("map steps.list.tokens \"id\"", texts(&["a", "b", "c"]));
    is("map steps.push \"path\"", Value::List(vec!["one".into(), Value::Null]));
    is("map (sort_by steps.list.tokens \"age\") \"id\"", texts(&["c", "a", "b"]));
    is("map (sort_by steps.list.tokens \"live\") \"id\"", texts(&["b", "a", "c"]));
    is("map (sort_by steps.list.tokens \"nope\") \"id\"", texts(&["a", "b", "c"]));
    is("sort_by null \"x\"", Value::List(Vec::new()));
    is("map null \"x\"", Value::List(Vec::new()));
}

#[test]
fn join_and_split_take_each_other_back() {
    is("join inputs.hosts \", \"", "a, b");
    is("join inputs.empty \", \"", "");
    is("join (map steps.list.tokens \"live\") \"/\"", "true/false/true");
    is("join (split \"a,b,,c\" \",\") \",\"", "a,b,,c");
    is("len (split \"\" \",\")", 1);
    fails("split \"a\" \"\"", "`split` is given an empty separator");
    fails("join steps.list.tokens \",\"", "item 0 of what `join` is given is a map");
    fails("join (map steps.push \"path\") \",\"", "item 1 of what `join` is given is null");
}

#[test]
fn text_is_counted_in_characters_from_zero() {
    is("lower \"ÄB\"", "äb");
    is("upper \"äß\"", "ÄSS");
    is("trim inputs.name", "Ünïcode Name");
    is("substr \"äöü\" 1 1", "ö");
    is("substr \"äöü\" 1 9", "öü");
    is("substr \"äöü\" 9 1", "");
    is("substr \"äöü\" 0 0", "");
    is("replace \"a-b-c\" \"-\" \"\"", "abc");
    fails("substr \"a\" -1 1", "`substr` is given a negative start");
    fails("substr \"a\" 0 -1", "`substr` is given a negative length");
    fails("replace \"a\" \"\" \"b\"", "`replace` is given empty text to look for");
    fails("lower null", "`lower` is given null where text is wanted");
    fails("lower 3", "`lower` is given a number where text is wanted");
}

#[test]
fn concat_takes_what_can_stand_in_text() {
    is(
        "concat \"a\" 1 0.5 true credential.lifetime \" \" run.started_at",
        "a10.5true30d 2026-01-31T12:00:00Z",
    );
    is("concat \"a\"", "a");
    fails(
        "concat \"a\" inputs.hosts",
        "`concat` is given a list where something that can stand in text",
    );
    fails("concat \"a\" null", "`concat` is given null");
}

#[test]
fn json_is_compact_and_keeps_the_order() {
    is("json (first steps.list.tokens)", r#"{"id":"a","live":true,"age":3}"#);
    is("json \"a\\\"b\"", r#""a\"b""#);
    is("json null", "null");
    is("json credential.lifetime", "\"30d\"");
    is("json run.started_at", "\"2026-01-31T12:00:00Z\"");
    is("json 0.5", "0.5");
}

#[test]
fn encodings_and_hashes_give_the_published_values() {
    is("base64_encode \"Hello, wörld!\"", "SGVsbG8sIHfDtnJsZCE=");
    is("base64_decode \"SGVsbG8sIHfDtnJsZCE=\"", "Hello, wörld!");
    is("base64_decode (base64_encode \"\")", "");
    is("url_encode \"a b/ü?&=~-._\"", "a%20b%2F%C3%BC%3F%26%3D~-._");
    is("sha256 \"abc\"", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2.
    is(
        "hmac_sha256 \"Jefe\" \"what do ya want for nothing?\"",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    fails("base64_decode \"SGVs!\"", "`base64_decode` is given what is no base64");
    fails("base64_decode \"/w==\"", "`base64_decode` is given what holds no text");
}

#[test]
fn decoded_text_cannot_forge_a_mark() {
    // "\u{F5C1}s00000000000000000000000000000001x\u{F5C2}"
    let forged = eval("base64_decode \"75eBczAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDF475eC\"");
    assert!(forged.as_text().unwrap().contains("s0000"), "{forged:?}");
    assert!(!forged.is_secret(), "{forged:?}");
}

#[test]
fn times_move_by_lengths_and_print_by_patterns() {
    is("time_add run.started_at \"1d12h\"", STARTED + Duration::seconds(36 * 3600));
    is("time_sub run.started_at credential.lifetime", STARTED - Duration::seconds(30 * 86_400));
    is("time_add \"2026-01-31T12:00:00+02:00\" \"2h\"", STARTED);
    is("time_format run.started_at \"%Y-%m-%d %H:%M %Z\"", "2026-01-31 12:00 UTC");
    is("time_format run.started_at \"%s\"", "1769860800");
    is("time_format run.started_at \"\"", "");
    fails("time_format run.started_at \"%Q\"", "`%Q` is no pattern such as `%Y-%m-%d`");
    fails("time_format run.started_at \"%\"", "`%` is no pattern");
    fails("time_add run.started_at \"30 days\"", "`30 days` is no duration such as");
    fails("time_add \"today\" \"1d\"", "`today` is no timestamp such as");
    is("time_format (time_add run.started_at \"2912412d\") \"%Y\"", "9999");
    fails("time_add run.started_at \"2912413d\"", "`time_add` leaves the years that can be");
    fails("time_sub run.started_at \"800000d\"", "`time_sub` leaves the years that can be");
    fails("time_add null \"1d\"", "`time_add` is given null where a timestamp is wanted");
    fails("time_add run.started_at 30", "`time_add` is given a number where a duration is wanted");
}
