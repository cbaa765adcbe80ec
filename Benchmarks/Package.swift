// swift-tools-version: 6.2
import PackageDescription

/// The house settings, as in the package above.
let houseSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
]

let package = Package(
  name: "purser-benchmarks",
  dependencies: [
    .package(name: "purser", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(
      name: "CBulkSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev", "pkg-config"])]),
    .executableTarget(
      name: "purser-bench",
      dependencies: [
        "CBulkSQLite", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Macaroons", package: "purser"),
        .product(name: "PurserClient", package: "purser"),
      ], swiftSettings: houseSettings),
  ],
  swiftLanguageModes: [.v6]
)
