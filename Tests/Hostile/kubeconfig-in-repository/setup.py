"""A kubeconfig with a program in it, under every name."""

from tricks import commit, name_controller, script, sealed, write

plugin = script("tools/plugin", "plugin", "exit 1")
config = f"""apiVersion: v1
kind: Config
current-context: lab
clusters:
  - {{name: lab, cluster: {{server: "https://127.0.0.1:1", insecure-skip-tls-verify: true}}}}
contexts:
  - {{name: lab, context: {{cluster: lab, user: lab}}}}
users:
  - name: lab
    user:
      exec: {{apiVersion: client.authentication.k8s.io/v1, command: {plugin}, interactiveMode: Never}}
"""
for name in ("kubeconfig", ".kube/config", "k8s/kubeconfig", "config", "kubeconfig.yaml", ".kube/kuberc", "KUBECONFIG"):
    write(name, config)
write(".envrc", "export KUBECONFIG=kubeconfig\n")
write(".env", "KUBECONFIG=kubeconfig\n")
write("sealed.yml", sealed())
name_controller("sealed-secrets")
commit()
