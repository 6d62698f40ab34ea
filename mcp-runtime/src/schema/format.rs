//! Decides whether a text has one of the formats that are enforced.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A format that is asserted. Others say something to a reader and are not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    DateTime,
    Date,
    Time,
    Email,
    Uri,
    Uuid,
    Ipv4,
    Ipv6,
    Hostname,
}

impl Format {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" => Self::DateTime,
            "date" => Self::Date,
            "time" => Self::Time,
            "email" => Self::Email,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "hostname" => Self::Hostname,
            _ => return None,
        })
    }

    /// The name and an example, for the one who has to write such a text.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::DateTime => "a date and time with offset like `2026-07-28T09:30:00Z`",
            Self::Date => "a date like `2026-07-28`",
            Self::Time => "a time with offset like `09:30:00Z`",
            Self::Email => "an email address",
            Self::Uri => "an absolute URI like `https://example.com/page`",
            Self::Uuid => "a UUID like `123e4567-e89b-12d3-a456-426614174000`",
            Self::Ipv4 => "an IPv4 address like `192.0.2.1`",
            Self::Ipv6 => "an IPv6 address like `2001:db8::1`",
            Self::Hostname => "a host name like `example.com`",
        }
    }

    pub(crate) fn matches(self, text: &str) -> bool {
        match self {
            Self::DateTime => is_date_time(text),
            Self::Date => is_date(text),
            Self::Time => is_time(text),
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
            Self::Uuid => is_uuid(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Hostname => is_hostname(text),
        }
    }
}

fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_time(time))
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    match (number(year, 4), number(month, 2), number(day, 2)) {
        (Some(year), Some(month), Some(day)) => day >= 1 && day <= days_of(year, month),
        _ => false,
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// `hh:mm:ss[.fraction]` and an offset. A second 60 is a leap second, which falls on 23:59 in UTC only.
fn is_time(text: &str) -> bool {
    let Some(cut) = text.find(['Z', 'z', '+', '-']) else { return false };
    let (clock, zone) = text.split_at(cut);
    let Some(offset) = offset(zone) else { return false };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let Some((minutes, second)) = clock.rsplit_once(':') else { return false };
    let (Some(minutes), Some(second)) = (hours_and_minutes(minutes), number(second, 2)) else { return false };
    let is_last_minute = minutes.saturating_sub(offset).rem_euclid(24 * 60) == 23 * 60 + 59;
    all_digits(fraction) && (second < 60 || second == 60 && is_last_minute)
}

/// Minutes ahead of UTC.
fn offset(zone: &str) -> Option<i32> {
    match zone.split_at_checked(1)? {
        ("Z" | "z", "") => Some(0),
        ("+", ahead) => hours_and_minutes(ahead),
        ("-", behind) => hours_and_minutes(behind).map(i32::wrapping_neg),
        _ => None,
    }
}

fn hours_and_minutes(text: &str) -> Option<i32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let total = (hours < 24 && minutes < 60).then_some(hours.saturating_mul(60).saturating_add(minutes))?;
    i32::try_from(total).ok()
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    (text.len() == digits && all_digits(text)).then(|| text.parse().ok())?
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A mailbox of RFC 5321: a dotted or quoted name, `@`, and a host or an address in brackets.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    (is_dotted_name(local) || is_quoted_name(local)) && is_mail_domain(domain)
}

fn is_dotted_name(local: &str) -> bool {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom))
}

fn is_quoted_name(local: &str) -> bool {
    let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut bytes = inner.bytes();
    while let Some(byte) = bytes.next() {
        let fine = match byte {
            b'\\' => bytes.next().is_some_and(|escaped| (b' '..=b'~').contains(&escaped)),
            b'"' => false,
            _ => (b' '..=b'~').contains(&byte),
        };
        if !fine {
            return false;
        }
    }
    !inner.is_empty()
}

fn is_mail_domain(domain: &str) -> bool {
    let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return is_hostname(domain);
    };
    match literal.strip_prefix("IPv6:") {
        Some(address) => Format::Ipv6.matches(address),
        None => Format::Ipv4.matches(literal),
    }
}

