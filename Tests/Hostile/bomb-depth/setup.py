"""Depth of every kind."""

from tricks import write

DEPTH = 100_000
write("lists.yml", "a: " + "[" * DEPTH + "]" * DEPTH + "\n")
write("maps.yml", "a: " + "{a: " * DEPTH + "}" * DEPTH + "\n")
write("block.yml", "".join(" " * n + "a:\n" for n in range(2_000)))
write("dashes.yml", "- " * DEPTH + "a\n")
write("json.json", '{"a":' * DEPTH + "1" + "}" * DEPTH)
write("open.yml", "[{" * DEPTH)
write("keys.yml", "? " * DEPTH + "a\n")
