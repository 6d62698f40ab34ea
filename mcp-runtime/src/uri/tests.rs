//! Templates against URIs: what matches, what a variable gets, what is refused, and how much work that is.

use proptest::prelude::*;

use super::Operator::*;
use super::Part::Literal;
use super::matching::STEPS;
use super::*;

const fn simple(variables: &'static [&'static str]) -> Part {
    Part::Expression { operator: Simple, variables }
}

const fn expression(operator: Operator, variables: &'static [&'static str]) -> Part {
    Part::Expression { operator, variables }
}

macro_rules! template {
    ($name:ident, $text:literal, $($part:expr),+) => {
        const $name: Template = Template { text: $text, parts: &[$($part),+] };
    };
}

template!(FIXED, "config://app", Literal("config://app"));
template!(USER, "users://{id}", Literal("users://"), simple(&["id"]));
template!(PAIR, "x://{a}-{b}", Literal("x://"), simple(&["a"]), Literal("-"), simple(&["b"]));
template!(LIST, "x://{a,b}", Literal("x://"), simple(&["a", "b"]));
template!(EDIT, "u://{id}/edit", Literal("u://"), simple(&["id"]), Literal("/edit"));
template!(FILE, "file:///{+path}", Literal("file:///"), expression(Reserved, &["path"]));
template!(RAW, "file:///{+path}/raw", Literal("file:///"), expression(Reserved, &["path"]), Literal("/raw"));
template!(
    REPO,
    "git://{repo}/{+path}/{name}{?rev}",
    Literal("git://"),
    simple(&["repo"]),
    Literal("/"),
    expression(Reserved, &["path"]),
    Literal("/"),
    simple(&["name"]),
    expression(Query, &["rev"])
);
template!(
    RANGE,
    "d://{+dir}/{from}-{to}.csv",
    Literal("d://"),
    expression(Reserved, &["dir"]),
    Literal("/"),
    simple(&["from"]),
    Literal("-"),
    simple(&["to"]),
    Literal(".csv")
);
template!(SEARCH, "s://{kind}{?q,page}", Literal("s://"), simple(&["kind"]), expression(Query, &["q", "page"]));
template!(
    MORE,
    "s://x?v=1&k={k}{&q}{#part}",
    Literal("s://x?v=1&k="),
    simple(&["k"]),
    expression(QueryContinuation, &["q"]),
    expression(Fragment, &["part"])
);
template!(DOTTED, "d://{name}{.kind}", Literal("d://"), simple(&["name"]), expression(Label, &["kind"]));
template!(STEPPED, "p://r{/a,b}/end", Literal("p://r"), expression(Path, &["a", "b"]), Literal("/end"));
template!(BETWEEN, "p://r{/a}/x/{b}", Literal("p://r"), expression(Path, &["a"]), Literal("/x/"), simple(&["b"]));
template!(
    MATRIX,
    "m://{p}{;x,y}/z",
    Literal("m://"),
    simple(&["p"]),
    expression(PathParameter, &["x", "y"]),
    Literal("/z")
);

/// The values as plain text, `-` for an absent one; `None` for no match, the problem for a refusal.
fn read(template: &Template, uri: &str) -> Result<Option<String>, Problem> {
    let captures = template.captures(uri).map_err(|refused| refused.problem)?;
    Ok(captures
        .map(|values| values.iter().map(|value| value.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" | ")))
}

#[track_caller]
fn gives(template: &Template, uri: &str, values: &str) {
    assert_eq!(read(template, uri), Ok(Some(values.into())), "{template} against {uri}");
}

#[track_caller]
fn misses(template: &Template, uri: &str) {
    assert_eq!(read(template, uri), Ok(None), "{template} against {uri}");
}

#[track_caller]
fn refuses(template: &Template, uri: &str, problem: Problem) {
    assert_eq!(read(template, uri), Err(problem), "{template} against {uri}");
}

#[test]
fn text_matches_itself_and_nothing_else() {
    gives(&FIXED, "config://app", "");
    for uri in ["config://ap", "config://app/", "config://app?x=1", "Config://app", "config://%61pp", ""] {
        misses(&FIXED, uri);
    }
}

#[test]
fn a_simple_variable_is_one_decoded_name() {
    gives(&USER, "users://42", "42");
    gives(&USER, "users://a%20b", "a b");
    gives(&USER, "users://gr%C3%BC%C3%9Fe", "grüße");
    gives(&USER, "users://grüße you@x:1,2", "grüße you@x:1,2");
    gives(&USER, "users://50%25", "50%");
    for uri in ["users://", "users://a/b", "users://a?b=1", "users://a#b", "USERS://a"] {
        misses(&USER, uri);
    }
}

