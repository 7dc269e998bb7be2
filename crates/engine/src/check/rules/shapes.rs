//! The shapes of credentials that are known to the public, each with the page that says so.

use crate::source::Span;

/// What a kind of credential looks like: a prefix and what follows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// What it begins with.
    pub(crate) prefix: &'static str,
    /// Which characters follow.
    pub(crate) tail: Tail,
    /// How many of them at least.
    pub(crate) at_least: usize,
    /// What it is, for messages.
    pub(crate) what: &'static str,
    /// The page that tells the shape.
    pub(crate) source: &'static str,
}

/// A set of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Letters and digits.
    Alphanumeric,
    /// Capital letters and digits.
    Capital,
    /// Lower-case hexadecimal digits.
    Hex,
    /// Letters, digits, `-`, `_`.
    Word,
    /// Letters, digits, `-`, `_`, and `.` at least once.
    Dotted,
    /// Letters, digits, `/`.
    Path,
    /// Letters, digits, `+`, `/`, `=`, `-`, `_`.
    Base64,
    /// Nothing more is asked for.
    Any,
}

/// A place in a text that has a shape.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) span: Span,
    /// What it looks like.
    pub(crate) shape: &'static Shape,
}

const INFLUX_DEDICATED: &str =
    "https://docs.influxdata.com/influxdb3/cloud-dedicated/admin/tokens/management/list/";
const INFLUX_CORE: &str =
    "https://github.com/influxdata/influxdb (influxdb3_catalog/src/catalog.rs)";
const AWS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids";
const GITHUB: &str = "https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available/";
const GITHUB_FINE: &str = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github";
const GITLAB: &str = "https://docs.gitlab.com/security/tokens/#token-prefixes";
const NPM: &str = "https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/";
const VAULT: &str = "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes";
const SLACK: &str = "https://docs.slack.dev/authentication/tokens/";
const SLACK_HOOK: &str =
    "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/";
const STRIPE: &str = "https://docs.stripe.com/keys";
const GOOGLE: &str = "https://cloud.google.com/docs/authentication/api-keys";
const PYPI: &str = "https://pypi.org/help/#apitoken";
const DIGITALOCEAN: &str =
    "https://docs.digitalocean.com/reference/api/create-personal-access-token/";
const SENDGRID: &str = "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys";
const GRAFANA: &str = "https://grafana.com/docs/grafana/latest/administration/service-accounts/";
const DOCKER: &str = "https://docs.docker.com/security/access-tokens/";
const DATABRICKS: &str = "https://docs.databricks.com/aws/en/dev-tools/auth/pat";
const AGE: &str = "https://github.com/FiloSottile/age/blob/main/doc/age.1.ronn";
const PEM: &str = "https://www.rfc-editor.org/rfc/rfc7468";
const JWT: &str = "https://www.rfc-editor.org/rfc/rfc7519#section-3.1";

