/// What is not read here cannot be checked, and may make one of the Secrets.

internal import Manifests

func notRead(_ context: KustomizationContext) -> [Finding] {
  context.unread.map { path, resource, isRemote in
    isRemote
      ? context.finding(
        "remote-base", .warning,
        "'\(resource)' is not read; if it makes one of these Secrets, both would be built",
        hint: "look at kubectl kustomize before the sync", at: nil, in: path)
      : context.finding(
        "outside-workspace", .error,
        "'\(resource)' is outside the workspace, so nobody knows what it makes",
        hint: "move moltseal.yml to a folder that holds both, the repository's root for instance",
        at: nil, in: path)
  }
}
