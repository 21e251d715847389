/// An included resource that does not exist makes every build fail.

internal import Manifests
internal import Text
internal import YAML

func missingResource(_ context: KustomizationContext) -> [Finding] {
  context.files.missing.map { path, resource in
    context.finding(
      "missing-resource", .error,
      "\(SecretName.quotedPath(resource.scalar ?? "")) does not exist, or is a folder without a kustomization, so nothing can be built from this",
      hint: "fix the path, or remove it", at: Finding.Place(path, resource.location))
  }
}
