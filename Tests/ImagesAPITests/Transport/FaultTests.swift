import Foundation
import Testing

@testable import ImagesAPI

/// A fault at every byte of a stream: right events before it, right error after it, never a hang.
///
/// The suite takes samples of 2,000 and 100; `GESSO_FAULTS=all` takes every offset and kind of a small stream, about
/// 80,000, and 10,000 of one of four megabytes.
@Suite("A fault at every byte", .serialized)
struct FaultTests {
    enum Fault: String, CaseIterable, Sendable {
        case end, reset, stall, flip
    }

    struct Case: Sendable {
        var fault: Fault
        var offset: Int
    }

    /// A response as sent, and its images.
    struct Recording: Sendable, CustomTestStringConvertible {
        let sentImages: [Data]
        let wireBytes: [UInt8]
        /// Where the body begins.
        let start: Int
        /// Where each event is complete, as an offset into the response.
        let ends: [Int]
        var testDescription: String { "\(wireBytes.count) bytes" }

        init(byteCounts: [Int]) {
            sentImages = byteCounts.enumerated().map { Samples.png(byteCount: $1, seed: UInt64($0)) }
            let events = sentImages.enumerated().map { index, image in
                index < byteCounts.count - 1
                    ? StreamingTests.event("partial_image", image, index: index)
                    : StreamingTests.event("completed", image)
            }
            let length = events.reduce(0) { $0 + $1.utf8.count }
            let head = StreamingTests.head + "Content-Length: \(length)\r\n\r\n"
            wireBytes = Array((head + events.joined()).utf8)
            start = head.utf8.count
            var place = head.utf8.count
            ends = events.map { event in
                place += event.utf8.count
                return place
            }
        }

        func cases(all: Bool, count: Int) -> [Case] {
            let all =
                all ? Fault.allCases.flatMap { fault in wireBytes.indices.map { Case(fault: fault, offset: $0) } } : []
            guard all.isEmpty else { return all }
            var generator = SplitMix(seed: 41)
            let edges = Fault.allCases.flatMap { fault in
                ends.flatMap { end in (-3...1).map { Case(fault: fault, offset: min(end + $0, wireBytes.count - 1)) } }
            }
            let others = (0..<max(count - edges.count, 0)).compactMap { _ in
                Fault.allCases.randomElement(using: &generator).map { fault in
                    Case(fault: fault, offset: Int.random(in: wireBytes.indices, using: &generator))
                }
            }
            return edges + others
        }
    }

    static let small = Recording(byteCounts: [2_900, 3_000, 3_100, 5_000])
    /// Four megabytes of base64, so that there is a wait in the midst of an image.
    static let large = Recording(byteCounts: [700_000, 700_000, 700_000, 900_000])

    static let takesAll = ProcessInfo.processInfo.environment["GESSO_FAULTS"] == "all"

    /// Other tests use the cores too, and a server thread that is not scheduled must not count as silent.
    static let idle = Duration.seconds(takesAll ? 2 : 8)
    static let firstByte = Duration.seconds(takesAll ? 10 : 20)
    /// How long after its time a stall may be noticed; judged only where the machine has nothing else to do.
    static let lateness: Duration? = takesAll ? .milliseconds(250) : nil

    static func serve(
        _ connection: Connection, _ fault: Case, of recording: Recording,
        stalled: (_ from: ContinuousClock.Instant) -> Void
    ) {
        let wireBytes = recording.wireBytes
        switch fault.fault {
        case .end:
            connection.write(wireBytes[..<fault.offset])
            connection.close()
        case .reset:
            connection.write(wireBytes[..<fault.offset])
            connection.reset()
        case .stall:
            let begin = ContinuousClock.now
            connection.write(wireBytes[..<fault.offset])
            // With dozens of large streams the client reads for a while after the last write, and is not silent.
            connection.waitUntilRead(within: 30)
            stalled(begin)
            _ = connection.seesHangUp(within: 30)
            connection.close()
        case .flip:
            var changed = wireBytes
            changed[fault.offset] ^= UInt8(1) << UInt8(fault.offset % 8)
            connection.write(changed)
            // A longer length than there are bytes must not leave the client waiting for its deadline.
            connection.close()
        }
    }

    /// What is wrong with the outcome, or nil.
    static func verdict(_ fault: Case, of recording: Recording, _ outcome: Outcome) -> String? {
        let (sentImages, isFinished, error) = (recording.sentImages, outcome.isFinished, outcome.error)
        let whole = recording.ends.filter { $0 <= fault.offset }.count
        let expected = Array(sentImages.prefix(whole))
        let got = outcome.images.compactMap(\.data)
        switch fault.fault {
        case .end, .stall:
            guard got == expected else { return "\(got.count) events instead of \(expected.count)" }
        case .reset:
            // Bytes the client had not read yet are lost with a reset; what it hands over must still be right.
            guard got == Array(sentImages.prefix(got.count)), got.count <= expected.count else { return "wrong events" }
        case .flip:
            guard got.prefix(whole).elementsEqual(expected) else {
                return "events before the fault are wrong, \(error?.code.rawValue ?? "no error")"
            }
            // A flipped bit in a type makes an event unknown, and it is ignored; the end must be detected all the same.
            return isFinished || error != nil ? nil : "ended silently after \(got.count)"
        }
        if got.count == sentImages.count { return error == nil ? nil : "error after success" }
        guard let error else { return "ended silently after \(got.count)" }
        guard error.mayHaveBeenBilled, !error.isRetryable else { return "not said to be billed" }
        let codes: [ImagesAPIError.Code] =
            fault.fault == .stall ? [.idleTimeout, .firstByteTimeout] : [.connectionLost, .transportFailed]
        guard codes.contains(error.code) else { return "\(error.code)" }
        if fault.fault != .reset {
            let bytes = max(0, fault.offset - recording.start)
            guard error.bytesReceived == bytes else { return "\(error.bytesReceived) bytes instead of \(bytes)" }
        }
        guard got.isEmpty || error.partialImages.last?.data == got.last else { return "last partial missing" }
        guard let silence = outcome.silence else { return fault.fault == .stall ? "no silence" : nil }
        // The wait for the first byte begins when the request has gone out, a little before the server falls silent.
        let isFirst = error.code == .firstByteTimeout
        let isEarly = !isFirst && silence.upperBound < idle
        let isLate = lateness.map { silence.lowerBound > (isFirst ? firstByte : idle) + $0 } ?? false
        return isEarly || isLate ? "ended after \(silence) of silence" : nil
    }

