/// Whether the steps of a change may be taken now, and seal only what they may.

internal import ClusterAccess
internal import Cryptography
internal import Kubernetes
internal import Manifests
internal import Operations
internal import Planning
internal import Rules
internal import Reporting
internal import Repository
internal import Text
internal import Words
internal import Workspace

extension GateCheck {
  /// Whether the change seals only the password of an idle role, with new ciphertexts that fit the
  /// pinned key.
  func isSealedRight(
    _ plan: RunPlan, _ steps: GateSteps, _ sealed: ValueSealing.Result, _ state: EnvironmentState,
    _ report: inout CheckReport
  ) -> Bool {
    let environment = state.environment
    let lock = environment.lockPath
    guard plan.sealsOnlyIdleRoles else {
      refuse(
        "the change seals something other than the password of an idle role", lock, &report)
      return false
    }
    guard !plan.sealedItems.isEmpty else { return true }
    let certificate = try? SealingCertificate.load(
      override: nil, environment: environment, folder: workspace.folder, now: Surroundings.now())
    guard let key = certificate?.certificate.key, steps.certificate(plan) == key.fingerprint,
      environment.fingerprints.contains(key.fingerprint)
    else {
      refuse(
        "the change seals for another key than the environment's pinned one", lock, &report)
      return false
    }
    let modulus = key.modulus
    let known = Set((state.lock?.items ?? [:]).values.map(\.ciphertext))
    for (_, value) in sealed.values {
      guard (try? SealedFormat(base64: value.base64))?.fits(modulus: modulus) == true,
        !known.contains(value.digest { Digest.sha256($0) })
      else {
        refuse("a sealed value is not a new ciphertext for the pinned key", lock, &report)
        return false
      }
    }
    return true
  }

  /// Whether each credential takes the end of its rotation, and may take it now.
  func isOpen(
    _ plan: RunPlan, _ steps: GateSteps, _ environment: WorkspaceEnvironment,
    _ report: inout CheckReport
  ) -> Bool {
    let lock = environment.lockPath
    var isOpen = true
    for refusal in plan.refusals {
      isOpen = false
      refuse(refusal.reason.words.message, refusal.file ?? lock, &report)
    }
    for name in steps.credentials.sorted() {
      if let closed = plan.waiting.first(where: { $0.credential.name === name }) {
        isOpen = false
        report.add([
          Finding(
            code: "gate-closed", severity: .error,
            message: "\(name): \(closed.waitingWords)",
            hint: "check again later; merging it now can lock pods out", file: lock,
            location: nil)
        ])
        continue
      }
      guard let step = plan.steps.first(where: { $0.credential.name === name }), step.isTail else {
        isOpen = false
        refuse("\(name) takes a step that a person has to decide on", lock, &report)
        continue
      }
    }
    return isOpen
  }
}
