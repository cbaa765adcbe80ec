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

let asyncHTTPClient = Target.Dependency.product(
  name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(
  name: "HummingbirdTesting", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

let package = Package(
  name: "purser",
  products: [
    .library(name: "Macaroons", targets: ["Macaroons"]),
    .library(name: "L402", targets: ["L402"]),
    .executable(name: "purser", targets: ["purser"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
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
    .target(
      name: "PurserWallet",
      dependencies: [
        "L402", "LibCrypto", "LibSQLite", "PurserCore", asyncHTTPClient, nioCore, nioHTTP1,
      ], swiftSettings: houseSettings),
    .executableTarget(
      name: "paywall",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserCore", "PurserWallet", argumentParser,
        httpTypes, hummingbird, logging, nioCore,
      ], path: "examples/paywall", exclude: ["README.md"], swiftSettings: houseSettings),
    .executableTarget(
      name: "purser", dependencies: ["L402", "LibCrypto", "Macaroons", argumentParser],
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
      name: "PaywallTests",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserCore", "PurserWallet", "paywall", httpTypes,
        hummingbird, hummingbirdTesting, nioCore,
      ], swiftSettings: houseSettings),
    .testTarget(
      name: "PurserWalletTests",
      dependencies: [
        "L402", "LibCrypto", "LibSQLite", "PurserCore", "PurserWallet", asyncHTTPClient, nioCore,
        nioHTTP1, nioPosix,
      ], swiftSettings: houseSettings),
  ],
  swiftLanguageModes: [.v6]
)
