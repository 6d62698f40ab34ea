//! What is sealed comes back as it was, or not at all.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NOW: u64 = 1_800_000_000;
const ASKED: Binding<'_> =
    Binding { method: "tools/call", name: "deploy", arguments: r#"{"to":"prod","count":3}"#, principal: Some("alice") };

fn keys(seed: u8) -> Keys {
    Keys::given([[seed; 32]]).unwrap()
}

fn sealed() -> String {
    keys(1).seal(&ASKED, b"{\"once\":1}", NOW).unwrap()
}

fn open(binding: &Binding<'_>, text: &str) -> Result<Vec<u8>, Broken> {
    keys(1).open(binding, text, NOW)
}

fn with_arguments(arguments: &str) -> Binding<'_> {
    Binding { arguments, ..ASKED }
}

fn opens_with(sealed_for: &str, asked_with: &str) -> bool {
    let text = keys(1).seal(&with_arguments(sealed_for), b"{}", NOW).unwrap();
    match open(&with_arguments(asked_with), &text) {
        Ok(_) => true,
        Err(broken) => {
            assert_eq!(broken, Broken::Forged);
            false
        }
    }
}

#[test]
fn a_text_opens_until_it_expires() {
    assert_eq!(keys(1).open(&ASKED, &sealed(), NOW).unwrap(), b"{\"once\":1}");
    assert_eq!(keys(1).open(&ASKED, &sealed(), NOW + 1), Err(Broken::Expired));
    assert_eq!(keys(1).open(&ASKED, &sealed(), u64::MAX), Err(Broken::Expired));
    let endless = keys(1).seal(&ASKED, b"", u64::MAX).unwrap();
    assert_eq!(keys(1).open(&ASKED, &endless, u64::MAX).unwrap(), b"");
}

/// Instances of different releases share keys: the layout changes only with its version.
#[test]
fn the_layout_stays() {
    assert_eq!(sealed(), GOLDEN);
}

const GOLDEN: &str = "AwAAAABrSdIAeyJvbmNlIjoxfdLEd4k8iL9zzXzXjFAHhNbw369UcXPRQApP6RTSeXZl";

#[test]
fn another_layout_is_not_read_though_the_signature_is_right() {
    let body = [&[VERSION + 1], &NOW.to_be_bytes()[..], b"{}"].concat();
    let signature = signed(&keys(1).first, &body, &ASKED).finalize();
    assert_eq!(open(&ASKED, &BASE64.encode([&body[..], &signature].concat())), Err(Broken::Forged));
}

