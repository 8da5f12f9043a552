// swift-tools-version: 6.2
import PackageDescription

// A package of its own: whoever depends on Gesso never resolves the benchmark package.
let package = Package(
    name: "gesso-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "gesso", path: "../"),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
    ],
    targets: [
        // What is measured, once for both ways of measuring.
        .target(name: "Jobs", dependencies: ["CBaselines", .product(name: "Gesso", package: "gesso")]),
        // The physical limit and the codecs' own libraries, in C.
        .target(
            name: "CBaselines",
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("deflate"), .linkedLibrary("webp")]),
        .target(name: "Clocks"),
        // Percentiles and memory of ours alone: `swift package benchmark`.
        .executableTarget(
            name: "GessoBenchmarks",
            dependencies: ["Jobs", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/GessoBenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        // One contender among others: Peers/compare.py runs it in turn with Pillow, pyvips and OpenCV.
        .executableTarget(name: "gesso-peer", dependencies: ["Clocks", "Jobs"]),
        // Renditions on one thread and on two: Peers/processes.py runs it.
        .executableTarget(
            name: "rendition-peer", dependencies: ["Clocks", .product(name: "Gesso", package: "gesso")]),
        // The request module alone: Peers/responses.py runs it in turn with the official SDK.
        .executableTarget(
            name: "response-peer", dependencies: ["Clocks", .product(name: "ImagesAPI", package: "gesso")]),
    ]
)
