//! Decodes what a client filled in: straight from the bytes of the request, checked against the published schema.
//!
//! A value is read strictly first. Only what fails is read again with the documented, lossless repairs
//! (`"3"` for an integer, JSON text for a list); whatever is still wrong is reported, all of it at once.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::resolved;
use crate::json::scan::{Broken, Cursor};
use crate::param::{Argument, Param};
use crate::protocol::quoted;
use crate::schema::{Problem, Rules, nearest, unreadable};

/// What a client filled in for the parameters of one item.
#[derive(Debug)]
pub struct Arguments<'a> {
    params: &'static [Param],
    rules: &'a Rules,
    /// The whole object, for who takes all of it.
    object: Option<&'a str>,
    given: Slots<'a>,
    problems: Vec<Problem>,
    /// How many names are not arguments, beyond those that are reported.
    unknown: usize,
}

/// A place for each parameter: without an allocation for the first few, because most functions have no more.
#[derive(Debug)]
struct Slots<'a> {
    first: [Option<Cow<'a, str>>; FEW],
    rest: Vec<Option<Cow<'a, str>>>,
}

const FEW: usize = 4;

impl<'a> Slots<'a> {
    fn new(count: usize) -> Self {
        Self { first: [const { None }; FEW], rest: vec![None; count.saturating_sub(FEW)] }
    }

    fn get_mut(&mut self, index: usize) -> Option<&mut Option<Cow<'a, str>>> {
        match index.checked_sub(FEW) {
            None => self.first.get_mut(index),
            Some(index) => self.rest.get_mut(index),
        }
    }
}

/// Everything that was wrong with the arguments.
#[derive(Debug, Default)]
pub struct Refused(pub(crate) Vec<Problem>);

/// At most this many problems are told: more help nobody.
const MOST_PROBLEMS: usize = 50;

impl<'a> Arguments<'a> {
    /// From the JSON object of a request; `None` is an empty one.
    pub(crate) fn from_json(params: &'static [Param], rules: &'a Rules, object: Option<&'a str>) -> Self {
        let given = Slots::new(params.len());
        let mut arguments = Self { params, rules, object, given, problems: Vec::new(), unknown: 0 };
        if let (Some(object), Rules::Made(_)) = (object, rules) {
            arguments.read(object);
        }
        arguments
    }

    /// From the variables of a URI, in the order of the parameters.
    pub(crate) fn from_texts(
        params: &'static [Param],
        rules: &'a Rules,
        texts: impl IntoIterator<Item = Option<Cow<'a, str>>>,
    ) -> Self {
        let quote = |text: Cow<'_, str>| Cow::Owned(Value::from(text).to_string());
        let mut given = Slots::new(params.len());
        for (index, text) in texts.into_iter().enumerate() {
            if let Some(slot) = given.get_mut(index) {
                *slot = text.map(quote);
            }
        }
        Self { params, rules, object: None, given, problems: Vec::new(), unknown: 0 }
    }

    fn read(&mut self, object: &'a str) {
        let read = Cursor::new(object).object(|name, value| {
            let json = value.skip(1)?;
            self.member(&name.text()?, json);
            Ok(())
        });
        match read {
            Ok(()) => {}
            Err(Broken::Unicode) => self.problem("", "have a name that is not valid Unicode".into()),
            Err(Broken::Syntax | Broken::Depth) => self.problem("", "are not valid JSON".into()),
        }
    }

    /// Sorts a member of the object into the place of its parameter.
    fn member(&mut self, name: &str, json: &'a str) {
        let place = self.params.iter().position(|param| param.is_called(name));
        let Some(slot) = place.and_then(|index| self.given.get_mut(index)) else {
            return self.unknown(name);
        };
        if slot.replace(Cow::Borrowed(json)).is_some() && self.problems.len() < MOST_PROBLEMS {
            self.problem(&quoted(name), "is given twice".into());
        }
    }

    /// An argument that must be given.
    pub fn required<T: Argument>(&mut self, index: usize) -> Option<T> {
        match self.take(index) {
            Some(json) => self.decode(index, &json),
            None => self.missing(index),
        }
    }

    /// An `Option`, or an argument with a default: `null` counts as absent.
    pub fn optional<T: Argument>(&mut self, index: usize) -> Option<Option<T>> {
        match self.take(index).filter(|json| json != "null") {
            Some(json) => self.decode(index, &json).map(Some),
            None => Some(None),
        }
    }

    /// An argument that is a field of a hidden struct, because it has attributes of serde.
    pub fn field<P: DeserializeOwned>(&mut self, index: usize) -> Option<P> {
        let name = self.params.get(index)?.name;
        let Some(json) = self.take(index) else {
            // An absent field is serde's to judge.
            let absent = serde_json::from_str("{}").ok();
            return absent.or_else(|| self.missing(index));
        };
        let name = Value::from(name);
        let wrapped = |json: &str| serde_json::from_str::<P>(&format!("{{{name}:{json}}}"));
        if json == "null"
            && let Ok(absent) = serde_json::from_str("{}")
        {
            return Some(absent);
        }
        self.read_value(index, &json, wrapped)
    }

