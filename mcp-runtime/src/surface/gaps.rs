//! Whether every value that fits one schema fits another, and if not, which do not.
//!
//! What cannot be judged counts as a gap. Two things are taken as authors mean them: fields that a schema does not name are not
//! there, unless it says what is in them, and the alternatives of a value are compared with those that are most like them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::forms::{Form, Kind, compare, forms};
use crate::schema::{Check, Decimal};

/// Values that fit one schema and not the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// Where in the value: `stops[].city`; empty if it is the whole value.
    pub(super) at: String,
    /// Which values, as the subject of a sentence.
    pub(super) what: String,
    /// Whether the other schema names no such field, and takes it all the same.
    pub(super) is_ignored: bool,
    /// The field that is there, or is not there, in these values and no others.
    pub(super) field: Option<String>,
}

/// Two schemas with what their references lead to.
pub(super) struct Pair<'s> {
    sub: &'s Value,
    sup: &'s Value,
    /// Pairs that are being compared further up: what leads back to them has no other gaps than they have.
    open: BTreeSet<(String, String)>,
}

/// The gaps between `sub` and `sup`: what fits the first and not the second.
pub(super) fn gaps(sub: &Value, sup: &Value) -> Vec<Gap> {
    let mut found = Pair { sub, sup, open: BTreeSet::new() }.schemas(sub, sup, "");
    let mut seen = BTreeSet::new();
    found.retain(|gap| seen.insert((gap.at.clone(), gap.what.clone())));
    found
}

fn gap(at: &str, what: impl Into<String>) -> Gap {
    Gap { at: at.to_owned(), what: what.into(), is_ignored: false, field: None }
}

fn gaps_at(at: &str, all: impl IntoIterator<Item = String>) -> Vec<Gap> {
    all.into_iter().map(|what| gap(at, what)).collect()
}

