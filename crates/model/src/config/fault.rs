//! One thing wrong with the file, in words that let the owner mend it.

use std::fmt;
use std::ops::Range;

/// One thing wrong with the file.
///
/// Its `Display` is one line without the file's name, such as
/// `12:12: camera[0].pre_roll = "90s": must be between 0s and 60s`; write `{file}:{fault}`.
/// Contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    span: Range<usize>,
    line: usize,
    column: usize,
    key: String,
    got: Option<String>,
    problem: String,
    shows: Shows,
}

/// How much of its line an excerpt may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// All of it, less what looks like a secret.
    Line,
    /// As far as the place at fault.
    Span,
    /// As far as the beginning of the place, for a secret may stand in it.
    Start,
}

impl Fault {
    /// A fault in `text` at the bytes `span`, of the key with the path `key` (empty: of TOML).
    pub(super) fn new(text: &str, span: Range<usize>, key: &str, problem: String) -> Self {
        let (line, column) = line_and_column(text, span.start);
        let shows = if key.is_empty() { Shows::Line } else { Shows::Span };
        Self { span, line, column, key: key.to_owned(), got: None, problem, shows }
    }

    /// The same, showing the value as it is written, if that fits a line.
    pub(super) fn showing(mut self, got: &str) -> Self {
        let fits = got.chars().count() <= 60 && !got.chars().any(char::is_control);
        self.got = fits.then(|| got.to_owned());
        self
    }

    /// The same of a value that may hold a secret.
    pub(super) fn hiding(mut self) -> Self {
        self.shows = Shows::Start;
        self
    }

    /// The same, told of a set: a key and its value in one text.
    pub(super) fn of_set(self, set: &str, problem: String) -> Self {
        Self { key: set.to_owned(), got: None, problem, ..self }
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, from 1, in characters.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// The bytes of the text that are at fault. May be empty, and may be its very end.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The key's path, such as `camera[2].pre_roll`, or nothing if the fault is of TOML itself.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong and what would be right.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The line at fault, as far as it may be shown, and below it a line with carets at the place;
    /// nothing if a secret stands before the place. `text` must be the text that was read.
    ///
    /// Print this rather than the bare line: passwords stand in such files.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> Option<String> {
        let before = text.get(..self.span.start)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let within_long_string =
            ["\"\"\"", "'''"].iter().any(|quotes| before[..start].matches(quotes).count() % 2 == 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let at = self.span.start - start;
        let end = match self.shows {
            Shows::Line => line.len(),
            Shows::Span => (self.span.end - start).min(line.len()),
            Shows::Start => at,
        };
        let end = end.min(secret_begins(line));
        let (indent, marked) = (line.get(..at)?, line.get(at..end.max(at))?);
        if within_long_string || end < at {
            return None;
        }
        let dots = if end < line.len() { "…" } else { "" };
        let below = indent.chars().map(|letter| if letter == '\t' { '\t' } else { ' ' });
        let width = match self.shows {
            Shows::Line => self.span.len().min(marked.chars().count()),
            Shows::Span | Shows::Start => marked.chars().count(),
        };
        let carets = "^".repeat(width.max(1));
        Some(format!("{indent}{marked}{dots}\n{}{carets}", below.collect::<String>()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match (self.key.as_str(), &self.got) {
            ("", _) => write!(f, "{}", self.problem),
            (key, None) => write!(f, "{key}: {}", self.problem),
            (key, Some(got)) => write!(f, "{key} = {got}: {}", self.problem),
        }
    }
}

/// Where byte `at` of `text` lies for a person.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// The byte of `line` from which on a secret may stand; its length if there is none.
fn secret_begins(line: &str) -> usize {
    let lower = line.to_ascii_lowercase();
    let named = ["pass", "pasw", "pwd", "secret", "token"].iter().filter_map(|word| {
        let word_ends = lower.find(word)? + word.len();
        Some(lower[word_ends..].find(['=', ':']).map_or(word_ends, |at| word_ends + at + 1))
    });
    let in_address = lower.find("://").filter(|at| lower[*at..].contains('@')).map(|at| at + 3);
    named.chain(in_address).min().unwrap_or(line.len())
}

/// The known word that was probably meant by `word`.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    let far = |candidate: &str| distance(&word, &plain(candidate));
    let (distance, nearest) = known.iter().map(|known| (far(known), *known)).min()?;
    (distance <= nearest.chars().count().div_ceil(3)).then_some(nearest)
}

/// How many letters must be put in, left out or changed to make `left` into `right`.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().take(64).enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
