//! How addresses and paths are read: what could be read in two ways is none.

use super::*;
use crate::grant::path::normal;

#[test]
fn an_entry_of_a_list_says_one_thing_or_is_none() {
    let holds = |net: &str, ip: &str| Address::parse(net).unwrap().holds(ip.parse().unwrap());
    for (net, ip) in [
        ("10.0.0.0/8", "10.255.0.1"),
        ("10.1.2.3/32", "10.1.2.3"),
        ("fd00::/8", "fd12::1"),
        ("::1/128", "::1"),
    ] {
        assert!(holds(net, ip), "{net} {ip}");
    }
    for (net, ip) in [
        ("10.0.0.0/8", "11.0.0.1"),
        ("10.1.2.2/32", "10.1.2.3"),
        ("fd00::/8", "fc00::1"),
        ("::/96", "10.0.0.1"),
        ("10.0.0.0/8", "::ffff:10.0.0.1"),
    ] {
        assert!(!holds(net, ip), "{net} {ip}");
    }
    for none in [
        "10.0.0.0/0",
        "10.0.0.0/33",
        "fd00::/129",
        "https://a.test/path",
        "https://a.test?x",
        "https://a.*.test",
        "*",
        "a*.test",
        "ftp://a.test",
    ] {
        assert!(Address::parse(none).is_err(), "{none}");
    }
    let plain = Address::parse("https://a.test").unwrap();
    assert!(plain.covers(&origin("https://a.test/").unwrap()));
    assert!(!plain.covers(&origin("http://a.test:443/").unwrap()));
    let host = ".acme.test".to_owned();
    let asked = Origin { scheme: "https".to_owned(), host, port: 443 };
    assert!(!Address::parse("*.acme.test").unwrap().covers(&asked));
    assert_eq!(Address::parse("fd00::1"), Address::parse("https://[fd00::1]:443"));
}

#[test]
fn an_address_that_two_readers_could_take_apart_differently_is_none() {
    for none in [
        "https://[::1]evil.test/",
        "https://[::1]:x/",
        "https://a.test:/",
        "https://a.test:+1/",
        "https://a..test/",
        "https://.a.test/",
        "https://a b.test/",
        "https://a.test\u{7f}/",
        "https://vault.test\\.evil.test/",
        "https://0x7f000001/",
        "https://1.2.3.04/",
        "https://user@a.test/",
        "https:///x",
        "https://a.test/\u{7}",
        "https://a.test/x\\y",
    ] {
        assert!(origin(none).is_err(), "{none:?}");
    }
    assert_eq!(origin("HTTP://A.test./x").unwrap().to_string(), "http://a.test");
    assert_eq!(origin("https://[::1]:8200?x").unwrap().to_string(), "https://[::1]:8200");
}

#[test]
fn every_range_that_is_not_public_is_known_to_its_edges() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    for special in [
        "0.1.2.3",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.255.0.1",
        "169.254.0.1",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.2.1",
        "192.168.255.1",
        "198.18.0.1",
        "198.19.255.1",
        "224.0.0.0",
        "239.1.1.1",
        "240.0.0.1",
        "255.1.1.1",
        "::127.0.0.1",
        "::ffff:1.2.3.4",
        "64:ff9b:1::1",
        "2001::1",
        "2002::1",
        "fe80::",
        "febf::1",
        "fec0::1",
        "feff::1",
        "fc00::1",
        "fdff::1",
        "ff00::1",
        "ff02::1",
        "ffff::1",
    ] {
        assert!(is_special(ip(special)).is_some(), "{special}");
    }
    for public in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.1.1.1",
        "128.0.0.1",
        "169.253.1.1",
        "169.255.1.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.1.1",
        "192.1.1.1",
        "198.17.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2001:4860::1",
        "2003::1",
        "fbff::1",
        "2606::1",
    ] {
        assert_eq!(is_special(ip(public)), None, "{public}");
    }
    let plain = grant(&[], &["vault.test", "10.0.0.0/8"]);
    assert_eq!(plain.refuse_address("a.localhost", ip("127.0.0.1")), None);
    assert!(plain.refuse_address("evillocalhost", ip("127.0.0.1")).is_some());
    assert!(plain.refuse_address("vault.test", ip("172.16.0.1")).is_some());
}

#[test]
fn a_path_is_what_it_leads_to_and_above_the_root_is_nothing() {
    assert_eq!(normal("/a//./b/../c/").as_deref(), Some("/a/c"));
    for none in ["", "a", "./a", "/a/../..", "/..", "/a\0b"] {
        assert_eq!(normal(none), None, "{none:?}");
    }
}
