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
    .library(name: "PurserClient", targets: ["PurserClient"]),
    .executable(name: "purser", targets: ["purser"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev", "pkg-config"])]),
    .target(name: "LibCrypto", dependencies: ["CCrypto"], swiftSettings: houseSettings),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev", "pkg-config"])]),
    .target(name: "LibSQLite", dependencies: ["CSQLite"], swiftSettings: houseSettings),
    .target(name: "Macaroons", dependencies: ["LibCrypto"], swiftSettings: pureSettings),
    .target(name: "L402", dependencies: ["LibCrypto", "Macaroons"], swiftSettings: pureSettings),
    .target(
      name: "PurserCore", dependencies: ["L402", "LibCrypto", "Macaroons"],
      swiftSettings: pureSettings),
    .target(name: "PurserAPI", dependencies: ["PurserCore"], swiftSettings: houseSettings),
    .target(name: "PurserClient", dependencies: ["PurserAPI"], swiftSettings: houseSettings),
    .target(
      name: "PurserLedger", dependencies: ["LibCrypto", "LibSQLite", "PurserCore"],
      swiftSettings: houseSettings),
    .target(
      name: "PurserServer",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserCore",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: houseSettings),
    .target(
      name: "PurserConfig",
      dependencies: ["L402", "LibCrypto", "PurserCore", .product(name: "Yams", package: "Yams")],
      swiftSettings: houseSettings),
    .target(
      name: "PurserTesting", dependencies: ["L402", "LibCrypto", "Macaroons", "PurserCore"],
      swiftSettings: pureSettings),
    .executableTarget(
      name: "purser",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserClient", "PurserConfig", "PurserCore",
        argumentParser,
      ],
      swiftSettings: houseSettings),
    .testTarget(
      name: "LibCryptoTests", dependencies: ["LibCrypto"], swiftSettings: houseSettings),
    .testTarget(
      name: "LibSQLiteTests", dependencies: ["LibSQLite"], swiftSettings: houseSettings),
    .testTarget(
      name: "MacaroonsTests", dependencies: ["LibCrypto", "Macaroons"],
      resources: [.copy("Vectors")], swiftSettings: houseSettings),
    .testTarget(
      name: "L402Tests", dependencies: ["L402", "LibCrypto", "Macaroons"],
      resources: [.copy("Vectors")], swiftSettings: houseSettings),
    .testTarget(
      name: "PurserCoreTests",
      dependencies: ["L402", "LibCrypto", "Macaroons", "PurserCore", "PurserTesting"],
      swiftSettings: houseSettings),
    .testTarget(
      name: "PurserLedgerTests",
      dependencies: ["LibCrypto", "LibSQLite", "PurserCore", "PurserLedger", "PurserTesting"],
      swiftSettings: houseSettings),
    .testTarget(
      name: "PurserServerTests",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserClient", "PurserCore",
        "PurserLedger", "PurserServer", "PurserTesting",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: houseSettings),
    .testTarget(
      name: "PurserConfigTests", dependencies: ["L402", "PurserConfig", "PurserCore"],
      swiftSettings: houseSettings),
  ],
  swiftLanguageModes: [.v6]
)
