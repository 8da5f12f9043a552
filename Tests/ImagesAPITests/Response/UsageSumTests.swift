import ImagesAPI
import Testing

@Suite("The usage of several requests or images")
struct UsageSumTests {
    private func usage(_ count: Int, _ details: Usage.Details?) -> Usage {
        Usage(inputTokens: count, outputTokens: count, totalTokens: count, inputTokensDetails: details)
    }

    @Test("Counts are added; a detail that one request lacks is unknown")
    func sum() {
        #expect(Usage(sumOf: []) == nil)
        #expect(Usage(sumOf: [usage(3, nil)]) == usage(3, nil))
        let (one, other) = (Usage.Details(textTokens: 1, imageTokens: 2), Usage.Details(textTokens: 4))
        #expect(Usage(sumOf: [usage(3, one), usage(5, other)]) == usage(8, Usage.Details(textTokens: 5)))
    }

    @Test("A sum that overflows is the largest integer, and never negative")
    func absurd() {
        let details = Usage.Details(textTokens: .max, imageTokens: 1)
        let sum = Usage(sumOf: [usage(.max, details), usage(1, details), usage(.max, details)])
        #expect(sum == usage(.max, Usage.Details(textTokens: .max, imageTokens: 3)))
    }

    @Test("Negative counts do not trap either")
    func negative() {
        let odd = Usage(inputTokens: 1, outputTokens: .min, totalTokens: -3)
        #expect(Usage(sumOf: [odd, odd]) == Usage(inputTokens: 2, outputTokens: .min, totalTokens: -6))
    }
}
