// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "image-server",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "gesso", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.7.0"),
    ],
    targets: [
        .executableTarget(
            name: "ImageServer",
            dependencies: [
                .product(name: "Gesso", package: "gesso"), .product(name: "GessoMockServer", package: "gesso"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ], swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
