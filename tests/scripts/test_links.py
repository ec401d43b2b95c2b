"""scripts/links finds dead ends, and nothing else."""

import importlib.util
import os
import tempfile
import unittest
from importlib.machinery import SourceFileLoader

SCRIPTS = os.path.join(os.path.dirname(__file__), "..", "..", "scripts")


def load(name):
    loader = SourceFileLoader(name, os.path.join(SCRIPTS, name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


links = load("links")


class Links(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.put("docs/guide.md", "# Guide\n\n## First steps, quickly\n\n## `make run`\n")
        self.put("crates/media/src/ring.rs", "")

    def put(self, path, text):
        whole = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, file, text, *expected):
        self.put(file, text)
        self.assertEqual(links.faults(file, text, self.root, ["crates", "docs"]), list(expected))

    def test_links_that_lead_somewhere(self):
        self.check("README.md", "[a](docs/guide.md) [b](docs/guide.md#first-steps-quickly) [c](https://x.org/no.md)\n")
        self.check("docs/a.md", "# A b\n[up](../crates/media/src/ring.rs) [here](#a-b) [run](guide.md#make-run)\n")

    def test_a_link_to_no_file(self):
        self.check("README.md", "one\n[a](docs/gone.md)\n", "README.md:2: no file docs/gone.md", "README.md:2: no file docs/gone.md")
        self.check("docs/a.md", "[a](gone.md)\n", "docs/a.md:1: no file docs/gone.md")

    def test_a_link_to_no_heading(self):
        self.check("README.md", "[a](docs/guide.md#last)\n", "README.md:1: docs/guide.md has no heading #last")
        self.check("README.md", "# One\n[a](#two)\n", "README.md:2: README.md has no heading #two")

    def test_a_heading_in_a_code_block_is_none(self):
        self.check("README.md", "```sh\n# two\n```\n[a](#two)\n", "README.md:4: README.md has no heading #two")

    def test_a_path_in_a_comment(self):
        self.check("crates/a.rs", "//! See `crates/media/src/ring.rs` and docs/guide.md.\n")
        self.check("crates/a.rs", "fn a() {}\n// See docs/gone.md.\n", "crates/a.rs:2: no file docs/gone.md")
        self.check("crates/a.rs", "let a = 1; // see docs/gone.md\n", "crates/a.rs:1: no file docs/gone.md")
        self.check("docs/a.toml", "# see docs/gone.md\n", "docs/a.toml:1: no file docs/gone.md")

    def test_a_path_from_the_crate_of_the_file(self):
        self.put("crates/media/docs/format.md", "")
        self.check("crates/media/src/a.rs", "// See docs/format.md.\n")
        self.check("crates/a.rs", "// See docs/format.md.\n", "crates/a.rs:1: no file docs/format.md")

    def test_a_path_in_prose(self):
        self.check("README.md", "Look into `crates/gone/`.\n", "README.md:1: no file crates/gone/")

    def test_placeholders_and_code_are_no_paths(self):
        self.check("README.md", "`crates/*/src`, `docs/<name>.md`, `crates/{a,b}`, `my/docs/gone.md`\n")
        self.check("crates/a.rs", 'let a = "docs/gone.md";\nlet b = "http://x/docs/gone.md";\n')


if __name__ == "__main__":
    unittest.main()
