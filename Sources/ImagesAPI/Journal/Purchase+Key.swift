#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Purchase {
    /// A purchase key that is the SHA-256 of what is asked for, so that the same edit asked twice, by a retry, a
    /// speculative task or a second run, is bought once and read back.
    ///
    /// ```swift
    /// let key = await Purchase.key(for: [photo, mask], prompt: prompt, model: model, parameters: ["size": "1024x1024"])
    /// let response = try await client.with { $0.purchaseKey = key }.edit(request)
    /// ```
    /// For requests whose bytes are not known yet, such as those of an editor that prepares the photo first. Two requests
    /// that differ in anything that is not given here get the same key; the second one is then refused with
    /// `invalidRequest`.
    ///
    /// - Parameters:
    ///   - inputs: the images as they are before any preparation, in order; no image is an empty `Data`.
    ///   - prompt: the prompt.
    ///   - model: the model.
    ///   - parameters: everything else that the result depends on: size, quality, a number to buy the same edit again.
    /// - Returns: 64 hexadecimal digits. Takes about a second for 200 MB, and lets other tasks use the thread meanwhile.
    public static func key(
        for inputs: [Data], prompt: String, model: Model, parameters: [String: String] = [:]
    ) async -> String {
        var digest = KeyDigest("inputs")
        digest.add("\(inputs.count)")
        for input in inputs { await digest.add(input) }
        digest.add(prompt)
        digest.add(model.rawValue)
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            digest.add(name)
            digest.add(value)
        }
        return digest.key
    }

    /// The key of a generation: the SHA-256 of all its fields; see ``key(for:prompt:model:parameters:)``.
    public static func key(for request: GenerationRequest) async -> String {
        var digest = KeyDigest("images.generations")
        digest.add(String(decoding: request.fields.json, as: UTF8.self))
        return digest.key
    }

    /// The key of an edit: the SHA-256 of all its fields and images, without the images' names; see
    /// ``key(for:prompt:model:parameters:)``.
    public static func key(for request: EditRequest) async -> String {
        var digest = KeyDigest("images.edits")
        digest.add(String(decoding: request.fields.json, as: UTF8.self))
        let groups: [[EditRequest.Reference]] = [
            request.images.map(EditRequest.Reference.inline), request.mask.map { [.inline($0)] } ?? [],
            request.markup.map { [.inline($0)] } ?? [], request.references, request.maskReference.map { [$0] } ?? [],
        ]
        for group in groups {
            digest.add("\(group.count)")
            for reference in group {
                switch reference {
                case .url(let url): digest.add("url \(url)")
                case .fileID(let id): digest.add("file \(id)")
                case .inline(let upload): await digest.add(upload.data)
                }
            }
        }
        // Not in all forms of an edit, and the server decides which of them is sent.
        if !request.references.isEmpty, let format = request.responseFormat { digest.add("response_format \(format)") }
        return digest.key
    }
}

/// The hash of parts that each have their length in front, so that no two lists of parts have the same bytes.
private struct KeyDigest {
    private var hash = SHA256()

    init(_ kind: String) { add(kind) }

    mutating func add(_ text: String) { hash.update("\(text.utf8.count)\n\(text)") }

    mutating func add(_ data: Data) async {
        hash.update("\(data.count)\n")
        var rest = data[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 << 20)
            piece.withUnsafeBytes { hash.update($0) }
            rest = rest.dropFirst(piece.count)
            // A megabyte takes milliseconds; lets other tasks use the thread.
            await Task.yield()
        }
    }

    var key: String { hash.hexadecimal }
}
