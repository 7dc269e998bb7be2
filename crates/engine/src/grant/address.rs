//! Addresses: how they are written in lists, which a request asks for, and which are nobody's
//! business.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An entry of a list of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Scheme, host and port; the host may begin with `*.`.
    Origin(Origin),
    /// Addresses that a name may stand for: `10.0.0.0/8`.
    Net {
        /// The first bits of them.
        ip: IpAddr,
        /// How many bits those are.
        bits: u8,
    },
}

/// Scheme, host and port, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: String,
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Reads an entry: `https://vault.acme.internal`, `vault.acme.internal:8200`, `10.0.0.0/8`.
    ///
    /// # Errors
    /// Why it is none, as a phrase.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((ip, bits)) = text.split_once('/')
            && let (Ok(ip), Ok(bits)) = (ip.parse::<IpAddr>(), bits.parse::<u8>())
        {
            let most = if ip.is_ipv4() { 32 } else { 128 };
            return match bits {
                1.. if bits <= most => Ok(Self::Net { ip, bits }),
                _ => Err(format!("a network has 1 to {most} bits")),
            };
        }
        if let Ok(IpAddr::V6(ip)) = text.parse() {
            return Self::parse(&format!("https://[{ip}]"));
        }
        let whole = match text.contains("://") {
            true => text.to_owned(),
            false => format!("https://{text}"),
        };
        let (star, whole) = match whole.split_once("://*.") {
            Some((scheme, rest)) => (true, format!("{scheme}://{rest}")),
            None => (false, whole),
        };
        if whole.contains('*') {
            return Err("`*.` stands at its beginning only".to_owned());
        }
        if !matches!(path(&whole), "" | "/") || whole.contains(['?', '#']) {
            return Err("it has a path, and only scheme, host and port are compared".to_owned());
        }
        let mut origin = origin(&whole)?;
        if star {
            origin.host = format!("*.{}", origin.host);
        }
        Ok(Self::Origin(origin))
    }

    /// Says whether a request to an origin is covered by the entry.
    pub fn covers(&self, asked: &Origin) -> bool {
        let Self::Origin(entry) = self else { return false };
        let host = match entry.host.strip_prefix('*') {
            Some(end) => asked.host.len() > end.len() && asked.host.ends_with(end),
            None => asked.host == entry.host,
        };
        host && asked.scheme == entry.scheme && asked.port == entry.port
    }

    /// Says whether an IP address is one of the network.
    pub(super) fn holds(&self, asked: IpAddr) -> bool {
        let Self::Net { ip, bits } = self else { return false };
        match (ip, asked) {
            (IpAddr::V4(ip), IpAddr::V4(asked)) => {
                let shift = 32 - u32::from(*bits);
                ip.to_bits() >> shift == asked.to_bits() >> shift
            }
            (IpAddr::V6(ip), IpAddr::V6(asked)) => {
                let shift = 128 - u32::from(*bits);
                ip.to_bits() >> shift == asked.to_bits() >> shift
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        let usual = matches!((scheme.as_str(), port), ("https", 443) | ("http", 80));
        match host.contains(':') {
            true => write!(f, "{scheme}://[{host}]")?,
            false => write!(f, "{scheme}://{host}")?,
        }
        if usual { Ok(()) } else { write!(f, ":{port}") }
    }
}

/// Returns which origin an address asks for. What two readers could read differently (a name and
/// password in it, odd characters, numbers that are no plain IP address) is refused.
///
/// # Errors
/// What is wrong with it, as a phrase.
pub fn origin(url: &str) -> Result<Origin, String> {
    let (scheme, rest) = url.split_once("://").ok_or("it has no scheme")?;
    let scheme = scheme.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return Err(format!("`{scheme}` is neither https nor http")),
    };
    if url.contains(|c: char| c.is_ascii_control() || c == '\\') {
        return Err("it has a character that stands in no address".to_owned());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("it has a user name in it".to_owned());
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (ip, port) = rest.split_once(']').ok_or("`]` is missing")?;
            let ip: Ipv6Addr = ip.parse().map_err(|_| "it has no IP address in its brackets")?;
            (ip.to_string(), port)
        }
        None => {
            let at = authority.find(':').unwrap_or(authority.len());
            (name(&authority[..at])?, &authority[at..])
        }
    };
    let port = match port.strip_prefix(':') {
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            port.parse().map_err(|_| "its port is no number up to 65535")?
        }
        Some(_) => return Err("its port is no number up to 65535".to_owned()),
        None if port.is_empty() => usual,
        None => return Err("something follows the brackets".to_owned()),
    };
    Ok(Origin { scheme, host, port })
}

fn name(written: &str) -> Result<String, String> {
    let name = written.strip_suffix('.').unwrap_or(written).to_ascii_lowercase();
    let fits = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if !name.split('.').all(fits) {
        return Err("its host is no name".to_owned());
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if is_number && name.parse::<Ipv4Addr>().is_err() {
        return Err("its host is a number that is no plain IP address".to_owned());
    }
    Ok(name)
}

/// Returns an address up to where its path begins.
pub(super) fn head(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |at| after + at);
    &url[..end]
}

/// Returns the path of an address, without its query.
pub(super) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.find('/').map_or("", |at| &rest[at..]);
    rest.split(['?', '#']).next().unwrap_or_default()
}

/// Returns what is special about an address of this machine, of a private network, or one that
/// hides another; none where it is a public one.
pub fn is_special(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => special_v4(ip),
        IpAddr::V6(ip) => special_v6(ip),
    }
}

fn special_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let [a, b, ..] = ip.octets();
    match (a, b) {
        (127, _) => Some("an address of this machine"),
        (169, 254) => Some("a link-local address"),
        (10, _) | (172, 16..=31) | (192, 168) | (100, 64..=127) => Some("a private address"),
        (0 | 240..=255, _) | (192, 0) | (198, 18..=19) => Some("a reserved address"),
        (224..=239, _) => Some("a multicast address"),
        _ => None,
    }
}

fn special_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let [a, b, c, d, e, f, ..] = ip.segments();
    match (a, b, c, d, e, f) {
        _ if ip.is_loopback() => Some("an address of this machine"),
        (0, 0, 0, 0, 0, 0xffff) => Some("an IPv4 address in an IPv6 one"),
        (0, 0, 0, 0, 0, 0) => Some("a reserved address"),
        (0x64, 0xff9b, ..) => Some("an address behind NAT64"),
        (0x2002, ..) | (0x2001, 0, ..) => Some("an address in a tunnel"),
        (0xfe80..=0xfebf, ..) => Some("a link-local address"),
        (0xfc00..=0xfdff, ..) | (0xfec0..=0xfeff, ..) => Some("a private address"),
        (0xff00..=0xffff, ..) => Some("a multicast address"),
        _ => None,
    }
}
