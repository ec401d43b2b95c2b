//! Walks the tables of a TOML text, keeps the place of every value, and goes on after each fault.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, line_and_column, nearest};
use super::schema::homes;
use super::secret::{self, Lookup, Text};

/// Reads `text` into the raw tables of `T` and has `check` make the checked value of them.
///
/// # Errors
///
/// All faults, in the order of the file; at least one.
pub(super) fn read<T: Table, C>(
    text: &str,
    secrets: &mut Lookup,
    check: impl FnOnce(T, &mut Reader) -> Option<C>,
) -> Result<C, Vec<Fault>> {
    let (root, broken) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = broken.iter().map(|error| syntax(text, error)).collect();
    let broken_lines: BTreeSet<usize> = faults.iter().map(Fault::line).collect();
    let mut reader = Reader { text, secrets, is_broken: !faults.is_empty(), faults: Vec::new() };
    let raw = Keys::of(&mut reader, root.get_ref(), Place::of(String::new(), 0..0)).read_all();
    let checked = check(raw, &mut reader);
    // Where TOML itself is broken, what was made of the line says nothing.
    faults.extend(reader.faults.into_iter().filter(|fault| !broken_lines.contains(&fault.line())));
    faults.sort_by_key(|fault| fault.span().start);
    match checked {
        Some(checked) if faults.is_empty() => Ok(checked),
        _ => Err(faults),
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> Fault {
    let end = text.len();
    let span = error.span().unwrap_or(end..end);
    let span = span.start.min(end)..span.end.min(end);
    Fault::new(text, span, "", format!("not valid TOML: {}", error.message()))
}

/// Where a value or a table stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: String,
    span: Range<usize>,
    is_secret: bool,
}

impl Place {
    fn of(path: String, span: Range<usize>) -> Self {
        Self { path, span, is_secret: false }
    }

    /// The path of the key, such as `camera[2].name`.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// What the file says of one key.
#[derive(Clone, Default)]
pub(super) enum Key<T> {
    /// Nothing.
    #[default]
    Absent,
    /// Something wrong there, which is reported already.
    Refused(Place),
    /// This, there.
    Given(T, Place),
}

impl<T> Key<T> {
    /// The value and its place, if there is a good one.
    pub(super) fn given(&self) -> Option<(&T, &Place)> {
        match self {
            Key::Given(value, place) => Some((value, place)),
            Key::Absent | Key::Refused(_) => None,
        }
    }

    /// The place of the value, good or not, if there is one.
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Key::Given(_, place) | Key::Refused(place) => Some(place),
            Key::Absent => None,
        }
    }

    /// The value, if there is a good one.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Key::Given(value, _) => Some(value),
            Key::Absent | Key::Refused(_) => None,
        }
    }
}

/// A value as TOML has it, secrets put in.
pub(super) enum Value {
    /// Text in quotes.
    Text(Text),
    /// A whole number or one with a point, in decimal digits.
    Number(String),
    /// Yes or no.
    Truth(bool),
    /// Several values.
    List(Vec<Value>),
    /// Anything else.
    Other,
}

impl Value {
    /// The value with its secrets put in, as `T` wants them.
    ///
    /// # Errors
    ///
    /// What could not be looked up and why.
    fn of<T: Read>(value: &DeValue, secrets: &mut Lookup) -> Result<Self, String> {
        Self::within::<T>(value, secrets, 2)
    }

    /// The same, where lists stand in one another up to `depth` deep; no key has deeper ones.
    fn within<T: Read>(
        value: &DeValue,
        secrets: &mut Lookup,
        depth: usize,
    ) -> Result<Self, String> {
        Ok(match value {
            DeValue::String(text) => Value::Text(T::fill(text, secrets)?),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Other, |number| Value::Number(number.to_string())),
            DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
            DeValue::Boolean(truth) => Value::Truth(*truth),
            DeValue::Array(values) if depth > 0 => {
                let values = values
                    .iter()
                    .map(|value| Value::within::<T>(value.get_ref(), secrets, depth - 1));
                Value::List(values.collect::<Result<_, _>>()?)
            }
            DeValue::Array(_) | DeValue::Table(_) | DeValue::Datetime(_) => Value::Other,
        })
    }

    fn is_secret(&self) -> bool {
        match self {
            Value::Text(text) => text.is_secret(),
            Value::List(values) => values.iter().any(Value::is_secret),
            Value::Number(_) | Value::Truth(_) | Value::Other => false,
        }
    }
}

