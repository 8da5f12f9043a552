import ArgumentParser
import Foundation
import Gesso

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows libraries, instruction set, limits and the server of this installation.",
        discussion: "Nothing is sent unless --models is given.")

    @Option(help: ArgumentHelp("The model whose name at the server is shown.", valueName: "MODEL"))
    var model: String = Model.gptImage26Sunburst.rawValue
    @Flag(help: "Ask the server for its models, which checks address and key; costs nothing.") var models = false
    @OptionGroup(title: "Connection") var address: AddressOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            var versions = CodecVersions.all
            versions["libcurl"] = ImagesClient.libcurlVersion
            let model = Model(rawValue: model)
            let configuration = try address.configuration(for: model)
            let found = ServerReport(configuration, model: model)
            var advice = found.advice
            if versions["libheif"] == nil {
                advice.append(
                    "libheif is missing, so HEIC and AVIF are refused: install it (libheif1 on Debian), and build Gesso with the "
                        + "package trait HEIF")
            }
            let listed = models ? try await Doctor.models(configuration) : nil
            if let listed, !listed.contains(found.deployment) {
                advice.append("The server does not list \(found.deployment)")
            }
            let execution = try PixelPool.Limits.current()
            return DoctorReport(
                libraries: versions, libraryFiles: LoadedLibraries.paths, simd: "\(SIMDLevel.active)",
                threads: execution.threads,
                threadsSource: execution.threadsSource, pixelBudget: execution.pixelBudget,
                pixelBudgetSource: execution.pixelBudgetSource, limits: .default,
                keyIsSet: configuration.apiKey != nil, server: found, models: listed, advice: advice)
        }
    }

    private static func models(_ configuration: ImagesClient.Configuration) async throws -> [String] {
        let client = ImagesClient(configuration: configuration)
        defer { client.shutdown() }
        return try await client.models().map(\.id.rawValue)
    }
}

/// What is configured for a server; never the key.
struct ServerReport: Encodable {
    let name: String
    let baseURL: String
    let paths: [String: String]
    let keyHeader: String?
    let keyVariables: [String]
    let needsKey: Bool
    let deployment: String
    let edits: String
    let mask: String?
    let streaming: [String]
    let advice: [String]

    private enum CodingKeys: CodingKey {
        case name, baseURL, paths, keyHeader, keyVariables, needsKey, deployment, edits, mask, streaming
    }

    init(_ configuration: ImagesClient.Configuration, model: Model) {
        let server = configuration.server
        name = server.name
        baseURL = configuration.baseURL
        paths = Dictionary(uniqueKeysWithValues: server.paths.map { ($0.key.rawValue, $0.value) })
        keyHeader = server.keyHeader
        keyVariables = server.keyVariables
        needsKey = server.needsKey
        deployment = server.deployments[model] ?? model.rawValue
        edits = !server.hasEdits ? "none" : server.form != nil ? "form" : "JSON"
        mask = server.hasEdits ? server.maskField : nil
        streaming = server.streaming.map(\.rawValue).sorted()
        var advice: [String] = []
        if configuration.apiKey == nil, server.needsKey {
            advice.append("\(server.keyVariables.joined(separator: " or ")) is not set: only --mock works")
        }
        if baseURL.isEmpty {
            advice.append("No address: set \(server.baseURLVariable ?? "baseURL in the profile"), or give --base-url")
        }
        if server.apiVersion?.isEmpty == true { advice.append("No version of the API: set OPENAI_API_VERSION") }
        self.advice = advice
    }

    var lines: [String] {
        [
            "server          \(name) at \(baseURL.isEmpty ? "no address" : baseURL)",
            "key             " + (keyHeader.map { "in \($0)" } ?? "none") + (needsKey ? "" : ", not needed"),
            "model           \(deployment)",
            "edits           \(edits)" + (edits == "none" ? "" : ", mask: \(mask ?? "none")"),
            "streams         \(streaming.isEmpty ? "none" : streaming.joined(separator: ", "))",
        ]
    }
}

/// The results of `doctor`.
struct DoctorReport: Report {
    let libraries: [String: String]
    /// The shared libraries that this process has loaded: what has to be shipped with the program.
    let libraryFiles: [String]
    let simd: String
    let threads: Int
    let threadsSource: String
    let pixelBudget: Int
    let pixelBudgetSource: String
    let limits: ImageDecoder.Limits
    let keyIsSet: Bool
    let server: ServerReport
    /// What the server lists, if it was asked.
    let models: [String]?
    let advice: [String]

    func printSummary() {
        for (name, version) in libraries.sorted(by: { $0.key < $1.key }) {
            say(name.padding(toLength: 16, withPad: " ", startingAt: 0) + version)
        }
        say("shared          \(libraryFiles.count) libraries; --json lists them")
        say("instruction set " + simd)
        say("threads         \(threads): \(threadsSource)")
        say("pixel budget    \(pixelBudget >> 20) MiB: \(pixelBudgetSource)")
        say(
            "one image       \(limits.pixelCount) pixels and \(limits.sideLength) a side at most"
        )
        for line in server.lines { say(line) }
        if let models { say("models          \(models.joined(separator: ", "))") }
        for line in advice { say("! \(line)") }
    }
}
