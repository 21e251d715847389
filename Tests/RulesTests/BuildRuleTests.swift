/// The waves of a build, and the pods that notice a rotation.

import Manifests
import Testing
import YAML

@testable import Rules

@Suite("Rules on a build")
struct BuildRuleTests {
  private func sealed(
    _ name: String = "app", wave: String? = nil, namespace: String = "demo",
    rotation: String? = "r-1"
  ) -> String {
    let annotations = [
      wave.map { "argocd.argoproj.io/sync-wave: '\($0)'" },
      rotation.map { "moltseal.dev/rotation: \($0)" },
    ].compactMap { $0 }.joined(separator: ", ")
    return """
      apiVersion: bitnami.com/v1alpha1
      kind: SealedSecret
      metadata: {name: \(name), namespace: \(namespace), annotations: {\(annotations)}}
      spec: {encryptedData: {a: AgAA}}
      """
  }

  /// A workload that uses a Secret in two places.
  private func workload(
    _ kind: String = "Deployment", wave: String? = nil, own: String = "", pod: String = "",
    uses secret: String = "app"
  ) -> String {
    let wave = wave.map { "argocd.argoproj.io/sync-wave: '\($0)'" } ?? own
    let variable = "valueFrom: {secretKeyRef: {name: \(secret), key: a}}"
    let template = """
      {metadata: {annotations: {\(pod)}}, spec: {containers: [{name: c, env: [{name: A, \(variable)}, {name: B, \(variable)}]}]}}
      """
    return """
      apiVersion: apps/v1
      kind: \(kind)
      metadata: {name: web, namespace: demo, annotations: {\(wave)}}
      spec: \(kind == "CronJob" ? "{jobTemplate: {spec: {template: \(template)}}}" : "{template: \(template)}")
      """
  }

  private func context(_ texts: String..., target: SealedTarget? = nil) throws -> BuildContext {
    BuildContext(
      build: try build(texts), path: "k",
      known: KnownToWorkspace(targets: [try target ?? sealedTarget("app")]))
  }

  /// The hint of each finding; nil for none in words.
  private func hints(_ findings: [Finding]) -> [String?] {
    findings.map { if case .words(let text) = $0.remedy { text } else { nil } }
  }

  @Test(
    "a SealedSecret of a later wave than its pods is refused, with the wave that it needs",
    arguments: [
      ("1", nil, -1), ("5", "4", 3), (nil, "-1", -2), ("1", "1", nil), ("0", "1", nil),
      (nil, nil, nil), ("-1", nil, nil), ("x", nil, nil), ("3000000000", nil, nil),
    ] as [(String?, String?, Int?)])
  func waves(secret: String?, pods: String?, needed: Int?) throws {
    let found = syncWave(try context(sealed(wave: secret), workload(wave: pods)))
    #expect(
      hints(found)
        == (needed.map { ["annotate the template with argocd.argoproj.io/sync-wave: \"\($0)\""] }
          ?? []))
    #expect(found.allSatisfy { $0.severity == .error && $0.code == "sync-wave" })
  }

  @Test("a wave of a Secret, or of another namespace, holds nobody up")
  func otherWaves() throws {
    let secret =
      "{apiVersion: v1, kind: Secret, metadata: {name: app, namespace: demo, "
      + "annotations: {argocd.argoproj.io/sync-wave: '1'}}}"
    #expect(syncWave(try context(secret, workload())).isEmpty)
    #expect(syncWave(try context(sealed(wave: "1", namespace: "other"), workload())).isEmpty)
    #expect(syncWave(try context(sealed("b", wave: "1"), workload())).isEmpty)
  }

  @Test("pods that a rotation replaces need their Secret in an earlier wave")
  func order() throws {
    let rolled = workload(pod: "moltseal.dev/rotation-0: r-1")
    func wave(_ texts: [String], _ target: SealedTarget? = nil) throws -> [Int?] {
      syncOrder(
        BuildContext(
          build: try build(texts), path: "k",
          known: KnownToWorkspace(targets: [try target ?? sealedTarget("app")]))
      ).map { if case .applyBefore(let wave) = $0.remedy { wave } else { 99 } }
    }
    #expect(try wave([sealed(), rolled]) == [nil])
    #expect(try wave([sealed(wave: "0"), rolled]) == [-1])
    #expect(try wave([sealed(wave: "-1"), rolled]) == [])
    #expect(try wave([sealed(), workload()]) == [])
    let ofRole = workload(pod: "moltseal.dev/rotation-0: r-1", uses: "app-a")
    #expect(try wave([sealed("app-a"), ofRole], sealedTarget("app-a")) == [nil])
    #expect(try wave([sealed("app-a"), ofRole], sealedRole("app")) == [])
    #expect(try wave([sealed(), rolled], sealedTarget("b")) == [])
    #expect(try wave([sealed(namespace: "other"), rolled]) == [])
    let reloaded = workload(
      own: "reloader.stakater.com/auto: 'true'", pod: "moltseal.dev/rotation-0: r-1")
    #expect(try wave([sealed(), reloaded]) == [])
  }

  @Test(
    "pods that nothing replaces after a rotation are warned of",
    arguments: [
      ("", "", true), ("", "moltseal.dev/rotation-0: r-1", false),
      ("", "moltseal.dev/other: x", true),
      ("reloader.stakater.com/auto: 'true'", "", false),
      ("", "reloader.stakater.com/auto: 'true'", false),
      ("reloader.stakater.com/auto: 'false'", "", true),
      ("secret.reloader.stakater.com/reload: app", "", false),
      ("secret.reloader.stakater.com/auto: 'true'", "", false),
      ("configmap.reloader.stakater.com/reload: app", "", true),
    ])
  func rollout(own: String, pod: String, isWarned: Bool) throws {
    let found = noRollout(try context(sealed(), workload(own: own, pod: pod)))
    #expect(found.map(\.code) == (isWarned ? ["no-rollout"] : []))
  }

  @Test("what no rotation touches, or what makes new pods by itself, is not warned of")
  func rolloutOfOthers() throws {
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet"] {
      let isWarned = ["Deployment", "StatefulSet", "DaemonSet"].contains(kind)
      #expect(
        noRollout(try context(sealed(), workload(kind))).isEmpty == !isWarned, "\(kind)")
    }
    #expect(noRollout(try context(sealed(rotation: nil), workload())).isEmpty)
    #expect(noRollout(try context(sealed("b"), workload())).isEmpty)
    let ofRole = [sealed("app-a"), workload(uses: "app-a")]
    for (target, isWarned) in [(try sealedTarget("app-a"), true), (try sealedRole("app"), false)] {
      #expect(
        noRollout(try context(ofRole[0], ofRole[1], target: target)).isEmpty == !isWarned)
    }
    #expect(
      noRollout(try context(sealed(), workload(), target: sealedTarget("b"))).isEmpty)
  }
}
