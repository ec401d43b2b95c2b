//! Class names: in a file, in a model, or nowhere.

use watchpost_model::Label;

use crate::coco;

/// More class names than any detector has: a text with more is none of ours.
const MOST: usize = 10_000;

/// Reads class names as exporters write them into a model's metadata: a Python dict or list, or JSON.
/// `{0: 'person', 1: 'bicycle'}` is that of Ultralytics, under the key `names`. `None` if it is nothing
/// of the kind, or a number is missing.
pub(crate) fn read(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let numbered = match (text.chars().next()?, text.chars().next_back()?) {
        ('{', '}') => true,
        ('[', ']') => false,
        _ => return None,
    };
    let words = words(text.get(1..text.len() - 1)?)?;
    if !numbered {
        return (!words.is_empty()).then_some(words);
    }
    let mut pairs = Vec::new();
    for pair in words.chunks(2) {
        let [number, name] = pair else { return None };
        pairs.push((number.parse::<usize>().ok()?, name.clone()));
    }
    pairs.sort();
    let complete = pairs.iter().enumerate().all(|(index, (number, _))| index == *number);
    (complete && !pairs.is_empty()).then(|| pairs.into_iter().map(|(_, name)| name).collect())
}

/// What stands between commas and colons, without its quotes.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        let mut word = String::new();
        match first {
            ',' | ':' | ' ' | '\n' | '\r' | '\t' => continue,
            quote @ ('\'' | '"') => loop {
                match rest.next()? {
                    '\\' => word.push(rest.next()?),
                    end if end == quote => break,
                    letter => word.push(letter),
                }
            },
            bare => {
                word.push(bare);
                while let Some(letter) = rest.next_if(|letter| !",: \n\r\t".contains(*letter)) {
                    word.push(letter);
                }
            }
        }
        words.push(word);
        if words.len() > 2 * MOST {
            return None;
        }
    }
    Some(words)
}

/// A model's class names as labels: letters that no label has become `-`; what still is none is called
/// by its number.
pub(crate) fn labels(names: &[String]) -> Vec<Label> {
    names.iter().enumerate().map(|(number, name)| label(number, name)).collect()
}

fn label(number: usize, name: &str) -> Label {
    let known = |letter: char| letter.is_alphanumeric() || " -_.".contains(letter);
    let letter = |letter: char| if known(letter) { letter } else { '-' };
    let name: String = name.chars().take(40).map(letter).collect();
    let name = name.trim_matches(|letter: char| !letter.is_alphanumeric());
    name.parse().unwrap_or_else(|_| by_number(number))
}

/// What classes are called that have no names: those of COCO if there are as many, else by number.
pub(crate) fn usual(classes: usize) -> Vec<Label> {
    if classes == coco::COUNT { coco::labels() } else { (0..classes).map(by_number).collect() }
}

fn by_number(number: usize) -> Label {
    // "class" and digits are a label, however many: 40 letters hold any number.
    format!("class {number}").parse().unwrap_or_else(|_| Label::person())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_exporters_write_them() {
        let expected = Some(vec!["person".to_owned(), "driver's dog".to_owned()]);
        assert_eq!(read(r#"{0: 'person', 1: "driver's dog"}"#), expected);
        assert_eq!(read(r#"{"1": "driver's dog", "0": "person"}"#), expected);
        assert_eq!(read(r"['person', 'driver\'s dog']"), expected);
    }

    #[test]
    fn what_is_no_list_of_names_is_refused() {
        for text in
            ["", "{", "{}", "[]", "person", "{0: 'a', 2: 'b'}", "{0: 'a', 1}", "{0: 'a", "{é}"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_no_label_becomes_one() {
        let names = ["Person", "car/van (parked)", "***", ""].map(str::to_owned);
        let labels = labels(&names);
        let labels: Vec<&str> = labels.iter().map(Label::as_str).collect();
        assert_eq!(labels, ["person", "car-van -parked", "class 2", "class 3"]);
    }

    #[test]
    fn classes_without_names_are_those_of_coco_or_numbers() {
        assert_eq!(usual(80)[2].as_str(), "car");
        assert_eq!(usual(2)[1].as_str(), "class 1");
    }
}
