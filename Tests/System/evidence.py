"""Evidence as `moltseal live --format json` would print it, for a lock file and for what is true of a cluster."""

from __future__ import annotations

import datetime
from typing import Mapping

import yaml

FACTS = ["merged", "synced", "unsealed", "altered", "published", "rolled", "released", "expired"]


def stamp(time: datetime.datetime) -> str:
    """A time as Kubernetes writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def group(name: str) -> str:
    """The credential that a value belongs to."""
    return name.removesuffix(".next").partition("@")[0]


def of(lock: bytes, environment: str = "prod", taken: datetime.datetime | None = None, **answers: str) -> dict:
    """Evidence that says yes to everything except `answers`; each of those may be `no` or `unknown`."""
    content = yaml.load(lock, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    now = taken or datetime.datetime.now(datetime.timezone.utc)
    facts = [{"fact": fact, "answer": answers.get(fact, "yes"), "because": "the test says so"} for fact in FACTS]
    ended = now - datetime.timedelta(days=3650) if answers.get("expired", "yes") == "yes" else None
    credentials = []
    for name, entry in content["credentials"].items():
        if group(name) != name:
            continue
        items: Mapping[str, str] = {
            f"{item.get('namespace', '')}/{item['secret']}/{item['key']}": item["ciphertext"]
            for item in content["items"]
            if any(group(value) == name for value in item["rotations"])
        }
        credentials.append(
            {
                "name": name,
                "generation": entry.get("generation", 1),
                "step": entry.get("step", entry["rotation"]),
                "signersEnded": ended and stamp(ended),
                "publishedAt": stamp(now - datetime.timedelta(days=3650)) if answers.get("published", "yes") == "yes" else None,
                "facts": facts,
                "ciphertexts": items,
            }
        )
    return {
        "apiVersion": "moltseal.dev/v1",
        "kind": "Evidence",
        "environment": environment,
        "time": stamp(now),
        "credentials": credentials,
    }
