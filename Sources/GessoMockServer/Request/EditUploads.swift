#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An uploaded file, and the parameter name for error messages.
struct UploadedFile: Sendable {
    let param: String
    let contentType: String?
    let data: Data
}

/// The undecoded files of an edit, from a form or from JSON references.
struct EditUploads: Sendable {
    var images: [UploadedFile]
    var mask: UploadedFile?
    var markup: UploadedFile?

    static let imageLimit = 16

    init(fromForm parameters: inout Parameters) throws(APIErrorResponse) {
        let single = parameters.takeAll("image")
        let many = parameters.takeAll("image[]")
        guard single.isEmpty || many.isEmpty else { throw .duplicate("image") }
        guard single.count <= 1 else { throw .duplicate("image") }
        images = []
        for (index, value) in (single + many).enumerated() {
            images.append(try EditUploads.file(value, param: single.isEmpty ? "image[\(index)]" : "image"))
        }
        try EditUploads.check(count: images.count, name: "image")
        mask = try parameters.take("mask").map { value throws(APIErrorResponse) in
            try EditUploads.file(value, param: "mask")
        }
        markup = try parameters.take("markup").map { value throws(APIErrorResponse) in
            try EditUploads.file(value, param: "markup")
        }
        try rejectMaskWithMarkup()
    }

    init(fromJSON parameters: inout Parameters, store: ObjectStore) throws(APIErrorResponse) {
        guard let value = try parameters.take("images") else { throw .missing("images") }
        guard case .json(.array(let references)) = value else {
            throw .wrongType("images", expected: "an array", found: value.kind)
        }
        try EditUploads.check(count: references.count, name: "images")
        images = []
        for (index, reference) in references.enumerated() {
            images.append(try EditUploads.file(reference, param: "images[\(index)]", store))
        }
        if let value = try parameters.take("mask"), case .json(let reference) = value {
            mask = try EditUploads.file(reference, param: "mask", store)
        }
    }

    private func rejectMaskWithMarkup() throws(APIErrorResponse) {
        if mask != nil, markup != nil {
            throw .unsupported("markup", "'mask' and 'markup' cannot be used together.")
        }
    }

    private static func check(count: Int, name: String) throws(APIErrorResponse) {
        guard count > 0 else { throw .missing(name) }
        guard count <= imageLimit else {
            throw APIErrorResponse(
                400,
                "Invalid '\(name)': array too long. Expected an array with maximum length \(imageLimit), but got an "
                    + "array with length \(count) instead.", param: name, code: "array_above_max_length")
        }
    }

    static func file(_ value: Parameters.Value, param: String) throws(APIErrorResponse) -> UploadedFile {
        guard case .file(let part) = value else {
            throw .wrongType(param, expected: "a file", found: value.kind)
        }
        return UploadedFile(param: param, contentType: part.contentType, data: part.data)
    }

    /// The file of a JSON reference, which must have exactly one of `image_url` and `file_id`, and nothing else.
    private static func file(
        _ reference: RequestValue, param: String, _ store: ObjectStore
    ) throws(APIErrorResponse) -> UploadedFile {
        guard case .object(let members) = reference else {
            throw .wrongType(param, expected: "an object", found: reference.kind)
        }
        if let name = members.keys.sorted().first(where: { $0 != "image_url" && $0 != "file_id" }) {
            throw .unknown("\(param).\(name)")
        }
        switch (members["image_url"], members["file_id"]) {
        case (.string(let address)?, nil): return try dataURL(address, param: "\(param).image_url")
        case (nil, .string(let id)?):
            return try store.image(id, param: "\(param).file_id")
        case (nil, nil), (_?, _?):
            throw APIErrorResponse(
                400, "Invalid '\(param)': expected exactly one of 'image_url' and 'file_id'.", param: param,
                code: "invalid_value")
        case (let value?, nil), (nil, let value?):
            throw .wrongType(param, expected: "a string", found: value.kind)
        }
    }

    static let addressLimit = 20_971_520

    private static func dataURL(_ address: String, param: String) throws(APIErrorResponse) -> UploadedFile {
        guard address.utf8.count <= addressLimit else {
            throw APIErrorResponse(
                400,
                "Invalid '\(param)': string too long. Expected a string with maximum length \(addressLimit), but got a "
                    + "string with length \(address.utf8.count) instead.", param: param, code: "string_above_max_length"
            )
        }
        guard address.hasPrefix("data:") else {
            throw .invalidImage(
                "The mock server does not download images: give '\(param)' as a base64 data URL.", param: param,
                code: "failed_to_download_image")
        }
        let pieces = address.dropFirst("data:".count).split(
            separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[0].hasSuffix(";base64") else {
            throw .invalidImage("'\(param)' is not a base64 data URL.", param: param, code: "invalid_image_url")
        }
        guard let data = Data(base64Encoded: String(pieces[1])) else {
            throw .invalidImage("'\(param)' has invalid base64.", param: param, code: "invalid_base64_image")
        }
        return UploadedFile(param: param, contentType: String(pieces[0].dropLast(";base64".count)), data: data)
    }
}

extension Optional {
    fileprivate func map<Result, E: Error>(_ transform: (Wrapped) throws(E) -> Result) throws(E) -> Result? {
        guard let self else { return nil }
        return try transform(self)
    }
}
