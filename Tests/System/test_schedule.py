"""The schedule: its script with a remote of our own, the files that run it, and the manifests of docs/."""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from pathlib import Path

import yaml

import evidence
from workspace import TestCase, Workspace, binary

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "scripts/propose-rotation"


#: A forge in a file, with the interface of `gh`.
GH = """#!/usr/bin/env python3
import json, os, sys
path, words = os.environ["FORGE"], sys.argv[1:]
forge = json.load(open(path))
def option(name):
    return words[words.index(name) + 1]
if words[:2] == ["pr", "list"]:
    found = [n for n, r in enumerate(forge["requests"]) if r["head"] == option("--head") and r["state"] == option("--state")]
    print(found[0] if found else "")
elif words[:2] == ["pr", "edit"]:
    forge["requests"][int(words[2])]["body"] = open(option("--body-file")).read()
elif words[:2] == ["pr", "create"]:
    if any(r["head"] == option("--head") and r["state"] == "open" for r in forge["requests"]):
        sys.exit("a pull request for this branch is there already")
    forge["requests"].append({"head": option("--head"), "state": "open", "body": open(option("--body-file")).read()})
else:
    sys.exit("no such command")
json.dump(forge, open(path, "w"))
"""


class Script(TestCase):
    """One branch at a time, with the plan as its message, only from the base branch."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.moltbook())
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()
        self.remote = self.workspace.base / "remote.git"
        self.workspace.git("init", "-q", "--bare", "-b", "main", str(self.remote))
        self.workspace.git("remote", "add", "origin", str(self.remote))
        self.workspace.git("push", "-q", "-u", "origin", "main")
        self.plan = self.workspace.home / "plan.md"

    def propose(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs the script as a job would."""
        variables = {"MOLTSEAL": str(binary().resolve()), "PLAN": str(self.plan)}
        return subprocess.run(
            [SCRIPT, "prod", *arguments],
            cwd=self.workspace.root,
            env=self.workspace.environment(variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def branches(self) -> list[str]:
        """The branches of the remote."""
        return self.workspace.git("ls-remote", "--heads", "origin").split()[1::2]

    def make_due(self, *names: str) -> None:
        """Makes the API's database password due, or other credentials."""
        names = names or ("api-database-password",)
        path = self.workspace.root / "k8s/secrets/moltseal.lock"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text(
            "".join(
                line.replace('time: "20', 'time: "19') if line.strip().startswith(tuple(f"{n}:" for n in names)) else line
                for line in lines
            )
        )
        self.workspace.commit()
        self.workspace.git("push", "-q", "origin", "main")

    def test_nothing(self) -> None:
        """Nothing due: no branch, an empty plan."""
        finished = self.propose()
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(self.branches(), ["refs/heads/main"])
        self.assertEqual(self.plan.read_text(), "")

    def test_step(self) -> None:
        """A step: one branch with one commit; and none on top of it."""
        self.make_due()
        finished = self.propose()
        self.assertEqual(self.branches(), ["refs/heads/main"])
        self.assertIn("waits until the database has the other role's password", finished.stderr)
        seen = self.workspace.home / "evidence.json"
        lock = (self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes()
        seen.write_text(json.dumps(evidence.of(lock)))
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(self.branches(), ["refs/heads/main", "refs/heads/moltseal/rotate-prod"])
        self.assertIn("flip from role moltbook_a to moltbook_b", self.plan.read_text())
        message = self.workspace.git("log", "-1", "--format=%B", "moltseal/rotate-prod")
        self.assertIn("flip from role moltbook_a to moltbook_b", message)
        self.assertEqual(
            self.workspace.git("diff", "--name-only", "main", "moltseal/rotate-prod").split(),
            ["k8s/kustomization.yml", "k8s/secrets/moltseal.lock"],
        )
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0)
        self.assertIn("waits to be merged", finished.stdout)

    def proposed(self) -> Path:
        """A waiting proposal, and the evidence that opened it."""
        self.make_due()
        seen = self.workspace.home / "evidence.json"
        self.see(seen)
        self.assertIn("pushed", self.propose(str(seen)).stdout)
        return seen

    def see(self, path: Path) -> None:
        """Evidence for the present lock file."""
        path.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))

    def test_merged(self) -> None:
        """A branch that stays after its merge, however it was merged, does not stop the schedule."""
        for way in (["merge", "--no-ff", "-qm", "merged"], ["merge", "--squash", "-q"], ["cherry-pick"]):
            with self.subTest(way=way):
                seen = self.proposed()
                self.workspace.git(*way, "moltseal/rotate-prod")
                if "--squash" in way:
                    self.workspace.git("commit", "-qm", "squashed")
                self.workspace.git("push", "-q", "origin", "main")
                self.see(seen)
                finished = self.propose(str(seen))
                self.assertEqual(finished.returncode, 0, finished.stderr)
                self.assertIn("was merged and is still there", finished.stdout)
                self.assertIn("pushed", finished.stdout, "the renewal comes next")
                message = self.workspace.git("log", "-1", "--format=%B", "refs/remotes/origin/main..moltseal/rotate-prod")
                self.assertIn("new password for role", message)
                self.workspace.git("merge", "-q", "--ff-only", "moltseal/rotate-prod")
                self.workspace.git("push", "-q", "origin", "main", ":moltseal/rotate-prod")
                self.workspace.git("branch", "-qD", "moltseal/rotate-prod")

    def test_stale(self) -> None:
        """A proposal that the base has overtaken is replaced; any other stays."""
        seen = self.proposed()
        (self.workspace.root / "note").write_text("of something else")
        self.workspace.commit()
        self.workspace.git("push", "-q", "origin", "main")
        self.assertIn("waits to be merged", self.propose(str(seen)).stdout)
        self.make_due("jwt-secret")
        self.see(seen)
        finished = self.propose(str(seen))
        self.assertIn("does not fit main any more", finished.stdout)
        self.assertIn("pushed", finished.stdout)
        fork = self.workspace.git("merge-base", "main", "moltseal/rotate-prod")
        self.assertEqual(fork, self.workspace.git("rev-parse", "main"))

    def test_nothing_left(self) -> None:
        """A proposal that no longer fits, with nothing left to do, is removed."""
        seen = self.proposed()
        path = self.workspace.root / "k8s/secrets/moltseal.lock"
        path.write_text(path.read_text().replace('time: "19', 'time: "20'))
        self.workspace.commit()
        self.workspace.git("push", "-q", "origin", "main")
        self.see(seen)
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("deleted moltseal/rotate-prod: there is nothing left to do", finished.stdout)
        self.assertEqual(self.branches(), ["refs/heads/main"])
        self.assertEqual(self.plan.read_text(), "")

    def test_waits(self) -> None:
        """A proposal that no longer fits stays if the due step waits."""
        self.proposed()
        self.make_due("jwt-secret")
        finished = self.propose()
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("waits", finished.stderr)
        self.assertEqual(self.branches(), ["refs/heads/main", "refs/heads/moltseal/rotate-prod"])

    def open_request(self, forge: dict) -> None:
        """The workflow's own step, with a forge in a file."""
        content = yaml.safe_load((ROOT / ".github/workflows/rotate.yml").read_text())
        (step,) = [step for step in content["jobs"]["rotate"]["steps"] if step.get("name") == "Open the pull request"]
        tools, state = self.workspace.base / "tools", self.workspace.base / "forge.json"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text(GH)
        (tools / "gh").chmod(0o755)
        state.write_text(json.dumps(forge))
        variables = {"PLAN": str(self.plan), "BASE_BRANCH": "main", "FORGE": str(state), "GH_TOKEN": "t"}
        path = f"{tools}:{os.environ['PATH']}"
        subprocess.run(["bash", "-euo", "pipefail", "-c", step["run"]], cwd=self.workspace.root, check=True,
                       env=self.workspace.environment(variables | {"PATH": path}))  # fmt: skip
        forge.clear()
        forge.update(json.loads(state.read_text()))

    def test_forge(self) -> None:
        """A person merges a switch; the renewal after it is merged by the gate, but not while a token is valid."""
        forge: dict = {"requests": []}
        seen = self.proposed()
        self.open_request(forge)
        self.assertEqual([r["head"] for r in forge["requests"]], ["moltseal/rotate-prod"])
        self.assertIn("flip from role", forge["requests"][0]["body"])
        gate = ("check", "--env", "prod", "--gate", "--base", "origin/main", "--evidence", str(seen))
        self.workspace.git("switch", "-q", "moltseal/rotate-prod")
        judged = self.workspace.run(*gate, check=False)
        self.assertEqual(judged.returncode, 4)
        self.assertIn(b"  error  not-a-tail\n", judged.stdout)
        # A person merges; the branch stays.
        self.workspace.git("switch", "-q", "main")
        self.workspace.git("merge", "-q", "--no-ff", "-m", "merged", "moltseal/rotate-prod")
        self.workspace.git("push", "-q", "origin", "main")
        forge["requests"][0]["state"] = "merged"
        self.see(seen)
        self.assertIn("pushed", self.propose(str(seen)).stdout)
        self.open_request(forge)
        self.assertEqual([r["state"] for r in forge["requests"]], ["merged", "open"])
        self.workspace.git("switch", "-q", "moltseal/rotate-prod")
        self.workspace.run(*gate)
        held = json.loads(seen.read_text())
        for credential in held["credentials"]:
            for fact in credential["facts"]:
                fact["answer"] = "no" if fact["fact"] == "released" else fact["answer"]
        seen.write_text(json.dumps(held))
        judged = self.workspace.run(*gate, check=False)
        self.assertEqual(judged.returncode, 4)
        self.assertIn(b"  error  gate-closed\n", judged.stdout)
        # A replaced proposal keeps its request, with the new text.
        self.workspace.git("switch", "-q", "main")
        self.make_due("jwt-secret")
        self.see(seen)
        self.assertIn("pushed", self.propose(str(seen)).stdout)
        self.open_request(forge)
        self.assertEqual([r["state"] for r in forge["requests"]], ["merged", "open"])
        self.assertIn("jwt-secret", forge["requests"][1]["body"])

    def test_touched(self) -> None:
        """What a person has added to a proposal is not thrown away; a deploy next to it does not count as that."""
        seen = self.proposed()
        kustomization = self.workspace.root / "k8s/kustomization.yml"
        kustomization.write_text(kustomization.read_text() + "# of a deploy\n")
        self.workspace.commit()
        self.workspace.git("push", "-q", "origin", "main")
        self.assertIn("waits to be merged", self.propose(str(seen)).stdout)
        self.workspace.git("switch", "-q", "moltseal/rotate-prod")
        (self.workspace.root / "note").write_text("of a reviewer")
        self.workspace.git("add", "note")
        self.workspace.git("commit", "-qm", "reviewed", "--author", "R <r@example.com>")
        self.workspace.git("push", "-q", "origin", "moltseal/rotate-prod")
        reviewed = self.workspace.git("rev-parse", "HEAD")
        self.workspace.git("switch", "-q", "main")
        self.make_due("jwt-secret")
        self.see(seen)
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 1)
        self.assertIn("has commits of somebody else", finished.stderr)
        self.assertIn(reviewed.strip(), self.workspace.git("ls-remote", "origin", "refs/heads/moltseal/rotate-prod"))

    def test_shallow(self) -> None:
        """Without history it cannot be decided, and this is reported."""
        seen = self.proposed()
        self.make_due("jwt-secret")
        shallow = self.workspace.base / "shallow"
        self.workspace.git("clone", "-q", "--depth", "1", f"file://{self.remote}", str(shallow))
        finished = subprocess.run(
            [SCRIPT, "prod", str(seen)], cwd=shallow, capture_output=True, text=True, check=False,
            env=self.workspace.environment({"MOLTSEAL": str(binary().resolve()), "PLAN": str(self.plan)}),
        )  # fmt: skip
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertIn("--unshallow", finished.stderr)

    def test_lost_push(self) -> None:
        """A branch that was made here but never reached origin is not a proposal: it is made again."""
        self.make_due()
        seen = self.workspace.home / "evidence.json"
        seen.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        self.workspace.git("branch", "moltseal/rotate-prod")
        hook = self.remote / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
        self.assertNotEqual(self.propose(str(seen)).returncode, 0)
        self.assertEqual(self.branches(), ["refs/heads/main"])
        hook.unlink()
        self.workspace.git("switch", "-q", "main")
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(self.branches(), ["refs/heads/main", "refs/heads/moltseal/rotate-prod"])

    def test_origin_is_away(self) -> None:
        """If origin does not answer, nothing is rotated."""
        self.make_due()
        self.remote.rename(self.remote.with_suffix(".away"))
        finished = self.propose()
        self.assertEqual(finished.returncode, 1)
        self.assertIn("nothing is rotated", finished.stderr)

    def test_default_plan(self) -> None:
        """Without PLAN it is in git's own folder, and nobody commits it."""
        self.make_due()
        seen = self.workspace.home / "evidence.json"
        seen.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        finished = subprocess.run(
            [SCRIPT, "prod", str(seen)],
            cwd=self.workspace.root,
            env=self.workspace.environment({"MOLTSEAL": str(binary().resolve())}),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("# Rotation r-", (self.workspace.root / ".git/plan.md").read_text())

    def test_other_files(self) -> None:
        """Other files are not part of a rotation, and uncommitted ones block it."""
        self.plan = self.workspace.root / "plan.md"
        seen = self.workspace.root / "evidence of today.json"
        seen.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(self.branches(), ["refs/heads/main"])
        self.plan.unlink()
        seen.unlink()
        self.make_due()
        seen.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0, finished.stderr)
        changed = self.workspace.git("diff", "--name-only", "main", "moltseal/rotate-prod").split()
        self.assertEqual(changed, ["k8s/kustomization.yml", "k8s/secrets/moltseal.lock"])
        self.workspace.git("push", "-q", "origin", ":moltseal/rotate-prod")
        (self.workspace.root / "README.md").write_text("new")
        self.workspace.git("add", "README.md")
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 1)
        self.assertIn("not committed", finished.stderr)

    def test_outside_words(self) -> None:
        """Texts in evidence reach the message and the request as words, not as commands."""
        self.make_due("api-database-password", "jwt-secret")
        seen = self.workspace.home / "evidence.json"
        facts = json.loads(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        evil = "&commat;here https://evil.example/x www.evil.example fixes GH-12, closes https://h/o/r/issues/1 _x_ %1 $2 "
        evil += "\n\n/merge\n@everyone [skip ci] \x1b[31m closes #1 ![x](http://x) ***NO_CI*** `code`\nskip-checks: true"
        for credential in facts["credentials"]:
            for fact in credential["facts"]:
                fact["because"] = evil
                if credential["name"].startswith("jwt-secret"):
                    fact["answer"] = "no"
        seen.write_text(json.dumps(facts))
        finished = self.propose(str(seen))
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("pushed", finished.stdout, finished.stderr)
        message = self.workspace.git("log", "-1", "--format=%B", "moltseal/rotate-prod")
        for text in (message, self.plan.read_text()):
            for word in ("@everyone", "[skip ci]", "\x1b", "#1", "![", "***", "skip-checks", "&commat", "://", "GH-", "%1", "$2"):
                self.assertNotIn(word, text)
            self.assertNotRegex(text, r"(?m)^/")

    def test_token(self) -> None:
        """The token is in no argument of a program, and in no file."""
        self.make_due()
        seen = self.workspace.home / "evidence.json"
        seen.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        trace = self.workspace.home / "trace"
        variables = {"MOLTSEAL": str(binary().resolve()), "PLAN": str(self.plan), "ROTATION_TOKEN": "t0ken-t0ken"}
        finished = subprocess.run(
            ["strace", "-f", "-s", "4096", "-e", "trace=execve", "-o", trace, SCRIPT, "prod", str(seen)],
            cwd=self.workspace.root,
            env=self.workspace.environment(variables),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("execve", trace.read_text())
        self.assertNotIn("t0ken", trace.read_text())
        for path in (self.workspace.root / ".git").rglob("*"):
            if path.is_file():
                self.assertNotIn(b"t0ken", path.read_bytes())

    def test_other_branch(self) -> None:
        """Not from a user's own branch."""
        self.make_due()
        self.workspace.git("switch", "-q", "-c", "own")
        (self.workspace.root / "note").write_text("own")
        self.workspace.commit()
        finished = self.propose()
        self.assertEqual(finished.returncode, 1)
        self.assertIn("nothing is rotated from here", finished.stderr)


class Files(TestCase):
    """What runs the script, and the manifests."""

    def test_github(self) -> None:
        """On the default branch, by a schedule or by hand; actions pinned by commit."""
        content = yaml.safe_load((ROOT / ".github/workflows/rotate.yml").read_text())
        # YAML 1.1 reads `on` as true.
        self.assertEqual(set(content[True]), {"schedule", "workflow_dispatch"})
        self.assertEqual(content["permissions"], {"contents": "write", "pull-requests": "write"})
        self.assertEqual(content["concurrency"]["cancel-in-progress"], False)
        (job,) = content["jobs"].values()
        self.assertIn("default_branch", job["if"])
        for step in job["steps"]:
            if "uses" in step:
                self.assertRegex(step["uses"], r"@[0-9a-f]{40}\Z")
        self.assertTrue(any("scripts/propose-rotation prod" in step.get("run", "") for step in job["steps"]))

    def test_gitlab(self) -> None:
        """The same."""
        content = yaml.safe_load((ROOT / ".gitlab/rotate.gitlab-ci.yml").read_text())
        (rule,) = content["rotate"]["rules"]
        self.assertEqual(rule["if"], '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH')

    def test_manifests(self) -> None:
        """Each folder builds, and changes only what it documents in a cluster."""
        folders = sorted(path.parent for path in (ROOT / "docs/manifests").glob("*/kustomization.yml"))
        self.assertEqual([folder.name for folder in folders], ["live-cronjob", "pgbouncer", "redis"])
        for folder in folders:
            built = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, check=True).stdout
            for item in yaml.safe_load_all(built):
                everywhere = item["kind"] in ("ClusterRole", "ClusterRoleBinding")
                self.assertEqual(item["metadata"].get("namespace"), None if everywhere else "moltbook", item)
                for rule in item.get("rules", []):
                    # It writes what it remembers into one named ConfigMap, and nothing else.
                    keeps = rule.get("resourceNames") == ["moltseal-looks"] and rule["resources"] == ["configmaps"]
                    self.assertLessEqual(set(rule["verbs"]), {"get", "list"} | ({"update"} if keeps else set()))
                    self.assertFalse(everywhere and "secrets" in rule["resources"])


if __name__ == "__main__":
    unittest.main()