#[test]
fn a_text_is_safe_in_urls_and_headers() {
    assert!(sealed().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
}

#[test]
fn whatever_is_put_behind_or_cut_off_breaks_it() {
    let text = sealed();
    for behind in ["-TAMPERED", "=", "A", "AA", "AAA", "AAAA", " ", "\n", "\0", "é"] {
        assert_eq!(open(&ASKED, &format!("{text}{behind}")), Err(Broken::Forged), "{behind:?}");
        assert_eq!(open(&ASKED, &format!("{behind}{text}")), Err(Broken::Forged), "{behind:?}");
    }
    for end in 0..text.len() {
        assert_eq!(open(&ASKED, &text[..end]), Err(Broken::Forged), "{end}");
        assert_eq!(open(&ASKED, &text[text.len() - end..]), Err(Broken::Forged), "{end}");
    }
}

#[test]
fn any_flipped_bit_breaks_it() {
    let bytes = BASE64.decode(sealed()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let broken = open(&ASKED, &BASE64.encode(flipped)).unwrap_err();
        assert_ne!(broken, Broken::Expired, "bit {bit}");
    }
}

#[test]
fn another_request_does_not_open_it() {
    let others = [
        Binding { method: "prompts/get", ..ASKED },
        Binding { name: "destroy", ..ASKED },
        Binding { name: "", ..ASKED },
        Binding { method: "tools/calldeploy", name: "", ..ASKED },
        Binding { method: "tools/cal", name: "ldeploy", ..ASKED },
        with_arguments(r#"{"to":"prod","count":4}"#),
        with_arguments(r#"{"to":"prod"}"#),
        with_arguments("{}"),
        with_arguments(""),
    ];
    for other in others {
        assert_eq!(open(&other, &sealed()), Err(Broken::Forged), "{other:?}");
    }
}

#[test]
fn somebody_else_does_not_open_it() {
    let owners = [None, Some(""), Some("alice"), Some("bob"), Some("somebody"), Some("anybody")];
    for owner in owners {
        let text = keys(1).seal(&Binding { principal: owner, ..ASKED }, b"{}", NOW).unwrap();
        for principal in owners {
            let opened = open(&Binding { principal, ..ASKED }, &text);
            let expected = if owner == principal { Ok(b"{}".to_vec()) } else { Err(Broken::Forged) };
            assert_eq!(opened, expected, "{owner:?} {principal:?}");
        }
    }
}

#[test]
fn an_expired_text_is_told_only_to_whom_it_belongs() {
    let late = |binding: &Binding<'_>| keys(1).open(binding, &sealed(), NOW + 1).unwrap_err();
    assert_eq!(late(&ASKED), Broken::Expired);
    assert_eq!(late(&Binding { principal: None, ..ASKED }), Broken::Forged);
    assert_eq!(late(&Binding { name: "other", ..ASKED }), Broken::Forged);
    assert_ne!(Broken::Expired.told(), Broken::Forged.told());
}

/// The same payload at the same second, for two requests of two principals.
#[test]
fn a_signature_belongs_to_one_request_of_one_principal() {
    let other = Binding { name: "destroy", principal: Some("bob"), ..ASKED };
    let bytes = |binding| BASE64.decode(keys(1).seal(binding, b"{}", NOW).unwrap()).unwrap();
    let (one, two) = (bytes(&ASKED), bytes(&other));
    let at = one.len() - 32;
    assert_eq!(one[..at], two[..at]);
    assert_ne!(one[at..], two[at..]);
}

/// What ends one part never begins the next.
#[test]
fn nothing_moves_from_one_part_to_another() {
    let split = |method, name, arguments, principal| {
        let key = &keys(1).first;
        signed(key, b"", &Binding { method, name, arguments, principal }).finalize()
    };
    let texts = [
        split("ab", "c", "1", None),
        split("a", "bc", "1", None),
        split("", "abc", "1", None),
        split("abc", "", "1", None),
        split("ab", "c", "", None),
        split("ab", "", "c", None),
        split("ab", "c", "", Some("1")),
        split("ab", "c", "", Some("")),
        split("ab", "c", "1", Some("")),
        split("ab", "", "", Some("c")),
        split("", "", "", Some("abc1")),
    ];
    let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len());
}

/// What cannot be read as JSON is bound as text, and is no other JSON.
#[test]
fn text_is_not_taken_for_the_json_that_is_written_so() {
    let sealed = canonical("[1]").unwrap();
    let text = std::str::from_utf8(&sealed).unwrap();
    assert!(canonical(text).is_err(), "{text}");
    assert!(!opens_with("[1]", text));
}

#[test]
fn only_these_keys_open_it() {
    assert_eq!(keys(2).open(&ASKED, &sealed(), NOW), Err(Broken::Forged));
    let longer = Keys::given([[[1; 32].as_slice(), &[0]].concat()]).unwrap();
    assert_eq!(longer.open(&ASKED, &sealed(), NOW), Err(Broken::Forged));
    let (one, two) = (Keys::random().unwrap(), Keys::random().unwrap());
    let text = one.seal(&ASKED, b"{}", NOW).unwrap();
    assert!(one.open(&ASKED, &text, NOW).is_ok());
    assert_eq!(two.open(&ASKED, &text, NOW), Err(Broken::Forged));
}

#[test]
fn a_replaced_key_still_opens_and_the_new_one_seals() {
    let rotated = Keys::given([[2; 32], [1; 32]]).unwrap();
    assert!(rotated.open(&ASKED, &sealed(), NOW).is_ok());
    assert_eq!(rotated.open(&Binding { principal: None, ..ASKED }, &sealed(), NOW), Err(Broken::Forged));
    let text = rotated.seal(&ASKED, b"{}", NOW).unwrap();
    assert!(keys(2).open(&ASKED, &text, NOW).is_ok());
    assert_eq!(keys(1).open(&ASKED, &text, NOW), Err(Broken::Forged));
}

#[test]
fn weak_keys_are_refused_without_showing_them() {
    let refused = |keys: &[&[u8]]| Keys::given(keys).unwrap_err();
    assert_eq!(refused(&[]), "no key is given that could seal");
    let short = "a key that seals needs at least 32 random bytes, and this one has 31";
    assert_eq!(refused(&[&[7; 31]]), short);
    assert_eq!(refused(&[&[7; 32], &[7; 31]]), short);
    assert!(Keys::given([vec![7; 32], vec![7; 1000]]).is_ok());
    assert_eq!(format!("{:?}", keys(7)), "Keys { count: 1, most: 65536 }");
}

#[test]
fn a_text_is_bounded_both_ways() {
    let length = sealed().len();
    let exact = keys(1).at_most(length);
    assert!(exact.open(&ASKED, &sealed(), NOW).is_ok());
    assert_eq!(exact.seal(&ASKED, b"{\"once\":1}", NOW), Ok(sealed()));
    let short = keys(1).at_most(length - 1);
    assert_eq!(short.open(&ASKED, &sealed(), NOW), Err(Broken::Forged));
    let too_long = short.seal(&ASKED, b"{\"once\":1}", NOW).unwrap_err();
    assert_eq!(too_long, TooLong { length, most: length - 1 });
    assert_eq!(keys(1).seal(&ASKED, &[b'x'; MOST], NOW).unwrap_err().most, MOST);
    assert_eq!(open(&ASKED, &"A".repeat(MOST + 1)), Err(Broken::Forged));
}

#[test]
fn arguments_are_the_same_however_they_are_written() {
    for (one, other) in [
        (r#"{"a":1,"b":[true,null]}"#, " {\n\"b\" : [ true , null ] ,\t\"a\" : 1 } "),
        (r#"{"a":{"x":1,"y":{"p":0,"q":0}}}"#, r#"{"a":{"y":{"q":0,"p":0},"x":1}}"#),
        (r#"{"é":"/\n"}"#, r#"{"\u00e9":"\/\u000a"}"#),
        (r#"{"n":1,"n":2}"#, r#"{ "n":1, "n":2 }"#),
    ] {
        assert!(opens_with(one, other), "{one} {other}");
    }
}

#[test]
fn arguments_that_differ_are_not_taken_for_the_same() {
    for (one, other) in [
        ("{}", ""),
        ("{}", "null"),
        ("{}", "[]"),
        ("[[],[]]", "[[[]]]"),
        ("[1,2]", "[2,1]"),
        ("[12]", "[1,2]"),
        ("[1]", r#"["1"]"#),
        (r#"["a,b"]"#, r#"["a","b"]"#),
        (r#"["\""]"#, r#"["\\\""]"#),
        ("[1]", "[1.0]"),
        ("[12345678901234567890123]", "[12345678901234567890124]"),
        ("[0.1]", "[0.1000000000000000000001]"),
        (r#"{"n":1,"n":2}"#, r#"{"n":2,"n":1}"#),
        (r#"{"n":1,"n":2}"#, r#"{"n":2}"#),
        (r#"{"a":{"b":1}}"#, r#"{"a":{},"b":1}"#),
    ] {
        assert!(!opens_with(one, other), "{one} {other}");
    }
}

/// What is no JSON, too deep or no Unicode is bound as it stands.
#[test]
fn arguments_that_cannot_be_read_are_bound_as_text() {
    let deep = "[".repeat(100_000);
    let nested = ["[".repeat(129), "]".repeat(129)].concat();
    for text in ["", "{", "{}{}", "nul", r#""\ud800""#, r#"{"a":1,}"#, "[1,]", &deep, &nested] {
        assert!(canonical(text).is_err());
        assert!(opens_with(text, text));
        assert!(!opens_with(text, &format!("{text} ")));
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value with members the other way round, and blanks.
fn rewritten(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[ {} ]", items.iter().map(rewritten).collect::<Vec<_>>().join(" ,\n")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{} : {}", json!(name), rewritten(value));
            format!("{{\t{} }}", members.iter().rev().map(member).collect::<Vec<_>>().join(" , "))
        }
        scalar => format!(" {scalar} "),
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        payload: Vec<u8>, method: String, name: String, arguments in json(), principal: Option<String>,
        key in prop::collection::vec(any::<u8>(), 32..200), expires: u64, early: u64,
    ) {
        let keys = Keys::given([key]).unwrap();
        let (written, again) = (arguments.to_string(), rewritten(&arguments));
        let binding = Binding { method: &method, name: &name, arguments: &written, principal: principal.as_deref() };
        let text = keys.seal(&binding, &payload, expires).unwrap();
        let binding = Binding { arguments: &again, ..binding };
        prop_assert_eq!(keys.open(&binding, &text, expires.saturating_sub(early)), Ok(payload));
    }

    #[test]
    fn canonical_text_says_the_same_as_what_it_is_made_from(one in json(), other in json()) {
        let (one, other) = (one.to_string(), other.to_string());
        prop_assert_eq!(canonical(&one).unwrap() == canonical(&other).unwrap(), one == other);
    }

    #[test]
    fn any_other_character_breaks_it(at: prop::sample::Index, by: char) {
        let text: Vec<char> = sealed().chars().collect();
        let at = at.index(text.len());
        prop_assume!(text[at] != by);
        let changed: String = text.iter().enumerate().map(|(i, c)| if i == at { by } else { *c }).collect();
        prop_assert!(matches!(open(&ASKED, &changed), Err(b) if b != Broken::Expired));
    }

    #[test]
    fn any_character_more_or_less_or_moved_breaks_it(at: prop::sample::Index, to: prop::sample::Index, by: char) {
        let text: Vec<char> = sealed().chars().collect();
        let (at, to) = (at.index(text.len()), to.index(text.len()));
        let (mut more, mut less, mut moved) = (text.clone(), text.clone(), text.clone());
        more.insert(at, by);
        less.remove(at);
        moved.swap(at, to);
        for changed in [more, less, moved].iter().filter(|changed| **changed != text) {
            prop_assert!(open(&ASKED, &changed.iter().collect::<String>()).is_err());
        }
    }

    #[test]
    fn any_other_binding_is_refused(method: String, name: String, arguments in json(), principal: Option<String>) {
        let arguments = arguments.to_string();
        let other = Binding { method: &method, name: &name, arguments: &arguments, principal: principal.as_deref() };
        prop_assert_eq!(open(&other, &sealed()), Err(Broken::Forged));
        let other = Binding { principal: principal.as_deref(), ..ASKED };
        prop_assume!(other != ASKED);
        prop_assert_eq!(open(&other, &sealed()), Err(Broken::Forged));
    }

    #[test]
    fn hostile_text_is_refused_and_nothing_else(text: String, bytes: Vec<u8>, arguments: String) {
        let binding = with_arguments(&arguments);
        prop_assert_eq!(open(&binding, &text), Err(Broken::Forged));
        prop_assert_eq!(open(&binding, &BASE64.encode(&bytes)), Err(Broken::Forged));
        let versioned = [&[VERSION], bytes.as_slice(), &[0; 40]].concat();
        prop_assert_eq!(open(&binding, &BASE64.encode(versioned)), Err(Broken::Forged));
        prop_assert!(keys(1).seal(&binding, &bytes, NOW).is_ok());
    }
}
