"""`strip` on other people's kustomizations.

They are not part of this repository: MOLTSEAL_CORPUS names their folder, or it is next to the repository in
shared/corpus; without it these tests are skipped.
"""

from __future__ import annotations

import csv
import re
import subprocess
import unittest
from pathlib import Path
from typing import NamedTuple

import yaml

from workspace import TestCase, Workspace, shared

MOST_REFUSED = 0.05
NAME = "kustomization.yml"
PLACE = re.compile(rf"(?m)^moltseal: error: (?:\S*/)?{re.escape(NAME)}:\d+(:\d+)?: \S")


class Part(NamedTuple):
    """The lines of one top-level entry: the line of its key, and the last one of its value."""

    key: str
    first: int
    last: int


def root_of(content: bytes) -> yaml.MappingNode | None:
    """The mapping at the root of a kustomization; None when the document is empty."""
    return yaml.compose(content.decode("utf-8-sig"), yaml.SafeLoader)


def plain(node: yaml.Node) -> object:
    """A node as data that keeps order, tags and duplicate keys."""
    if isinstance(node, yaml.MappingNode):
        return [(plain(key), plain(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return node.tag, node.value


def last_line(node: yaml.Node) -> int:
    """The last line on which a node has content."""
    if isinstance(node, yaml.ScalarNode) or not node.value or node.flow_style:
        end = node.end_mark.line if node.end_mark.column > 0 else node.end_mark.line - 1
        return max(end, node.start_mark.line)
    if isinstance(node, yaml.MappingNode):
        return max(max(last_line(key), last_line(value)) for key, value in node.value)
    return max(last_line(item) for item in node.value)


def entries(root: yaml.MappingNode | None) -> list[Part]:
    """The top-level entries, with their lines."""
    return [
        Part(key.value, key.start_mark.line, max(key.start_mark.line, last_line(value)))
        for key, value in (root.value if root else [])
    ]


def is_removed(key: str, keys: set[str]) -> bool:
    """Whether `strip` removes a top-level key."""
    lower = key.lower()
    return lower == "secretgenerator" or (lower == "generatoroptions" and "configmapgenerator" not in keys)


def without_generator(root: yaml.MappingNode | None) -> object:
    """The data of a kustomization without the generator."""
    keys = {key.value.lower() for key, _ in root.value} if root else set()
    return [
        (plain(key), plain(value)) for key, value in (root.value if root else []) if not is_removed(key.value, keys)
    ]


def misplaced(before: list[bytes], after: list[bytes], required: set[int], allowed: set[int]) -> int | None:
    """The first line (from 1) at which `after` is not `before` without the required lines and some allowed ones."""
    positions = {0}
    for number, line in enumerate(before):
        kept = {position + 1 for position in positions if position < len(after) and after[position] == line}
        if number in required:
            continue
        positions = kept | positions if number in allowed else kept
        if not positions:
            return number + 1
    return None if len(after) in positions else len(before)


def comment(line: bytes) -> bool:
    """Whether a line is a comment and nothing else."""
    return line.lstrip().startswith(b"#")


def lines_to_remove(lines: list[bytes], parts: list[Part]) -> tuple[set[int], set[int]]:
    """The lines that must be removed (the entries, the comments directly above) and those that may be removed with them."""
    keys = {part.key.lower() for part in parts}
    required: set[int] = set()
    allowed: set[int] = set()
    for part, following in zip(parts, [*parts[1:], Part("", len(lines), len(lines))]):
        if not is_removed(part.key, keys):
            continue
        required |= set(range(part.first, part.last + 1))
        above = part.first - 1
        while above >= 0 and comment(lines[above]):
            # An indented comment may also belong to what precedes it.
            (required if lines[above].startswith(b"#") else allowed).add(above)
            above -= 1
        # The same for a blank line or an indented comment below; a comment at the margin belongs to what follows.
        allowed |= {below for below in range(part.last + 1, following.first) if not lines[below].startswith(b"#")}
    return required, allowed


class Corpus(TestCase):
    """Every kustomization, one a subtest."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = shared("MOLTSEAL_CORPUS", "corpus") / "kustomizations"
        with open(cls.folder / "index.tsv", encoding="utf-8", newline="") as index:
            cls.rows = list(csv.DictReader(index, delimiter="\t"))
        cls.workspace = Workspace.small()
        cls.addClassCleanup(cls.workspace.remove)

    def of_kind(self, kind: str) -> list[tuple[str, bytes]]:
        """(id, bytes) of the files of a kind."""
        names = [row["id"] for row in self.rows if row["kind"] == kind]
        found = [(name, (self.folder / f"{name}.yaml").read_bytes()) for name in names]
        self.assertTrue(found)
        return found

    def strip(self, content: bytes, *options: str) -> subprocess.CompletedProcess:
        """Runs strip on these bytes."""
        path = self.workspace.root / NAME
        path.write_bytes(content)
        finished = self.workspace.run("strip", NAME, *options, check=False)
        if "--write" not in options:
            self.assertEqual(path.read_bytes(), content, "strip wrote without being told to")
        return finished

    def assert_refusal(self, finished: subprocess.CompletedProcess) -> None:
        """Asserts that a refusal names its line and prints nothing else."""
        self.assert_refused(finished)
        self.assertRegex(finished.stderr.decode(), PLACE)

    def assert_stripped(self, before: bytes, after: bytes) -> None:
        """Asserts that the generator is gone, and that exactly the right whole lines were removed."""
        root = root_of(before)
        stripped = root_of(after)
        self.assertEqual(plain(stripped) if stripped and stripped.value else [], without_generator(root))

        lines = before.splitlines(keepends=True)
        required, allowed = lines_to_remove(lines, entries(root))
        wrong = misplaced(lines, after.splitlines(keepends=True), required, allowed)
        if wrong is not None and root.flow_style:
            self.assertTrue(cut_out(before, after), "not the original with one part taken out")
        else:
            self.assertIsNone(wrong, "not the original with the right lines taken out")

    def test_generators(self) -> None:
        """Kind sg: stripped or, at most one in twenty, refused with the line."""
        refused = []
        files = self.of_kind("sg")
        for name, content in files:
            with self.subTest(name):
                finished = self.strip(content)
                if finished.returncode != 0:
                    self.assert_refusal(finished)
                    refused.append(f"{name}: {finished.stderr.decode().splitlines()[0]}")
                    continue
                self.assert_stripped(content, finished.stdout)
                again = self.strip(finished.stdout)
                self.assertEqual(again.returncode, 0, again.stderr.decode())
                self.assertEqual(again.stdout, finished.stdout, "not idle when run again")
        print(f"\nstrip refused {len(refused)} of {len(files)}:", *refused, sep="\n  ")
        self.assertLessEqual(len(refused), MOST_REFUSED * len(files))

    def test_write(self) -> None:
        """`--write` puts the same bytes into the file."""
        for name, content in self.of_kind("sg")[::10]:
            with self.subTest(name):
                printed = self.strip(content)
                written = self.strip(content, "--write", "--allow-dirty")
                self.assertEqual(written.returncode, printed.returncode)
                expected = printed.stdout if printed.returncode == 0 else content
                self.assertEqual((self.workspace.root / NAME).read_bytes(), expected)

    def test_unparsable(self) -> None:
        """Kind sg-unparsable: refused, with the line; except for a tab after a colon, which kustomize accepts."""
        for name, content in self.of_kind("sg-unparsable"):
            if b":\t\n" in content:
                self.strip(content)
                continue
            with self.subTest(name):
                self.assert_refusal(self.strip(content))

    def test_comment_only(self) -> None:
        """Kind comment-only: not a byte changes."""
        for name, content in self.of_kind("comment-only"):
            with self.subTest(name):
                finished = self.strip(content)
                self.assertEqual(finished.returncode, 0, finished.stderr.decode())
                self.assertEqual(finished.stdout, content)


def cut_out(before: bytes, after: bytes) -> bool:
    """Whether `after` is `before` without one contiguous part."""
    start = 0
    while start < len(after) and before[start] == after[start]:
        start += 1
    return len(after) < len(before) and before.endswith(after[start:])


if __name__ == "__main__":
    unittest.main()
