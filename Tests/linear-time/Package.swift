// swift-tools-version: 6.2
import PackageDescription

// A package of its own: whoever depends on Gesso never sees it. Scripts/linear-time builds it.
let package = Package(
    name: "gesso-linear",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "gesso", path: "../../")],
    targets: [
        .executableTarget(name: "gesso-linear", dependencies: [.product(name: "ImagesAPI", package: "gesso")])
    ]
)
