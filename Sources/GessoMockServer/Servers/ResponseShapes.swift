#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Responses in the forms in which servers have been seen to send images and errors.
struct ResponseShapes {
    /// The image.
    let file: Data
    /// An address that it can be downloaded from.
    let url: String

    var base64: String { file.base64EncodedString() }

    /// The response of that name; nil for names that are not in ``MockServer/Shape/all``.
    func response(_ name: String) -> HTTPResponse? {
        ImageForm(rawValue: name).map(response) ?? Document(rawValue: name).map(response)
            ?? Refusal(rawValue: name).map(response) ?? EventStream(rawValue: name).map(response)
    }

    static let names: [String] =
        ImageForm.allCases.map(\.rawValue) + Document.allCases.map(\.rawValue) + Refusal.allCases.map(\.rawValue)
        + EventStream.allCases.map(\.rawValue)

    func json(_ value: RequestValue, status: Int = 200) -> HTTPResponse {
        text(String(decoding: value.serialized(), as: UTF8.self), status: status)
    }

    func text(_ text: String, status: Int = 200, type: String? = "application/json") -> HTTPResponse {
        HTTPResponse(
            status: status, headers: type.map { [("content-type", $0)] } ?? [], body: .data(Data(text.utf8)))
    }

    /// A document with one image, described by `item`.
    func document(_ item: [String: RequestValue], _ extra: [String: RequestValue] = [:]) -> RequestValue {
        .object(["created": .integer(1_713_833_628), "data": .array([.object(item)])].merging(extra) { $1 })
    }

    var image: [String: RequestValue] { ["b64_json": .base64(file)] }
    var plainText: String { String(decoding: document(image).serialized(), as: UTF8.self) }

    static let usage = RequestValue.object([
        "total_tokens": .integer(100), "input_tokens": .integer(50), "output_tokens": .integer(50),
        "input_tokens_details": .object(["text_tokens": .integer(10), "image_tokens": .integer(40)]),
    ])
}