/// What one key can hold.
pub(super) trait Read: Sized {
    /// Whether the value is never shown.
    const IS_SECRET: bool = false;

    /// Puts the secrets into a text.
    ///
    /// # Errors
    ///
    /// What could not be looked up and why.
    fn fill(text: &str, secrets: &mut Lookup) -> Result<Text, String> {
        secret::fill(text, secrets, |_, value| value)
    }

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// What is wrong and what would be right.
    fn read(value: &Value) -> Result<Self, String>;

    /// The JSON schema of what `read` takes.
    fn schema() -> Schema;
}

/// A raw table.
pub(super) trait Table {
    /// Reads every key the table can have.
    fn read(keys: &mut Keys) -> Self;
}

/// A reading in progress: where secrets come from and where faults go.
pub(super) struct Reader<'a> {
    text: &'a str,
    secrets: &'a mut Lookup<'a>,
    is_broken: bool,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Notes that the value at `place` is wrong.
    pub(super) fn refuse(&mut self, place: &Place, problem: impl Into<String>) {
        let fault = Fault::new(self.text, place.span.clone(), &place.path, problem.into());
        let got = self.text.get(place.span.clone()).unwrap_or_default();
        self.faults.push(if place.is_secret { fault.hiding() } else { fault.showing(got) });
    }

    /// Notes that the table at `place` has a fault as a whole.
    pub(super) fn refuse_table(&mut self, place: &Place, problem: impl Into<String>) {
        self.faults.push(Fault::new(self.text, place.span.clone(), &place.path, problem.into()));
    }

    /// Notes that a key is missing from the table at `place`. Says nothing where TOML is broken:
    /// the key may stand in what could not be read.
    pub(super) fn missing(&mut self, place: &Place, key: &str, example: &str) {
        self.missing_value(place, key, &format!("{example:?}"));
    }

    /// The same of a key that holds no text; `example` is as the file has it.
    pub(super) fn missing_value(&mut self, place: &Place, key: &str, example: &str) {
        if !self.is_broken {
            self.refuse_table(place, format!("{key} is missing; write {key} = {example}"));
        }
    }

    /// Whether TOML is broken: then what is not found may stand in what could not be read.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// The line of `place`, from 1.
    pub(super) fn line(&self, place: &Place) -> usize {
        line_and_column(self.text, place.span.start).0
    }
}

/// The keys of one table of the file, and which of them were asked for.
pub(super) struct Keys<'k, 'a> {
    reader: &'k mut Reader<'a>,
    table: &'k DeTable<'k>,
    place: Place,
    known: Vec<&'static str>,
    takes_any: bool,
}

impl<'k, 'a> Keys<'k, 'a> {
    fn of(reader: &'k mut Reader<'a>, table: &'k DeTable<'k>, place: Place) -> Self {
        Self { reader, table, place, known: Vec::new(), takes_any: false }
    }

    fn read_all<T: Table>(mut self) -> T {
        let table = T::read(&mut self);
        self.refuse_unknown();
        table
    }

    /// Where the table stands.
    pub(super) fn place(&self) -> Place {
        self.place.clone()
    }

    /// What the table says of the key `name`.
    pub(super) fn key<T: Read>(&mut self, name: &'static str) -> Key<T> {
        let Some(found) = self.find(name) else { return Key::Absent };
        self.value(self.path(name), found)
    }

    /// What the table says of each of its keys, whatever they are called, in the order of the file.
    pub(super) fn each<T: Read>(&mut self) -> Vec<(String, Key<T>)> {
        self.takes_any = true;
        let mut keys: Vec<_> = self.table.iter().collect();
        keys.sort_by_key(|(name, _)| name.span().start);
        let keys = keys.into_iter().map(|(name, found)| {
            let name = name.get_ref();
            (name.to_string(), self.value(self.path(&written(name)), found))
        });
        keys.collect()
    }

