/// kustomize does not rename the subjects of role bindings where it meets a namespace twice.

internal import Manifests
internal import Text
internal import YAML

/// Refuses a sealed file beside which a subject would keep its name without the prefix of its base.
///
/// That happens where the subject names the namespace of the sealed file, and the file names it too
/// (kustomize 5.5, `nameReference`). A file that gets its namespace from the overlay does no harm; so
/// it is written without where that is possible, and this rule is for all others.
func roleBindingLoses(_ context: KustomizationContext) -> [Finding] {
  guard !context.kustomization.suppliesNamespaces else { return [] }
  return context.losingSubjects.map { path, name, namespace, location in
    context.finding(
      "role-binding-loses", .error,
      "with a sealed file of namespace '\(namespace)' kustomize no longer renames this subject, and the role is bound to nobody",
      hint:
        "write its name here as it is built, '\(context.builtSubject(name, in: path))': kustomize leaves it so",
      at: location, in: path)
  }
}

extension KustomizationContext {
  /// The subjects that a sealed file with a namespace of its own would leave without their prefix.
  fileprivate var losingSubjects:
    [(path: String, name: String, namespace: String, location: Location)]
  {
    let renames = files.bases.contains {
      $0.kustomization.namePrefix != nil || $0.kustomization.nameSuffix != nil
    }
    guard renames else { return [] }
    return files.subjects.filter { subject in
      targets.contains { $0.namespace === subject.namespace }
        && !isAsBuilt(subject.name, in: subject.path)
    }
  }

  /// The base whose file it is: the innermost one.
  private func base(of path: String) -> KustomizationFiles.Base? {
    files.bases.filter { base in
      Path.isIn(path, folder: Path.split(base.path).folder ?? ".")
    }.max { $0.path.utf8.count < $1.path.utf8.count }
  }

  /// A name of a base's file as it is built.
  fileprivate func builtSubject(_ name: String, in path: String) -> String {
    let base = base(of: path)
    return builtPrefix + (base?.prefix ?? "") + name + (base?.suffix ?? "") + builtSuffix
  }

  private var builtPrefix: String { kustomization.namePrefix ?? "" }
  private var builtSuffix: String { kustomization.nameSuffix ?? "" }

  /// Whether a subject has its prefix already.
  private func isAsBuilt(_ name: String, in path: String) -> Bool {
    let around = builtSubject("", in: path)
    return !around.isEmpty && name.begins(with: builtPrefix + (base(of: path)?.prefix ?? ""))
      && name.utf8.count > around.utf8.count
  }

  /// Whether new sealed files leave their namespace to the kustomization.
  package var leavesNamespaceOut: Bool {
    kustomization.suppliesNamespaces && !losingSubjects.isEmpty
  }
}

extension Kustomization {
  fileprivate var suppliesNamespaces: Bool { namespace != nil }
}
