/// Pods that read a ConfigMap in a way that never updates while their containers run.

internal import Text
package import YAML

extension Node {
  /// The specification of the pods that an object makes or is; nil for any other object.
  package var podSpecification: Node? { Workload.podSpecification(of: self) }

  /// The containers of a pod specification that keep what they read of a ConfigMap.
  ///
  /// They keep it until they restart: a kubelet does not update environment variables and `subPath`
  /// mounts (Kubernetes, "Mounted ConfigMaps are updated automatically").
  package func containersThatKeep(_ configMap: String) -> [String] {
    let volumes = (self["volumes"]?.items ?? []).filter { volume in
      volume.at("configMap", "name")?.scalar === configMap
        || (volume.at("projected", "sources")?.items ?? []).contains {
          $0.at("configMap", "name")?.scalar === configMap
        }
    }.compactMap { $0["name"]?.scalar }
    return ["containers", "initContainers", "ephemeralContainers"].flatMap {
      self[$0]?.items ?? []
    }.filter { container in
      let isVariable =
        (container["env"]?.items ?? []).contains {
          $0.at("valueFrom", "configMapKeyRef", "name")?.scalar === configMap
        }
        || (container["envFrom"]?.items ?? []).contains {
          $0.at("configMapRef", "name")?.scalar === configMap
        }
      let isPart = (container["volumeMounts"]?.items ?? []).contains { mount in
        (mount["subPath"] != nil || mount["subPathExpr"] != nil)
          && volumes.contains { $0 === mount["name"]?.scalar ?? "" }
      }
      return isVariable || isPart
    }.compactMap { $0["name"]?.scalar }
  }
}
