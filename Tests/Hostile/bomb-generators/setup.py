"""A large kustomization."""

from tricks import write

write(
    "big.yml",
    "namespace: demo\nresources:\n"
    + "".join(f"  - r{n}.yml # comment\n" for n in range(20_000))
    + "secretGenerator:\n"
    + "".join(f"  # comment {n}\n  - name: g{n}\n    literals: [A=b]\n" for n in range(20_000)),
)
