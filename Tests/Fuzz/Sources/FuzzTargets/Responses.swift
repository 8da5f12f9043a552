import CAllocationPeak
import Foundation

@testable import ImagesAPI

/// The reader that takes a response in any form: pieces do not matter, every image is one by its bytes, what cannot be read
/// is kept byte for byte, memory is bounded, and the body of an error has no image.
func fuzzResponses(_ input: Input) {
    var input = input
    let isCut = input.setting() & 1 == 1
    let pieces = input.pieces()
    allocation_peak_start()
    let whole = read([input.bytes[...]], isWhole: !isCut)
    let peak = Int(allocation_peak_stop())
    // Small values take far more memory than text: a dictionary for each pair of braces.
    if peak > 2 << 20 + 600 * input.bytes.count { broken("\(input.bytes.count) bytes take \(peak) bytes of memory") }
    let inPieces = read(pieces, isWhole: !isCut)
    if whole != inPieces { broken("responses: pieces matter: \(whole) and \(inPieces)") }
    refuseImages(beside: Data(input.bytes))
}

/// What a response comes to: its images, or the code of its error.
private func read(_ pieces: [ArraySlice<UInt8>], isWhole: Bool) -> String {
    var reader = ResponseReader(
        head: ResponseHead(status: 200), limits: ImagesClient.ResponseLimits(), expectedImages: 1, keepsRaw: true)
    for piece in pieces { Array(piece).withUnsafeBytes { reader.take($0) } }
    let result = reader.finish(isWhole: isWhole)
    let partial = reader.partialImages()
    switch result {
    case .success(let response):
        for image in response.images {
            guard let data = image.data else { continue }
            // A format that is not known here may be named, and is passed on.
            if ImageUpload.ContentType(sniffing: data) == nil, response.outputFormat == nil {
                broken("an image that is none: \(data.prefix(16).base64EncodedString())")
            }
        }
        return response.images.map { $0.data?.base64EncodedString() ?? $0.url ?? "" }.joined(separator: " ")
    case .failure(let error):
        // The reader takes what follows a failure too.
        if reader.body?.data() != Data(pieces.joined()) {
            broken("the body of an error is not what came: \(error.code)")
        }
        // Dictionaries have no order.
        let api =
            error.apiError.map { "\($0.message) \($0.type ?? "") \($0.code ?? "") \($0.extra.keys.sorted())" } ?? ""
        return "\(error.code) \(api) \(partial.count)"
    }
}

/// Whatever is in the body of an error, no image comes out of it.
private func refuseImages(beside value: Data) {
    let lines = value.split(separator: 0x0A, omittingEmptySubsequences: false)
    let isOneLine = lines.count == 1 && !value.contains(0x0D)
    var bodies: [Data] = [
        Data(#"{"error":{"message":"m"}}"#.utf8) + Data("\n".utf8) + value,
        Data("event: error\ndata: m\n\n".utf8) + value,
        Data(#"data: {"error":{"message":"m"}}"#.utf8) + Data("\n\n".utf8) + value,
        Data(#"data: {"type":"error","message":"m"}"#.utf8) + Data("\n\n".utf8) + value,
    ]
    if isOneLine {
        let document = Data(#"{"error":"m","x":"#.utf8) + value + Data("}".utf8)
        bodies += [document, Data("data: ".utf8) + document + Data("\n\n".utf8)]
    }
    for body in bodies where isError(body) {
        if let response = try? ImagesResponse(saved: body) {
            broken("\(response.images.count) images come out of the body of an error")
        }
    }
    // With the status of an error the body only ever explains it.
    for status in [400, 429, 500] {
        var reader = ErrorBodyReader(limits: ImagesClient.ResponseLimits(), scrubber: SecretScrubber())
        _ = value.withUnsafeBytes { reader.take($0) }
        let ending = TransferEnding(outcome: .complete)
        guard let error = HTTPErrors.error(ResponseHead(status: status), body: reader, after: ending) else {
            broken("a status of \(status) is no error")
        }
        if !error.partialImages.isEmpty || error.body != nil { broken("an error of \(status) has an image") }
    }
}

/// Whether the error stands: a document in which the value overrides `error` by a second member is another matter.
private func isError(_ body: Data) -> Bool {
    var scanner = JSONScanner()
    guard body.first == UInt8(ascii: "{"), body.last == UInt8(ascii: "}") else { return true }
    return body.withUnsafeBytes { raw in
        do throws(ScanFailure) {
            try scanner.scan(raw)
            return try scanner.finish().value["error"] == "m"
        } catch {
            return true
        }
    }
}