#[test]
fn a_value_is_decoded_once() {
    gives(&USER, "users://a%2541", "a%41");
    gives(&USER, "users://100%25%20sure", "100% sure");
}

#[test]
fn a_variable_ends_at_the_first_occurrence_of_what_follows() {
    gives(&PAIR, "x://1-2", "1 | 2");
    gives(&PAIR, "x://1-2-3", "1 | 2-3");
    gives(&PAIR, "x://--3", "- | 3");
    for uri in ["x://1", "x://1-", "x://-1", "x://-", "x://1/-2"] {
        misses(&PAIR, uri);
    }
    template!(ACCENT, "x://{a}é{b}", Literal("x://"), simple(&["a"]), Literal("é"), simple(&["b"]));
    gives(&ACCENT, "x://1é2", "1 | 2");
    misses(&ACCENT, "x://1/é2");
}

#[test]
fn variables_of_one_expression_are_separated_by_commas() {
    gives(&LIST, "x://1,2", "1 | 2");
    gives(&LIST, "x://1,2,3", "1 | 2,3");
    gives(&LIST, "x://1%2C2,3", "1,2 | 3");
    for uri in ["x://1", "x://1,", "x://,1"] {
        misses(&LIST, uri);
    }
}

#[test]
fn text_at_the_end_belongs_to_the_end() {
    gives(&EDIT, "u://1/edit", "1");
    misses(&EDIT, "u://1/edit/edit");
    misses(&EDIT, "u:///edit");
    gives(&RAW, "file:///a/raw/b/raw", "a/raw/b");
    gives(&RAW, "file:///raw/raw", "raw");
    misses(&RAW, "file:///raw");
    misses(&RAW, "file:////raw");
}

#[test]
fn a_reserved_variable_takes_as_much_as_it_can() {
    gives(&FILE, "file:///a/b/c.txt", "a/b/c.txt");
    gives(&FILE, "file:///a%2Fb", "a/b");
    gives(&FILE, "file:///docs/", "docs/");
    gives(&FILE, "file:///.hidden/..x/a..b", ".hidden/..x/a..b");
    misses(&FILE, "file:///");
    gives(&REPO, "git://r/a/b/c", "r | a/b | c | -");
    gives(&REPO, "git://r/a/b/c?rev=7&x=1", "r | a/b | c | 7");
    misses(&REPO, "git://r/a");
    misses(&REPO, "git://r/a/");
    gives(&RANGE, "d://x/y/1-2-3.csv", "x/y | 1-2 | 3");
    misses(&RANGE, "d://x-y/1.csv");
    misses(&RANGE, "d://x/y-z/1.csv");
}

#[test]
fn query_parameters_are_found_by_name() {
    gives(&SEARCH, "s://k?q=a&page=2", "k | a | 2");
    gives(&SEARCH, "s://k?page=2&utm=x&utm=y&q=a%26b%3Dc=d", "k | a&b=c=d | 2");
    gives(&SEARCH, "s://k?%71=a", "k | a | -");
    gives(&SEARCH, "s://k?q", "k |  | -");
    gives(&SEARCH, "s://k", "k | - | -");
    gives(&SEARCH, "s://k?%zz=1&&", "k | - | -");
    gives(&SEARCH, "s://k?q=and/or 10:30 https://x.org/y", "k | and/or 10:30 https://x.org/y | -");
    refuses(&SEARCH, "s://k?q=1&q=1", Problem::Twice);
    misses(&SEARCH, "s://k?q=1#part");
}

#[test]
fn a_continued_query_follows_the_text_and_a_fragment_comes_last() {
    gives(&MORE, "s://x?v=1&k=2", "2 | - | -");
    gives(&MORE, "s://x?v=1&k=2&q=3#4/5?6", "2 | 3 | 4/5?6");
    gives(&MORE, "s://x?v=1&k=2&other=3", "2 | - | -");
    template!(
        CONTINUED,
        "s://{a}?k=1{&q}",
        Literal("s://"),
        simple(&["a"]),
        Literal("?k=1"),
        expression(QueryContinuation, &["q"])
    );
    gives(&CONTINUED, "s://x&y?k=1&q=2", "x&y | 2");
    misses(&MORE, "s://x?v=2&k=2");
    misses(&MORE, "s://x");
}