    /// The times before the last write and after its bytes were read.
    struct Stall: Sendable {
        var begin, end: ContinuousClock.Instant
    }

    /// The outcome of one run of a case.
    struct Outcome: Sendable {
        var images: [ImagesResponse.GeneratedImage] = []
        var isFinished = false
        var error: ImagesAPIError?
        /// In a stall, the time from the last byte that the client read to the end; the byte was read between two
        /// readings of the clock.
        var silence: ClosedRange<Duration>?

        /// The client says that the connection broke and that it may have been billed, and nothing arrived.
        var isLostWithoutResponse: Bool {
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
            let request = GenerationRequest(prompt: prompt, model: "m")
            for try await event in client.generateStream(request, partialImages: 3) {
                outcome.images.append(event.image)
                if !event.isPartial { outcome.isFinished = true }
            }
        } catch {
            outcome.error = error
        }
        return outcome
    }

    /// The server closes each connection after its fault. After a flipped bit the response may still be complete, and
    /// the client then keeps the connection; the next request can go out on it in the moment before the close, and is
    /// reset unread. From the client's end that is the same as a reset after reading, and it must say so; from the
    /// server's it is a request that never came, so the case has yet to be tried.
    @Test("FIN, RST, silence and a flipped bit, anywhere", arguments: [Self.small, Self.large])
    func anywhere(recording: Recording) async throws {
        let isSmall = recording.wireBytes.count < 100_000
        let cases = recording.cases(
            all: isSmall && Self.takesAll, count: isSmall ? 2_000 : Self.takesAll ? 10_000 : 100)
        let stalled = Locked<[String: Stall]>([:])
        let seen = Locked<[String: Int]>([:])
        let server = try LoopbackServer { connection, request in
            let prompt = (try? JSONDecoder().decode(JSONValue.self, from: request.body))?["prompt"]?.stringValue ?? ""
            seen.withLock { $0[prompt, default: 0] += 1 }
            let parts = prompt.split(separator: " ")
            guard parts.count == 4, let fault = Fault(rawValue: String(parts[0])), let offset = Int(parts[1]) else {
                return
            }
            Self.serve(connection, Case(fault: fault, offset: offset), of: recording) { begin in
                stalled.withLock { $0[prompt] = Stall(begin: begin, end: .now) }
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy = ImagesClient.RetryPolicy()
            $0.timeouts = ImagesClient.Timeouts(firstByte: Self.firstByte, idle: Self.idle, total: .seconds(60))
        }
        let (wrong, unread) = await withTaskGroup(of: (String?, Int).self) { group in
            var wrong: [String] = []
            var unread = 0
            func note(_ result: (String?, Int)?) {
                if let text = result?.0 { wrong.append(text) }
                unread += result?.1 ?? 0
            }
            for (index, fault) in cases.enumerated() {
                if index >= (isSmall ? 200 : Self.takesAll ? 24 : 12) { note(await group.next()) }
                group.addTask {
                    var attempt = 0
                    var prompt = Self.prompt(fault, number: index, attempt: attempt)
                    var outcome = await Self.run(prompt: prompt, client)
                    while attempt < 5, outcome.isLostWithoutResponse, seen.withLock({ $0[prompt] == nil }) {
                        attempt += 1
                        prompt = Self.prompt(fault, number: index, attempt: attempt)
                        outcome = await Self.run(prompt: prompt, client)
                    }
                    let ended = ContinuousClock.now
                    outcome.silence = stalled.withLock { $0[prompt] }.map { ended - $0.end...ended - $0.begin }
                    let verdict = Self.verdict(fault, of: recording, outcome)
                    return (verdict.map { "\(fault.fault) at \(fault.offset): \($0)" }, attempt)
                }
            }
            for await result in group { note(result) }
            return (wrong, unread)
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong: \(wrong.prefix(10))")
        #expect(seen.withLock { $0.values.allSatisfy { $0 == 1 } }, "no request reaches the server twice")
        #expect(server.requests.count == cases.count)
        if Self.takesAll {
            print(
                "\(cases.count) faults in \(recording.wireBytes.count) bytes, \(wrong.count) wrong, \(unread) sent again that were reset unread"
            )
        }
        client.shutdown()
        await client.waitUntilShutDown()
    }
}
