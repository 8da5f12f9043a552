#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ResponseShapes {
    /// Documents in which the image is elsewhere or of which parts are of other types, and other content types, encodings and statuses.
    enum Document: String, CaseIterable {
        case createdFloat = "created-float"
        case createdString = "created-string"
        case createdMissing = "created-missing"
        case dataNull = "data-null"
        case dataEmpty = "data-empty"
        case topLevelImage = "top-b64"
        case topLevelList = "top-array"
        case imagesKey = "images-key"
        case imagesAsStrings = "images-strings"
        case dataObject = "data-object"
        case resultData = "result-data"
        case b64Key = "b64-key"
        case base64List = "base64-list"
        case together
        case openRouter = "openrouter"
        case usageNull = "usage-null"
        case usageFloat = "usage-float"
        case notANumber = "nan"
        case trailingJunk = "trailing-junk"
        case noContentType = "no-content-type"
        case jsonAsHTML = "text-html-json"
        case byteOrderMark = "byte-order-mark"
        case upperCaseType = "json-utf8-upper"
        case rawImage = "raw-png"
        case gzip
        case status201 = "created-201"
        case task = "async-task"
        case status202 = "async-202"
        case pollingURL = "polling-url"
        case jsonLines = "ndjson"
    }

    func response(_ shape: Document) -> HTTPResponse {
        let list = RequestValue.array([.object(image)])
        switch shape {
        case .createdFloat: return json(.object(["created": .number(1_713_833_628.25), "data": list]))
        case .createdString: return json(.object(["created": .string("1713833628"), "data": list]))
        case .createdMissing: return json(.object(["data": list, "model": .string("gemini-2.5-flash-image")]))
        case .dataNull: return json(.object(["created": .integer(1), "data": .null]))
        case .dataEmpty: return json(.object(["created": .integer(1), "data": .array([])]))
        case .topLevelImage: return json(.object(["created": .integer(1), "b64_json": .base64(file)]))
        case .topLevelList: return json(list)
        case .imagesKey: return json(.object(["created": .integer(1), "images": list]))
        case .imagesAsStrings: return json(.object(["images": .array([.base64(file)])]))
        case .dataObject: return json(.object(["created": .integer(1), "data": .object(image)]))
        case .resultData:
            return json(
                .object([
                    "id": .string("t1"), "status": .string("completed"), "result": .object(["data": list]),
                ]))
        case .b64Key: return json(document(["b64": .base64(file)]))
        case .base64List:
            return json(.object(["base64": .array([.string("data:image/png;base64," + base64)])]))
        case .together:
            return json(
                .object([
                    "id": .string("x"), "model": .string("m"), "object": .string("list"),
                    "data": .array([
                        .object(image.merging(["index": .integer(0), "type": .string("b64_json")]) { $1 })
                    ]),
                ]))
        case .openRouter:
            return json(
                document(
                    image.merging(["media_type": .string("image/png")]) { $1 },
                    [
                        "usage": .object([
                            "prompt_tokens": .integer(6), "completion_tokens": .integer(1_299),
                            "total_tokens": .integer(1_305), "cost": .number(0.0387243),
                            "completion_tokens_details": .object(["image_tokens": .integer(1_290)]),
                        ])
                    ]))
        case .usageNull: return json(document(image, ["usage": .null]))
        case .usageFloat:
            let text = String(decoding: document(image).serialized(), as: UTF8.self)
            let usage = #","usage":{"input_tokens":50.0,"output_tokens":50.0,"total_tokens":100.0}}"#
            return self.text(text.dropLast() + usage)
        case .notANumber: return text(plainText.replacing("1713833628", with: "NaN"))
        case .trailingJunk: return text(plainText + "\n\n{}")
        case .noContentType: return text(plainText, type: nil)
        case .jsonAsHTML: return text(plainText, type: "text/html")
        case .byteOrderMark: return text("\u{FEFF}" + plainText)
        case .upperCaseType: return text(plainText, type: "Application/JSON; charset=UTF-8")
        case .rawImage:
            return HTTPResponse(
                headers: [("content-type", "image/png"), ("content-disposition", "attachment")], body: .data(file))
        case .gzip:
            return HTTPResponse(
                headers: [("content-type", "application/json"), ("content-encoding", "gzip")],
                body: .data(GzipWriter.stored(Data(plainText.utf8))))
        case .status201: return text(plainText, status: 201)
        case .task:
            return json(
                .object([
                    "code": .integer(200),
                    "data": .array([.object(["status": .string("submitted"), "task_id": .string("task_01")])]),
                ]))
        case .status202:
            return json(.object(["id": .string("job_01"), "status": .string("queued")]), status: 202)
        case .pollingURL:
            return json(.object(["id": .string("t1"), "polling_url": .string(url)]))
        case .jsonLines:
            let lines = [part, done].map { String(decoding: $0.serialized(), as: UTF8.self) }
            return text(lines.joined(separator: "\n") + "\n", type: "application/x-ndjson")
        }
    }
}
