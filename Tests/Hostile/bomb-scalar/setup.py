"""One large thing each."""

from tricks import secret, write

SIZE = 3_000_000
write("plain.yml", secret("x", "  a: " + "x" * SIZE + "\n"))
write("folded.yml", secret("x", "  a: >\n" + "    x\n" * (SIZE // 6)))
write("escapes.yml", secret("x", '  a: "' + "\\x41" * (SIZE // 4) + '"\n'))
write("comment.yml", secret("x", "  a: b #" + "x" * SIZE + "\n"))
write("tag.yml", secret("x", "  a: !" + "x" * SIZE + " b\n"))
write("anchor.yml", secret("x", "  a: &" + "x" * SIZE + " b\n"))
write("key.yml", secret("x", "  ? " + "x" * SIZE + "\n  : b\n"))
write("spaces.yml", secret("x", "  a:" + " " * SIZE + "b\n"))
write("lines.yml", secret("x", "\n" * SIZE + "  a: b\n"))