#[test]
fn labels_paths_and_path_parameters_are_optional() {
    gives(&DOTTED, "d://a.txt", "a | txt");
    gives(&DOTTED, "d://a", "a | -");
    gives(&DOTTED, "d://a.tar.gz", "a | tar.gz");
    misses(&DOTTED, "d://a.");
    gives(&STEPPED, "p://r/end", "- | -");
    gives(&STEPPED, "p://r/1/end", "1 | -");
    gives(&STEPPED, "p://r/1/2/end", "1 | 2");
    misses(&STEPPED, "p://r/1/2/3/end");
    misses(&STEPPED, "p://r//end");
    gives(&BETWEEN, "p://r/1/x/2", "1 | 2");
    gives(&BETWEEN, "p://r/x/2", "- | 2");
    gives(&MATRIX, "m://p;y=2;x=1/z", "p | 1 | 2");
    gives(&MATRIX, "m://p;x;w=3/z", "p |  | -");
    gives(&MATRIX, "m://p/z", "p | - | -");
    refuses(&MATRIX, "m://p;x=1;x=2/z", Problem::Twice);
}

/// A value, and what is wrong with it as `{name}`, `{+path}` and `{?text}`.
type Judged = (&'static str, Option<Problem>, Option<Problem>, Option<Problem>);

const VALUES: &[Judged] = {
    use Problem::*;
    &[
        ("a", None, None, None),
        ("...x", None, None, None),
        ("a..b", None, None, None),
        ("..", Some(Dots), Some(Dots), Some(Dots)),
        (".", Some(Dots), Some(Dots), None),
        (".. ", Some(Dots), Some(Dots), Some(Dots)),
        ("...", Some(Dots), Some(Dots), None),
        ("a/b", Some(Separator), None, None),
        ("a/../b", Some(Separator), Some(Dots), Some(Dots)),
        ("a/./b", Some(Separator), Some(Dots), None),
        ("a/..", Some(Separator), Some(Dots), Some(Dots)),
        ("../a", Some(Separator), Some(Dots), Some(Dots)),
        ("/etc/passwd", Some(Separator), Some(Absolute), Some(Absolute)),
        ("//host/x", Some(Separator), Some(Absolute), Some(Absolute)),
        ("a//b", Some(Separator), Some(Empty), None),
        ("a\\b", Some(Separator), Some(Separator), None),
        ("..\\a", Some(Separator), Some(Separator), Some(Dots)),
        ("\\\\host\\x", Some(Separator), Some(Separator), Some(Absolute)),
        ("C:", Some(Absolute), Some(Absolute), None),
        ("c:x", Some(Absolute), Some(Absolute), None),
        ("C:/x", Some(Separator), Some(Absolute), Some(Absolute)),
        ("C:\\x", Some(Separator), Some(Separator), Some(Absolute)),
        ("a\0b", Some(Control), Some(Control), Some(Control)),
        ("a\nb", Some(Control), Some(Control), Some(Control)),
        ("a\u{7f}b", Some(Control), Some(Control), Some(Control)),
        ("a\u{85}b", Some(Control), Some(Control), Some(Control)),
    ]
};

/// Encodes every byte, and the percent signs of that as often as wanted.
fn encoded(value: &str, times: usize) -> String {
    let once: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    (1..times).fold(once, |value, _| value.replace('%', "%25"))
}

#[test]
fn an_unsafe_value_is_refused_however_often_it_is_encoded() {
    for (value, as_name, as_path, as_text) in VALUES {
        for times in 1..=6 {
            let value = encoded(value, times);
            for (template, start, problem) in
                [(&USER, "users://", as_name), (&FILE, "file:///", as_path), (&SEARCH, "s://k?q=", as_text)]
            {
                let read = read(template, &format!("{start}{value}"));
                assert_eq!(read.err(), *problem, "{template} with {value}");
            }
        }
    }
}

#[test]
fn mixed_and_partial_encodings_are_seen_through() {
    for value in ["%2e.", ".%2E", "%252e.", "%25252e%252e", "%%32%65.", "%25%32%65."] {
        let read = read(&USER, &format!("users://{value}"));
        assert!(matches!(read, Err(Problem::Dots | Problem::Encoding)), "{value} gave {read:?}");
    }
    refuses(&FILE, "file:///a/%2e%2e/b", Problem::Dots);
    refuses(&FILE, "file:///a/..%2fb", Problem::Dots);
    refuses(&FILE, "file:///a%252f..%252fb", Problem::Dots);
    refuses(&FILE, "file:////etc/passwd", Problem::Absolute);
    refuses(&FILE, "file:///../x", Problem::Dots);
    refuses(&RAW, "file:///../raw", Problem::Dots);
    refuses(&USER, "users://a%2fb", Problem::Separator);
    refuses(&USER, "users://..", Problem::Dots);
}

#[test]
fn a_broken_encoding_is_refused() {
    for value in ["%", "%2", "%zz", "%+1", "a%", "%C3", "%ff", "%c0%ae", "%ed%a0%80", "%25c0%25ae", "%2é"] {
        refuses(&USER, &format!("users://{value}"), Problem::Encoding);
    }
}

#[test]
fn a_refusal_names_the_variable() {
    let refused = REPO.captures("git://r/../c").unwrap_err();
    assert_eq!(refused, Refused { variable: "path", problem: Problem::Dots });
    assert_eq!(refused.to_string(), "`path` contains a `.` or `..` segment");
}

#[test]
fn a_value_without_encoding_is_borrowed() {
    let captures = USER.captures("users://plain").unwrap().unwrap();
    assert!(matches!(captures.as_slice(), [Some(Cow::Borrowed("plain"))]));
}

#[test]
fn a_very_long_uri_matches_nothing() {
    let room = LONGEST - "users://".len();
    gives(&USER, &format!("users://{}", "a".repeat(room)), &"a".repeat(room));
    misses(&USER, &format!("users://{}", "a".repeat(room + 1)));
}

template!(
    DASHED,
    "x://{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}",
    Literal("x://"),
    simple(&["a"]),
    Literal("-"),
    simple(&["b"]),
    Literal("-"),
    simple(&["c"]),
    Literal("-"),
    simple(&["d"]),
    Literal("-"),
    simple(&["e"]),
    Literal("-"),
    simple(&["f"]),
    Literal("-"),
    simple(&["g"]),
    Literal("-"),
    simple(&["h"])
);
template!(
    WIDE,
    "x://{a}-{b}-{c}-{+d}-{e}-{f}-{g}-{h}",
    Literal("x://"),
    simple(&["a"]),
    Literal("-"),
    simple(&["b"]),
    Literal("-"),
    simple(&["c"]),
    Literal("-"),
    expression(Reserved, &["d"]),
    Literal("-"),
    simple(&["e"]),
    Literal("-"),
    simple(&["f"]),
    Literal("-"),
    simple(&["g"]),
    Literal("-"),
    simple(&["h"])
);
template!(
    ASKED,
    "x://{a}{;b,c,d}{?e,f,g,h}",
    Literal("x://"),
    simple(&["a"]),
    expression(PathParameter, &["b", "c", "d"]),
    expression(Query, &["e", "f", "g", "h"])
);

#[test]
fn no_uri_makes_more_than_a_few_steps_for_each_byte_and_variable() {
    let fillers =
        ["-", "a", "a-", "-a", "%25", "%2525", "%", "&", "e=&", ";", "b=;", "?", "/", "--a", "é", "%2e", "-/"];
    for template in [&DASHED, &WIDE, &ASKED] {
        for filler in fillers {
            for start in ["x://", "x://a;", "x://a?e="] {
                let mut uri = String::from(start);
                while uri.len() + filler.len() <= LONGEST {
                    uri.push_str(filler);
                }
                STEPS.with(|steps| steps.set(0));
                let _ = template.captures(&uri);
                let steps = STEPS.with(std::cell::Cell::get);
                assert!(0 < steps && steps < 32 * LONGEST, "{template}: {steps} steps for `{start}{filler}…`");
            }
        }
    }
}

#[test]
fn the_template_with_more_text_wins_and_ties_are_decided() {
    template!(ANY, "u://{+rest}", Literal("u://"), expression(Reserved, &["rest"]));
    template!(ONE, "u://{id}", Literal("u://"), simple(&["id"]));
    template!(TWO, "u://{a,b}", Literal("u://"), simple(&["a", "b"]));
    template!(OTHER, "u://{name}", Literal("u://"), simple(&["name"]));
    let mut templates = [ANY, OTHER, TWO, EDIT, ONE];
    templates.sort_by_key(|template| Reverse(template.specificity()));
    assert_eq!(templates.map(|template| template.text), [EDIT, ONE, OTHER, TWO, ANY].map(|template| template.text));
}

#[test]
fn templates_expand_as_the_rfc_has_it() {
    let expand = |template: &Template, values: &[Option<&str>]| template.expand(values);
    assert_eq!(expand(&USER, &[Some("Hello World!")]), "users://Hello%20World%21");
    assert_eq!(expand(&FILE, &[Some("a b/c")]), "file:///a%20b/c");
    assert_eq!(expand(&SEARCH, &[Some("k"), Some("ü"), None]), "s://k?q=%C3%BC");
    assert_eq!(expand(&SEARCH, &[Some("k"), None, Some("")]), "s://k?page=");
    assert_eq!(expand(&MATRIX, &[Some("p"), Some(""), Some("2")]), "m://p;x;y=2/z");
    assert_eq!(expand(&STEPPED, &[Some("1"), Some("2")]), "p://r/1/2/end");
    assert_eq!(expand(&DOTTED, &[Some("a"), None]), "d://a");
    assert_eq!(expand(&MORE, &[Some("1"), Some("2"), Some("3")]), "s://x?v=1&k=1&q=2#3");
}

/// A name that is safe and holds none of the text between variables of the templates above.
fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_~!@$&'()*+,;=:%#?é€😀 \\[\\]\"<>^`{|}]{1,12}"
        .prop_filter("unsafe", |name| value::read(Simple, &encoded(name, 1)).is_ok())
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(name(), 1..5)
        .prop_map(|names| names.join("/"))
        .prop_filter("unsafe", |path| value::read(Reserved, &encoded(path, 1)).is_ok())
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,20}".prop_filter("unsafe", |text| value::read(Query, &encoded(text, 1)).is_ok())
}

