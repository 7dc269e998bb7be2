//! What templates cost: compiling them once, rendering them at every step.

use std::borrow::Cow;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use cutover_engine::host::Secrets;
use cutover_engine::source::Span;
use cutover_engine::template::{Expr, Path, Placement, Scope, Template, follow};
use cutover_engine::value::{Handle, Value};

const AT: Placement = Placement { span: Span { start: 0, end: 0 }, verbatim: None };
const TEXT: &str = "influx/{{ inputs.environment }}/{{ lower inputs.name }}-{{ index }}";
const CONDITION: &str = "and (eq inputs.environment \"prod\") (gt (len inputs.tokens) 3)";

struct World(Value);

impl World {
    fn new() -> Self {
        let token = |at: i64| {
            Value::map([("id", format!("token-{at}").into()), ("live", (at % 2 == 0).into())])
        };
        let inputs = Value::map([
            ("environment", "prod".into()),
            ("name", "Tokens of CI".into()),
            ("tokens", Value::List((0..1000).map(token).collect())),
        ]);
        Self(Value::map([("inputs", inputs), ("index", 7.into())]))
    }
}

impl Scope for World {
    fn path(&self, path: &Path) -> Value {
        self.peek(path).into_owned()
    }

    fn peek(&self, path: &Path) -> Cow<'_, Value> {
        follow(self.0.get(&path.head), &path.rest)
    }
}

/// There are no secrets here.
struct Empty;

impl Secrets for Empty {
    fn seal(&self, origin: &str, _: String) -> Handle {
        Handle { id: 0, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        _: &str,
        _: &[&str],
        _: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        Err("there are no secrets here".to_owned())
    }

    fn same(&self, a: &str, b: &str) -> bool {
        a == b
    }

    fn check(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn prefix(&self, _: &str, _: usize) -> Option<String> {
        None
    }
}

fn template(text: &str) -> Template {
    Template::parse(text, AT).expect("the template is right")
}

fn expression(text: &str) -> Expr {
    Expr::parse(text, AT).expect("the expression is right")
}

fn compiling(c: &mut Criterion) {
    c.bench_function("compile text without templates", |b| {
        b.iter(|| template(black_box("~/.config/influxctl/config.toml")));
    });
    c.bench_function("compile text with three values", |b| b.iter(|| template(black_box(TEXT))));
    c.bench_function("compile a condition", |b| b.iter(|| expression(black_box(CONDITION))));
}

fn rendering(c: &mut Criterion) {
    let world = World::new();
    let mut render = |name: &str, text: &str| {
        let template = template(text);
        c.bench_function(name, |b| b.iter(|| black_box(&template).render(&world, &Empty)));
    };
    render("render one value", "{{ inputs.environment }}");
    render("render text with three values", TEXT);
    render("render a condition over 1000 items", &format!("{{{{ {CONDITION} }}}}"));
    render("filter 1000 items", "{{ filter inputs.tokens live=true }}");
    render("go through 1000 items", "{{#each inputs.tokens}}{{ this.id }},{{/each}}");
}

criterion_group!(templates, compiling, rendering);
criterion_main!(templates);
