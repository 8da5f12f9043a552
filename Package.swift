// swift-tools-version: 6.2
import PackageDescription

// Floors, ground first: every target may use the floors below it and none above.
let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "gesso",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Gesso", targets: ["Gesso"]),
        .library(name: "ImagesAPI", targets: ["ImagesAPI"]),
        .library(name: "GessoJobs", targets: ["GessoJobs"]),
        .library(name: "GessoBatch", targets: ["GessoBatch"]),
        .library(name: "GessoStorage", targets: ["GessoStorage"]),
        .library(name: "GessoNIO", targets: ["GessoNIO"]),
        .library(name: "GessoMockServer", targets: ["GessoMockServer"]),
        .executable(name: "gesso", targets: ["gesso-cli"]),
    ],
    traits: [
        .trait(name: "Logging", description: "LoggingObserver, and log lines of pixel work, over swift-log"),
        .trait(name: "Metrics", description: "MetricsObserver, and metrics of pixel work, over swift-metrics"),
        .trait(
            name: "Tracing", description: "TracingObserver, and spans of pixel work, over swift-distributed-tracing"),
        .trait(name: "SQLite", description: "GessoJobs: durable jobs and a purchase journal in SQLite, over GRDB"),
        .trait(
            name: "ServiceLifecycle", description: "EditQueue is a service of swift-service-lifecycle",
            enabledTraits: ["SQLite"]),
        .trait(name: "NIO", description: "GessoNIO: images from and to ByteBuffer, over swift-nio"),
        .trait(name: "HEIF", description: "Decodes HEIC and AVIF and encodes AVIF, over libheif"),
        .default(enabledTraits: ["HEIF"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Only fetched when their trait is on.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // Floor 0: the system's libraries.
        .systemLibrary(
            name: "CLibPNG", path: "Sources/System/CLibPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CLibJPEG", path: "Sources/System/CLibJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CLibWebP", path: "Sources/System/CLibWebP", pkgConfig: "libwebpmux",
            providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
        .systemLibrary(
            name: "CLibLCMS", path: "Sources/System/CLibLCMS", pkgConfig: "lcms2",
            providers: [.apt(["liblcms2-dev"]), .brew(["little-cms2"])]),
        .systemLibrary(
            name: "CLibDeflate", path: "Sources/System/CLibDeflate", pkgConfig: "libdeflate",
            providers: [.apt(["libdeflate-dev"]), .brew(["libdeflate"])]),
        .systemLibrary(
            name: "CLibZ", path: "Sources/System/CLibZ", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            // Headers only: the library is loaded when an image needs it.
            name: "CLibHEIF", path: "Sources/System/CLibHEIF", providers: [.apt(["libheif-dev"]), .brew(["libheif"])]),
        .systemLibrary(
            name: "CLibCurl", path: "Sources/System/CLibCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),

        .systemLibrary(name: "CProcess", path: "Sources/System/CProcess"),

        // Floor 1: C.
        .target(name: "CGessoKernels"),
        .target(
            name: "CGessoDeflate", dependencies: ["CGessoKernels", "CLibDeflate"], exclude: ["README.md"]),
        .target(
            name: "CGessoCodecs",
            dependencies: [
                "CGessoKernels", "CGessoDeflate", "CLibPNG", "CLibJPEG", "CLibWebP", "CLibLCMS", "CLibDeflate", "CLibZ",
                .target(name: "CLibHEIF", condition: .when(traits: ["HEIF"])),
            ],
            cSettings: [.define("GESSO_HEIF", .when(traits: ["HEIF"]))],
            cxxSettings: [.define("GESSO_HEIF", .when(traits: ["HEIF"]))]),
        .target(name: "CGessoCurl", dependencies: ["CLibCurl"]),

        // Floor 2: pixels, and the core request module; neither knows the other.
        .target(name: "GessoPixels", dependencies: ["CGessoKernels"], swiftSettings: swift),
        .target(
            name: "ImagesAPI",
            dependencies: [
                "CGessoKernels", "CGessoCurl",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"])),
            ], swiftSettings: swift),

        // Floor 3: files to pixels and back.
        .target(
            name: "GessoCodecs", dependencies: ["GessoPixels", "CGessoCodecs", "CGessoDeflate"], swiftSettings: swift),

        // Floor 4: the public face.
        .target(
            name: "Gesso",
            dependencies: [
                "CProcess", "GessoPixels", "GessoCodecs", "ImagesAPI",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"])),
            ], swiftSettings: swift),

        // Floor 5: a mock of the Images API on loopback; ImagesAPI only for `MockServer.client()`.
        .target(
            name: "GessoMockServer",
            dependencies: ["CProcess", "GessoPixels", "GessoCodecs", "ImagesAPI"],
            swiftSettings: swift),

        // Floor 5 too: jobs that survive a crash; empty without the trait SQLite.
        .target(
            name: "GessoJobs",
            dependencies: [
                "Gesso",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])),
            ], swiftSettings: swift),

        // Floor 5 too: runs of batches, kept in a directory.
        .target(name: "GessoBatch", dependencies: ["Gesso"], swiftSettings: swift),

        // Floor 5 too: images in and out of files, streams and object storage, and the purchase journal there.
        .target(name: "GessoStorage", dependencies: ["Gesso", "ImagesAPI"], swiftSettings: swift),

        // Floor 5 too: images from and to ByteBuffer; empty without the trait NIO.
        .target(
            name: "GessoNIO",
            dependencies: [
                "Gesso",
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["NIO"])),
                .product(
                    name: "NIOFoundationEssentialsCompat", package: "swift-nio", condition: .when(traits: ["NIO"])),
            ], swiftSettings: swift),

        // Floor 6: faces.
        .executableTarget(
            name: "gesso-cli",
            dependencies: [
                "CProcess", "Gesso", "GessoBatch", "GessoMockServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            resources: [.copy("Photographs")],
            swiftSettings: swift),

        // The tests' second opinion on files, shared with the fuzzer.
        .target(
            name: "CReferenceDecoders", dependencies: ["CLibPNG", "CLibJPEG", "CLibWebP", "CLibZ"],
            path: "Tests/Fuzz/Sources/CReferenceDecoders"),
        // Generated deflate streams, and their comparison with libpng; Scripts/compare-inflate runs more of them.
        .target(
            name: "CDeflateDifferential", dependencies: ["CGessoCodecs", "CReferenceDecoders", "CLibZ"],
            path: "Tests/CDeflateDifferential"),
        .testTarget(
            name: "CGessoDeflateTests", dependencies: ["CGessoDeflate", "CDeflateDifferential", "CReferenceDecoders"],
            swiftSettings: swift),
        // What Scripts/crash-recovery kills.
        .executableTarget(
            name: "crash-recovery-client", dependencies: ["ImagesAPI"], path: "Tests/crash-recovery",
            swiftSettings: swift),
        .executableTarget(
            name: "job-recovery-client", dependencies: ["GessoJobs", "Gesso"], path: "Tests/job-recovery",
            swiftSettings: swift),
        // What Scripts/cancellation-latency and Scripts/memory-after-burst measure.
        .executableTarget(
            name: "pixel-probe", dependencies: ["Gesso"], path: "Tests/pixel-probe", swiftSettings: swift),
        // What Tests/interop/storage runs against an S3 server.
        .executableTarget(
            name: "storage-client", dependencies: ["GessoStorage", "Gesso"], path: "Tests/storage",
            swiftSettings: swift),
        // Object storage in memory, with exact conditional writes and injected failures.
        .target(
            name: "StorageDouble", dependencies: ["GessoStorage", "ImagesAPI"], path: "Tests/StorageDouble",
            swiftSettings: swift),
        .testTarget(name: "GessoPixelsTests", dependencies: ["GessoPixels", "CGessoKernels"], swiftSettings: swift),
        .testTarget(
            name: "ImagesAPITests",
            dependencies: [
                "ImagesAPI", "CGessoKernels",
                .product(name: "InMemoryLogging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(
                    name: "InMemoryTracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"])
                ),
            ], swiftSettings: swift),
        .testTarget(
            name: "GessoCodecsTests",
            dependencies: [
                "GessoCodecs", "GessoPixels", "CGessoCodecs", "CGessoKernels", "CReferenceDecoders",
                "CDeflateDifferential",
            ],
            swiftSettings: swift),
        .testTarget(
            name: "GessoTests",
            dependencies: [
                "Gesso", "GessoBatch", "GessoJobs", "GessoStorage", "GessoNIO", "GessoMockServer", "StorageDouble",
                "CGessoKernels",
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["NIO"])),
                .product(name: "InMemoryLogging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(
                    name: "InMemoryTracing", package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"])
                ),
            ], swiftSettings: swift),
        .testTarget(
            name: "GessoJobsTests",
            dependencies: [
                "GessoJobs", "GessoStorage", "Gesso", "GessoMockServer", "StorageDouble",
                .product(
                    name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])),
            ], swiftSettings: swift),
        .testTarget(
            name: "GessoBatchTests", dependencies: ["GessoBatch", "Gesso", "GessoMockServer"], swiftSettings: swift),
        .testTarget(
            name: "GessoStorageTests", dependencies: ["GessoStorage", "Gesso", "GessoMockServer", "StorageDouble"],
            swiftSettings: swift),
        .testTarget(
            name: "GessoNIOTests",
            dependencies: [
                "GessoNIO", "Gesso", .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["NIO"])),
            ], swiftSettings: swift),
        .testTarget(
            name: "GessoMockServerTests", dependencies: ["GessoMockServer", "GessoCodecs", "GessoPixels", "ImagesAPI"],
            swiftSettings: swift),
    ]
)

// `GESSO_DOCS=1 swift package generate-documentation --target Gesso`; nobody else resolves the plugin.
if Context.environment["GESSO_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
