//! A compiled schema: nodes in one list that name each other by index, so that a recursive type is nothing special.

use serde_json::Value;

use super::super::format::Format;
use super::super::number::Decimal;
use super::super::pattern::Pattern;
use super::kinds::Kinds;

/// Which node.
pub(crate) type Id = usize;

/// One schema, sorted by what its keywords speak about.
#[derive(Debug)]
pub(crate) struct Node {
    /// What `type` says.
    pub(crate) kinds: Kinds,
    /// What can pass at all, references and alternatives considered.
    pub(crate) accepts: Kinds,
    pub(crate) choices: Vec<Choice>,
    pub(crate) number: Numbers,
    pub(crate) string: Strings,
    pub(crate) array: Option<Box<Arrays>>,
    pub(crate) object: Option<Box<Objects>>,
    pub(crate) applied: Vec<Applied>,
    /// The node that this one only refers to.
    pub(crate) alias: Option<Id>,
    /// Whether a value without parts is right as soon as its kind is: said when all nodes are there.
    pub(crate) is_bare: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            kinds: Kinds::ALL,
            accepts: Kinds::ALL,
            choices: Vec::new(),
            number: Numbers::default(),
            string: Strings::default(),
            array: None,
            object: None,
            applied: Vec::new(),
            alias: None,
            is_bare: false,
        }
    }
}

impl Node {
    /// The schema `false`.
    pub(crate) fn never() -> Self {
        Self { kinds: Kinds::NONE, accepts: Kinds::NONE, ..Self::default() }
    }

    /// Whether nothing but the kind can make a value without parts wrong.
    pub(crate) fn judges_by_kind(&self) -> bool {
        self.choices.is_empty()
            && self.number.is_free()
            && self.string.is_free()
            && self.applied.is_empty()
            && self.alias.is_none()
    }

    /// Whether nothing but `type` and other schemas can make a value wrong.
    pub(crate) fn says_nothing(&self) -> bool {
        self.choices.is_empty()
            && self.number.is_free()
            && self.string.is_free()
            && self.array.is_none()
            && self.object.is_none()
    }
}

/// `enum`, or `const` as an `enum` of one.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) values: Vec<Value>,
}

/// A limit for numbers; most are small integers, which are compared as such.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) text: String,
    pub(crate) small: Option<i64>,
}

impl Limit {
    pub(crate) fn decimal(&self) -> Decimal<'_> {
        Decimal::new(&self.text)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) minimum: Option<Limit>,
    pub(crate) maximum: Option<Limit>,
    pub(crate) above: Option<Limit>,
    pub(crate) below: Option<Limit>,
    pub(crate) multiple_of: Option<Limit>,
}

impl Numbers {
    pub(crate) fn is_free(&self) -> bool {
        [&self.minimum, &self.maximum, &self.above, &self.below, &self.multiple_of].into_iter().all(Option::is_none)
    }
}

/// Bounds of a length or of a number of items.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
}

impl Size {
    pub(crate) fn is_free(self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Strings {
    pub(crate) length: Size,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) format: Option<Format>,
}

impl Strings {
    pub(crate) fn is_free(&self) -> bool {
        self.length.is_free() && self.pattern.is_none() && self.format.is_none()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Arrays {
    pub(crate) prefix: Vec<Id>,
    pub(crate) items: Option<Id>,
    pub(crate) length: Size,
    pub(crate) unique: bool,
    pub(crate) contains: Option<Id>,
    pub(crate) matching: Size,
}

/// A name that some keyword mentions.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// What `properties` says about it.
    pub(crate) node: Option<Id>,
    pub(crate) required: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// Sorted by name.
    pub(crate) fields: Vec<Field>,
    pub(crate) patterns: Vec<(Pattern, Id)>,
    pub(crate) additional: Option<Id>,
    pub(crate) unevaluated: Option<Id>,
    pub(crate) names: Option<Id>,
    pub(crate) size: Size,
    /// Indices of fields: the first one being there asks for the others.
    pub(crate) dependent: Vec<(usize, Vec<usize>)>,
    pub(crate) dependent_schemas: Vec<(usize, Id)>,
}

impl Objects {
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.index(name)?)
    }

    /// The index of the field with that name, which is added if need be.
    ///
    /// Indices move when fields are added; take those that are kept once all names are known.
    pub(crate) fn mention(&mut self, name: &str) -> &mut Field {
        let found = self.fields.binary_search_by(|field| field.name.as_str().cmp(name));
        let index = found.unwrap_or_else(|index| {
            self.fields.insert(index, Field { name: name.to_owned(), node: None, required: false });
            index
        });
        self.fields.get_mut(index).expect("it was found or inserted there")
    }

    /// The names that `properties` describes.
    pub(crate) fn known(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|field| field.node.is_some()).map(|field| field.name.as_str())
    }
}

/// A keyword that applies other schemas to the same value.
#[derive(Debug)]
pub(crate) enum Applied {
    /// `$ref` and `allOf`.
    All(Vec<Id>),
    Any(Alternatives),
    One(Alternatives),
    Not(Id),
    If {
        condition: Id,
        then: Option<Id>,
        otherwise: Option<Id>,
    },
}

/// The schemas of `anyOf` or `oneOf`, and how to find the one that was meant.
#[derive(Debug, Default)]
pub(crate) struct Alternatives {
    pub(crate) branches: Vec<Id>,
    pub(crate) sign: Option<Sign>,
    /// Every string that can pass, if these are finitely many.
    pub(crate) strings: Option<Vec<String>>,
}

/// What tells the alternatives for objects apart.
#[derive(Debug)]
pub(crate) enum Sign {
    /// The value of a required field, with the alternative that it selects.
    Tag { field: String, branches: Vec<(String, Id)> },
    /// The only field, with the alternative that it selects.
    Key(Vec<(String, Id)>),
}
