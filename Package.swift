// swift-tools-version: 6.2
import PackageDescription

/// The house settings: what every target of ours is compiled with.
let houseSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
]

/// The pure targets import no C, so the compiler can also check that they touch no raw memory.
let pureSettings = houseSettings + [.strictMemorySafety()]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "purser",
  products: [
    .library(name: "Macaroons", targets: ["Macaroons"]),
    .library(name: "L402", targets: ["L402"]),
    .executable(name: "purser", targets: ["purser"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev", "pkg-config"])]),
    .target(name: "LibCrypto", dependencies: ["CCrypto"], swiftSettings: houseSettings),
    .target(name: "Macaroons", dependencies: ["LibCrypto"], swiftSettings: pureSettings),
    .target(name: "L402", dependencies: ["LibCrypto", "Macaroons"], swiftSettings: pureSettings),
    .executableTarget(
      name: "purser", dependencies: ["L402", "LibCrypto", "Macaroons", argumentParser],
      swiftSettings: houseSettings),
    .testTarget(
      name: "LibCryptoTests", dependencies: ["LibCrypto"], swiftSettings: houseSettings),
    .testTarget(
      name: "MacaroonsTests", dependencies: ["LibCrypto", "Macaroons"],
      resources: [.copy("Vectors")], swiftSettings: houseSettings),
    .testTarget(
      name: "L402Tests", dependencies: ["L402", "LibCrypto", "Macaroons"],
      resources: [.copy("Vectors")], swiftSettings: houseSettings),
    // Runs the built program, so it depends on it without importing it.
    .testTarget(
      name: "PurserCLITests", dependencies: ["LibCrypto", "Macaroons", "purser"],
      swiftSettings: houseSettings),
  ],
  swiftLanguageModes: [.v6]
)
