#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes the responses of one connection and applies their faults.
final class WireWriter {
    /// The part of a response that bytes belong to. Fault offsets count the bytes of head and body separately, and not
    /// those of the chunked coding.
    enum Kind {
        case head
        case coding
        case body
    }

    let socket: StreamSocket
    /// The fault of the current response.
    var fault: Fault?
    /// One sentence for each fault that was not applied, or not where the script says.
    private(set) var unappliedFaults: [String] = []
    /// The number of bytes written of each part.
    private var counts: [Kind: Int] = [:]

    init(_ socket: StreamSocket) { self.socket = socket }

    /// Starts a response.
    func begin(_ fault: Fault?) {
        self.fault = fault
        unappliedFaults = []
        counts = [:]
    }

    func reportUnapplied(_ unappliedFaults: String) { self.unappliedFaults.append(unappliedFaults) }

    func write(_ data: Data, _ kind: Kind) throws(SocketFailure) {
        guard let fault, kind != .coding else { return try send(data) }
        let rate = kind == .head ? fault.headBytesPerSecond : fault.bytesPerSecond
        let before = counts[kind, default: 0]
        let range = before..<before + data.count
        var data = data
        if kind == .body, let flip = fault.flip, range.contains(max(0, flip.at)) {
            data[data.startIndex + max(0, flip.at) - before] ^= flip.bits ?? 1
        }
        let cut = fault.cut(in: kind).flatMap { range.contains($0.at) ? $0.at - before : nil }
        let stall = fault.stall(in: kind).flatMap { range.contains($0.at) ? $0.at - before : nil }
        var sent = 0
        if let stall, let pause = fault.stall, stall <= cut ?? .max {
            try send(data.prefix(stall), perSecond: rate)
            try self.pause(seconds: pause.seconds)
            sent = stall
        }
        if let cut {
            try send(data.prefix(cut).dropFirst(sent), perSecond: rate)
            try cutConnection(with: fault.cut?.with ?? .finish)
        }
        try send(data.dropFirst(sent), perSecond: rate)
        counts[kind] = range.upperBound
    }

    /// Applies, at the end of a part, the faults whose offset lies beyond it.
    func end(_ kind: Kind) throws(SocketFailure) {
        guard let fault else { return }
        let count = counts[kind, default: 0]
        func miss(_ what: String, _ offset: Int) -> String {
            "\(what) was to be at byte \(offset) of the \(kind), which ended after \(count)"
        }
        if kind == .body, let flip = fault.flip, flip.at >= count { reportUnapplied(miss("a flip", flip.at)) }
        if let stall = fault.stall(in: kind), stall.at >= count {
            if stall.at > count { reportUnapplied(miss("a stall", stall.at) + "; it was applied at the end") }
            try pause(seconds: stall.seconds)
        }
        if let cut = fault.cut(in: kind), cut.at >= count {
            if cut.at > count { reportUnapplied(miss("a cut", cut.at) + "; it was applied at the end") }
            try cutConnection(with: cut.with ?? .finish)
        }
    }

    /// Ends the connection as the fault says, and the response by throwing.
    func cutConnection(with end: Fault.Cut.End) throws(SocketFailure) -> Never {
        if end == .reset {
            socket.waitUntilSent()
            socket.reset()
        }
        throw .cut
    }

    /// Waits; throws `closed` as soon as the client disconnects.
    func pause(seconds: Double) throws(SocketFailure) {
        guard seconds > 0 else { return }
        if !socket.isOpen(afterMilliseconds: Int32(min(seconds * 1000, 3_600_000).rounded(.up))) { throw .closed }
    }

    private func send(_ data: Data, perSecond rate: Double? = nil) throws(SocketFailure) {
        guard let rate, rate > 0 else { return try sendNow(data) }
        // Twenty pieces a second, or one byte at a time at lower rates.
        let piece = max(1, Int(min(rate / 20, 1_048_576)))
        var rest = data[...]
        while !rest.isEmpty {
            try sendNow(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            try pause(seconds: Double(piece) / rate)
        }
    }

    private func sendNow(_ data: Data) throws(SocketFailure) {
        var failure: SocketFailure?
        data.withUnsafeBytes { bytes in
            do throws(SocketFailure) { try socket.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

extension Fault {
    /// The cut within that part; negative offsets count as 0.
    fileprivate func cut(in kind: WireWriter.Kind) -> Cut? {
        guard var cut, (cut.part ?? .body) == (kind == .head ? .head : .body) else { return nil }
        cut.at = max(0, cut.at)
        return cut
    }

    fileprivate func stall(in kind: WireWriter.Kind) -> Stall? {
        guard var stall, kind == .body else { return nil }
        stall.at = max(0, stall.at)
        return stall
    }
}

extension WireWriter {
    func writeContinue() throws(SocketFailure) {
        try write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8), .coding)
    }

    /// Responds to bytes that are not an HTTP request.
    func writeMalformed(_ error: MalformedRequest) throws(SocketFailure) {
        begin(nil)
        let apiError = APIErrorResponse(
            400, "The mock server could not read this as an HTTP/1.1 request: \(error.reason).")
        let response = apiError.httpResponse()
        try write(response.head(keepsConnection: false, framing: .contentLength), .head)
        if case .data(let data) = response.body { try write(data, .body) }
        socket.finish()
    }

    /// Writes what a fault puts before the response.
    func writePreamble() throws(SocketFailure) {
        guard let fault else { return }
        try pause(seconds: fault.delaySeconds ?? 0)
        for _ in 0..<max(0, min(fault.informational ?? 0, 100_000)) {
            try write(Data("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".utf8), .coding)
        }
        guard fault.endlessHeaders == true else { return }
        try write(Data("HTTP/1.1 200 OK\r\n".utf8), .head)
        let lines = Data((0..<256).map { "x-endless-\($0): \(String(repeating: "a", count: 200))\r\n" }.joined().utf8)
        for _ in 0..<(8 << 20) / lines.count { try write(lines, .head) }
        throw .cut
    }
}
