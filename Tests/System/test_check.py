"""`check --format sarif`: the input of code scanning, validated with the published schema (sarif/, with its licence)."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import main

import jsonschema

from workspace import TestCase, Workspace, copy_small

SCHEMA = json.loads((Path(__file__).parent / "sarif/sarif-schema-2.1.0.json").read_text())


class SARIF(TestCase):
    """A workspace in a folder of a repository, with an error, warnings and an acceptance."""

    def test_is_what_code_scanning_takes(self) -> None:
        def fill(root: Path) -> None:
            (root / "deploy").mkdir()
            copy_small(root / "deploy")

        workspace = Workspace.bare(fill)
        self.addCleanup(workspace.remove)
        file = workspace.root / "deploy/moltseal.yml"
        accept = "\n  prod:\n    accept: [{code: image-moves, because: a test}]\n"
        file.write_text(file.read_text().replace("\n  prod:\n", accept, 1))
        for name, old, new in (("kustomization.yml", "resources:", "resources:\n  - ./gone"), ("app.yml", "image: ", "image: x/")):
            path = workspace.root / "deploy/k8s" / name
            path.write_text(path.read_text().replace(old, new, 1))
        done = workspace.run("-C", "deploy", "check", "--format", "sarif", check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        log = json.loads(done.stdout)
        jsonschema.Draft4Validator(SCHEMA).validate(log)
        run = log["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        for rule in rules:
            self.assertRegex(rule["name"], r"^[A-Z][A-Za-z]+$")
            self.assertTrue(rule["shortDescription"]["text"] and rule["help"]["text"])
            self.assertNotEqual(rule["shortDescription"]["text"], rule["id"])
            self.assertIn(rule["defaultConfiguration"]["level"], ("error", "warning"))
        self.assertGreaterEqual({result["level"] for result in run["results"]}, {"error"})
        for result in run["results"]:
            place = result["locations"][0]["physicalLocation"]
            self.assertRegex(place["artifactLocation"]["uri"], r"^deploy/")
            self.assertGreaterEqual(place["region"]["startLine"], 1)
            self.assertRegex(result["partialFingerprints"]["moltsealFinding/v1"], r"^[0-9a-f]{32}$")
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
        self.assertEqual(run["columnKind"], "unicodeCodePoints")
        self.assertTrue(run["invocations"][0]["toolExecutionNotifications"])


if __name__ == "__main__":
    main()
