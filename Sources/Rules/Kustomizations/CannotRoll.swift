/// Pods that keep the old value because nothing replaces them when their template changes.

internal import Manifests
internal import Text

func cannotRoll(_ context: KustomizationContext) -> [Finding] {
  var said: Set<Name> = []
  return context.users.compactMap { path, workload in
    guard let restraint = workload.restraint,
      said.insert(Name("\(workload.kind)/\(workload.name)")).inserted
    else { return nil }
    let (why, hint) = words(of: restraint)
    let message = "\(workload.kind) '\(workload.name)' uses a sealed Secret, but \(why)"
    return restraint == .job
      ? context.finding(
        "job-cannot-roll", .warning, message, hint: hint, at: Finding.Place(path, workload.location)
      )
      : context.finding(
        "cannot-roll", .warning, message, hint: hint, at: Finding.Place(path, workload.location))
  }
}

private func words(of restraint: Workload.Restraint) -> (why: String, hint: String) {
  switch restraint {
  case .job:
    (
      "a Job's pods cannot be rolled",
      "make it a hook, or let the sync replace it (sync-options: Replace=true)"
    )
  case .bare:
    (
      "nothing replaces its pods when its template changes",
      "run them from a Deployment or a StatefulSet; until then, delete them after each rotation"
    )
  case .onDelete:
    (
      "with updateStrategy OnDelete its pods are replaced only when they are deleted",
      "delete them after each rotation, or set updateStrategy to RollingUpdate"
    )
  case .partition(let number):
    (
      "with the partition \(number), the pods below that number keep the old value",
      "remove the partition when the rotation should reach them"
    )
  case .paused: ("it is paused and replaces no pods", "remove paused: true")
  }
}

extension KustomizationContext {
  /// The workloads that use a template's Secret.
  fileprivate var users: [(path: String, workload: Workload)] {
    files.workloads.filter { _, workload in
      !isDeleted(workload.kind, workload.name)
        && workload.uses.contains { !targets(named: $0.secret).isEmpty }
    }
  }
}
