"""Short items that are wrong, and whole documents."""

from tricks import sealed, write

write("items.yml", sealed("db", "".join(f"    k{n}: AgA=\n" for n in range(400_000))))
write("documents.yml", "---\n".join(sealed(f"x{n}", "    a: AgA=\n") for n in range(10_000)))
