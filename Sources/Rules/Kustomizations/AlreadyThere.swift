/// A second object with the same name makes the build, or the controller, fail.

internal import Manifests
internal import Text

func alreadyThere(_ context: KustomizationContext) -> [Finding] {
  (context.files.objects + context.files.plugins).filter { path, object in
    ["Secret", "SealedSecret", "SecretGenerator"].contains(object.kind)
      && !context.displaces(object)
      && !context.isDeleted(object.kind, object.name, namespace: object.namespace)
      && context.targets(named: object.name).contains {
        ($0.namespace === object.namespace || object.namespace == nil || $0.namespace == nil)
      }
  }.map { path, object in
    context.finding(
      "already-there", .error,
      "this \(object.kind) '\(object.name)' would be built beside the one that a template makes",
      hint: "remove it from the resources, or remove the template from the workspace",
      at: Finding.Place(path, object.location))
  }
}
