"""Every promise of docs/security.md and docs/transactions.md names an existing test."""

from __future__ import annotations

import re
import unittest
from typing import Iterator

from workspace import REPOSITORY

#: Sections that promise nothing.
WITHOUT = {"What it does not protect", "Output of `unseal`", "Reporting a fault", "Looking for faults by hand"}
#: A list of names in brackets, at the end of a paragraph; a table or a program's output may follow.
NAMES = re.compile(r"\[((?:`[^`]+`(?:,\s+)?)+)\]\s*$", re.DOTALL)
PLACES = {".txtar": "Tests/Scripts", ".py": "Tests/System"}


def paragraphs(text: str) -> Iterator[tuple[str, str]]:
    """(section, paragraph) for each paragraph and list item outside of code, tables and headings."""
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    section = ""
    for block in re.split(r"\n\s*\n", text):
        heading = re.match(r"#+ (.*)", block)
        if heading:
            section = heading[1]
            continue
        if block.lstrip().startswith("|") or not block.strip():
            continue
        for item in re.split(r"(?m)^(?=- )", block):
            if item.strip():
                yield section, item.strip()


class Documents(unittest.TestCase):
    """The two pages."""

    def test_promises(self) -> None:
        """Each paragraph after the introduction ends with the names of its tests, and they exist."""
        found = 0
        for page in ("security.md", "transactions.md"):
            outside = False
            for section, paragraph in paragraphs((REPOSITORY / "docs" / page).read_text()):
                outside = outside or section in WITHOUT
                # The introduction, and sentences that introduce a list.
                if section in ("Security", "All or nothing") or outside or paragraph.endswith(":"):
                    continue
                if paragraph.startswith("Whoever can slip you"):
                    continue
                names = NAMES.search(paragraph)
                with self.subTest(page, paragraph=paragraph[:80]):
                    self.assertIsNotNone(names, "names no test")
                    for name in re.findall(r"`([^`]+)`", names[1]):
                        self.assertTrue(self.exists(name), f"there is no {name}")
                        found += 1
        self.assertGreater(found, 80)

    def exists(self, name: str) -> bool:
        """Whether a test of that name is there."""
        if "/" in name:
            return (REPOSITORY / name).exists()
        suffix = name[name.rindex(".") :]
        if suffix in PLACES:
            return (REPOSITORY / PLACES[suffix] / name).exists()
        return any((REPOSITORY / "Tests").rglob(name))


if __name__ == "__main__":
    unittest.main()
