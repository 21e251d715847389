"""Many small things."""

from tricks import commit, sealed, write

flow = "[" + "a," * 2_000_000 + "]\n"
write("flow.yml", flow)
write("list.yml", "kind: List\napiVersion: v1\nitems: " + "[" + "{kind: Secret}," * 250_000 + "]\n")
write("json.json", "[" + ",".join(["{}"] * 1_300_000) + "]")
pairs = ",".join(f"k{n}: v" for n in range(300_000))
write("pairs.yml", f"apiVersion: v1\nkind: Secret\nmetadata: {{name: app, namespace: demo}}\nstringData: {{{pairs}}}\n")
write("flow-sealed.yml", sealed("db") + "status: " + flow)
write("flow-strip.yml", "secretGenerator: [{name: a, literals: " + "[" + "a=b," * 1_000_000 + "]}]\n")
commit()