    /// All arguments together, for an item whose schema was written by hand.
    pub fn whole<T: DeserializeOwned>(&mut self) -> Option<T> {
        let Rules::HandWritten(rules) = self.rules else {
            return None;
        };
        let object = self.object.unwrap_or("{}");
        match serde_json::from_str::<Value>(object) {
            Ok(value) => self.problems = rules.problems(&value),
            Err(error) => self.problem("", unreadable(&error)),
        }
        if !self.problems.is_empty() {
            return None;
        }
        let whole = serde_json::from_str(object);
        whole.map_err(|error| self.problem("", unreadable(&error))).ok()
    }

    /// Everything that was wrong, if anything was.
    ///
    /// # Errors
    /// With all problems at once.
    pub fn finish(self) -> Result<(), Refused> {
        let Self { mut problems, unknown, .. } = self;
        if problems.is_empty() {
            return Ok(());
        }
        let more = unknown.saturating_add(problems.len().saturating_sub(MOST_PROBLEMS));
        problems.truncate(MOST_PROBLEMS);
        if more > 0 {
            problems.push(Problem { path: String::new(), message: format!("have {more} more problems") });
        }
        Err(Refused(problems))
    }

    fn take(&mut self, index: usize) -> Option<Cow<'a, str>> {
        self.given.get_mut(index)?.take()
    }

    fn missing<T>(&mut self, index: usize) -> Option<T> {
        let name = self.params.get(index).map_or("", |param| param.name);
        // A value that was refused already is not missing as well.
        if !self.problems.iter().any(|problem| problem.path == name) {
            self.problem(name, "is required".into());
        }
        None
    }

    fn decode<T: Argument>(&mut self, index: usize, json: &str) -> Option<T> {
        self.read_value(index, json, parse)
    }

    fn read_value<T>(&mut self, index: usize, json: &str, parse: impl Fn(&str) -> serde_json::Result<T>) -> Option<T> {
        let mut value = None;
        self.try_value(index, json, &mut |json| {
            value = Some(parse(json)?);
            Ok(())
        });
        value
    }

    /// Gives `parse` what it may take: the value as it is, or repaired. What is wrong with it goes to the problems.
    fn try_value(&mut self, index: usize, json: &str, parse: &mut Parse<'_>) -> Option<()> {
        let name = self.params.get(index)?.name;
        let Rules::Made(properties) = self.rules else {
            return None;
        };
        let place = properties.get(index)?;
        if place.is_right_by_kind(json) && parse(json).is_ok() {
            return Some(());
        }
        let mut strict = Vec::new();
        place.problems(name, json, &mut strict);
        if is_taken(name, json, parse, &mut strict) {
            return Some(());
        }
        let Some(repaired) = place.coerce(json) else {
            self.problems.append(&mut strict);
            return None;
        };
        // What is still wrong after the repair is what the client has to change.
        let mut left = Vec::new();
        place.problems(name, &repaired, &mut left);
        let is_taken = is_taken(name, &repaired, parse, &mut left);
        self.problems.append(&mut left);
        is_taken.then_some(())
    }

    fn problem(&mut self, path: &str, message: String) {
        self.problems.push(Problem { path: path.into(), message });
    }

    fn unknown(&mut self, key: &str) {
        if self.problems.len() >= MOST_PROBLEMS {
            self.unknown = self.unknown.saturating_add(1);
            return;
        }
        let known: Vec<&str> = self.params.iter().map(|param| param.name).collect();
        let message = if known.is_empty() {
            "is not an argument; there are none".to_owned()
        } else {
            let guess = nearest(key, known.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
            let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            format!("is not an argument; known: {known}{}", guess.unwrap_or_default())
        };
        // The path of the whole is empty, so an empty name needs quotes.
        let path = if key.is_empty() { "\"\"".into() } else { quoted(key) };
        self.problem(&path, message);
    }
}

/// Reads a value. Texts and integers are read by hand: most arguments are one of them, and no error is lost, since whatever
/// is not read at once is left to serde.
fn parse<T: Argument>(json: &str) -> serde_json::Result<T> {
    let mut value: Option<T> = None;
    let place: &mut dyn Any = &mut value;
    if let Some(text) = place.downcast_mut::<Option<String>>() {
        *text = json.strip_prefix('"').and_then(|rest| resolved(rest.strip_suffix('"')?).ok());
    } else if let Some(integer) = place.downcast_mut::<Option<i64>>() {
        *integer = json.parse().ok();
    }
    value.map_or_else(|| serde_json::from_str(json), Ok)
}

/// Takes a value, or says why not. What takes it knows its type; all else about it is compiled once.
type Parse<'p> = dyn FnMut(&str) -> serde_json::Result<()> + 'p;

/// Whether serde takes a value, if the schema had no problems with it; else its own is added.
fn is_taken(name: &str, json: &str, parse: &mut Parse<'_>, problems: &mut Vec<Problem>) -> bool {
    if problems.is_empty() {
        let error = parse(json).err();
        problems.extend(error.map(|error| Problem { path: name.into(), message: unreadable(&error) }));
    }
    problems.is_empty()
}

/// The refusal of arguments that were not all there.
pub fn refused(finished: Result<(), Refused>) -> Refused {
    finished.err().unwrap_or_default()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { path, message }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            match path.as_str() {
                "" => write!(f, "{separator}- the arguments {message}")?,
                path => write!(f, "{separator}- `{path}` {message}")?,
            }
        }
        Ok(())
    }
}
