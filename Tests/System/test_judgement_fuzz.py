"""`init` on random keys and values: no part of a secret in its output, no crash, the same answer in any order.

The values have the shapes of secrets in other people's trees. MOLTSEAL_FUZZ is the number of trees; MOLTSEAL_SEED is
the first of them.
"""

from __future__ import annotations

import base64
import json
import os
import random
import string
import unittest
from pathlib import Path

import yaml

from workspace import IS_LONG, TestCase, Workspace

TREES = int(os.environ.get("MOLTSEAL_FUZZ", "25" if IS_LONG else "6"))
SEED = int(os.environ.get("MOLTSEAL_SEED", "1"))
WORDS = (
    "DB POSTGRES REDIS APP JWT SESSION SMTP MAIL AWS API STRIPE ADMIN ROOT USER HOST PORT URL PASSWORD PASS SECRET TOKEN "
    "KEY MIN LENGTH TTL ALGORITHM ENABLED COOKIE CSRF ENCRYPTION HASH CODE PIN DSN CONN JSON CONFIG CERT PATH NAME"
).split()


class Draw:
    """Random values of every shape; `secrets` are the parts of them that must not be shown."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.secrets: list[str] = []

    def word(self, alphabet: str, least: int = 10, most: int = 40) -> str:
        return "".join(self.random.choices(alphabet, k=self.random.randint(least, most)))

    def secret(self, alphabet: str = string.ascii_letters + string.digits) -> str:
        """A new value, or an earlier one."""
        if self.secrets and self.random.random() < 0.3:
            return self.random.choice(self.secrets)
        # At least one digit between letters, so that it is not a word.
        made = self.word(alphabet, 5, 16) + "7q" + self.word(alphabet, 5, 16)
        self.secrets.append(made)
        return made

    def value(self) -> str:
        pick, secret = self.random.choice, self.secret
        odd = string.ascii_letters + string.digits + "@/:?#%&+=!$ "
        kind = self.random.randrange(24)
        match kind:
            case 0: return ""
            case 1: return pick(["true", "False", "8", "120", "1h30m", "2026-01-31", "aes-256-gcm", "/run/secrets/a"])
            case 2: return pick(["changeme", "YOUR_KEY", "<password>", "replace-with-it", "${VALUE}", "todo"])
            case 3: return secret()
            case 4: return secret(odd).strip()
            case 5: return f"postgres://app:{secret()}@db:5432/app"
            case 6: return f"redis://:{secret(odd).strip()}@redis:6379/0?x={self.word('ab', 1, 3)}"
            case 7: return f"jdbc:postgresql://db/app?user=app&password={secret()}"
            case 8: return f"host=db user=app password={secret()} dbname=app"
            case 9: return f"Server=db;User Id=sa;Password={secret()};Encrypt=true"
            case 10: return f"db:5432:app:app:{secret()}"
            case 11: return json.dumps({"db": {"password": secret(), "host": "db"}, "apiKey": secret(), "n": 1})
            case 12: return f"[auth]\npassword = {secret()}\nuser = app\n"
            case 13: return f"//registry.example.org/:_authToken={secret()}\n"
            case 14: return f"https://{secret()}:x-oauth-basic@git.example.org/o/r.git"
            case 15: return f"https://hooks.example.org/services/{secret()}/{secret()}"
            case 16: return f"$2b$12${secret()}{secret()}"
            case 17: return f"-----BEGIN PRIVATE KEY-----\n{secret()}\n-----END PRIVATE KEY-----\n"
            case 18: return pick(["sk_live_", "ghp_", "xoxb-", "AKIA", "glpat-"]) + secret()
            case 19: return base64.b64encode(secret().encode()).decode()
            case 20: return "".join(self.random.choices("0123456789abcdef", k=pick([32, 48, 64])))
            case 21: return f"A={secret()}\nB_PASSWORD={secret()}\n"
            case 22: return f"{secret()},{secret()}"
            case _: return f"Bearer {secret()}"

    def key(self) -> str:
        return "_".join(self.random.sample(WORDS, self.random.randint(1, 3)))


def tree(seed: int, order: int) -> tuple[dict[str, str], list[str]]:
    """The files of a tree, and its secrets; `order` shuffles the keys."""
    draw = Draw(seed)
    data: dict[str, str] = {}
    for _ in range(draw.random.randint(3, 14)):
        data[draw.key()] = draw.value()
    keys = list(data)
    random.Random(order).shuffle(keys)
    secret = {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app", "namespace": "shop"},
        "stringData": {key: data[key] for key in keys},
    }
    checker = {"name": "db", "image": draw.random.choice(["postgres:17", "redis:7", "example.org/app:1"])}
    checker["envFrom"] = [{"secretRef": {"name": "app"}}]
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [checker]}}}
    workload = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "db", "namespace": "shop"}, "spec": spec}
    files = {
        "kustomization.yaml": yaml.safe_dump({"resources": ["all.yaml"]}),
        "all.yaml": yaml.safe_dump_all([secret, workload], sort_keys=False),
    }
    # A secret is secret everywhere, unless it is too short to tell from a word.
    return files, [part for part in draw.secrets if len(part) >= 8]


class Fuzz(TestCase):
    """Random trees."""

    def draft(self, files: dict[str, str]) -> tuple[str, list]:
        """What `init` writes and says, and what it lists."""

        def fill(root: Path) -> None:
            for name, text in files.items():
                (root / name).write_text(text)

        workspace = Workspace.bare(fill)
        self.addCleanup(workspace.remove)
        done = workspace.run("init", "--deployed", "false", "--format", "json", check=False)
        self.assertIn(done.returncode, (0, 1, 4), done.stderr.decode())
        said = done.stdout.decode() + done.stderr.decode()
        if done.returncode == 1:
            self.assertIn("error:", said)
            return said, []
        written = [workspace.root / "moltseal.yml", *sorted((workspace.root / "templates").rglob("*.yml"))]
        listed = json.loads(done.stdout)["values"]
        return said + "".join(file.read_text() for file in written), listed

    def test_no_secret_is_written(self) -> None:
        for seed in range(SEED, SEED + TREES):
            with self.subTest(seed):
                files, secrets = tree(seed, 0)
                text, listed = self.draft(files)
                for secret in secrets:
                    for start in range(len(secret) - 7):
                        part = secret[start : start + 8]
                        if part in text:
                            line = next(line for line in text.splitlines() if part in line)
                            self.fail(f"seed {seed}: a part of {secret!r} in {line!r}")
                other, again = self.draft(tree(seed, 1)[0])
                outcomes = lambda values: sorted((v["key"], v["outcome"], v["credential"]) for v in values)
                self.assertEqual(outcomes(listed), outcomes(again), f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
