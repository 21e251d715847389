"""Ten times ten times ten."""

from tricks import commit, secret, write

lines = ["b0: &b0 [x, x, x, x, x, x, x, x, x, x]"]
lines += [f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]" for n in range(1, 12)]
write("bomb.yml", "\n".join(lines) + "\n")
merges = ["m0: &m0 {a: b}"] + [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}" for n in range(1, 12)]
write("deep.yml", "\n".join(merges) + "\n" + secret("x", "  <<: *m11\n"))
write("secret.yml", "\n".join(lines) + "\n" + secret("app", "  a: *b11\n"))
commit()
