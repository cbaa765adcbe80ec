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
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(
  name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPCompression = Target.Dependency.product(
  name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
  name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "purser",
  products: [
    .library(name: "Macaroons", targets: ["Macaroons"]),
    .library(name: "L402", targets: ["L402"]),
    .library(name: "PurserClient", targets: ["PurserAPI", "PurserClient", "PurserCore"]),
    .executable(name: "purser", targets: ["purser"]),
    .executable(name: "purserd", targets: ["purserd"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // The two C libraries, each behind one thin Swift module.
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev", "pkg-config"])]),
    .target(name: "LibCrypto", dependencies: ["CCrypto"], swiftSettings: houseSettings),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev", "pkg-config"])]),
    .target(name: "LibSQLite", dependencies: ["CSQLite"], swiftSettings: houseSettings),

    // The formats, and the rules: no I/O, no clock, no randomness of their own.
    .target(name: "Macaroons", dependencies: ["LibCrypto"], swiftSettings: pureSettings),
    .target(name: "L402", dependencies: ["LibCrypto", "Macaroons"], swiftSettings: pureSettings),
    .target(
      name: "PurserCore", dependencies: ["L402", "LibCrypto", "Macaroons"],
      swiftSettings: pureSettings),

    // The edges.
    .target(
      name: "PurserLedger", dependencies: ["LibCrypto", "LibSQLite", "PurserCore"],
      swiftSettings: houseSettings),
    .target(
      name: "PurserWallet",
      dependencies: [
        "L402", "LibCrypto", "LibSQLite", "Macaroons", "PurserCore", asyncHTTPClient, nioCore,
        nioHTTP1, nioPosix, nioSSL, nioWebSocket,
      ], swiftSettings: houseSettings),
    .target(
      name: "PurserConfig", dependencies: ["L402", "LibCrypto", "PurserCore", yams],
      swiftSettings: houseSettings),
    .target(name: "PurserPeer", dependencies: ["PurserCore"], swiftSettings: houseSettings),
    .target(name: "PurserAPI", dependencies: ["PurserCore"], swiftSettings: houseSettings),
    .target(
      name: "PurserClient", dependencies: ["PurserAPI", nioCore, nioPosix],
      swiftSettings: houseSettings),
    .target(
      name: "PurserServer",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserCore", "PurserPeer", logging, nioCore,
        nioHTTP1,
        nioPosix,
      ], swiftSettings: houseSettings),
    .target(
      name: "PurserTesting",
      dependencies: [
        "CSQLite", "L402", "LibCrypto", "LibSQLite", "Macaroons", "PurserCore", "PurserLedger",
      ], swiftSettings: houseSettings),

    // The programs.
    .executableTarget(
      name: "purserd",
      dependencies: [
        "LibCrypto", "PurserAPI", "PurserConfig", "PurserCore", "PurserLedger", "PurserServer",
        "PurserWallet", argumentParser, asyncHTTPClient, logging, nioCore, nioHTTP1, nioPosix,
        serviceLifecycle, unixSignals,
      ], swiftSettings: houseSettings),
    .executableTarget(
      name: "purser",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserClient", "PurserConfig",
        "PurserCore", "PurserLedger", "PurserPeer", argumentParser, asyncHTTPClient, nioCore,
        nioHTTP1, nioHTTPCompression, nioPosix, nioSSL,
      ], swiftSettings: houseSettings),
    .executableTarget(
      name: "paywall",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserCore", "PurserWallet", argumentParser,
        httpTypes, hummingbird, logging, nioCore,
      ], path: "examples/paywall", exclude: ["README.md"], swiftSettings: houseSettings),
    .executableTarget(
      name: "demo",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserClient", "PurserCore",
        "PurserWallet", argumentParser, asyncHTTPClient, nioCore, nioHTTP1,
      ], path: "examples/demo", exclude: ["README.md"], swiftSettings: houseSettings),

    // The simulator as a program of its own, for long runs in release.
    .executableTarget(
      name: "simulate", dependencies: ["PurserTesting"], path: "Tests/Simulate",
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
      name: "PurserPeerTests", dependencies: ["PurserCore", "PurserPeer"],
      swiftSettings: houseSettings),
    .testTarget(
      name: "PurserWalletTests",
      dependencies: [
        "L402", "LibCrypto", "LibSQLite", "Macaroons", "PurserCore", "PurserWallet", nioCore,
        nioHTTP1, nioPosix, nioSSL, nioWebSocket,
      ], swiftSettings: houseSettings),
    .testTarget(
      name: "PaywallTests",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserCore", "PurserWallet", "paywall", httpTypes,
        hummingbird, hummingbirdTesting, nioCore,
      ], swiftSettings: houseSettings),
    .testTarget(
      name: "PurserServerTests",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserClient", "PurserCore",
        "PurserLedger", "PurserPeer", "PurserServer", "PurserTesting", logging, nioCore,
        nioEmbedded, nioPosix,
      ], swiftSettings: houseSettings),
    .testTarget(
      name: "PurserConfigTests", dependencies: ["L402", "PurserConfig", "PurserCore"],
      swiftSettings: houseSettings),
    .testTarget(
      name: "PurserCLITests",
      dependencies: [
        "L402", "LibCrypto", "Macaroons", "PurserAPI", "PurserConfig", "PurserCore",
        "PurserLedger", "PurserPeer", "PurserTesting", "purser", argumentParser, nioHTTP1,
      ],
      swiftSettings: houseSettings),
    // The built programs over real sockets, files and HTTP; the dependencies build them.
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "L402", "LibCrypto", "LibSQLite", "Macaroons", "PurserAPI", "PurserClient", "PurserCore",
        "PurserLedger", "PurserPeer", "PurserTesting", "PurserWallet", "demo", "paywall", "purser",
        "purserd",
      ], path: "Tests/EndToEnd",
      exclude: ["Crashing/faultlayer.c", "Peers/peers.c"], swiftSettings: houseSettings),
  ],
  swiftLanguageModes: [.v6]
)
