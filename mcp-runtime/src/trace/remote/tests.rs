use std::borrow::Cow;

use super::{BAGGAGE, Remote, TRACESTATE, is_parent};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

fn said<'a>(parent: &'a str, state: &'a str, baggage: &'a str) -> Remote<'a> {
    Remote::checked([parent, state, baggage].map(|text| Some(Cow::Borrowed(text))))
}

#[test]
fn a_parent_is_what_the_recommendation_says() {
    for parent in [
        PARENT,
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-ff",
        "01-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
        "fe-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-what-comes",
    ] {
        assert!(is_parent(parent), "{parent}");
    }
}

#[test]
fn anything_else_is_none() {
    for parent in [
        "",
        "-",
        "----",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7",
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-",
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-1",
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-",
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-more",
        "00-0AF7651916CD43DD8448EB211C80319C-00f067aa0ba902b7-01",
        "00-0af7651916cd43dd8448eb211c80319g-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
        "fe-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-\u{1b}[31m",
        " 00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01\n",
        "00-äääääääääääääääää-00f067aa0ba902b7-01",
    ] {
        assert!(!is_parent(parent), "{parent}");
    }
}

#[test]
fn what_is_too_long_or_no_text_was_not_said() {
    let (state, baggage) = (format!("a={}", "b".repeat(TRACESTATE - 2)), format!("a={}", "b".repeat(BAGGAGE - 2)));
    let fits = said(PARENT, &state, &baggage);
    assert_eq!((fits.tracestate.as_deref(), fits.baggage.as_deref()), (Some(&*state), Some(&*baggage)));
    for (state, baggage) in
        [(format!("{state}b"), format!("{baggage}b")), ("a=\n".into(), "a=ä".into()), Default::default()]
    {
        let said = said(PARENT, &state, &baggage);
        assert_eq!((said.tracestate, said.baggage), (None, None), "{state} {baggage}");
        assert_eq!(said.traceparent.as_deref(), Some(PARENT));
    }
    let longer = format!("01{}-{}", &PARENT[2..], "a".repeat(54));
    assert!(said(&longer, "", "").traceparent.is_some());
    assert!(said(&format!("{longer}a"), "", "").traceparent.is_none());
}

#[test]
fn a_state_belongs_to_a_parent_and_baggage_to_nobody() {
    let said = said("00-0-0-00", "a=b", "c=d");
    assert_eq!((said.traceparent, said.tracestate), (None, None));
    assert_eq!(said.baggage.as_deref(), Some("c=d"));
}
