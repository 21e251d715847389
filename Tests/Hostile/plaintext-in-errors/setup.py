"""One Secret for each way to be wrong; `Tr0ub4dor` is part of every value."""

from tricks import commit, secret, write

HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n  namespace: demo\n"
VALUES = {
    "tag": "!Tr0ub4dor&3",
    "verbatim-tag": "!<Tr0ub4dor&3> x",
    "alias": "*Tr0ub4dor",
    "anchor": "&Tr0ub4dor x",
    "anchor-alone": "&Tr0ub4dor",
    "anchor-used": "&Tr0ub4dor x\n  b: *Tr0ub4dor",
    "binary": "!!binary Tr0ub4dor&3",
    "int": "!!int Tr0ub4dor",
    "float-tag": "!!Tr0ub4dor x",
    "tab": "\tTr0ub4dor\n\t  Tr0ub4dor",
    "duplicate": "x\n  a: Tr0ub4dor",
    "duplicate-key": "x\n  b: Tr0ub4dor\n  b: Tr0ub4dor2",
    "percent": "%Tr0ub4dor",
    "at": "@Tr0ub4dor",
    "backtick": "`Tr0ub4dor",
    "colon": "Tr0ub4dor: x: y",
    "flow-open": "[Tr0ub4dor",
    "flow-map": "{Tr0ub4dor, Tr0ub4dor: }}",
    "quote-open": "'Tr0ub4dor",
    "double-open": '"Tr0ub4dor',
    "escape": '"\\qTr0ub4dor"',
    "unicode-escape": '"\\uTr0ub4dor"',
    "block": ">Tr0ub4dor",
    "block-number": "|9Tr0ub4dor",
    "question": "? Tr0ub4dor",
    "dash": "- Tr0ub4dor",
    "indent": "|\n Tr0ub4dor\n  Tr0ub4dor",
    "document": "x\n--- Tr0ub4dor",
    "list": "[Tr0ub4dor, b]",
    "map": "{Tr0ub4dor: b}",
    "number": "0xTr0ub4dor_1\n  b: 1_000.Tr0ub4dor\n  c: 12345",
    "nul": "Tr0ub4dor\0Tr0ub4dor",
    "control": "Tr0ub4dor\x07",
    "merge-key": "x\n  <<: {b: Tr0ub4dor}\n  <<: Tr0ub4dor",
}
for name, value in VALUES.items():
    write(f"cases/{name}.yml", f"{HEAD}stringData:\n  a: {value}\n")
write("cases/key-tag.yml", f"{HEAD}stringData:\n  !Tr0ub4dor&3\n  b: c\n")
write("cases/key-alias.yml", f"{HEAD}stringData:\n  *Tr0ub4dor\n  b: c\n")
write("cases/latin1.yml", f"{HEAD}stringData:\n  a: Tr0ub4dor\u00e9\n".encode("latin-1"))
write("cases/utf16.yml", f"{HEAD}stringData:\n  a: Tr0ub4dor\n".encode("utf-16"))
write("cases/directive.yml", f"%Tr0ub4dor x\n---\n{HEAD}")
write("cases/tag-directive.yml", f"%TAG !Tr0ub4dor! tag:\n---\n{HEAD}stringData:\n  a: !Tr0ub4dor!x\n")
write("cases/base64.yml", f"{HEAD}data:\n  a: Tr0ub4dor&3\n  b: VHIwdWI0ZG9y*\n")
write("cases/base64-tag.yml", f"{HEAD}data:\n  a: !VHIwdWI0ZG9y\n")
write("cases/data-plain.yml", f"{HEAD}data: Tr0ub4dor\nstringData: Tr0ub4dor\n")
write("cases/top.yml", f"{HEAD}stringData:\n  a: b\nTr0ub4dor\n")
write("cases/name.yml", f"{HEAD}stringData:\n  a: 'Tr0ub4dor'\n  b: \"Tr0ub4dor\" Tr0ub4dor\n")
write("cases/type.yml", f"{HEAD}type: [x]\nstringData: {{a: Tr0ub4dor}}\n")
write("cases/immutable.yml", f"{HEAD}immutable: 'x'\nstringData:\n  a: Tr0ub4dor\n  b: [Tr0ub4dor]\n")
HEAD_JSON = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"app","namespace":"demo"},"stringData":{"a":'
write("cases/json-bare.json", HEAD_JSON + "Tr0ub4dor}}")
write("cases/json-open.json", HEAD_JSON + '"Tr0ub4dor')
write("cases/json-number.json", HEAD_JSON + "123Tr0ub4dor}}")
write("cases/json-escape.json", HEAD_JSON + '"\\xTr0ub4dor"}}')
write("cases/json-duplicate.json", HEAD_JSON + '"x","a":"Tr0ub4dor"}}')
write("cases/json-after.json", HEAD_JSON + '"x"}}Tr0ub4dor')
tagged = "  - kind: Secret\n    stringData: {a: !Tr0ub4dor x}\n"
write("cases/list-kind.yml", f"apiVersion: v1\nkind: List\nitems:\n{tagged}")
write("cases/two.yml", f"{HEAD}stringData:\n  a: b\n---\nkind: Secret\nstringData:\n  a: *Tr0ub4dor\n")
write("cases/raw.yml", "Tr0ub4dor\n")
write("cases/dotenv.yml", "PASSWORD=Tr0ub4dor\nOTHER: x=Tr0ub4dor: y\n")
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
