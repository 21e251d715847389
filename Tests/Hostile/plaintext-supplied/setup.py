"""Values in files."""

from tricks import write

write("line.txt", "Tr0ub4dor\n")
write("change.txt", "changeme")
write("latin.txt", "Tr0ub4dor\u00e9".encode("latin-1"))
write("nul.txt", "Tr0ub4dor\0")
write("long.txt", "Tr0ub4dor" * 200_000)
