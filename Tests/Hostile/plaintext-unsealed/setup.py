"""Values that are awkward once they are open."""

import oracle

from tricks import KEY, commit, sealed, write

public = oracle.load_key(KEY).public_key()
values = {
    "lines": b"Tr0ub4dor\nTr0ub4dor",
    "bytes": b"\xff\xfeTr0ub4dor",
    "not.a.name": b"Tr0ub4dor",
    "quotes": b"Tr0ub4dor'\"$(x)`",
}
items = "".join(f"    {name}: {oracle.seal(value, b'demo/x', public)}\n" for name, value in values.items())
write("opened.yml", sealed("x", items))
commit()
