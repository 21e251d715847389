"""Marks beside what is taken out."""

from tricks import commit, edit

edit("k8s/kustomization.yml", "# Development values only:", "# Development \u202e\u2066 values\u200f only:")
edit("k8s/kustomization.yml", "# the application", "# the \u202eapplication \u061c")
commit()
