//! Writes values into a template.

use super::{Operator, Part};

/// Expands the template with one value for each variable.
pub(super) fn expand(parts: &[Part], values: &[Option<&str>]) -> String {
    let mut uri = String::new();
    let mut values = values.iter().copied();
    for part in parts {
        match part {
            Part::Literal(text) => uri.push_str(text),
            Part::Expression { operator, variables } => {
                let own: Vec<_> = variables.iter().map(|name| (*name, values.next().flatten())).collect();
                write(&mut uri, *operator, &own);
            }
        }
    }
    uri
}

fn write(uri: &mut String, operator: Operator, variables: &[(&str, Option<&str>)]) {
    let several = variables.len() > 1;
    let mut between = operator.prefix();
    for (name, value) in variables {
        let Some(value) = value else { continue };
        uri.extend(between);
        between = Some(separator(operator));
        write_name(uri, operator, name, value);
        value.chars().for_each(|char| encode(uri, char, stays(operator, several, char)));
    }
}

fn separator(operator: Operator) -> char {
    match operator {
        Operator::Simple | Operator::Reserved | Operator::Fragment => ',',
        Operator::Label => '.',
        Operator::Path => '/',
        Operator::PathParameter => ';',
        Operator::Query | Operator::QueryContinuation => '&',
    }
}

fn write_name(uri: &mut String, operator: Operator, name: &str, value: &str) {
    let equals = match operator {
        Operator::Query | Operator::QueryContinuation => "=",
        Operator::PathParameter if value.is_empty() => "",
        Operator::PathParameter => "=",
        Operator::Simple | Operator::Reserved | Operator::Fragment | Operator::Label | Operator::Path => return,
    };
    uri.push_str(name);
    uri.push_str(equals);
}

/// Whether a character is written as it is.
fn stays(operator: Operator, several: bool, char: char) -> bool {
    let unreserved = char.is_ascii_alphanumeric() || matches!(char, '-' | '.' | '_' | '~');
    match operator {
        Operator::Label if several => unreserved && char != '.',
        Operator::Reserved | Operator::Fragment if char == ',' => !several,
        Operator::Reserved => unreserved || "/:@!$&'()*+;=[]".contains(char),
        Operator::Fragment => unreserved || "/:@!$&'()*+;=[]?".contains(char),
        Operator::Simple
        | Operator::Label
        | Operator::Path
        | Operator::PathParameter
        | Operator::Query
        | Operator::QueryContinuation => unreserved,
    }
}

fn encode(uri: &mut String, char: char, stays: bool) {
    if stays {
        return uri.push(char);
    }
    for byte in char.encode_utf8(&mut [0; 4]).bytes() {
        uri.push('%');
        uri.extend(
            [byte >> 4, byte & 15]
                .into_iter()
                .filter_map(|digit| char::from_digit(digit.into(), 16))
                .map(|digit| digit.to_ascii_uppercase()),
        );
    }
}