/// Values that have a field, or have it not.
fn of_field(at: &str, name: &str, what: &str) -> Gap {
    Gap { field: Some(name.to_owned()), ..gap(at, format!("{what} `{name}`")) }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

impl Pair<'_> {
    fn schemas(&mut self, sub: &Value, sup: &Value, at: &str) -> Vec<Gap> {
        let (one, other) = (sub.to_string(), sup.to_string());
        let is_same = one == other && (!one.contains("\"$ref\"") || self.sub.get("$defs") == self.sup.get("$defs"));
        let key = (one, other);
        if is_same || self.open.contains(&key) {
            return Vec::new();
        }
        self.open.insert(key.clone());
        let gaps = match (forms(sub, self.sub), forms(sup, self.sup)) {
            (Ok(sub), Ok(sup)) => self.forms(&sub, &sup, at),
            (Err(why), _) | (_, Err(why)) => vec![gap(at, format!("a value (its schema cannot be judged: {why})"))],
        };
        self.open.remove(&key);
        gaps
    }

    fn forms(&mut self, sub: &[Form], sup: &[Form], at: &str) -> Vec<Gap> {
        let mut found = Vec::new();
        for form in sub {
            let fitting: Vec<&Form> = sup.iter().filter(|other| is_near(form.kind, other.kind)).collect();
            match (&form.values, &*fitting) {
                (_, []) => found.push(gap(at, whole(form))),
                (Some(values), fitting) => found.extend(self.values(form, values, fitting, at)),
                (None, fitting) => found.extend(self.nearest(form, fitting, at)),
            }
        }
        found
    }

    /// Which of the values that a form lists fit none of the others.
    fn values(&self, form: &Form, values: &[Value], sup: &[&Form], at: &str) -> Option<Gap> {
        let is_lost = |value: &&Value| !sup.iter().any(|other| other.kind.has(value) && self.takes(form, other, value));
        let lost: Vec<String> = values.iter().filter(is_lost).map(|value| format!("`{value}`")).collect();
        (!lost.is_empty()).then(|| gap(at, lost.join(", ")))
    }

    /// Whether a value that one form lists fits another one: where that lists values too, what else it says counts as well.
    fn takes(&self, form: &Form, other: &Form, value: &Value) -> bool {
        let keywords = beside(other);
        if let Some(values) = &other.values {
            let is_same = keywords == beside(form) && !Value::Object(keywords.clone()).to_string().contains("\"$ref\"");
            if is_same || !values.contains(value) {
                return values.contains(value);
            }
        }
        let mut schema = Value::Object(keywords);
        if let (Some(schema), Some(definitions)) = (schema.as_object_mut(), self.sup.get("$defs")) {
            schema.insert("$defs".to_owned(), definitions.clone());
        }
        // What refers to something else, or says what nothing checks, cannot be judged.
        Check::compile(&schema).is_ok_and(|check| check.root().accepts(&value.to_string()))
    }

    /// The gaps to the form that is most like this one: none, if that takes all.
    fn nearest(&mut self, form: &Form, sup: &[&Form], at: &str) -> Vec<Gap> {
        let mut nearest: Option<Vec<Gap>> = None;
        for other in sup {
            let gaps = self.form(form, other, at);
            let weight = |gaps: &[Gap]| (gaps.iter().filter(|gap| !gap.is_ignored).count(), gaps.len());
            if nearest.as_ref().is_none_or(|least| weight(&gaps) < weight(least)) {
                nearest = Some(gaps);
            }
        }
        nearest.unwrap_or_default()
    }

    fn form(&mut self, sub: &Form, sup: &Form, at: &str) -> Vec<Gap> {
        if let Some(values) = &sup.values {
            let listed: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            return vec![gap(at, format!("a value other than {}", listed.join(", ")))];
        }
        let mut found = Vec::new();
        if !sup.kind.includes(sub.kind) {
            found.push(gap(at, "a number that is no integer"));
        }
        let known: &[&str] = match sub.kind {
            Kind::Null | Kind::Boolean => &[],
            Kind::Integer | Kind::Number => {
                found.extend(gaps_at(at, numbers(&sub.keywords, &sup.keywords)));
                &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
            }
            Kind::String => {
                found.extend(gaps_at(at, texts(&sub.keywords, &sup.keywords)));
                &["minLength", "maxLength", "pattern", "format"]
            }
            Kind::Array => {
                found.extend(self.lists(&sub.keywords, &sup.keywords, at));
                &["minItems", "maxItems", "uniqueItems", "items", "prefixItems"]
            }
            Kind::Object => {
                found.extend(self.objects(&sub.keywords, &sup.keywords, at));
                &[
                    "properties",
                    "required",
                    "additionalProperties",
                    "unevaluatedProperties",
                    "minProperties",
                    "maxProperties",
                ]
            }
        };
        found.extend(gaps_at(at, unknown(&sub.keywords, &sup.keywords, sub.kind, known)));
        found
    }

    fn lists(&mut self, sub: &Map<String, Value>, sup: &Map<String, Value>, at: &str) -> Vec<Gap> {
        let mut found = gaps_at(at, lengths(sub, sup, ["minItems", "maxItems"], "a list", "items"));
        if sup.get("uniqueItems") == Some(&Value::Bool(true)) && sub.get("uniqueItems") != Some(&Value::Bool(true)) {
            found.push(gap(at, "a list with equal items"));
        }
        let empty = Vec::new();
        let first = |keywords: &Map<String, Value>| match keywords.get("prefixItems") {
            Some(Value::Array(first)) => first.clone(),
            _ => empty.clone(),
        };
        let (first_sub, first_sup) = (first(sub), first(sup));
        let any = Value::Bool(true);
        let rest = |keywords: &Map<String, Value>| keywords.get("items").cloned().unwrap_or_else(|| any.clone());
        for index in 0..first_sub.len().max(first_sup.len()) {
            let one = first_sub.get(index).cloned().unwrap_or_else(|| rest(sub));
            let other = first_sup.get(index).cloned().unwrap_or_else(|| rest(sup));
            found.extend(self.schemas(&one, &other, &format!("{at}[{index}]")));
        }
        found.extend(self.schemas(&rest(sub), &rest(sup), &format!("{at}[]")));
        found
    }

    fn objects(&mut self, sub: &Map<String, Value>, sup: &Map<String, Value>, at: &str) -> Vec<Gap> {
        let mut found = gaps_at(at, lengths(sub, sup, ["minProperties", "maxProperties"], "an object", "fields"));
        let (given, needed) = (required(sub), required(sup));
        let lacking = needed.iter().filter(|name| !given.contains(*name));
        found.extend(lacking.map(|name| of_field(at, name, "an object without")));
        let (of_sub, of_sup) = (properties(sub), properties(sup));
        let (rest_of_sub, rest_of_sup) = (rest(sub), rest(sup));
        for (name, one) in of_sub {
            match (of_sup.get(name), rest_of_sup) {
                (Some(other), _) | (None, Some(other @ Value::Object(_))) => {
                    found.extend(self.schemas(one, other, &below(at, name)));
                }
                (None, Some(Value::Bool(false))) => found.push(of_field(at, name, "the field")),
                (None, _) => found.push(Gap { is_ignored: true, ..of_field(at, name, "the field") }),
            }
        }
        let more = of_sup.iter().filter(|(name, _)| !of_sub.contains_key(name.as_str()));
        match rest_of_sub {
            Some(Value::Bool(false)) => {}
            Some(one @ Value::Object(_)) => {
                more.for_each(|(name, other)| found.extend(self.schemas(one, other, &below(at, name))));
                let other = rest_of_sup.cloned().unwrap_or(Value::Bool(true));
                found.extend(self.schemas(one, &other, &below(at, "*")));
            }
            _ if of_sub.is_empty() && more.clone().next().is_some() => {
                found.push(gap(at, "an object with fields of any kind"));
            }
            _ => {}
        }
        if is_open(rest_of_sub) && !is_open(rest_of_sup) {
            found.push(gap(at, "an object with fields that its schema does not name"));
        }
        let patterns = sub.get("patternProperties");
        let is_met_by_names = of_sup.keys().any(|name| !of_sub.contains_key(name));
        let is_met_by_rest = patterns != sup.get("patternProperties") && !is_open(rest_of_sup);
        if patterns.is_some() && (is_met_by_names || is_met_by_rest) {
            found.push(gap(at, "what `patternProperties` takes (which cannot be judged)"));
        }
        found
    }
}

