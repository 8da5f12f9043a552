import Foundation
import Testing

@testable import ImagesAPI

@Suite("Image stream state machine")
struct ImageStreamStateMachineTests {
    /// Runs a stream's text through scanner and state machine; returns the events as a log.
    static func run(_ text: String, expected: Int? = 1) throws -> (log: [String], error: ImagesAPIError?) {
        var scanner = EventStreamScanner()
        var machine = ImageStreamStateMachine(
            expectedImages: expected, head: ResponseHead(status: 200, fields: [("x-request-id", "req-7")]))
        var log: [String] = []
        func note(_ events: [ImageStream.Event]) {
            for event in events {
                switch event {
                case .partial(let partial): log.append("p\(partial.index)\(partial.isInOrder ? "" : "!")")
                case .completed(let completed): log.append("c\(completed.usage?.totalTokens ?? 0)")
                }
            }
        }
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let (taken, event) = try bytes[index...].withUnsafeBytes { try scanner.scan($0) }
            index += taken
            guard let event else { continue }
            switch machine.take(event) {
            case .nothing: break
            case .events(let events): note(events)
            case .finished(let events):
                note(events)
                return (log, nil)
            case .failed(let error): return (log, error)
            }
        }
        return (log, machine.end())
    }

    /// How many events of a stream's text are passed over.
    static func ignored(_ text: String) throws -> Int {
        var scanner = EventStreamScanner()
        var machine = ImageStreamStateMachine(expectedImages: 1, head: ResponseHead(status: 200))
        let event = try Array(text.utf8).withUnsafeBytes { try scanner.scan($0) }.event
        if let event { _ = machine.take(event) }
        return machine.ignored
    }

    static let image = Samples.png.base64EncodedString()

    static func partial(_ index: String?, type: String = "image_generation") -> String {
        "data: {\"type\":\"\(type).partial_image\",\"b64_json\":\"\(image)\"\(index.map { ",\"partial_image_index\":\($0)" } ?? "")}\n\n"
    }

    static func completed(type: String = "image_generation") -> String {
        "data: {\"type\":\"\(type).completed\",\"b64_json\":\"\(image)\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3,\"cached_tokens\":9}}\n\n"
    }

    @Test("All four event types, by field or by event name", arguments: ["image_generation", "image_edit"])
    func types(type: String) throws {
        let outcome = try Self.run(
            Self.partial("0", type: type) + Self.partial("1", type: type) + Self.completed(type: type))
        #expect(outcome.log == ["p0", "p1", "c3"])
        #expect(outcome.error == nil)
        let named = try Self.run("event: \(type).completed\ndata: {\"b64_json\":\"\(Self.image)\"}\n\n")
        #expect(named.log == ["c0"] && named.error == nil)
    }

    @Test(
        "Odd indices corrupt nothing",
        arguments: [
            (["0", "0", "1"], ["p0", "p1"]), (["0", "2"], ["p0", "p2"]), (["1", "0"], ["p1", "p0!"]),
            (["9223372036854775808"], ["p0"]), (["-1"], ["p0"]), (["\"0\""], ["p0"]), ([nil, nil], ["p0", "p1"]),
            (["2.5"], ["p0"]),
        ] as [([String?], [String])])
    func indices(given: [String?], seen: [String]) throws {
        let outcome = try Self.run(given.map { Self.partial($0) }.joined() + Self.completed())
        #expect(outcome.log == seen + ["c3"])
        #expect(outcome.error == nil)
    }

    @Test(
        "A stream that ends before its image is finished says so and hands over the last partial",
        arguments: [
            "", "data: [DONE]\n\n", "event: image_generation.completed\ndata: {\"b64_json\":\"iVBO",
        ])
    func endedEarly(tail: String) throws {
        let outcome = try Self.run(Self.partial("0") + Self.partial("1") + tail)
        #expect(outcome.log == ["p0", "p1"])
        #expect(outcome.error?.code == .streamEndedEarly)
        #expect(outcome.error?.partialImages.map(\.data) == [Samples.png])
        #expect(outcome.error?.mayHaveBeenBilled == true)
        #expect(outcome.error?.requestID == "req-7")
    }

    @Test("What arrives after a stream was cancelled is in the error that ends it", arguments: [true, false])
    func lateImage(isFinished: Bool) async throws {
        let channel = EventChannel<ImageStream.Event>(rescue: { [$0.image] })
        let receiver = StreamReceiver(
            channel: channel, limits: ImagesClient.ResponseLimits(), expectedImages: 1, expectedPartials: 0, host: "h")
        _ = receiver.head(ResponseHead(status: 200, fields: [("content-type", "text/event-stream")]))
        channel.cancel()
        if isFinished {
            _ = Array(StreamingTests.event("completed", Samples.png).utf8).withUnsafeBytes { receiver.body($0) }
        }
        _ = receiver.end(TransferEnding(outcome: .cancelled))
        guard case .failure(let error) = await channel.next() else {
            Issue.record("It ended as if nothing had been bought.")
            return
        }
        #expect(error.code == .cancelled && error.mayHaveBeenBilled)
        #expect(error.partialImages.compactMap(\.data) == (isFinished ? [Samples.png] : []))
    }

    /// Feeds a stream's text to a receiver in pieces, as libcurl does: a piece that was refused comes again, from its start.
    ///
    /// - Parameter whole: whether all of the text is offered first and refused.
    static func receive(
        _ text: String, pieces: Int, whole: Bool = false
    ) async throws -> (log: [String], error: ImagesAPIError?, resumes: Int) {
        let channel = EventChannel<ImageStream.Event>(rescue: { [$0.image] })
        let receiver = StreamReceiver(
            channel: channel, limits: ImagesClient.ResponseLimits(), expectedImages: 1, expectedPartials: 3, host: "h")
        let resumes = Locked(0)
        receiver.resume = { resumes.withLock { $0 += 1 } }
        #expect(
            receiver.head(ResponseHead(status: 200, fields: [("content-type", "text/event-stream")])) == .more)
        var log: [String] = []
        var ending: ImagesAPIError?
        /// Takes the one event that waits.
        func take() async throws -> Bool {
            switch await channel.next() {
            case .success(.partial(let partial)?): log.append("p\(partial.index)")
            case .success(.completed?): log.append("c")
            case .success(nil): return false
            case .failure(let error):
                ending = error
                return false
            }
            return true
        }
        let bytes = Array(text.utf8)
        func offer(_ range: Range<Int>) -> ReceiverVerdict { bytes[range].withUnsafeBytes { receiver.body($0) } }
        if whole {
            #expect(offer(0..<bytes.count) == .pause)
            #expect(resumes.withLock { $0 } == 0)
            #expect(try await take())
            #expect(resumes.withLock { $0 } == 1)
        }
        var start = 0
        var outcome = TransferEnding.Outcome.complete
        feeding: while start < bytes.count {
            let end = min(start + pieces, bytes.count)
            switch offer(start..<end) {
            case .more, .drain: start = end
            case .stop:
                outcome = .stopped
                break feeding
            case .pause:
                let before = resumes.withLock { $0 }
                #expect(try await take())
                let isFull = channel.isFull(wake: {})
                #expect(!isFull, "one event waits, and no second")
                #expect(resumes.withLock { $0 } == before + 1)
            }
        }
        _ = receiver.end(TransferEnding(outcome: outcome))
        while try await take() {}
        return (log, ending, resumes.withLock { $0 })
    }

    @Test(
        "A consumer is never more than one event behind, in whatever pieces the bytes arrive",
        arguments: [1, 7, 16_384])
    func ahead(pieces: Int) async throws {
        let text = (0..<200).map { Self.partial("\($0)") }.joined() + Self.completed()
        let outcome = try await Self.receive(text, pieces: pieces, whole: true)
        #expect(outcome.log == (0..<200).map { "p\($0)" } + ["c"])
        #expect(outcome.error == nil && outcome.resumes >= 199)
    }

    @Test(
        "What follows the finished image does not matter",
        arguments: [
            "data: [DONE]\n\n", "data: {\"error\":{\"message\":\"x\"}}\n\n", completed(), "data: garbage\n\n",
            partial("7"),
        ], [50, 100_000])
    func afterCompleted(tail: String, pieces: Int) async throws {
        let outcome = try await Self.receive(Self.partial("0") + Self.completed() + tail, pieces: pieces)
        #expect(outcome.log == ["p0", "c"] && outcome.error == nil)
    }

    @Test("Events are accepted up to the limit, and none after it", arguments: [9_999, 10_000])
    func eventLimit(before: Int) async throws {
        let outcome = try await Self.receive(
            String(repeating: "event: ping\n\n", count: before) + Self.completed() + Self.partial("0"), pieces: 5_000)
        #expect(outcome.log == (before < 10_000 ? ["c"] : []))
        #expect(outcome.error?.code == (before < 10_000 ? nil : .limitExceeded))
        #expect(outcome.error?.facts["allowed"] == (before < 10_000 ? nil : "10000"))
    }

    @Test("After a stream has failed, further bytes have no effect")
    func afterFailure() async throws {
        let channel = EventChannel<ImageStream.Event>(rescue: { [$0.image] })
        let receiver = StreamReceiver(
            channel: channel, limits: ImagesClient.ResponseLimits(), expectedImages: 1, expectedPartials: 3, host: "h")
        _ = receiver.head(ResponseHead(status: 200, fields: [("content-type", "text/event-stream")]))
        func offer(_ text: String) -> ReceiverVerdict { Array(text.utf8).withUnsafeBytes { receiver.body($0) } }
        // The rest is read for a moment, since all bytes of a response that cannot be used are kept.
        #expect(offer("event: error\ndata: {}\n\n") == .drain)
        #expect(offer(Self.partial("0")) == .drain && offer(Self.completed()) == .drain)
        _ = receiver.end(TransferEnding(outcome: .stopped))
        guard case .failure(let error) = await channel.next() else {
            Issue.record("the failure is delivered")
            return
        }
        #expect(error.code == .serverError && error.partialImages.isEmpty)
    }

    @Test("A stream of several images ends after all are completed")
    func several() throws {
        #expect(
            try Self.run(Self.completed() + Self.partial("0") + Self.partial("0") + Self.completed(), expected: 2).log
                == ["c3", "p0", "p0", "c3"])
        let short = try Self.run(Self.completed(), expected: 2)
        #expect(short.error?.code == .streamEndedEarly)
        #expect(short.error?.partialImages.count == 1)
    }

    @Test(
        "Errors in the stream are typed, after the events before them",
        arguments: [
            (
                "data: {\"error\":{\"code\":\"moderation_blocked\",\"message\":\"no\",\"type\":\"image_generation_user_error\"}}\n\n",
                "moderationBlocked", "no"
            ),
            ("event: error\ndata: {\"error\":{\"message\":\"m\",\"code\":500}}\n\n", "serverError", "m"),
            ("event: error\ndata: {\"message\":\"flat\",\"code\":\"insufficient_quota\"}\n\n", "quotaExceeded", "flat"),
            ("data: {\"type\":\"error\",\"message\":\"typed\",\"code\":null}\n\n", "serverError", "typed"),
            ("event: error\ndata: null\n\n", "serverError", "no explanation"),
            ("event: error\ndata: \"text\"\n\n", "serverError", "text"),
            ("event: error\ndata: 7\n\n", "serverError", "no explanation"),
            ("event: error\ndata: not JSON\n\n", "serverError", "no explanation"),
            ("event: error\n\n", "serverError", "no explanation"),
            ("data: {\"error\":\"text\"}\n\n", "serverError", "text"),
            ("event: error\ndata: {\"error\":null,\"message\":\"x\"}\n\n", "serverError", "x"),
        ])
    func errors(text: String, code: String, message: String) throws {
        let outcome = try Self.run(Self.partial("0") + text)
        #expect(outcome.log == ["p0"])
        #expect(outcome.error?.code.rawValue == code)
        #expect(outcome.error?.requestID == "req-7")
        #expect(outcome.error?.apiError?.message == message)
        #expect(outcome.error?.message.contains(message) == true)
    }

    @Test("An empty error field is no error", arguments: ["null", "false", "\"\"", "0", "{}", "[]"])
    func noError(value: String) throws {
        let text = "data: {\"type\":\"image_edit.completed\",\"error\":\(value),\"b64_json\":\"\(Self.image)\"}\n\n"
        #expect(try Self.run(text).log == ["c0"])
    }

    @Test(
        "Events nobody knows are passed over, JSON or not",
        arguments: [
            "event: ping\ndata: pong\n\n", "event: ping\n\n", "data: {\"type\":\"response.created\"}\n\n",
            "event: x\ndata: [\n\n", "data: 1\n\n", "data: {\"type\":\"image_generation.partial_image\"}\n\n",
        ])
    func unknown(text: String) throws {
        #expect(try Self.run(text + Self.completed()).log == ["c3"])
        #expect(try Self.ignored(text) == 1)
    }

    @Test(
        "Known events that are no JSON end the stream",
        arguments: ["", "event: image_edit.completed\n", "event: message\n"])
    func malformed(name: String) throws {
        let outcome = try Self.run(Self.partial("0") + name + "data: {\"b64_json\":\n\n" + Self.completed())
        #expect(outcome.error?.code == .malformedResponse)
        #expect(outcome.error?.partialImages.count == 1)
    }

    @Test("A completed event without an image, or with bytes that are not an image, is an error")
    func noImage() throws {
        #expect(try Self.run("data: {\"type\":\"image_edit.completed\"}\n\n").error?.code == .emptyResponse)
        #expect(
            try Self.run("data: {\"type\":\"image_edit.completed\",\"b64_json\":\"AAAA\"}\n\n").error?.code
                == .malformedImage)
        let future = "data: {\"type\":\"image_edit.completed\",\"output_format\":\"avif\",\"b64_json\":\"AAAA\"}\n\n"
        #expect(try Self.run(future).log == ["c0"])
    }

    @Test("A plain response sent as one event counts as finished images")
    func wholeResponse() throws {
        let outcome = try Self.run("data: \(Samples.response([Samples.png, Samples.png]))\n\n", expected: 2)
        #expect(outcome.log == ["c0", "c100"] && outcome.error == nil)
        let short = try Self.run("data: \(Samples.response([Samples.png]))\n\n", expected: 4)
        #expect(short.log == ["c100"] && short.error?.code == .streamEndedEarly)
    }

    @Test("A saved stream and a saved response give their finished images")
    func saved() throws {
        let stream = try ImagesResponse(
            saved: Data((Self.partial("0") + Self.completed() + "data: [DONE]\n\n").utf8))
        #expect(stream.images.map(\.data) == [Samples.png])
        #expect(stream.usage?.totalTokens == 3)
        let two = try ImagesResponse(saved: Data((Self.completed() + Self.completed()).utf8))
        #expect(two.images.count == 2 && two.usage?.totalTokens == 6)
        let response = try ImagesResponse(saved: Data(Samples.response([Samples.png, Samples.jpeg]).utf8))
        #expect(response.images.map(\.contentType) == [.png, .jpeg])
        for (text, code) in [
            ("", "emptyResponse"), ("  \n", "emptyResponse"), ("{", "malformedResponse"),
            ("{\"data\":[]}", "emptyResponse"),
            (Self.partial("0"), "streamEndedEarly"), ("hello", "unexpectedContent"),
            ("{\"error\":{\"message\":\"m\"}}", "serverError"),
        ] {
            let error = #expect(throws: ImagesAPIError.self) { try ImagesResponse(saved: Data(text.utf8)) }
            #expect(error?.code.rawValue == code, "\(text)")
        }
    }
}
