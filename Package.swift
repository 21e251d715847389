// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "moltseal",
  products: [.executable(name: "moltseal", targets: ["moltseal"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CYAMLMemory"),
    .target(name: "CProcess"),
    .systemLibrary(name: "CLinux"),
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: settings),
    .target(name: "Sealing", dependencies: ["Cryptography"], swiftSettings: settings),
    .target(name: "YAML", dependencies: ["CYAML", "CYAMLMemory"], swiftSettings: settings),
    .target(name: "Credentials", dependencies: ["Cryptography", "YAML"], swiftSettings: settings),
    .target(name: "Manifests", dependencies: ["Sealing", "YAML"], swiftSettings: settings),
    .target(
      name: "Planning", dependencies: ["Credentials", "Manifests", "Sealing", "YAML"],
      swiftSettings: settings),
    .target(
      name: "Preflight", dependencies: ["Credentials", "Manifests", "Sealing", "YAML"],
      swiftSettings: settings),
    .target(name: "Recovery", dependencies: ["Cryptography", "Sealing"], swiftSettings: settings),
    .target(name: "Transactions", dependencies: ["CLinux"], swiftSettings: settings),
    .executableTarget(
      name: "moltseal",
      dependencies: [
        "CProcess", "Cryptography", "Sealing", "YAML", "Credentials", "Manifests", "Planning",
        "Preflight",
        "Recovery", "Transactions",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "SealBenchmark", dependencies: ["Cryptography", "Sealing"],
      path: "Benchmarks/SealBenchmark", swiftSettings: settings),
    .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: settings),
    .testTarget(
      name: "SealingTests", dependencies: ["Cryptography", "Sealing", "Recovery"],
      swiftSettings: settings),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: settings),
    .testTarget(
      name: "CredentialsTests", dependencies: ["Credentials", "Cryptography", "YAML"],
      swiftSettings: settings),
    .testTarget(
      name: "ManifestsTests", dependencies: ["Manifests", "Sealing", "YAML"],
      swiftSettings: settings),
    .testTarget(
      name: "PlanningTests",
      dependencies: ["Credentials", "Manifests", "Planning", "Sealing", "YAML"],
      swiftSettings: settings),
    .testTarget(name: "TransactionsTests", dependencies: ["Transactions"], swiftSettings: settings),
    .testTarget(name: "ArchitectureTests", dependencies: [], swiftSettings: settings),
  ]
)

// The fuzzers need a build of their own: scripts/fuzz-targets.
if Context.environment["MOLTSEAL_FUZZ"] != nil {
  let fuzzers: [(name: String, dependencies: [Target.Dependency])] = [
    ("Certificate", ["Cryptography"]),
    ("Secret", ["Credentials", "Cryptography", "YAML"]),
    ("SealedSecret", ["Manifests", "Sealing", "YAML"]),
    ("Ciphertext", ["Cryptography", "Recovery", "Sealing"]),
    ("PrivateKey", ["Credentials", "Cryptography", "Recovery", "YAML"]),
    ("LockFile", ["Manifests", "YAML"]),
    ("Journal", ["Transactions"]),
    ("Workspace", ["Credentials", "YAML"]),
    ("Passphrase", ["Cryptography", "Recovery"]),
  ]
  package.targets += fuzzers.map { fuzzer in
    .executableTarget(
      name: "Fuzz\(fuzzer.name)", dependencies: fuzzer.dependencies, path: "Fuzz/\(fuzzer.name)",
      // libFuzzer brings the `main`.
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
  }
}
