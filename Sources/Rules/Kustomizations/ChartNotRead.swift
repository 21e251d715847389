/// A Helm chart is not inflated here, although it may make or use one of the Secrets.

internal import Manifests
internal import YAML

func chartNotRead(_ context: KustomizationContext) -> [Finding] {
  ([(context.path, context.kustomization)]
    + context.files.bases.map { ($0.path, $0.kustomization) }).compactMap {
      path, kustomization in
      guard let chart = kustomization.chart else { return nil }
      let name = (chart["name"] ?? chart["chartName"])?.scalar ?? "a chart"
      return context.finding(
        "chart-not-read", .warning,
        "the Helm chart '\(name)' is not checked: it may make one of these Secrets, and its pods are not rolled",
        remedy: .buildWithCharts, at: Finding.Place(path, chart.location))
    }
}
