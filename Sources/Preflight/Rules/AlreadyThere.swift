/// A second object of the same name makes the build, or the controller, fail.

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
      "this \(object.kind) '\(object.name)' would stand beside the one that a template makes",
      hint: "take it out of the resources, or the template out of the workspace",
      at: object.location, in: path)
  }
}
