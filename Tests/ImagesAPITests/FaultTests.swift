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

    static let takesAll = ProcessInfo.processInfo.environment["GESSO_FAULTS"] == "all"

    static let cases: [Case] = {
        let all = Fault.allCases.flatMap { fault in (0..<answer.count).map { Case(fault: fault, offset: $0) } }
        if takesAll { return all }
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
        if fault.fault != .reset {
            let bytes = max(0, fault.offset - answer.count + events.reduce(0) { $0 + $1.count })
            guard error.bytesReceived == bytes else { return "\(error.bytesReceived) bytes instead of \(bytes)" }
        }
        guard got.isEmpty || error.partialImages.last?.data == got.last else { return "last partial missing" }
        return nil
    }

    /// What one run of a case came to.
    struct Outcome: Sendable {
        var images: [GeneratedImage] = []
        var isFinished = false
        var error: ImagesAPIError?

        /// The client says that the connection broke and that it may have been billed, and nothing arrived.
        var isLostWithoutAnswer: Bool {
            images.isEmpty && error?.code == .connectionLost && error?.mayHaveBeenBilled == true
                && error?.bytesReceived == 0
        }
    }

    /// What the server knows a run by; the sample may hold a case twice.
    static func prompt(_ fault: Case, number: Int, attempt: Int) -> String {
        "\(fault.fault.rawValue) \(fault.offset) \(number) \(attempt)"
    }

    static func run(prompt: String, _ client: ImagesClient) async -> Outcome {
        var outcome = Outcome()
        do {
            let request = CreateRequest(prompt: prompt, model: "m")
            for try await event in client.createStream(request, partialImages: 3) {
                outcome.images.append(event.image)
                if case .completed = event { outcome.isFinished = true }
            }
        } catch {
            outcome.error = error
        }
        return outcome
    }

    /// The server closes each connection after its fault. After a flipped bit the answer may still be whole, and the client
    /// then keeps the connection; the next request can go out on it in the moment before the close, and is reset unread.
    /// From the client's end that is the same as a reset after reading, and it must say so; from the server's it is a
    /// request that never came, so the case has yet to be tried.
    @Test("FIN, RST, silence and a flipped bit, anywhere")
    func anywhere() async throws {
        let seen = Locked<[String: Int]>([:])
        let server = try LoopbackServer { connection, request in
            let prompt = (try? JSONDecoder().decode(JSONValue.self, from: request.body))?["prompt"]?.stringValue ?? ""
            seen.withLock { $0[prompt, default: 0] += 1 }
            let words = prompt.split(separator: " ")
            guard words.count == 4, let fault = Fault(rawValue: String(words[0])), let offset = Int(words[1]) else {
                return
            }
            Self.serve(connection, Case(fault: fault, offset: offset))
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy = RetryPolicy()
            $0.timeouts = Timeouts(firstByte: .seconds(10), idle: .seconds(2), total: .seconds(60))
        }
        let (wrong, unread) = await withTaskGroup(of: (String?, Int).self) { group in
            var wrong: [String] = []
            var unread = 0
            func note(_ result: (String?, Int)?) {
                if let text = result?.0 { wrong.append(text) }
                unread += result?.1 ?? 0
            }
            for (index, fault) in Self.cases.enumerated() {
                if index >= 200 { note(await group.next()) }
                group.addTask {
                    var attempt = 0
                    var prompt = Self.prompt(fault, number: index, attempt: attempt)
                    var outcome = await Self.run(prompt: prompt, client)
                    while attempt < 5, outcome.isLostWithoutAnswer, seen.withLock({ $0[prompt] == nil }) {
                        attempt += 1
                        prompt = Self.prompt(fault, number: index, attempt: attempt)
                        outcome = await Self.run(prompt: prompt, client)
                    }
                    let verdict = Self.verdict(
                        fault, images: outcome.images, isFinished: outcome.isFinished, error: outcome.error)
                    return (verdict.map { "\(fault.fault) at \(fault.offset): \($0)" }, attempt)
                }
            }
            for await result in group { note(result) }
            return (wrong, unread)
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong: \(wrong.prefix(10))")
        #expect(seen.withLock { $0.values.allSatisfy { $0 == 1 } }, "no request reaches the server twice")
        #expect(server.requests.count == Self.cases.count)
        if Self.takesAll {
            print("\(Self.cases.count) faults, \(wrong.count) wrong, \(unread) sent again that were reset unread")
        }
        client.shutdown()
        await client.waitUntilShutDown()
    }
}
