//! Builds the shim over libavcodec. Only its headers are needed here: the library itself is opened
//! by the decode worker when it starts, so that the recorder never maps it.

fn main() {
    let mut shim = cc::Build::new();
    shim.file("src/shim.c").warnings(true).extra_warnings(true);
    for library in ["libavcodec", "libavutil"] {
        let found = pkg_config::Config::new().cargo_metadata(false).probe(library);
        match found {
            Ok(found) => shim.includes(found.include_paths),
            Err(error) => panic!(
                "{library} was not found: {error}\n\
                 On Debian and Raspberry Pi OS: apt install libavcodec-dev libavutil-dev, or `make setup`."
            ),
        };
    }
    shim.compile("watchpost_decode_shim");
    println!("cargo:rerun-if-changed=src/shim.c");
}