/// What a form says of its kind of values, beside listing them.
fn beside(form: &Form) -> Map<String, Value> {
    let mut keywords = form.keywords.clone();
    keywords.retain(|keyword, _| !is_of_others(keyword, form.kind));
    keywords
}

/// Whether values of one kind can be of the other.
fn is_near(sub: Kind, sup: Kind) -> bool {
    sup.includes(sub) || sub.includes(sup)
}

/// All values of a form.
fn whole(form: &Form) -> String {
    if let Some(values) = form.values.as_ref().filter(|_| form.kind != Kind::Boolean) {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    }
    match form.kind {
        Kind::Null => "`null`",
        Kind::Boolean => "`true` or `false`",
        Kind::Integer => "an integer",
        Kind::Number => "a number",
        Kind::String => "a text",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
    .to_owned()
}

/// A bound, and whether it is out of bounds itself.
type Bound<'s> = (&'s Value, bool);

fn bound<'s>(keywords: &'s Map<String, Value>, [least, above]: [&str; 2], is_low: bool) -> Option<Bound<'s>> {
    let number = |name: &str| keywords.get(name).filter(|bound| bound.is_number());
    match (number(least), number(above)) {
        (Some(closed), Some(open)) => {
            let order = if is_low { compare(open, closed) } else { compare(closed, open) };
            Some(if order.is_ge() { (open, true) } else { (closed, false) })
        }
        (Some(closed), None) => Some((closed, false)),
        (None, Some(open)) => Some((open, true)),
        (None, None) => None,
    }
}

/// Whether values within `sub` can be out of `sup`.
fn is_wider(sub: Option<Bound<'_>>, sup: Bound<'_>, is_low: bool) -> bool {
    sub.is_none_or(|sub| {
        let order = if is_low { compare(sub.0, sup.0) } else { compare(sup.0, sub.0) };
        order.is_lt() || (order.is_eq() && sup.1 && !sub.1)
    })
}

fn numbers(sub: &Map<String, Value>, sup: &Map<String, Value>) -> Vec<String> {
    const LOW: [&str; 2] = ["minimum", "exclusiveMinimum"];
    const HIGH: [&str; 2] = ["maximum", "exclusiveMaximum"];
    let mut found = Vec::new();
    if let Some(least) = bound(sup, LOW, true).filter(|least| is_wider(bound(sub, LOW, true), *least, true)) {
        found.push(format!("a number below {}{}", least.0, if least.1 { ", or just that" } else { "" }));
    }
    if let Some(most) = bound(sup, HIGH, false).filter(|most| is_wider(bound(sub, HIGH, false), *most, false)) {
        found.push(format!("a number above {}{}", most.0, if most.1 { ", or just that" } else { "" }));
    }
    if let Some(unit) = sup.get("multipleOf") {
        let decimal = |value: &Value| value.to_string();
        let is_multiple = |own: &Value| Decimal::new(&decimal(own)).is_multiple_of(Decimal::new(&decimal(unit)));
        if !sub.get("multipleOf").is_some_and(is_multiple) {
            found.push(format!("a number that is no multiple of {unit}"));
        }
    }
    found
}

