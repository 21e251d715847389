/// A base that is not read cannot be checked, and may make one of the Secrets.

internal import Manifests
internal import Text
internal import YAML

func notRead(_ context: KustomizationContext) -> [Finding] {
  context.files.unread.map { path, resource, isRemote in
    isRemote
      ? context.finding(
        "remote-base", .warning,
        "\(SecretName.quotedAddress(resource.scalar ?? "")) is not read; if it makes one of these Secrets, both would be built",
        hint: "check the output of kubectl kustomize before the sync",
        at: Finding.Place(path, resource.location))
      : context.finding(
        "outside-workspace", .error,
        "\(SecretName.quotedPath(resource.scalar ?? "")) is outside the workspace, so it is not known what it makes",
        hint:
          "move moltseal.yml to a folder that contains both, for instance the repository's root",
        at: Finding.Place(path, resource.location))
  }
}
