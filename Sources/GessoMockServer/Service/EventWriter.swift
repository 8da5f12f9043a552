#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes server-sent events as the Images API does, or as a fault says.
struct EventWriter {
    private let stream: StreamWriter
    private let faults: Fault.Events
    private let seconds: Double
    /// The events held back until all are known, if a fault changes their order.
    private var held: [Data] = []
    private var sent = 0
    private var isEnded = false

    init(_ stream: StreamWriter, events faults: Fault.Events?, seconds: Double) {
        self.stream = stream
        self.faults = faults ?? Fault.Events()
        self.seconds = seconds
    }

    private var lineEnd: String { (faults.lineEnd ?? .lf).text }

    mutating func send(_ members: [String: RequestValue], file: Data) throws {
        var members = members
        guard case .string(let type)? = members["type"] else { return }
        members["b64_json"] = .base64(file)
        members["created_at"] = .integer(Int(Date().timeIntervalSince1970))
        let event = encoded(event: type, data: .object(members))
        if faults.order == nil { try write(event) } else { held.append(event) }
    }

    mutating func finish() throws {
        for index in faults.order ?? [] {
            if held.indices.contains(index) {
                try write(held[index])
            } else {
                stream.wire.reportUnapplied("event \(index) does not exist; the stream has \(held.count) events")
            }
        }
        if let limit = faults.errorAfter, !isEnded {
            if limit > sent {
                stream.wire.reportUnapplied(
                    "the error event came after \(sent) events, because there were fewer than \(limit)")
            }
            try sendError()
        }
        if faults.done == true, !isEnded { try stream.write(Data("data: [DONE]\(lineEnd)\(lineEnd)".utf8)) }
    }

    private mutating func write(_ event: Data) throws {
        guard !isEnded else { return }
        if sent == faults.errorAfter { return try sendError() }
        try beginEvent()
        if faults.comments == true { try stream.write(Data(": still rendering\(lineEnd)\(lineEnd)".utf8)) }
        try stream.write(event)
        sent += 1
    }

    private mutating func sendError() throws {
        try beginEvent()
        isEnded = true
        try stream.write(errorEvent())
    }

    /// Writes what precedes every event.
    private func beginEvent() throws {
        try stream.pause(seconds: seconds)
        if sent == 0, faults.byteOrderMark == true { try stream.write(Data([0xEF, 0xBB, 0xBF])) }
    }

    private func encoded(event: String?, data: RequestValue) -> Data {
        var text = Data()
        if let event { text.append(contentsOf: "event: \(event)\(lineEnd)".utf8) }
        let json = data.serialized()
        // A line break between two members does not change the JSON value.
        let lines = faults.dataLines == true ? json.splitBetweenMembers() : [json[...]]
        for line in lines {
            text.append(contentsOf: "data: ".utf8)
            text.append(line)
            text.append(contentsOf: lineEnd.utf8)
        }
        text.append(contentsOf: lineEnd.utf8)
        return text
    }

    private func errorEvent() -> Data {
        let error = faults.error ?? Fault.APIError("This fault was injected.", type: "server_error")
        let whole = error.errorResponse(status: 500).json
        guard case .object(let members) = whole, case .object(var bare)? = members["error"] else { return Data() }
        switch faults.errorForm ?? .data {
        case .data: return encoded(event: nil, data: whole)
        case .event: return encoded(event: "error", data: whole)
        case .bare: return encoded(event: "error", data: .object(bare))
        case .typed:
            bare["type"] = .string("error")
            return encoded(event: nil, data: .object(bare))
        }
    }
}

extension Data {
    /// Split after the commas between the members of the outermost object.
    fileprivate func splitBetweenMembers() -> [Data.SubSequence] {
        var pieces: [Data.SubSequence] = []
        var (start, depth, isText, isEscaped) = (startIndex, 0, false, false)
        for index in indices {
            let byte = self[index]
            if isEscaped {
                isEscaped = false
            } else if isText {
                isEscaped = byte == UInt8(ascii: "\\")
                isText = byte != UInt8(ascii: "\"")
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: ",") where depth == 1:
                    pieces.append(self[start...index])
                    start = index + 1
                default: break
                }
            }
        }
        return pieces + [self[start...]]
    }
}