fn texts(sub: &Map<String, Value>, sup: &Map<String, Value>) -> Vec<String> {
    let mut found = lengths(sub, sup, ["minLength", "maxLength"], "a text", "characters");
    let other =
        |keyword: &str| sup.get(keyword).filter(|wanted| sub.get(keyword) != Some(wanted)).and_then(Value::as_str);
    found.extend(other("pattern").map(|pattern| format!("a text that does not match `{pattern}`")));
    found.extend(other("format").map(|format| format!("a text that is not of the format `{format}`")));
    found
}

fn lengths(
    sub: &Map<String, Value>,
    sup: &Map<String, Value>,
    [low, high]: [&str; 2],
    what: &str,
    of: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    let least = |keywords: &Map<String, Value>| keywords.get(low).and_then(Value::as_u64).unwrap_or(0);
    let most = |keywords: &Map<String, Value>| keywords.get(high).and_then(Value::as_u64).unwrap_or(u64::MAX);
    if least(sub) < least(sup) {
        found.push(format!("{what} of fewer than {} {of}", least(sup)));
    }
    if most(sub) > most(sup) {
        found.push(format!("{what} of more than {} {of}", most(sup)));
    }
    found
}

fn required(keywords: &Map<String, Value>) -> BTreeSet<&str> {
    let names = keywords.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut all = BTreeSet::new();
    all.extend(names.filter_map(Value::as_str));
    all
}

static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

fn properties(keywords: &Map<String, Value>) -> &Map<String, Value> {
    keywords.get("properties").and_then(Value::as_object).unwrap_or(&NOTHING)
}

/// What is said of fields that are not named. Everything that belongs together has been put together, so nothing is unevaluated
/// but those.
fn rest(keywords: &Map<String, Value>) -> Option<&Value> {
    keywords.get("additionalProperties").or_else(|| keywords.get("unevaluatedProperties"))
}

/// Whether fields that are not named may be anything.
fn is_open(rest: Option<&Value>) -> bool {
    rest.is_none_or(|rest| *rest == Value::Bool(true) || rest.as_object().is_some_and(Map::is_empty))
}

/// What the keywords that are not known here refuse, unless both schemas say the same of them.
fn unknown<'s>(
    sub: &'s Map<String, Value>,
    sup: &'s Map<String, Value>,
    kind: Kind,
    known: &'s [&str],
) -> impl Iterator<Item = String> + 's {
    let is_known = move |keyword: &str| known.contains(&keyword) || is_of_others(keyword, kind);
    // What is left over, and how often something is contained, depends on more than one keyword.
    let is_alone = |keyword: &str| !keyword.starts_with("unevaluated") && keyword != "contains";
    let is_same = move |keyword: &str, value: &Value| {
        is_alone(keyword) && sub.get(keyword) == Some(value) && !value.to_string().contains("\"$ref\"")
    };
    let told = sup.iter().filter(move |(keyword, value)| !is_known(keyword) && !is_same(keyword, value));
    told.map(|(keyword, _)| format!("what `{keyword}` refuses (which cannot be judged)"))
}

/// Whether a keyword says nothing about values of this kind.
fn is_of_others(keyword: &str, kind: Kind) -> bool {
    const NUMBERS: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    const TEXTS: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];
    const LISTS: [&str; 9] = [
        "minItems",
        "maxItems",
        "uniqueItems",
        "items",
        "prefixItems",
        "contains",
        "minContains",
        "maxContains",
        "unevaluatedItems",
    ];
    const OBJECTS: [&str; 9] = [
        "properties",
        "required",
        "additionalProperties",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
    ];
    (NUMBERS.contains(&keyword) && !matches!(kind, Kind::Integer | Kind::Number))
        || (TEXTS.contains(&keyword) && kind != Kind::String)
        || (LISTS.contains(&keyword) && kind != Kind::Array)
        || (OBJECTS.contains(&keyword) && kind != Kind::Object)
}
