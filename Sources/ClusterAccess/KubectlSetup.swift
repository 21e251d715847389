/// How this process starts kubectl, and the messages for its failures.

package import Processes
internal import Reporting
internal import Repository
internal import Text
internal import Files

extension Kubectl {
  /// - Parameter usual: the context if the flags name none. It is not used in a pod without a
  ///   kubeconfig, where the cluster around the pod is meant.
  package init(
    flags: [String], usual: String? = nil, credentials: Credentials = Credentials(),
    kubeconfig: String? = nil
  ) throws {
    let workspace = try LoadedWorkspace.root()
    let place = try ChangePlace.here()
    let others = Surroundings.text("KUBECONFIG")
    let home = Surroundings.text("HOME").map { $0 + "/.kube/config" }
    let hasConfig =
      kubeconfig != nil || others != nil || home.map { Disk.exists($0) } ?? false
    let inCluster =
      hasConfig
      ? nil
      : Kubectl.InCluster(
        host: Surroundings.text("KUBERNETES_SERVICE_HOST"),
        port: Surroundings.text("KUBERNETES_SERVICE_PORT"))
    self.init(
      Connection(
        flags: flags
          + (inCluster == nil && !flags.contains { $0.begins(with: "--context=") }
            ? usual.map { ["--context=\($0)"] } ?? [] : []),
        credentials: credentials, kubeconfig: kubeconfig, otherKubeconfigs: others ?? home,
        inCluster: inCluster),
      outside: [workspace].compactMap { $0 } + (place.git?.folders ?? []), Surroundings.usersSetup)
  }
}

extension Kubectl.Fault {
  var commandError: CommandError {
    switch self {
    case .answerTooLarge(let limit):
      CommandError(
        "the server's answer is larger than \(limit >> 20) MiB",
        hint: "check the controller and the context; nothing of the answer was used")
    case .noMemoryFile(let reason):
      CommandError(
        "cannot create a file in memory: \(reason)",
        hint: "put the credentials into the kubeconfig instead")
    case .oddName(let name):
      CommandError(
        "'\(name)' is not a valid name in a cluster, so the cluster was not asked for it",
        hint: "correct the name in its file")
    case .kubeconfigUnreadable(let path, let reason):
      CommandError(
        "cannot be read: \(reason)", hint: "check the path of the kubeconfig", file: path)
    }
  }
}
