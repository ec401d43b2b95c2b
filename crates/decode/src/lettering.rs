//! A line of text as small squares: an alphabet of eight by eight (font8x8, from the fonts of the IBM PC).

use std::ops::Range;

use font8x8::{BASIC_FONTS, BOX_FONTS, GREEK_FONTS, LATIN_FONTS, UnicodeFonts};

/// A line of text for a picture of a certain size.
pub(crate) struct Line {
    /// Eight rows from above, in each the leftmost square in the lowest bit.
    letters: Vec<[u8; 8]>,
    /// Pixels across and down of a square; 0 if not even one letter fits.
    scale: usize,
}

/// Squares across and down of a letter, and around the line.
const LETTER: usize = 8;
const MARGIN: usize = 2;

/// A picture of so many rows has squares of one pixel; twice as high, twice as large.
const ROWS: usize = 270;

/// Stands for a letter that is not in the alphabet.
const UNKNOWN: [u8; 8] = [0x7f, 0x41, 0x41, 0x41, 0x41, 0x41, 0x7f, 0];

impl Line {
    /// `text` for a picture of `width` by `height` pixels.
    pub(crate) fn new(text: &str, width: usize, height: usize) -> Self {
        let mut letters: Vec<[u8; 8]> =
            text.chars().filter(|letter| !letter.is_control()).map(drawn).collect();
        let across = letters.len() * LETTER + 2 * MARGIN;
        let wanted = ((height + ROWS / 2) / ROWS).max(1);
        let mut scale = wanted.min(width / across).max(1);
        letters.truncate(width.saturating_sub(2 * MARGIN * scale) / (LETTER * scale));
        if letters.is_empty() || (LETTER + 2 * MARGIN) * scale > height {
            letters.clear();
            scale = 0;
        }
        Self { letters, scale }
    }

    /// Pixels across and down of a square.
    pub(crate) fn scale(&self) -> usize {
        self.scale
    }

    /// The columns and rows of pixels that the line takes with its margin.
    pub(crate) fn strip(&self) -> (Range<usize>, Range<usize>) {
        let across = self.letters.len() * LETTER + 2 * MARGIN;
        (0..across * self.scale, 0..(LETTER + 2 * MARGIN) * self.scale)
    }

    /// The upper left pixel of each square of a letter: column and row.
    pub(crate) fn lit(&self) -> impl Iterator<Item = (usize, usize)> {
        self.letters.iter().enumerate().flat_map(move |(place, letter)| {
            letter.iter().enumerate().flat_map(move |(row, squares)| {
                let lit = (0..LETTER).filter(move |column| squares >> column & 1 == 1);
                lit.map(move |column| {
                    let column = MARGIN + place * LETTER + column;
                    (column * self.scale, (MARGIN + row) * self.scale)
                })
            })
        })
    }
}

fn drawn(letter: char) -> [u8; 8] {
    let alphabets: [&dyn UnicodeFonts; 4] = [&BASIC_FONTS, &LATIN_FONTS, &GREEK_FONTS, &BOX_FONTS];
    let drawn = alphabets.iter().find_map(|alphabet| alphabet.get(letter));
    // Some signs are in the alphabet, but empty.
    drawn.filter(|drawn| *drawn != [0; 8] || letter.is_whitespace()).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_letters_are_drawn_and_others_are_a_box() {
        for letter in ('!'..='~').chain('À'..='ÿ').chain(['°', '§']) {
            assert!(![UNKNOWN, [0; 8]].contains(&drawn(letter)), "{letter:?}");
        }
        assert_eq!(drawn(' '), [0; 8]);
        assert_eq!(drawn('\u{1f600}'), UNKNOWN);
    }

    #[test]
    fn letters_grow_with_the_picture_until_the_line_is_too_long() {
        let scale = |width, height| Line::new("Front door", width, height).scale();
        assert_eq!([scale(320, 180), scale(640, 360), scale(1280, 720)], [1, 1, 3]);
        assert_eq!([scale(1920, 1080), scale(3840, 2160)], [4, 8]);
        assert_eq!(scale(250, 1080), 2);
        assert_eq!(Line::new("Front door", 50, 1080).letters.len(), 5);
        assert_eq!(scale(9, 9), 0);
    }

    #[test]
    fn a_line_stays_within_its_strip() {
        let line = Line::new("Ä\ny", 1920, 1080);
        let (columns, rows) = line.strip();
        assert_eq!((columns.len(), rows.len()), (80, 48), "a control character is none");
        let scale = line.scale();
        assert!(
            line.lit().all(|(x, y)| columns.contains(&(x + scale)) && rows.contains(&(y + scale)))
        );
    }
}
