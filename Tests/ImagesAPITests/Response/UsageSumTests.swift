import Foundation
import ImagesAPI
import Testing

@Suite("The usage of several requests or images")
struct UsageSumTests {
    private func usage(_ count: Int, text: Int? = nil, images: Int? = nil) -> Usage {
        Usage(
            inputTokens: count, outputTokens: count, totalTokens: count, inputTextTokens: text,
            outputImageTokens: images)
    }

    @Test("Counts are added; a detail that one request lacks is unknown")
    func sum() {
        #expect(Usage(sumOf: []) == nil)
        #expect(Usage(sumOf: [usage(3)]) == usage(3))
        #expect(Usage(sumOf: [usage(3, text: 1, images: 2), usage(5, text: 4)]) == usage(8, text: 5))
    }

    @Test("A sum that overflows is the largest integer, and never negative")
    func absurd() {
        let sum = Usage(sumOf: [.max, 1, .max].map { usage($0, text: .max, images: 1) })
        #expect(sum == usage(.max, text: .max, images: 3))
    }

    @Test("A usage is stored in the API's form")
    func storing() throws {
        let text =
            #"{"input_tokens":3,"output_tokens":4,"total_tokens":7,"input_tokens_details":{"text_tokens":1,"#
            + #""image_tokens":2},"output_tokens_details":{"image_tokens":4}}"#
        let usage = Usage(
            inputTokens: 3, outputTokens: 4, totalTokens: 7, inputTextTokens: 1, inputImageTokens: 2,
            outputImageTokens: 4)
        #expect(try JSONDecoder().decode(Usage.self, from: Data(text.utf8)) == usage)
        #expect(try JSONDecoder().decode(Usage.self, from: JSONEncoder().encode(usage)) == usage)
        let bare = Usage(inputTokens: 1, outputTokens: 2, totalTokens: 3)
        #expect(
            try JSONDecoder().decode([String: Int].self, from: JSONEncoder().encode(bare))
                == ["input_tokens": 1, "output_tokens": 2, "total_tokens": 3])
    }

    @Test("Negative counts do not trap either")
    func negative() {
        let odd = Usage(inputTokens: 1, outputTokens: .min, totalTokens: -3)
        #expect(Usage(sumOf: [odd, odd]) == Usage(inputTokens: 2, outputTokens: .min, totalTokens: -6))
    }
}
