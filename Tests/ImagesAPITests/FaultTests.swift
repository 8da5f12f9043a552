import Foundation
import Testing

@testable import ImagesAPI

/// A fault at every byte of a stream: right events before it, right error after it, never a hang.
///
/// The suite takes a sample of 2,000; `GESSO_FAULTS=all` takes every offset and kind, about 80,000.
@Suite("A fault at every byte")
struct FaultTests {
    enum Fault: String, CaseIterable, Sendable {
        case end, reset, stall, flip
    }

    struct Case: Sendable {
        var fault: Fault
        var offset: Int
    }

    static let pictures = [2_900, 3_000, 3_100, 5_000].enumerated().map { Samples.png(byteCount: $1, seed: UInt64($0)) }
    static let events: [[UInt8]] = pictures.enumerated().map { index, picture in
        Array(
            (index < 3
                ? StreamingTests.event("partial_image", picture, index: index)
                : StreamingTests.event("completed", picture)).utf8)
    }
    static let answer: [UInt8] = {
        let body = events.flatMap { $0 }
        return Array((StreamingTests.head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body
    }()
    /// Where each event is complete, as an offset into the answer.
    static let ends: [Int] = {
        var place = answer.count - events.reduce(0) { $0 + $1.count }
        return events.map { event in
            place += event.count
            return place
        }
    }()

    static let cases: [Case] = {
        let all = Fault.allCases.flatMap { fault in (0..<answer.count).map { Case(fault: fault, offset: $0) } }
        guard ProcessInfo.processInfo.environment["GESSO_FAULTS"] != "all" else { return all }
        var generator = SplitMix(seed: 41)
        let edges = Fault.allCases.flatMap { fault in
            ends.flatMap { end in (-3...1).map { Case(fault: fault, offset: min(end + $0, answer.count - 1)) } }
        }
        return edges + (0..<2_000 - edges.count).compactMap { _ in all.randomElement(using: &generator) }
    }()

    static func serve(_ connection: Connection, _ fault: Case) {
        switch fault.fault {
        case .end:
            connection.write(answer[..<fault.offset])
            connection.close()
        case .reset:
            connection.write(answer[..<fault.offset])
            connection.reset()
        case .stall:
            connection.write(answer[..<fault.offset])
            _ = connection.seesHangUp(within: 30)
            connection.close()
        case .flip:
            var changed = answer
            changed[fault.offset] ^= UInt8(1) << UInt8(fault.offset % 8)
            connection.write(changed)
            // A longer length than there are bytes must not leave the client waiting for its deadline.
            connection.close()
        }
    }

    /// What is wrong with the outcome, or nil.
    static func verdict(
        _ fault: Case, images: [GeneratedImage], isFinished: Bool, error: ImagesAPIError?
    ) -> String? {
        let whole = ends.filter { $0 <= fault.offset }.count
        let expected = Array(pictures.prefix(whole))
        let got = images.compactMap(\.data)
        switch fault.fault {
        case .end, .stall:
            guard got == expected else { return "\(got.count) events instead of \(expected.count)" }
        case .reset:
            // Bytes the client had not read yet are lost with a reset; what it hands over must still be right.
            guard got == Array(pictures.prefix(got.count)), got.count <= expected.count else { return "wrong events" }
        case .flip:
            guard got.prefix(whole).elementsEqual(expected) else {
                return "events before the fault are wrong, \(error?.code.rawValue ?? "no error")"
            }
            // A flipped bit in a type makes an event unknown, which is passed over; the end must be told all the same.
            return isFinished || error != nil ? nil : "ended silently after \(got.count)"
        }
        if got.count == pictures.count { return error == nil ? nil : "error after success" }
        guard let error else { return "ended silently after \(got.count)" }
        guard error.mayHaveBeenBilled, !error.isRetryable else { return "not said to be billed" }
        let codes: [ImagesAPIError.Code] =
            fault.fault == .stall ? [.idleTimeout, .firstByteTimeout] : [.connectionLost, .transportFailed]
        guard codes.contains(error.code) else { return "\(error.code)" }
        guard got.isEmpty || error.partialImages.last?.data == got.last else { return "last partial missing" }
        return nil
    }

    @Test("FIN, RST, silence and a flipped bit, anywhere")
    func anywhere() async throws {
        let server = try LoopbackServer { connection, request in
            let prompt = (try? JSONDecoder().decode(JSONValue.self, from: request.body))?["prompt"]?.stringValue ?? ""
            let words = prompt.split(separator: " ")
            guard words.count == 2, let fault = Fault(rawValue: String(words[0])), let offset = Int(words[1]) else {
                return
            }
            Self.serve(connection, Case(fault: fault, offset: offset))
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy = RetryPolicy()
            $0.timeouts = Timeouts(firstByte: .seconds(10), idle: .seconds(2), total: .seconds(60))
        }
        let wrong = await withTaskGroup(of: String?.self) { group in
            var wrong: [String] = []
            for (index, fault) in Self.cases.enumerated() {
                if index >= 200, let text = await group.next() ?? nil { wrong.append(text) }
                group.addTask {
                    var images: [GeneratedImage] = []
                    var failure: ImagesAPIError?
                    var isFinished = false
                    do {
                        let request = CreateRequest(prompt: "\(fault.fault.rawValue) \(fault.offset)", model: "m")
                        for try await event in client.createStream(request, partialImages: 3) {
                            images.append(event.image)
                            if case .completed = event { isFinished = true }
                        }
                    } catch {
                        failure = error as? ImagesAPIError
                    }
                    return Self.verdict(fault, images: images, isFinished: isFinished, error: failure)
                        .map { "\(fault.fault) at \(fault.offset): \($0)" }
                }
            }
            for await text in group { if let text { wrong.append(text) } }
            return wrong
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong: \(wrong.prefix(10))")
        #expect(server.requests.count == Self.cases.count)
        client.shutdown()
        await client.waitUntilShutDown()
    }
}
