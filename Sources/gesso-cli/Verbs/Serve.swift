public import ArgumentParser
import Foundation
import Gesso
public import GessoMockServer

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the mock server on 127.0.0.1 until it is interrupted.")

    @Option(help: ArgumentHelp("The port; 0 chooses a free one.", valueName: "N")) var port: UInt16 = 0
    @Option(help: ArgumentHelp("Write the port into this file once the server accepts connections.", valueName: "FILE"))
    var portFile: String?
    @Option(
        help: ArgumentHelp(
            "Imitate this server: \(MockServer.Server.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "NAME"))
    var server: MockServer.Server?
    @OptionGroup(title: "Behavior") var behavior: BehaviorOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            // Before anybody can know of the server: a signal that comes earlier would be lost.
            let signals = Signals([SIGINT, SIGTERM])
            var behavior = try behavior.behavior()
            if let imitated = self.server { behavior.server = imitated }
            let server = try await MockServer.start(port: port, behavior: behavior) { unappliedFault in
                sayError("gesso: \(unappliedFault)")
            }
            if let portFile {
                try OutputFile(at: portFile, opensStreams: true).write(Data("\(server.port)\n".utf8), overwrites: true)
            }
            sayError("mock server listening at \(server.baseURL); stop it with Ctrl-C")
            await signals.next()
            await server.stop()
            return ServeReport(address: server.baseURL)
        }
    }
}

extension MockServer.Server: ExpressibleByArgument {}

/// The address of the mock server.
struct ServeReport: Report {
    let address: String
    func printSummary() {}
}

/// Waits for one of several signals.
struct Signals {
    private let sources: [any DispatchSourceSignal]
    /// An element for each signal.
    let stream: AsyncStream<Void>

    init(_ numbers: [Int32]) {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        sources = numbers.map { number in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
    }

    func next() async {
        for await _ in stream { return }
    }
}
