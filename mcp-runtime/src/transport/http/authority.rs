//! Reads `host:port`, as `Host`, `:authority` and `Origin` name it. Allocates nothing.

use std::fmt;
use std::net::Ipv6Addr;

/// A host, and its port if one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authority<T> {
    pub(super) name: Name<T>,
    pub(super) port: Option<u16>,
}

/// The host of an [`Authority`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<T> {
    /// A name or an IPv4 address, without the dot that may end it.
    Plain(T),
    /// What stands in brackets: all spellings of an address are the same address.
    V6(Ipv6Addr),
}

impl<'a> Authority<&'a str> {
    /// Whatever is not plainly a host with perhaps a port is nothing: two readers may disagree about it.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (name, port) = if text.starts_with('[') { bracketed(text)? } else { plain(text)? };
        let port = match port {
            None => None,
            Some(digits) => Some(number(digits)?),
        };
        Some(Self { name, port })
    }

    pub(super) fn owned(self) -> Authority<Box<str>> {
        let name = match self.name {
            Name::Plain(name) => Name::Plain(name.into()),
            Name::V6(address) => Name::V6(address),
        };
        Authority { name, port: self.port }
    }
}

impl<T: AsRef<str>> Authority<T> {
    /// Whether both have the same host, whatever their ports.
    pub(super) fn same_name<U: AsRef<str>>(&self, other: &Authority<U>) -> bool {
        match (&self.name, &other.name) {
            (Name::Plain(one), Name::Plain(other)) => one.as_ref().eq_ignore_ascii_case(other.as_ref()),
            (Name::V6(one), Name::V6(other)) => one == other,
            (Name::Plain(_), Name::V6(_)) | (Name::V6(_), Name::Plain(_)) => false,
        }
    }
}

impl<T: AsRef<str>> fmt::Display for Name<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name.as_ref()),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

fn bracketed(text: &str) -> Option<(Name<&str>, Option<&str>)> {
    let (address, rest) = text.strip_prefix('[')?.split_once(']')?;
    let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
    Some((Name::V6(address.parse().ok()?), port))
}

fn plain(text: &str) -> Option<(Name<&str>, Option<&str>)> {
    let (name, port) = match text.split_once(':') {
        None => (text, None),
        Some((name, port)) => (name, Some(port)),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let readable = !name.is_empty() && name.bytes().all(is_in_names);
    readable.then_some((Name::Plain(name), port))
}

/// The letters of host names, and `_`, which the names of containers have.
const fn is_in_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// `parse` alone would take `+80`.
fn number(digits: &str) -> Option<u16> {
    let plain = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_addresses_and_ports() {
        let cases = [
            ("localhost", "localhost", None),
            ("LocalHost:8000", "LocalHost", Some(8000)),
            ("mcp.example.com.", "mcp.example.com", None),
            ("mcp.example.com.:1", "mcp.example.com", Some(1)),
            ("web_1:65535", "web_1", Some(65535)),
            ("127.0.0.1:80", "127.0.0.1", Some(80)),
            ("[::1]", "[::1]", None),
            ("[0:0:0:0:0:0:0:1]:8000", "[::1]", Some(8000)),
        ];
        for (text, name, port) in cases {
            let read = Authority::read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((read.name.to_string().as_str(), read.port), (name, port), "{text}");
        }
    }

    #[test]
    fn reads_nothing_doubtful() {
        let cases = [
            "",
            ".",
            ":",
            ":80",
            "a:",
            "a:+80",
            "a:-1",
            "a:65536",
            "a:000080",
            "a:80:80",
            "a:http",
            "a b",
            " a",
            "a ",
            "a,b",
            "a/b",
            "a\\b",
            "a?b",
            "a#b",
            "u@a",
            "u:p@a",
            "ä.example",
            "a%2eb",
            "::1",
            "[::1",
            "[::1]80",
            "[::1]:",
            "[]",
            "[a]",
            "[127.0.0.1]",
            "[::1%25lo]",
            "http://a",
        ];
        for text in cases {
            assert_eq!(Authority::read(text), None, "{text}");
        }
    }

    #[test]
    fn compares_without_regard_to_case_and_spelling() {
        let same = |one, other| Authority::read(one).unwrap().owned().same_name(&Authority::read(other).unwrap());
        assert!(same("LOCALHOST", "localhost.:80"));
        assert!(same("[::1]", "[0::1]:80"));
        assert!(!same("localhost", "localhost.example"));
        assert!(!same("127.0.0.1", "[::ffff:127.0.0.1]"));
        assert!(!same("a", "[::1]"));
    }
}