#[track_caller]
fn comes_back(template: &Template, values: &[Option<&str>]) {
    let uri = template.expand(values);
    let captures = template.captures(&uri).unwrap().unwrap_or_else(|| panic!("{template} misses its own {uri}"));
    let captures: Vec<_> = captures.iter().map(Option::as_deref).collect();
    assert_eq!(captures, values, "{template} through {uri}");
}

proptest! {
    #[test]
    fn what_is_expanded_is_captured_again(
        a in name(), b in name(), path in path(),
        q in proptest::option::of(text()), r in proptest::option::of(text()), o in proptest::option::of(name()),
    ) {
        let (q, r, o) = (q.as_deref(), r.as_deref(), o.as_deref());
        comes_back(&USER, &[Some(&a)]);
        comes_back(&PAIR, &[Some(&a), Some(&b)]);
        comes_back(&LIST, &[Some(&a), Some(&b)]);
        comes_back(&EDIT, &[Some(&a)]);
        comes_back(&FILE, &[Some(&path)]);
        comes_back(&RAW, &[Some(&path)]);
        comes_back(&REPO, &[Some(&a), Some(&path), Some(&b), q]);
        comes_back(&SEARCH, &[Some(&a), q, r]);
        comes_back(&MORE, &[Some(&a), q, r]);
        comes_back(&DOTTED, &[Some(&a), o]);
        comes_back(&STEPPED, &[Some(&a), o]);
        comes_back(&MATRIX, &[Some(&a), o, Some(&b)]);
    }

    #[test]
    fn nothing_that_climbs_out_is_ever_captured(uri in "(users|file|git|s|d|p|m)://[/]?[a./%25eEfFcC0:\\\\?&;=#q-]{0,40}") {
        for template in [&USER, &FILE, &RAW, &REPO, &SEARCH, &DOTTED, &STEPPED, &MATRIX] {
            let Ok(Some(values)) = template.captures(&uri) else { continue };
            for ((operator, _), value) in template.variables().zip(values) {
                let value = value.as_deref().unwrap_or_default();
                prop_assert!(!value.split(['/', '\\']).any(|segment| segment == ".."), "{} {}", uri, value);
                prop_assert!(!value.starts_with(['/', '\\']), "{} {}", uri, value);
                prop_assert!(operator.is_optional() || !value.is_empty());
                prop_assert!(operator != Simple || !value.contains(['/', '\\']), "{} {}", uri, value);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(uri in "\\PC{0,60}", start in "(x://|s://|git://r/|d://|m://|p://r|)") {
        for template in [&PAIR, &LIST, &RAW, &REPO, &RANGE, &SEARCH, &MORE, &DOTTED, &BETWEEN, &MATRIX, &WIDE] {
            let uri = format!("{start}{uri}");
            if let Ok(Some(values)) = template.captures(&uri) {
                prop_assert_eq!(values.len(), template.variables().count());
            }
        }
    }
}
