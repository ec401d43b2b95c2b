//! Reading what cameras write, and escaping what is written to them.
//!
//! Makers choose prefixes as they like, so elements are known by their local names. Nothing is
//! expanded but the five entities of XML itself: a document that declares its own is refused, and
//! so is one with too many elements or too deep.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The most elements of a document. The longest of a real recorder with 64 channels has about ten
/// thousand.
const MOST_ELEMENTS: usize = 40_000;

/// The deepest nesting; real ones have about fifteen.
const DEEPEST: usize = 64;

/// An element with all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Its local name, without prefix.
    pub(super) name: String,
    /// Its own text, trimmed.
    pub(super) text: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
}

/// Why something is not XML that is read here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("not XML: {0}")]
    Syntax(String),
    #[error("XML with a document type of its own")]
    DocumentType,
    #[error("XML of too many or too deep elements")]
    Excessive,
}

impl Element {
    /// The root element of `document`. Bytes that are no UTF-8 become replacement characters: some
    /// cameras write their name in the letters of another time.
    pub(super) fn read(document: &[u8]) -> Result<Element, Malformed> {
        let text = String::from_utf8_lossy(document);
        let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
        let mut reader = Reader::from_str(text.trim_end_matches(['\0', ' ', '\r', '\n', '\t']));
        // Stream addresses come with bare ampersands.
        reader.config_mut().allow_dangling_amp = true;
        let mut open: Vec<Element> = Vec::new();
        let mut count = 0;
        loop {
            match reader.read_event().map_err(|error| Malformed::Syntax(error.to_string()))? {
                Event::Start(start) => {
                    count += 1;
                    if count > MOST_ELEMENTS || open.len() >= DEEPEST {
                        return Err(Malformed::Excessive);
                    }
                    open.push(Element::begin(&start));
                }
                Event::Empty(start) => {
                    count += 1;
                    if count > MOST_ELEMENTS {
                        return Err(Malformed::Excessive);
                    }
                    if let Some(root) = close(&mut open, Element::begin(&start)) {
                        return Ok(root);
                    }
                }
                Event::End(_) => {
                    let Some(element) = open.pop() else { continue };
                    if let Some(root) = close(&mut open, element) {
                        return Ok(root);
                    }
                }
                Event::Text(text) => add(&mut open, &text.xml10_content()),
                Event::CData(text) => add(&mut open, &text.xml10_content()),
                Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                    Ok(Some(letter)) => add(&mut open, letter.encode_utf8(&mut [0; 4])),
                    _ => match predefined(&entity) {
                        Some(text) => add(&mut open, text),
                        None => add(&mut open, &format!("&{};", &*entity)),
                    },
                },
                Event::DocType(_) => return Err(Malformed::DocumentType),
                Event::Eof => return Err(Malformed::Syntax("it ends too early".to_owned())),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of this name.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child, whatever its name.
    pub(super) fn first(&self) -> Option<&Element> {
        self.children.first()
    }

    /// The element at the end of a path of first children.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text at the end of a path, unless it is empty.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The first element of this name, however deep, for what makers put in different places.
    pub(super) fn find(&self, name: &str) -> Option<&Element> {
        self.children
            .iter()
            .find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    /// The value of an attribute, by its local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(attribute, _)| attribute == name);
        found.map(|(_, value)| value.as_str())
    }

    fn begin(start: &BytesStart) -> Element {
        let attributes = start.attributes().flatten().filter_map(|attribute| {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            let name = attribute.key.local_name().into_inner().to_owned();
            Some((name, value.trim().to_owned()))
        });
        let name = start.local_name().into_inner().to_owned();
        Element { name, attributes: attributes.collect(), ..Element::default() }
    }
}

/// Puts a whole element into the one around it, or gives it back if it is the root.
fn close(open: &mut [Element], mut element: Element) -> Option<Element> {
    element.text = String::from(element.text.trim());
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => return Some(element),
    }
    None
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn predefined(entity: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_xml_entity(entity)
}

/// `text` as it stands between tags or in an attribute.
pub(super) fn escape(text: &str) -> String {
    // Control characters are not allowed in XML in any form.
    let allowed = |letter: &char| !letter.is_control() || matches!(letter, '\t' | '\n');
    let text: String = text.chars().filter(allowed).collect();
    quick_xml::escape::escape(text.as_str()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, Malformed> {
        Element::read(text.as_bytes())
    }

    #[test]
    fn prefixes_do_not_matter() {
        for text in [
            "<a:Body xmlns:a='x'><b:Name b:token='1'>door</b:Name></a:Body>",
            "\u{feff}<?xml version='1.0'?>\r\n<Body><Name token=\"1\">\n door </Name></Body>\0",
        ] {
            let body = read(text).unwrap();
            assert_eq!(body.name, "Body");
            assert_eq!(body.text_at(&["Name"]), Some("door"));
            assert_eq!(body.child("Name").unwrap().attribute("token"), Some("1"));
        }
    }

    #[test]
    fn texts_are_read_with_and_without_escapes() {
        let address = "rtsp://c/?a=1&b=2&c=<3>";
        for text in [
            "<u>rtsp://c/?a=1&amp;b=2&amp;c=&lt;3&#62;</u>",
            "<u>rtsp://c/?a=1&b=2&amp;c=&lt;3&gt;</u>",
            "<u><![CDATA[rtsp://c/?a=1&b=2&c=<3>]]></u>",
        ] {
            assert_eq!(read(text).unwrap().text, address);
        }
        assert_eq!(read("<u>&nosuch;</u>").unwrap().text, "&nosuch;");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let password = "a<b>&\"c'\u{1}d]]>é";
        let element = read(&format!("<a b=\"{0}\">{0}</a>", escape(password))).unwrap();
        let expected = "a<b>&\"c'd]]>é";
        assert_eq!((element.text.as_str(), element.attribute("b")), (expected, Some(expected)));
    }

    #[test]
    fn bombs_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
        assert_eq!(read(bomb), Err(Malformed::DocumentType));
        assert_eq!(read(&"<a>".repeat(10_000)), Err(Malformed::Excessive));
        let wide = format!("<a>{}</a>", "<b/>".repeat(50_000));
        assert_eq!(read(&wide), Err(Malformed::Excessive));
        for broken in ["", "<a>", "<a></b>", "hello", "\u{0}\u{1}\u{2}"] {
            assert!(matches!(read(broken), Err(Malformed::Syntax(_))), "{broken:?}");
        }
    }
}
