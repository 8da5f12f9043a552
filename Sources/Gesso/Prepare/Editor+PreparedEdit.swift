public import GessoCodecs
public import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Editor {
    /// An edit that is ready to be sent: its plan, and the files of each request exactly as they are uploaded.
    public struct PreparedEdit: Sendable {
        /// One file of a request.
        public struct Part: Sendable, Hashable {
            /// What the file is for.
            package let role: EditPlan.Part.Role
            /// The name of the form or JSON field.
            public let field: String
            /// The file name that is sent.
            public let filename: String
            /// The encoded image.
            public let image: EncodedImage
            /// How the image was encoded, without metadata and profile.
            public let encoding: ImageEncoding

            /// The bytes that are sent.
            public var data: Data { image.data }
            /// The content type that is sent.
            public var mimeType: String { image.format.mimeType }

            init(
                _ role: EditPlan.Part.Role, field: String, stem: String, _ image: EncodedImage,
                _ encoding: ImageEncoding
            ) {
                self.role = role
                self.field = field
                filename = "\(stem).\(image.format.fileExtension)"
                self.image = image
                self.encoding = encoding
            }

            var change: EditPlan.Change { .encoded(filename: filename, encoding, byteCount: data.count) }
        }

        /// The files of one request.
        public struct Upload: Sendable {
            /// In the order of the request: images first, then mask or markup.
            public let parts: [Part]
            /// From the image to the canvas that is sent.
            public let placement: Placement
            /// What was done to the image, mask and references.
            public let changes: [EditPlan.Change]

            /// The size to ask the model for.
            public var canvas: Size { placement.canvas }
        }

        /// The plan that was carried out.
        public let plan: EditPlan
        /// One for each request of the plan, in its order.
        public let uploads: [Upload]
        /// What decoding the original and the references ignored, changed or left out.
        public let warnings: [ImageDecoder.Warning]

        /// Carries out a plan on the files that it was made for. The image is decoded and the references are encoded once.
        ///
        /// Synchronous and CPU-bound, and reserves no memory: ``Editor`` runs it on the pool within its budget. Throws a
        /// `GessoError` for what the model would refuse.
        init(_ plan: EditPlan, photo: Data, references: [Data]) throws(GessoError) {
            let options = plan.options
            // Several requests share one decode, each with a part of the image.
            let only = plan.requests.count == 1 ? plan.requests.first : nil
            let shrink = only.map { ShrinkOnLoad(plan.pipeline(for: $0).stages, of: plan.header) }
            let decoded = try Frame(
                decoding: photo, header: plan.header, options: options.decodeOptions(targetSize: shrink?.targetSize))
            var uploads: [Upload] = []
            var others = References()
            for request in plan.requests {
                let pipeline = shrink.map { Pipeline($0.stages) } ?? plan.pipeline(for: request)
                let frame = try pipeline.run(decoded)
                if uploads.isEmpty { others = try PreparedEdit.references(references, plan) }
                uploads.append(try Upload(frame, request, plan, others.parts))
            }
            self.plan = plan
            self.uploads = uploads
            // That uploads have 8 bits is among the changes; the result keeps those of the original.
            warnings = (decoded.warnings + others.warnings).withoutRepetitions.filter {
                if case .depthReduced = $0 { false } else { true }
            }
        }

        private struct References {
            var parts: [Part] = []
            var warnings: [ImageDecoder.Warning] = []
        }

        private static func references(_ files: [Data], _ plan: EditPlan) throws(GessoError) -> References {
            var references = References()
            for (index, file) in files.enumerated() {
                do throws(GessoError) {
                    let frame = try Frame(decoding: file, options: plan.options.decodeOptions())
                    references.warnings += frame.warnings
                    let bitmap = try EditPlan.referencePipeline(plan.options).run(frame).bitmap
                    references.parts.append(
                        try plan.upload.part(bitmap, .reference, images: 1 + files.count, stem: "image-\(index + 1)"))
                } catch {
                    throw error.adding(fact: "image", "\(index + 1)")
                }
            }
            return references
        }
    }
}

extension Editor.PreparedEdit.Upload {
    fileprivate init(
        _ frame: Frame, _ request: EditPlan.Request, _ plan: EditPlan, _ references: [Editor.PreparedEdit.Part]
    ) throws(GessoError) {
        let image = try plan.upload.part(frame.bitmap, .image, images: 1 + references.count, stem: "image-0")
        var parts = [image] + references
        var changes =
            EditPlan.Change.made(by: plan, request, placement: frame.placement) + parts.map(\.change)
        if let markup = plan.markup {
            parts.append(try plan.upload.markup(markup, plan.options))
        } else if let area = request.area, plan.upload.sendsMask {
            let (mask, change) = try plan.upload.mask(area.onCanvas(frame.placement))
            parts.append(mask)
            if let change { changes.append(change) }
        }
        self.parts = parts
        self.placement = frame.placement
        self.changes =
            changes + [plan.regions.map { .regions(parts: $0.partCount, requests: $0.requestCount) }].compactMap { $0 }
    }
}
