// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A library of ours; what it may import stands here, and nowhere else.
func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a library, and what they use besides.
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    swiftSettings: settings)
}

let package = Package(
  name: "moltseal",
  products: [.executable(name: "moltseal", targets: ["moltseal"])],
  dependencies: [
    // Exactly, for `Moltseal.swift` uses a symbol that no promise covers (docs/dependencies.md).
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CYAMLMemory"),
    .target(name: "CProcess"),
    .systemLibrary(name: "CLinux"),
    library("Text"),
    library("Cryptography", "COpenSSL", "Text"),
    library("Kubernetes", "Text"),
    library("YAML", "CYAML", "CYAMLMemory", "Text"),
    library("Workspace", "Kubernetes", "Text", "YAML"),
    library("Secrets", "Cryptography", "Kubernetes", "Text", "Workspace", "YAML"),
    library("Sealing", "Cryptography", "Kubernetes", "Text"),
    library("Unsealing", "Cryptography", "Kubernetes", "Text"),
    library("Manifests", "Kubernetes", "Text", "YAML"),
    library("Kustomize", "Manifests", "Text", "YAML"),
    library("Planning", "Kubernetes", "Manifests", "Text", "Workspace", "YAML"),
    library("GoTemplates"),
    library("Rules", "GoTemplates", "Kubernetes", "Manifests", "Text", "Workspace", "YAML"),
    library("Cluster", "Kubernetes", "Manifests", "Planning", "Text", "Workspace", "YAML"),
    library("Discovery", "Kubernetes", "Text", "Workspace", "YAML"),
    library("Files", "CLinux", "Text"),
    library("Processes", "CProcess", "Text", "YAML"),
    library("Reporting", "Files", "Kubernetes", "Processes", "YAML"),
    library(
      "Words", "Kubernetes", "Manifests", "Planning", "Processes", "Reporting", "Rules", "Text",
      "Workspace", "YAML"),
    library(
      "Repository", "Cryptography", "Files", "Kubernetes", "Manifests", "Planning", "Processes",
      "Reporting", "Text", "Words", "Workspace", "YAML"),
    library(
      "SecretIO", "CProcess", "Cryptography", "Processes", "Reporting", "Repository", "Secrets",
      "Text", "Unsealing", "Workspace", "YAML"),
    library(
      "Building", "CProcess", "Cryptography", "Files", "Kubernetes", "Kustomize", "Manifests",
      "Planning", "Processes", "Reporting", "Repository", "Rules", "Text", "Words", "Workspace",
      "YAML"),
    library(
      "ClusterAccess", "Building", "Cluster", "Cryptography", "Files", "Kubernetes", "Manifests",
      "Planning", "Processes", "Reporting", "Repository", "Rules", "SecretIO", "Text", "Words",
      "Workspace", "YAML"),
    library(
      "Operations", "Building", "CProcess", "ClusterAccess", "Cryptography", "Discovery", "Files",
      "GoTemplates", "Kubernetes", "Kustomize", "Manifests", "Planning", "Processes", "Reporting",
      "Repository", "Rules", "Sealing", "SecretIO", "Secrets", "Text", "Unsealing", "Words",
      "Workspace", "YAML"),
    library(
      "Checking", "Building", "ClusterAccess", "Cryptography", "Files", "Kubernetes", "Kustomize",
      "Manifests", "Operations", "Planning", "Processes", "Reporting", "Repository", "Rules",
      "SecretIO", "Secrets", "Text", "Words", "Workspace", "YAML"),
    library(
      "Reports", "Checking", "Cluster", "ClusterAccess", "Discovery", "Files", "Kubernetes",
      "Manifests", "Operations", "Planning", "Reporting", "Rules", "Text", "Words", "Workspace",
      "YAML"),
    .executableTarget(
      name: "moltseal",
      dependencies: [
        "Building", "CProcess", "Checking", "Cluster", "ClusterAccess", "Discovery", "Files",
        "Kubernetes", "Manifests", "Operations", "Planning", "Processes", "Reporting", "Reports",
        "Repository", "Rules", "SecretIO", "Text", "Workspace", "YAML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "SealBenchmark", dependencies: ["Cryptography", "Kubernetes", "Sealing"],
      path: "Benchmarks/SealBenchmark", swiftSettings: settings),
    .executableTarget(
      name: "PhaseModel",
      dependencies: [
        "Kubernetes", "Cluster", "Manifests", "Planning", "Text", "Workspace", "YAML",
      ],
      path: "Tests/PhaseModel", swiftSettings: settings),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    tests("Text"),
    tests("Kubernetes"),
    tests("Cryptography", "Text"),
    tests("Sealing", "Cryptography", "Kubernetes", "Unsealing"),
    tests("Unsealing", "Cryptography", "Kubernetes", "Sealing"),
    tests("YAML"),
    tests("Secrets", "Cryptography", "Kubernetes", "Workspace", "YAML"),
    tests("Workspace", "YAML"),
    tests("Manifests", "Kubernetes", "YAML"),
    tests("Kustomize", "Text", "YAML"),
    tests("Rules", "Kubernetes", "Manifests", "Text", "Workspace", "YAML"),
    tests("Planning", "Kubernetes", "Manifests", "Workspace", "YAML"),
    tests("Cluster", "Kubernetes", "Manifests", "Planning", "YAML"),
    tests("Discovery", "Text", "Workspace", "YAML"),
    tests("Processes", "TestSupport", "Text"),
    tests("Files"),
    tests("GoTemplates"),
    tests("Reporting", "Files", "Kubernetes", "Processes", "YAML"),
    tests(
      "Words", "Kubernetes", "Manifests", "Planning", "Processes", "Reporting", "Rules",
      "Workspace", "YAML"),
    tests(
      "Repository", "Cryptography", "Files", "Kubernetes", "Manifests", "Processes", "Reporting",
      "TestSupport", "Workspace", "YAML"),
    tests(
      "SecretIO", "Cryptography", "Reporting", "Repository", "TestSupport", "Workspace", "YAML"),
    tests(
      "Operations", "Cryptography", "Files", "Kubernetes", "Manifests", "Planning", "Rules",
      "Unsealing", "Workspace", "YAML"),
    tests(
      "Building", "Cryptography", "Files", "Kubernetes", "Kustomize", "Manifests", "Planning",
      "Reporting", "Repository", "Rules", "TestSupport", "Workspace", "YAML"),
    tests(
      "ClusterAccess", "Cluster", "Cryptography", "Files", "Kubernetes", "Planning", "Processes",
      "Reporting", "Repository", "TestSupport", "Text", "Workspace", "YAML"),
    tests(
      "Checking", "Kubernetes", "Manifests", "Planning", "Repository", "Rules", "TestSupport",
      "Text", "Workspace", "YAML"),
    tests(
      "Reports", "Checking", "Files", "Kubernetes", "Manifests", "Operations", "Planning", "Rules",
      "Workspace", "YAML"),
    .testTarget(name: "ArchitectureTests", dependencies: [], swiftSettings: settings),
  ]
)

// The fuzzers need a build of their own: scripts/fuzz-targets.
if Context.environment["MOLTSEAL_FUZZ"] != nil {
  let fuzzers: [(name: String, dependencies: [Target.Dependency])] = [
    ("Certificate", ["Cryptography", "Text"]),
    ("Secret", ["Cryptography", "Secrets", "YAML"]),
    ("SealedSecret", ["Kubernetes", "Manifests", "YAML"]),
    ("Ciphertext", ["Cryptography", "Kubernetes", "Text", "Unsealing"]),
    ("PrivateKey", ["Cryptography", "Secrets", "Text", "Unsealing", "YAML"]),
    ("LockFile", ["Manifests", "YAML"]),
    ("Evidence", ["Cluster", "Planning", "YAML"]),
    ("Journal", ["Files"]),
    ("Workspace", ["Workspace", "YAML"]),
    ("Kustomization", ["Manifests", "YAML"]),
    ("Init", ["Cryptography", "Discovery", "Secrets", "Workspace", "YAML"]),
    ("Passphrase", ["Cryptography", "Text", "Unsealing"]),
  ]
  package.targets += fuzzers.map { fuzzer in
    .executableTarget(
      name: "Fuzz\(fuzzer.name)", dependencies: fuzzer.dependencies, path: "Fuzz/\(fuzzer.name)",
      // libFuzzer brings the `main`.
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
  }
}
