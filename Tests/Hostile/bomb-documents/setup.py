"""Many documents."""

from tricks import write

write("documents.yml", "---\na: b\n" * 50_000)
write("empty.yml", "---\n" * 250_000)
