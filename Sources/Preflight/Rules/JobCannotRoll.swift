/// The pod template of a Job is immutable, so no rotation id is copied into it.

internal import Manifests

func jobCannotRoll(_ context: KustomizationContext) -> [Finding] {
  context.workloads.filter { path, workload in
    !workload.canRoll && context.targets.contains { workload.secrets.contains($0.name) }
  }.map { path, workload in
    context.finding(
      "job-cannot-roll", .warning,
      "Job '\(workload.name)' uses a sealed Secret, but a Job's pods cannot be rolled",
      hint: "make it a hook or let the sync replace it (sync-options: Replace=true)",
      at: workload.location, in: path)
  }
}
