// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "image-server",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(
            name: "gesso", path: "../..",
            traits: [.defaults, "Logging", "Metrics", "SQLite", "ServiceLifecycle", "Tracing"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "ImageServer",
            dependencies: [
                .product(name: "Gesso", package: "gesso"),
                .product(name: "GessoJobs", package: "gesso"),
                .product(name: "GessoMockServer", package: "gesso"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Public")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        // The server of the article "From an empty folder to a server".
        .executableTarget(
            name: "FirstServer",
            dependencies: [
                .product(name: "Gesso", package: "gesso"), .product(name: "GessoMockServer", package: "gesso"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ], swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
