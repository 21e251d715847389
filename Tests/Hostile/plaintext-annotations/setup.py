"""Copies of a Secret in the annotations that tools keep them in."""

import json

import yaml

from tricks import commit, write

METADATA = {"name": "app", "namespace": "demo"}
PLAIN = {"apiVersion": "v1", "data": {"API_TOKEN": "VHIwdWI0ZG9y"}, "kind": "Secret", "metadata": METADATA}
COPY = json.dumps(PLAIN)
ANNOTATIONS = {
    "kubectl": {"kubectl.kubernetes.io/last-applied-configuration": COPY},
    "kapp": {"kapp.k14s.io/original": COPY, "kapp.k14s.io/identity": "v1;demo//Secret/app;v1"},
    "kapp-diff": {
        "kapp.k14s.io/original-diff": "+ password: Tr0ub4dor",
        "kapp.k14s.io/original-diff-full": "Tr0ub4dor",
    },
    "rancher": {"objectset.rio.cattle.io/applied": COPY},
    "replicas": {"kubectl.kubernetes.io/original-replicas": "Tr0ub4dor"},
    "kubecfg": {"kubecfg.ksonnet.io/last-applied-configuration": COPY},
}
ANNOTATIONS["all"] = {name: text for given in list(ANNOTATIONS.values()) for name, text in given.items()}
for name, annotations in ANNOTATIONS.items():
    secret = {**PLAIN, "metadata": {**PLAIN["metadata"], "annotations": annotations}}
    write(f"{name}.yml", yaml.safe_dump(secret))
    write(f"{name}.json", json.dumps(secret))
commit()
