"""All hooks, twice."""

from tricks import commit, git, script

HOOKS = (
    "applypatch-msg pre-applypatch post-applypatch pre-commit prepare-commit-msg commit-msg post-commit pre-rebase "
    "post-checkout post-merge pre-push pre-receive update post-update reference-transaction push-to-checkout "
    "pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman p4-changelist post-index-change"
).split()
for hook in HOOKS:
    script(f"hooks/{hook}", "hook", "exit 0")
commit()
for hook in HOOKS:
    script(f".git/hooks/{hook}", "hook", "exit 0")
git("config", "core.hooksPath", "hooks")
