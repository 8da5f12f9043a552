// swift-tools-version: 6.2
import PackageDescription

// A package of its own: whoever depends on Gesso never sees it. Scripts/fuzz builds it with libFuzzer.
let package = Package(
    name: "gesso-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "gesso", path: "../../")],
    targets: [
        // Where libFuzzer comes in; C, because Swift would bring a main of its own.
        .executableTarget(name: "gesso-fuzz", dependencies: ["FuzzTargets"]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "CReferenceDecoders", "CAllocationPeak", .product(name: "Gesso", package: "gesso"),
                .product(name: "ImagesAPI", package: "gesso"),
                .product(name: "GessoMockServer", package: "gesso"),
            ]),
        // Counts what is allocated, by the sanitizer's hooks.
        .target(name: "CAllocationPeak"),
        // The tests' second opinion, which they share.
        .target(
            name: "CReferenceDecoders",
            linkerSettings: [
                .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("webp"), .linkedLibrary("z"),
            ]),
    ]
)
