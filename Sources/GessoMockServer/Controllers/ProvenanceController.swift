import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The content provenance endpoint: finds out whether a file has a C2PA manifest that names OpenAI.
///
/// Does not verify signatures and does not look for watermarks; never reports a manifest as trusted.
enum ProvenanceController {
    static func check(_ parameters: Parameters) throws(APIErrorResponse) -> RequestValue {
        var parameters = parameters
        guard let upload = try parameters.take("file") else { throw .missing("file") }
        let file = try EditUploads.file(upload, param: "file")
        try parameters.rejectUnknown()
        var limits = ImageDecoder.Limits()
        limits.formats.insert(.gif)
        let hasManifest: Bool
        do throws(GessoError) {
            hasManifest = try ImageHeader(probing: file.data, limits: limits).metadata.contains(.c2pa)
        } catch {
            throw .invalidImage("Invalid image file: \(error.message)", param: "file")
        }
        let isOurs = hasManifest && file.data.firstRange(of: Array("OpenAI".utf8)) != nil
        let outcome = { (detected: Bool) in RequestValue.string(detected ? "detected" : "not_detected") }
        return .object([
            "object": .string("content_provenance_check"), "created_at": .integer(ObjectStore.now),
            "results": .array([
                .object([
                    "type": .string("c2pa"), "outcome": outcome(isOurs),
                    "validation_state": .string(hasManifest ? "valid" : "not_present"),
                    "issuer": isOurs ? .string("OpenAI") : .null, "model": .null, "generated_at": .null,
                ]),
                .object([
                    "type": .string("synthid"), "outcome": outcome(false), "model": .null, "generated_at": .null,
                ]),
            ]),
        ])
    }
}
