// swift-tools-version: 6.2
import PackageDescription

/// One table of settings for every Swift target of ours: what the compiler can prove, it has to prove.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Debug builds leave numerical code 30 to 130 times slower, which makes `swift test` useless for an engine.
let optimizedSwift: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]
let optimizedC: [CSetting] = [.unsafeFlags(["-O3"], .when(configuration: .debug))]

let package = Package(
  name: "bergson",
  products: [
    .executable(name: "bergson", targets: ["bergson"]),
    // For tests, which preload it into the program.
    .library(name: "KillPoints", type: .dynamic, targets: ["CKillPoints"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .executableTarget(
      name: "bergson",
      dependencies: [
        "Engine", "Hub", "Catalog", "Reports", "CZstd",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    .target(
      name: "Engine",
      dependencies: [
        "CKernels", "COpenBLAS", "CZstd", "CZlib", "CSnappy", "CLZ4", "COniguruma", "CCrypto", "CUTF8Proc",
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: optimizedSwift),
    .target(name: "Hub", dependencies: ["Engine", "CCrypto"], swiftSettings: strict),
    .target(
      name: "Catalog",
      dependencies: [.product(name: "GRDB", package: "GRDB.swift"), .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(
      name: "Reports",
      dependencies: ["Catalog", .product(name: "Mustache", package: "swift-mustache")],
      swiftSettings: strict),

    .target(name: "CKernels", cSettings: optimizedC),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas lapacke", providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "COniguruma", pkgConfig: "oniguruma", providers: [.apt(["libonig-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    // No pkg-config: its -DUTF8PROC_EXPORTS is refused by the package manager, and the module map links the library.
    .systemLibrary(name: "CUTF8Proc", providers: [.apt(["libutf8proc-dev"])]),

    .testTarget(name: "EngineTests", dependencies: ["Engine", "CKernels"], swiftSettings: optimizedSwift),
    // The hub's API on the loopback interface, for the tests of two targets.
    .target(name: "LoopbackHub", dependencies: ["Engine"], path: "Tests/LoopbackHub", swiftSettings: strict),
    // The same for other programs (scripts/conformance-hub).
    .executableTarget(
      name: "loopback-hub", dependencies: ["LoopbackHub"], path: "Tests/LoopbackHubServer", swiftSettings: strict),
    .target(name: "CKillPoints", path: "Tests/CKillPoints"),
    .testTarget(name: "HubTests", dependencies: ["Hub", "Engine", "LoopbackHub"], swiftSettings: strict),
    .testTarget(
      name: "CatalogTests", dependencies: ["Catalog", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "ReportsTests", dependencies: ["Reports", "Catalog"], exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "bergsonTests",
      dependencies: [
        "bergson", "Engine", "Catalog", "Reports", "LoopbackHub",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
