"""Many keys."""

from tricks import sealed, secret, write

COUNT = 200_000
pairs = "".join(f"  k{n}: v\n" for n in range(COUNT))
write("keys.yml", secret("x", pairs + "  k199999: w\n"))
members = ",".join(f'"k{n}":"v"' for n in range(COUNT))
write("json.json", '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"stringData":{' + members + "}}")
write("labels.yml", sealed("x", metadata="  labels:\n" + "".join(f"    l{n}: v\n" for n in range(COUNT))))
write("anchors.yml", secret("x", "".join(f"  k{n}: &a{n} v\n" for n in range(100_000))))
write("more.yml", "more:\n" + pairs[: 3 << 20].rpartition("\n")[0] + "\n")