/// Labels of letters, digits and inner hyphens. Whether an `xn--` label decodes is not looked at.
fn is_hostname(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let reserved = label.get(2..4) == Some("--") && !label.get(..2).is_some_and(|ace| ace.eq_ignore_ascii_case("xn"));
    (1..=63).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !reserved
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `URI` of RFC 3986: with a scheme, and of its characters only.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    is_scheme(scheme)
        && is_authority(authority)
        && is_spelled(path, b":@/")
        && is_spelled(query, b":@/?")
        && is_spelled(fragment, b":@/?")
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_authority(authority: &str) -> bool {
    let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (host, port) = match place.rfind(']') {
        Some(end) => place.split_at(end.saturating_add(1)),
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    is_spelled(user, b":") && is_uri_host(host) && is_port
}

fn is_uri_host(host: &str) -> bool {
    let Some(literal) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return is_spelled(host, b"");
    };
    match literal.strip_prefix(['v', 'V']).and_then(|future| future.split_once('.')) {
        Some((version, address)) => {
            !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && !address.contains('%')
                && is_spelled(address, b":")
        }
        None => Format::Ipv6.matches(literal),
    }
}

/// Unreserved characters, sub-delimiters, percent-encoded bytes and those in `more`.
fn is_spelled(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fine = match byte {
            b'%' => (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte) || more.contains(&byte),
        };
        if !fine {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(format: Format, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(format.matches(text), "{format:?} {text}");
        }
        for text in wrong {
            assert!(!format.matches(text), "{format:?} {text}");
        }
    }

    #[test]
    fn dates() {
        all(
            Format::Date,
            &["2024-02-29", "2000-02-29", "1999-12-31"],
            &[
                "2023-02-29",
                "1900-02-29",
                "2024-13-01",
                "2024-00-01",
                "2024-01-00",
                "24-01-01",
                "2024-1-1",
                "2024-01-01-01",
                "২০24-01-01",
            ],
        );
    }

    #[test]
    fn times() {
        all(
            Format::Time,
            &["09:30:00Z", "23:59:60Z", "00:59:60+01:00", "12:00:00.123456-05:30", "09:30:00z"],
            &[
                "09:30:00",
                "24:00:00Z",
                "12:60:00Z",
                "12:00:60Z",
                "12:00:00.Z",
                "12:00Z",
                "12:00:00+24:00",
                "12:00:00 Z",
                "é",
            ],
        );
        all(
            Format::DateTime,
            &["2026-07-28T09:30:00Z", "2026-07-28t09:30:00.5+02:00"],
            &["2026-07-28 09:30:00Z", "2026-07-28", "2026-02-30T09:30:00Z"],
        );
    }

    #[test]
    fn addresses() {
        all(
            Format::Email,
            &["joe@example.com", "\"joe bloggs\"@example.com", "a+b@[127.0.0.1]", "a@[IPv6:::1]"],
            &["joe", "@example.com", ".a@example.com", "a..b@example.com", "a@", "a@b@c c", "a@[127.0.0.300]"],
        );
        all(
            Format::Hostname,
            &["example.com", "a", "xn--nxasmq6b", "a-b.c"],
            &["", "-a", "a-", "a..b", "a_b", "ab--c", "exa mple"],
        );
        all(Format::Ipv4, &["192.0.2.1"], &["192.0.2", "192.0.2.256", "01.0.0.1"]);
        all(Format::Ipv6, &["::1", "2001:db8::1", "::ffff:192.0.2.1"], &["::1::", "12345::", "fe80::1%eth0"]);
        all(
            Format::Uuid,
            &["123e4567-e89b-12d3-a456-426614174000"],
            &["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"],
        );
    }

    #[test]
    fn uris() {
        all(
            Format::Uri,
            &[
                "https://example.com/a?b#c",
                "urn:isbn:1",
                "mailto:a@b.c",
                "http://user:pw@[::1]:80/",
                "file:///tmp",
                "http://a/%20",
            ],
            &["example.com", "/a", "http://a b", "http://[::1", "http://a/%2", "1a:b", "http://a:b/", "http://é/"],
        );
    }
}
