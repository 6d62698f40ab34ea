//! What a template must keep to, so that a URI can be told apart into its variables without trying anything twice.

use super::{Operator, Part};

/// Everything that is wrong with the parts of a template.
pub(super) fn problems(parts: &[Part]) -> Vec<String> {
    let mut problems = Vec::new();
    check_scheme(parts, &mut problems);
    check_order(parts, &mut problems);
    check_names(parts, &mut problems);
    problems
}

fn check_scheme(parts: &[Part], problems: &mut Vec<String>) {
    let Some(Part::Literal(text)) = parts.first() else {
        problems.push("a URI begins with a scheme: `\"config://app\"`".to_owned());
        return;
    };
    let Some((scheme, rest)) = text.split_once(':') else {
        problems.push(format!("`{text}` has no scheme: a URI looks like `\"config://app\"`"));
        return;
    };
    let starts = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if !starts || !scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) {
        problems.push(format!(
            "`{scheme}` is no scheme: it is made of letters, digits, `+`, `-` and `.`, and begins with a letter"
        ));
    } else if scheme.chars().any(|letter| letter.is_ascii_uppercase()) {
        let lower = scheme.to_ascii_lowercase();
        problems.push(format!("`{scheme}`: clients write a scheme in lower case, so write `{lower}:`"));
    } else if parts.len() == 1 && matches!(rest, "" | "//") {
        problems.push(format!("`{text}` names nothing: write what follows the scheme, as in `\"{scheme}://app\"`"));
    }
}

/// The order in which a URI can be told apart into its variables.
fn check_order(parts: &[Part], problems: &mut Vec<String>) {
    let mut reserved = false;
    for (index, part) in parts.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| parts.get(index));
        match (before, part) {
            (Some(Part::Expression(before, names)), Part::Expression(operator, next)) => {
                check_neighbours((*before, names), (*operator, next), problems);
            }
            (Some(Part::Expression(operator, names)), Part::Literal(_)) if operator.place_at_end().is_some() => {
                problems.push(format!("`{}` comes last", shown(*operator, names)));
            }
            _ => {}
        }
        if let Part::Expression(operator, names) = part {
            check_after_reserved(reserved, *operator, names, problems);
            check_continuation(parts.get(..index).unwrap_or_default(), *operator, names, problems);
            reserved |= *operator == Operator::Reserved;
        }
    }
}

fn check_neighbours(left: (Operator, &[String]), right: (Operator, &[String]), problems: &mut Vec<String>) {
    let names = || (shown(left.0, left.1), shown(right.0, right.1));
    let (before, after) = names();
    match (left.0.place_at_end(), right.0.place_at_end()) {
        (Some(_), None) => problems.push(format!("`{before}` comes last, after `{after}`")),
        (Some(first), Some(second)) if first >= second => {
            problems.push(format!("`{before}` and `{after}`: a query comes once, then a fragment"));
        }
        _ if !right.0.is_marked() || left.0 == right.0 => {
            problems.push(format!(
                "nothing tells where `{before}` ends and `{after}` begins: put text between them, such as `/`"
            ));
        }
        _ => {}
    }
}

fn check_after_reserved(reserved: bool, operator: Operator, names: &[String], problems: &mut Vec<String>) {
    let shown = shown(operator, names);
    match operator {
        Operator::Reserved if reserved => {
            problems.push(format!("`{shown}`: only one variable can take several segments, so `{{+…}}` is there once"));
        }
        Operator::Reserved if names.len() > 1 => {
            problems.push(format!(
                "`{shown}`: a comma may be in the value, so nothing tells where each ends; write one variable"
            ));
        }
        Operator::Label | Operator::Path | Operator::PathParameter if reserved => {
            problems.push(format!("`{shown}` cannot follow `{{+…}}`, which takes all that it can; put it before"));
        }
        _ => {}
    }
}

fn check_continuation(before: &[Part], operator: Operator, names: &[String], problems: &mut Vec<String>) {
    let asks = |part: &Part| match part {
        Part::Literal(text) => text.contains('?'),
        Part::Expression(operator, _) => *operator == Operator::Query,
    };
    if operator == Operator::QueryContinuation && !before.iter().any(asks) {
        let query = shown(Operator::Query, names);
        problems.push(format!("`{}` continues a query, but none begins: write `{query}`", shown(operator, names)));
    }
}

fn check_names(parts: &[Part], problems: &mut Vec<String>) {
    let names: Vec<&str> = parts.iter().flat_map(Part::variables).map(|variable| variable.name).collect();
    for (index, name) in names.iter().enumerate() {
        let earlier = names.get(..index).unwrap_or_default();
        if earlier.iter().filter(|other| *other == name).count() == 1 {
            problems.push(format!("`{name}` is in the template twice"));
        }
    }
}

fn shown(operator: Operator, names: &[String]) -> String {
    let symbol = match operator {
        Operator::Simple => "",
        Operator::Reserved => "+",
        Operator::Label => ".",
        Operator::Path => "/",
        Operator::PathParameter => ";",
        Operator::Query => "?",
        Operator::QueryContinuation => "&",
        Operator::Fragment => "#",
    };
    format!("{{{symbol}{}}}", names.join(","))
}
