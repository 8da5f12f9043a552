import Foundation
import Testing

@testable import ImagesAPI

@Suite("Truncated saved responses")
struct CutResponseTests {
    static let sentImages = [Samples.png, Samples.jpeg, Samples.webp]

    /// The offsets at which each occurrence of `pattern` ends.
    static func ends(of pattern: String, in text: String) -> [Int] {
        text.ranges(of: pattern).map { text.utf8.distance(from: text.startIndex, to: $0.upperBound) }
    }

    @Test("The complete images of JSON that is truncated at any byte are read")
    func json() throws {
        let text = Samples.response(Self.sentImages)
        // An image is whole with the quotation mark behind it.
        let ends = Self.sentImages.flatMap { Self.ends(of: $0.base64EncodedString() + "\"", in: text) }
        #expect(ends.count == 3)
        for length in 0..<text.utf8.count {
            let cut = Data(text.utf8.prefix(length))
            let whole = ends.filter { $0 <= length }.count
            let response = try? ImagesResponse(saved: cut)
            #expect(response?.images.map(\.data) ?? [] == Self.sentImages.prefix(whole).map { $0 }, "cut at \(length)")
            #expect(response?.isComplete != true, "cut at \(length)")
        }
        #expect(try ImagesResponse(saved: Data(text.utf8)).isComplete)
    }

    @Test("Zeros or noise after the complete images, as after a crash, do not lose them")
    func damage() throws {
        let text = Samples.response(Self.sentImages)
        let end = try #require(Self.ends(of: Samples.jpeg.base64EncodedString() + "\"", in: text).first)
        for tail in [Data(count: 4_096), Data([0xFF, 0x80, 0x22]), Data("},{\"b64_json\":\"!\"}]}".utf8)] {
            let response = try ImagesResponse(saved: Data(text.utf8.prefix(end)) + tail)
            #expect(response.images.map(\.data) == [Samples.png, Samples.jpeg] && !response.isComplete)
        }
    }

    @Test("The finished images of an event stream that is truncated at any byte are read")
    func events() throws {
        let blocks = [
            StreamingTests.event("partial_image", Samples.png, index: 0),
            StreamingTests.event("completed", Samples.png),
            StreamingTests.event("completed", Samples.jpeg),
        ]
        let text = blocks.joined()
        // A document is whole without the blank line behind it.
        var ends: [Int] = []
        for count in 2...3 { ends.append(blocks.prefix(count).joined().utf8.count - 2) }
        for length in 0..<text.utf8.count {
            let whole = ends.filter { $0 <= length }.count
            let response = try? ImagesResponse(saved: Data(text.utf8.prefix(length)))
            #expect(
                response?.images.map(\.data) ?? [] == [Samples.png, Samples.jpeg].prefix(whole).map { $0 },
                "cut at \(length)")
        }
        let two = try ImagesResponse(saved: Data(text.utf8))
        #expect(two.isComplete && two.images.count == 2)
        let cut = try ImagesResponse(saved: Data(text.utf8.dropLast(20)))
        #expect(!cut.isComplete && cut.images.count == 1)
    }

    @Test("An error after finished images contains them")
    func errors() throws {
        let text =
            StreamingTests.event("completed", Samples.png) + "event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n"
        let response = try ImagesResponse(saved: Data(text.utf8))
        #expect(response.images.map(\.data) == [Samples.png] && !response.isComplete)
    }

    @Test("A truncated response without a complete image is an error, and an error body is never a success")
    func nothing() throws {
        for text in [
            "{\"data\":[", "{\"data\":[{\"b64_json\":\"iVBORw0KGgo", "{\"error\":{\"message\":\"b64_json",
            "{\"data\":[{\"url\":\"htt",
            "{\"error\":{\"b64_json\":\"\(Samples.png.base64EncodedString())\"",
        ] {
            _ = #expect(throws: ImagesAPIError.self) { try ImagesResponse(saved: Data(text.utf8)) }
        }
    }
}