    fn value<T: Read>(&mut self, path: String, found: &Spanned<DeValue>) -> Key<T> {
        let mut place = Place::of(path, found.span());
        // A text behind a key that may be any may be a password that belongs elsewhere.
        place.is_secret = T::IS_SECRET || (self.takes_any && found.get_ref().is_str());
        let value = Value::of::<T>(found.get_ref(), self.reader.secrets);
        place.is_secret |= value.as_ref().is_ok_and(Value::is_secret);
        match value.and_then(|value| T::read(&value)) {
            Ok(value) => Key::Given(value, place),
            Err(problem) => {
                self.reader.refuse(&place, problem);
                Key::Refused(place)
            }
        }
    }

    /// The table `name` within this one; as if empty if there is none.
    pub(super) fn table<T: Table>(&mut self, name: &'static str) -> T {
        let place = Place::of(self.path(name), self.place.span.clone());
        let found = self.table_if_any(name);
        let empty = DeTable::new();
        found.unwrap_or_else(|| Keys::of(self.reader, &empty, place).read_all())
    }

    /// The table `name` within this one, if there is one.
    pub(super) fn table_if_any<T: Table>(&mut self, name: &'static str) -> Option<T> {
        let found = self.find(name)?;
        let place = Place::of(self.path(name), found.span());
        let Some(table) = found.get_ref().as_table() else {
            let header = header(&place);
            let problem = format!("must be a table; write [{header}] on a line of its own");
            self.reader.refuse_table(&place, problem);
            return None;
        };
        Some(Keys::of(self.reader, table, place).read_all())
    }

    /// The tables `name` within this one, each under its own `[[name]]`.
    pub(super) fn tables<T: Table>(&mut self, name: &'static str) -> Vec<T> {
        self.tables_if_any(name).unwrap_or_default()
    }

    /// The same, if anything is said of them: an empty list says that there are none.
    pub(super) fn tables_if_any<T: Table>(&mut self, name: &'static str) -> Option<Vec<T>> {
        let found = self.find(name)?;
        let mut tables = Vec::new();
        let items = found.get_ref().as_array();
        let header = header(&Place::of(self.path(name), found.span()));
        let problem = format!("write [[{header}]] on a line of its own before each {name}");
        if items.is_none() {
            let place = Place::of(self.path(name), found.span());
            self.reader.refuse_table(&place, &problem[..]);
        }
        for (index, item) in items.into_iter().flatten().enumerate() {
            let place = Place::of(format!("{}[{index}]", self.path(name)), item.span());
            match item.get_ref().as_table() {
                Some(table) => tables.push(Keys::of(self.reader, table, place).read_all()),
                None => self.reader.refuse_table(&place, &problem[..]),
            }
        }
        Some(tables)
    }

    fn find(&mut self, name: &'static str) -> Option<&'k Spanned<DeValue<'k>>> {
        self.known.push(name);
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    fn path(&self, name: &str) -> String {
        match self.place.path.as_str() {
            "" => name.to_owned(),
            table => format!("{table}.{name}"),
        }
    }

    fn refuse_unknown(&mut self) {
        for (key, _) in self.table {
            let name = key.get_ref();
            if self.takes_any || self.known.iter().any(|known| known == name) {
                continue;
            }
            let homes = homes(name);
            let hint = match nearest(name, &self.known) {
                _ if !homes.is_empty() => format!("it belongs under {}", homes.join(" or ")),
                Some(known) => format!("did you mean {known}?"),
                None => format!("known here are {}", self.known.join(", ")),
            };
            let place = Place::of(self.path(&written(name)), key.span());
            self.reader.refuse_table(&place, format!("unknown key; {hint}"));
        }
    }
}

/// A key as the file has it: in quotes where it needs them.
fn written(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let bare = !name.is_empty() && name.chars().all(is_bare);
    if bare { name.to_owned() } else { format!("{name:?}") }
}

/// How the header of the table at `place` is written: tables in a list are not numbered.
fn header(place: &Place) -> String {
    let parts = place.path.split('.').map(|part| part.split('[').next().unwrap_or(part));
    parts.collect::<Vec<_>>().join(".")
}

impl<T: Read> JsonSchema for Key<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Key".into() // Never shown, for the schema is inlined.
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}
