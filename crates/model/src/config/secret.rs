//! Values that the file only names: `${NAME}` in any text, `"file:/path"` for a password.

use std::fmt;
use std::path::PathBuf;

/// Where the value of a secret is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The environment variable of this name: letters, digits and `_`.
    Environment(String),
    /// The file at this path; if relative, then to the folder of the config file.
    File(PathBuf),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Environment(name) => write!(f, "the environment variable {name}"),
            SecretSource::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

/// Looks up secrets; fails with the reason.
pub(super) type Lookup<'a> = dyn FnMut(SecretSource) -> Result<String, String> + 'a;

/// A text of the file with its secrets put in. Has no `Debug`, so that it cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// The text with its secrets.
    pub(super) value: String,
    /// The text with `***` for each secret; the same as `value` if it has none.
    pub(super) shown: String,
}

impl Text {
    /// Whether it holds a secret.
    pub(super) fn is_secret(&self) -> bool {
        self.value != self.shown
    }

    /// The value of `source`, a secret as a whole.
    ///
    /// # Errors
    ///
    /// What could not be looked up and why.
    pub(super) fn look_up(source: SecretSource, lookup: &mut Lookup) -> Result<Text, String> {
        Ok(Text { value: value_of(source, lookup)?, shown: "***".to_owned() })
    }
}

/// Puts the value of each `${NAME}` into `text`; `$${` stands for `${` itself. Values go through
/// `encode` with the place where they stand, and are not looked through for further names.
///
/// # Errors
///
/// Everything that could not be looked up and why.
pub(super) fn fill(
    text: &str,
    lookup: &mut Lookup,
    encode: impl Fn(usize, String) -> String,
) -> Result<Text, String> {
    let mut filled = Text { value: String::new(), shown: String::new() };
    let mut problems = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let literal = &rest[..at];
        let from = text.len() - rest.len() + at;
        rest = &rest[at + 2..];
        if let Some(literal) = literal.strip_suffix('$') {
            filled.both(literal);
            filled.both("${");
            continue;
        }
        filled.both(literal);
        let Some((name, after)) = rest.split_once('}').filter(|(name, _)| is_name(name)) else {
            problems.push(
                "write the name of an environment variable as ${NAME} (letters, digits and _); \
                 for ${ itself write $${"
                    .to_owned(),
            );
            continue;
        };
        rest = after;
        match value_of(SecretSource::Environment(name.to_owned()), lookup) {
            Ok(value) => {
                filled.value += &encode(from, value);
                filled.shown += "***";
            }
            Err(problem) => problems.push(problem),
        }
    }
    filled.both(rest);
    if problems.is_empty() { Ok(filled) } else { Err(problems.join("; ")) }
}

impl Text {
    fn both(&mut self, literal: &str) {
        self.value += literal;
        self.shown += literal;
    }
}

fn value_of(source: SecretSource, lookup: &mut Lookup) -> Result<String, String> {
    let what = source.to_string();
    match lookup(source) {
        Ok(value) => Ok(value.trim_end_matches(['\r', '\n']).to_owned()),
        Err(reason) => Err(format!("{what} cannot be read: {reason}")),
    }
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    begins && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
