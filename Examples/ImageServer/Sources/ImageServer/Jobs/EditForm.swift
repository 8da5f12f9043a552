import Foundation
import Gesso
import HTTPTypes
import Hummingbird

/// An edit as a form describes it: photo, prompt, mask, quality and renditions.
struct EditForm: Sendable {
    let photo: StoredImage
    let data: Data
    let job: Editor.Job

    /// Reads the fields `photo` (a file, or the id of one), `prompt`, `mask` (a file, or JSON), `mask-means`, `quality` and
    /// `rendition` (any number).
    init(
        _ form: UploadForm, owner: Owner, store: ImageStore, options: EditOptions, needsPrompt: Bool
    ) async throws {
        photo = try await Self.photo(form, owner, store)
        data = try Data(contentsOf: store.file(of: photo.id), options: .alwaysMapped)
        let prompt = try form.text("prompt")
        guard let prompt = prompt ?? (needsPrompt ? nil : "") else {
            throw HTTPError(.badRequest, message: "Describe what should change, in the field “prompt”.")
        }
        var options = options
        options.quality = try form.text("quality").map { GenerationRequest.Level(rawValue: $0) } ?? options.quality
        job = Editor.Job(
            prompt: prompt, mask: try Self.mask(form), options: options,
            renditions: try Self.renditions(form, of: photo))
    }

    private static func photo(
        _ form: UploadForm, _ owner: Owner, _ store: ImageStore
    ) async throws -> StoredImage {
        if let photo = try await form.addPhoto(to: store, owner: owner) { return photo }
        guard let text = try form.text("photo") else {
            throw HTTPError(.badRequest, message: "Send the photo as a file named “photo”, or the id of one.")
        }
        // Somebody else's photo is not there for this owner.
        guard let id = ImageID(text), id.owner == owner.tag, let image = store.image(id) else {
            throw HTTPError(.notFound, message: "That photo is not on this server any more; send it again.")
        }
        return image
    }

    private static func mask(_ form: UploadForm) throws -> MaskSource? {
        if let file = form.files["mask"] {
            let data = try file.data
            switch try form.text("mask-means") ?? "transparent" {
            case "transparent": return .image(data)
            case "white": return .image(data, whiteMeansEdit: true)
            case "black": return .image(data, whiteMeansEdit: false)
            default:
                throw HTTPError(.badRequest, message: "mask-means is transparent, white or black: what marks the edit.")
            }
        }
        guard let text = try form.text("mask") else { return nil }
        do {
            return try JSONDecoder().decode(MaskSource.self, from: Data(text.utf8))
        } catch let error as DecodingError {
            let reason = if case .dataCorrupted(let context) = error { context.debugDescription } else { "" }
            throw HTTPError(
                .badRequest,
                message: "The mask is not one: send an image file, or a shape or strokes as JSON. \(reason)")
        }
    }

    /// The whole image in its own format, the same without loss if that one has any, and what else is asked for.
    private static func renditions(
        _ form: UploadForm, of photo: StoredImage
    ) throws(HTTPError) -> [Rendition] {
        var renditions = [Rendition.original]
        if photo.format == "jpeg" {
            renditions.append(Rendition(name: "lossless", as: .png(effort: .default, reduces: true)))
        }
        for text in Set(form.texts["rendition"] ?? []) {
            guard let name = RenditionName(text), case .side(let side, let covers) = name.scale,
                let format = name.format
            else {
                throw HTTPError(
                    .badRequest,
                    message: "\(text.prefix(40)) is no rendition; write 512.webp or 256-cover.jpg, sides of "
                        + "\(RenditionName.sides.lowerBound) to \(RenditionName.sides.upperBound) pixels.")
            }
            renditions.append(
                Rendition(
                    name: text, bounds: Size(width: side, height: side), covers: covers, as: name.encoding(format)))
        }
        return renditions
    }
}
