#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A `multipart/form-data` body (RFC 7578): text fields first, then files, whose bytes are not copied.
struct MultipartForm {
    let boundary: String
    private var body = RequestBody()

    init(boundary: String = MultipartForm.randomBoundary()) { self.boundary = boundary }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    mutating func append(name: String, text: String) {
        appendBoundary()
        body.append("Content-Disposition: form-data; name=\"\(UploadName.escaped(name))\"\r\n\r\n\(text)\r\n")
    }

    mutating func append(name: String, filename: String, contentType: String, data: Data) {
        appendBoundary()
        body.append(
            "Content-Disposition: form-data; name=\"\(UploadName.escaped(name))\"; "
                + "filename=\"\(UploadName.escaped(filename))\"\r\nContent-Type: \(contentType)\r\n\r\n")
        body.append(data)
        body.append("\r\n")
    }

    /// The complete body.
    func finished() -> RequestBody {
        var whole = body
        whole.append("--\(boundary)--\r\n", isFraming: true)
        return whole
    }

    private mutating func appendBoundary() { body.append("--\(boundary)\r\n", isFraming: true) }

    /// 128 random bits, so that no image contains them by chance.
    static func randomBoundary() -> String {
        var generator = SystemRandomNumberGenerator()
        let numbers = [generator.next(), generator.next()] as [UInt64]
        let digits = numbers.map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return "gesso-" + digits.joined()
    }
}

extension MultipartForm {
    /// The form of an edit: text fields first, then the images in order.
    init(
        _ request: EditRequest, fields: RequestFields? = nil,
        names: ServerProfile.ImageFields = ServerProfile.ImageFields(),
        boundary: String = MultipartForm.randomBoundary()
    ) {
        self.init(boundary: boundary)
        for field in (fields ?? request.fields).form { append(name: field.name, text: field.text) }
        let name = names.field(count: request.images.count) ?? "image"
        for (index, image) in request.images.enumerated() { append(name: name, upload: image, stem: "image-\(index)") }
        if let mask = request.mask, let name = names.mask { append(name: name, upload: mask, stem: "mask") }
        if let markup = request.markup, let name = names.markup { append(name: name, upload: markup, stem: "markup") }
    }

    mutating func append(name: String, upload: ImageUpload, stem: String) {
        append(
            name: name, filename: upload.filename ?? "\(stem).\(upload.contentType.fileExtension)",
            contentType: upload.contentType.rawValue, data: upload.data)
    }
}
