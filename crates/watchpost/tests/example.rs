//! The example that owners read is what the program prints.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

#[test]
fn the_example_in_the_guide_is_the_one_the_program_prints() {
    let guide =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/owner/watchpost.example.toml");
    assert_eq!(
        fs::read_to_string(guide).expect("the guide has an example"),
        watchpost_model::config::example(),
        "run `watchpost config example > docs/owner/watchpost.example.toml`"
    );
}