/// The table. What a shape asks for is less than what the page promises where lengths may grow,
/// and more than a prefix alone, so that a text about credentials is not one.
pub(crate) const SHAPES: &[Shape] = &[
    shape("M.V1.", Tail::Base64, 12, "an InfluxDB management token", INFLUX_DEDICATED),
    shape("apiv3_", Tail::Word, 40, "an InfluxDB 3 token", INFLUX_CORE),
    shape("AKIA", Tail::Capital, 16, "an AWS access key", AWS),
    shape("ASIA", Tail::Capital, 16, "a temporary AWS access key", AWS),
    shape("ghp_", Tail::Alphanumeric, 36, "a GitHub personal access token", GITHUB),
    shape("gho_", Tail::Alphanumeric, 36, "a GitHub OAuth token", GITHUB),
    shape("ghu_", Tail::Alphanumeric, 36, "a GitHub user-to-server token", GITHUB),
    shape("ghs_", Tail::Alphanumeric, 36, "a GitHub server-to-server token", GITHUB),
    shape("ghr_", Tail::Alphanumeric, 36, "a GitHub refresh token", GITHUB),
    shape("github_pat_", Tail::Word, 22, "a GitHub fine-grained token", GITHUB_FINE),
    shape("glpat-", Tail::Word, 20, "a GitLab personal access token", GITLAB),
    shape("gldt-", Tail::Word, 20, "a GitLab deploy token", GITLAB),
    shape("glrt-", Tail::Word, 20, "a GitLab runner token", GITLAB),
    shape("glptt-", Tail::Word, 20, "a GitLab trigger token", GITLAB),
    shape("glagent-", Tail::Word, 20, "a GitLab agent token", GITLAB),
    shape("gloas-", Tail::Word, 20, "a GitLab OAuth secret", GITLAB),
    shape("npm_", Tail::Alphanumeric, 36, "an npm token", NPM),
    shape("hvs.", Tail::Word, 20, "a Vault service token", VAULT),
    shape("hvb.", Tail::Word, 20, "a Vault batch token", VAULT),
    shape("hvr.", Tail::Word, 20, "a Vault recovery token", VAULT),
    shape("xoxb-", Tail::Word, 20, "a Slack bot token", SLACK),
    shape("xoxp-", Tail::Word, 20, "a Slack user token", SLACK),
    shape("xapp-", Tail::Word, 20, "a Slack app token", SLACK),
    shape("https://hooks.slack.com/services/T", Tail::Path, 20, "a Slack webhook", SLACK_HOOK),
    shape("sk_live_", Tail::Alphanumeric, 16, "a Stripe secret key", STRIPE),
    shape("rk_live_", Tail::Alphanumeric, 16, "a Stripe restricted key", STRIPE),
    shape("AIza", Tail::Word, 35, "a Google API key", GOOGLE),
    shape("pypi-AgEIcHlwaS5vcmc", Tail::Word, 20, "a PyPI token", PYPI),
    shape("dop_v1_", Tail::Hex, 64, "a DigitalOcean token", DIGITALOCEAN),
    shape("SG.", Tail::Dotted, 60, "a SendGrid key", SENDGRID),
    shape("glsa_", Tail::Word, 32, "a Grafana service account token", GRAFANA),
    shape("dckr_pat_", Tail::Word, 20, "a Docker access token", DOCKER),
    shape("dapi", Tail::Hex, 32, "a Databricks token", DATABRICKS),
    shape("AGE-SECRET-KEY-1", Tail::Capital, 40, "an age secret key", AGE),
    shape("-----BEGIN PRIVATE KEY-----", Tail::Any, 0, "a private key", PEM),
    shape("-----BEGIN RSA PRIVATE KEY-----", Tail::Any, 0, "a private key", PEM),
    shape("-----BEGIN EC PRIVATE KEY-----", Tail::Any, 0, "a private key", PEM),
    shape("-----BEGIN DSA PRIVATE KEY-----", Tail::Any, 0, "a private key", PEM),
    shape("-----BEGIN OPENSSH PRIVATE KEY-----", Tail::Any, 0, "a private key", PEM),
    shape("-----BEGIN ENCRYPTED PRIVATE KEY-----", Tail::Any, 0, "a private key", PEM),
    shape("eyJ", Tail::Dotted, 60, "a signed token (JWT)", JWT),
];

const fn shape(
    prefix: &'static str,
    tail: Tail,
    at_least: usize,
    what: &'static str,
    source: &'static str,
) -> Shape {
    Shape { prefix, tail, at_least, what, source }
}

/// Finds everything in a text that has one of the shapes, in order.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = SHAPES
        .iter()
        .flat_map(|shape| {
            text.match_indices(shape.prefix).filter_map(move |(start, _)| {
                let end = end_of(text, start, shape)?;
                Some(Found { span: Span::new(start, end), shape })
            })
        })
        .collect();
    found.sort_by_key(|found| found.span);
    found
}

/// Returns where what begins like a shape ends, if it is one.
fn end_of(text: &str, start: usize, shape: &Shape) -> Option<usize> {
    let in_word = text[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if in_word {
        return None;
    }
    let rest = &text[start + shape.prefix.len()..];
    let tail = rest.find(|c: char| !shape.tail.holds(c)).unwrap_or(rest.len());
    let dotted = shape.tail != Tail::Dotted || rest[..tail].matches('.').count() > 0;
    (tail >= shape.at_least && dotted).then_some(start + shape.prefix.len() + tail)
}

impl Tail {
    fn holds(self, c: char) -> bool {
        match self {
            Self::Alphanumeric => c.is_ascii_alphanumeric(),
            Self::Capital => c.is_ascii_uppercase() || c.is_ascii_digit(),
            Self::Hex => c.is_ascii_digit() || ('a'..='f').contains(&c),
            Self::Word => c.is_ascii_alphanumeric() || "-_".contains(c),
            Self::Dotted => c.is_ascii_alphanumeric() || "-_.".contains(c),
            Self::Path => c.is_ascii_alphanumeric() || c == '/',
            Self::Base64 => c.is_ascii_alphanumeric() || "+/=-_".contains(c),
            Self::Any => false,
        }
    }
}
