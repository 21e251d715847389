/// The pod template of a Job is immutable, so no rotation id is copied into it.

internal import Manifests

func jobCannotRoll(_ context: KustomizationContext) -> [Finding] {
  context.files.workloads.filter { path, workload in
    !workload.canRoll && !context.isDeleted(workload.kind, workload.name)
      && workload.uses.contains { !context.targets(named: $0.secret).isEmpty }
  }.map { path, workload in
    context.finding(
      "job-cannot-roll", .warning,
      "Job '\(workload.name)' uses a sealed Secret, but a Job's pods cannot be rolled",
      hint: "make it a hook or let the sync replace it (sync-options: Replace=true)",
      at: workload.location, in: path)
  }
}
