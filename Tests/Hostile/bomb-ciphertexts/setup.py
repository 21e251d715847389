"""Items of every wrong shape."""

import base64

from tricks import commit, sealed, write

items = {
    "short": b"\x01",
    "long": b"\xff\xff" + bytes(300),
    "zero": bytes(2 + 40),
    "huge": b"\x01\x00" + bytes(2_000_000),
}
for name, content in items.items():
    write(f"{name}.yml", sealed("x", f"    a: {base64.b64encode(content).decode()}\n"))
write("spaces.yml", sealed("x", '    a: "' + "A " * 500_000 + '"\n'))
write("text.yml", sealed("x", "    a: '!!!!\u0416'\n"))
commit()
