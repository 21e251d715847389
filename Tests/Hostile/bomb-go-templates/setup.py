"""One SealedSecret for each template."""

from tricks import commit, write

HEAD = """apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: a, namespace: b}
spec:
  encryptedData: {}
  template:
    data:
      x: '"""
for name, template in {
    "many": "{{.a}}" * 200_000,
    "parentheses": "{{" + "(" * 50_000 + ".a" + ")" * 50_000 + "}}",
    "ifs": "{{if .a}}" * 20_000 + "{{end}}" * 20_000,
}.items():
    write(f"{name}.yml", HEAD + template + "'\n")
commit()
