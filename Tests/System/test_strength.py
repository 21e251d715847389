"""The output of `generate`: every symbol equally often, nothing outside the alphabet, nothing under the minimum strength."""

from __future__ import annotations

import base64
import math
import string
import unittest
from collections import Counter
from urllib.parse import quote

from workspace import TestCase, Workspace

CHARACTERS = 1_000_000
#: What JavaScript's encodeURIComponent leaves unchanged, besides letters and digits.
URI_COMPONENT = "-_.!~*'()"
#: The bounds of a standard normal value that a fair draw exceeds once in a million tests, on each side.
BOUND = 4.75


def deviation(counts: Counter, symbols: int) -> float:
    """The chi-squared statistic of a uniform draw, as a standard normal value (Wilson and Hilferty)."""
    expected = sum(counts.values()) / symbols
    statistic = sum((count - expected) ** 2 for count in counts.values()) / expected
    statistic += (symbols - len(counts)) * expected
    degrees = symbols - 1
    spread = 2 / (9 * degrees)
    return ((statistic / degrees) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)


class Strength(TestCase):
    """A million characters of each alphabet."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.workspace = Workspace.small()
        cls.addClassCleanup(cls.workspace.remove)

    def draw(self, *options: str) -> list[str]:
        """Values, one per line."""
        lines = self.workspace.run("generate", *options).stdout.decode().split("\n")
        self.assertEqual(lines.pop(), "")
        return lines

    def assert_uniform(self, drawn, alphabet) -> None:
        """Asserts that every symbol of the alphabet comes equally often, and no other one."""
        counts = Counter(drawn)
        self.assertLessEqual(counts.keys(), set(alphabet))
        self.assertGreaterEqual(sum(counts.values()), CHARACTERS * 0.99)
        self.assertLess(abs(deviation(counts, len(alphabet))), BOUND, sorted(counts.items()))

    def test_alphanumeric(self) -> None:
        """62 symbols, all of them unreserved in a URL."""
        values = self.draw("--kind", "alphanumeric", "--length", "100", "--count", "10000")
        self.assertEqual({len(value) for value in values}, {100})
        self.assertEqual(len(set(values)), len(values))
        self.assert_uniform("".join(values), string.ascii_letters + string.digits)
        for value in values:
            self.assertEqual(quote(value, safe=URI_COMPONENT), value)

    def test_first_character(self) -> None:
        """Each position is fair, not only the whole: the first of many short values."""
        values = self.draw("--kind", "alphanumeric", "--length", "32", "--count", "31250")
        self.assert_uniform("".join(values), string.ascii_letters + string.digits)
        for place in (0, 31):
            counts = Counter(value[place] for value in values)
            self.assertLess(abs(deviation(counts, 62)), BOUND, place)

    def test_password(self) -> None:
        """Alphabets of several sizes; values so long that asking for each class changes nothing measurable."""
        for symbols in (string.punctuation, "!#%+-_.~", "-_"):
            with self.subTest(symbols=symbols):
                length = 1000 if len(symbols) > 2 else 2000
                count = str(CHARACTERS // length)
                values = self.draw(
                    "--kind", "password", "--length", str(length), f"--symbols={symbols}", "--count", count
                )
                self.assert_uniform("".join(values), string.ascii_letters + string.digits + symbols)

    def test_password_classes(self) -> None:
        """Each class is present in each value, short ones included."""
        for value in self.draw("--kind", "password", "--length", "24", "--symbols=!#%", "--count", "5000"):
            for characters in (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#%"):
                self.assertTrue(set(characters) & set(value), value)

    def test_bytes(self) -> None:
        """The kinds that are bytes: fair as bytes, and in their own alphabet."""
        decoders = {
            "hex": bytes.fromhex,
            "base64": lambda value: base64.b64decode(value, validate=True),
            "base64url": lambda value: base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)),
        }
        for kind, decode in decoders.items():
            with self.subTest(kind=kind):
                values = self.draw("--kind", kind, "--bytes", "100", "--count", "10000")
                decoded = [decode(value) for value in values]
                self.assertEqual({len(value) for value in decoded}, {100})
                self.assertEqual(len(set(decoded)), len(decoded))
                self.assert_uniform(b"".join(decoded), range(256))

    def test_alphabets_of_bytes(self) -> None:
        """A million characters of base64url and of hex, where values end on whole characters."""
        values = self.draw("--kind", "base64url", "--bytes", "75", "--count", "10000")
        self.assert_uniform("".join(values), string.ascii_letters + string.digits + "-_")
        values = self.draw("--kind", "hex", "--bytes", "50", "--count", "10000")
        self.assert_uniform("".join(values), "0123456789abcdef")

    def test_floor(self) -> None:
        """Nothing under 128 bits is made."""
        for options in (
            ("--kind", "alphanumeric", "--length", "21"),
            ("--kind", "hex", "--bytes", "15"),
            ("--kind", "base64", "--bytes", "15"),
            ("--kind", "base64url", "--bytes", "1"),
            ("--kind", "password", "--length", "8", "--symbols=!"),
        ):
            finished = self.workspace.run("generate", *options, check=False)
            self.assertIn(finished.returncode, (1, 64), options)
            self.assertEqual(finished.stdout, b"", options)
        for options in (("--kind", "alphanumeric", "--length", "22"), ("--kind", "hex", "--bytes", "16")):
            self.draw(*options)

    def test_the_statistic(self) -> None:
        """The measure finds one symbol of 62 that comes a twelfth too often, and passes a fair count."""
        fair = Counter({symbol: 16129 + (-1) ** symbol * 127 for symbol in range(62)})
        self.assertLess(abs(deviation(fair, 62)), BOUND)
        biased = Counter({symbol: 16129 + (-1) ** symbol * 127 for symbol in range(62)})
        biased[0] += 1290
        self.assertGreater(deviation(biased, 62), BOUND)
        self.assertGreater(deviation(Counter({symbol: 16129 for symbol in range(61)}), 62), BOUND)


if __name__ == "__main__":
    unittest.main()
