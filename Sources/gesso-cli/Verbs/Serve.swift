import ArgumentParser
import Foundation
import Gesso
import GessoStandIn

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves the Images API on 127.0.0.1, painted without a model, until it is interrupted.")

    @Option(help: ArgumentHelp("The port; 0 takes a free one.", valueName: "N")) var port: UInt16 = 0
    @Option(help: ArgumentHelp("Write the port into this file once the server answers.", valueName: "FILE"))
    var portFile: String?
    @OptionGroup(title: "Misbehaviour") var behaviour: BehaviourOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let server = StandIn(port: port, behaviour: try behaviour.behaviour()) { unmet in
                FileHandle.standardError.write(Data("gesso: \(unmet)\n".utf8))
            }
            let address = try await server.start()
            if let portFile, let port = URL(string: address)?.port {
                let target = URL(filePath: portFile)
                try OutputFile(in: target.deletingLastPathComponent(), named: target.lastPathComponent)
                    .write(Data("\(port)\n".utf8), overwrites: true)
            }
            FileHandle.standardError.write(Data("the stand-in answers at \(address); stop it with Ctrl-C\n".utf8))
            let signals = Signals([SIGINT, SIGTERM])
            await signals.next()
            await server.stop()
            return ServeReport(address: address)
        }
    }
}

/// Where it was served.
struct ServeReport: Report {
    let address: String
    func printSummary() {}
}

/// Waits for one of a few signals.
struct Signals {
    private let sources: [any DispatchSourceSignal]
    private let stream: AsyncStream<Void>

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
