extension JSONScanner {
    /// Begins a string, which is an image if its key says so, and otherwise if its first characters do.
    mutating func beginString() {
        text.removeAll(keepingCapacity: true)
        state = .string(isKey: false)
        let key = containers.last.flatMap { $0.isObject ? $0.key : nil }
        let isResult = key == "b64_json" && isPlaceOfResult
        isRequired = isResult
        isSniffing = !isResult
        if isResult { state = .imageStart }
    }

    /// Whether a member with this place is a result: a member of the response itself, as in events, or of an element of
    /// its `data`.
    private var isPlaceOfResult: Bool {
        let depth = limits.responsePath.count
        guard isInResponse else { return false }
        switch containers.count - depth {
        case 1: return true
        case 3: return containers[depth].isObject && containers[depth].key == "data" && !containers[depth + 1].isObject
        default: return false
        }
    }

    /// Whether the value that begins here is part of the response, and not of what a batch says about it.
    private var isInResponse: Bool {
        containers.count > limits.responsePath.count - (limits.responsePath.isEmpty ? 1 : 0)
            && zip(containers, limits.responsePath).allSatisfy { $0.isObject && $0.key == $1 }
    }

    /// The keys under which a server repeats what it was sent, shows an early state, or explains an error.
    private static let excludedKeys: Set<String> = [
        "error", "errors", "detail", "details", "request", "input", "inputs", "prompt", "parameters", "params",
        "arguments", "args", "mask", "mask_image", "init_image", "init_images", "input_image", "input_images",
        "input_references", "reference", "references", "preview", "previews", "thumbnail", "thumbnails",
        "control_image", "metadata",
    ]

    /// Where an image is whose key does not say that it is a result; nil where none can be one.
    private var placeElsewhere: String? {
        guard isInResponse, !hasResult else { return nil }
        guard !containers.contains(where: { $0.isObject && Self.excludedKeys.contains($0.key.lowercased()) }) else {
            return nil
        }
        return containers.map { $0.isObject ? $0.key : "*" }.joined(separator: "/")
    }

    /// Decides, once enough of a string is there, whether it is an image.
    ///
    /// - Returns: whether it is; its first characters have been decoded then.
    mutating func beginImageIfShown(isWhole: Bool) throws(ScanFailure) -> Bool {
        switch ImageText.start(of: text, isWhole: isWhole) {
        case .undecided: return false
        case .text:
            isSniffing = false
            return false
        case .image(let start):
            isSniffing = false
            // A data URI in the place of a URL is the image that the URL would name.
            isRequired = containers.last?.key == "url" && containers.last?.isObject == true && isPlaceOfResult
            otherBytes -= text.count
            guard isRequired || (placeElsewhere != nil && images.count(where: { !$0.isResult }) < limits.images) else {
                text.removeAll(keepingCapacity: true)
                state = .skipped
                return true
            }
            try beginImage()
            try takeImageText(from: start)
            return true
        }
    }

    /// Decides whether the text under an image's key begins with the head of a data URI.
    mutating func startImage(_ byte: UInt8) throws(ScanFailure) {
        if text.isEmpty, ImageText.isBlank(byte) { return }
        if byte != 0x22, byte != 0x5C { text.append(byte) }
        if byte != 0x22, ImageText.mayBeDataURI(text), !text.isEmpty {
            // The backslash of an escaped slash in the media type needs no other treatment.
            guard text.last == UInt8(ascii: ",") else { return }
            guard ImageText.isBase64Head(text) else { throw Self.failure(.character(offset: 0), offset: offset) }
            text.removeAll(keepingCapacity: true)
            return try beginImage()
        }
        try beginImage()
        try takeImageText(from: 0)
        if byte == 0x5C { state = .imageEscape }
        if byte == 0x22 { try endImage() }
    }

    private mutating func beginImage() throws(ScanFailure) {
        let around = containers.dropLast().last
        let element = isRequired && around?.isObject == false ? around?.elements.count : nil
        let place = isRequired ? nil : placeElsewhere
        // Of duplicate keys the last counts.
        if isRequired { images.removeAll { $0.isResult && $0.element == element } }
        guard images.count(where: { $0.isResult == isRequired }) < limits.images else {
            throw .tooManyImages(allowed: limits.images)
        }
        decoder = Base64Decoder(isLenient: true)
        imageBlanks = 0
        state = .image
        let buffer = ByteBuffer(directory: limits.imageDirectory)
        if images.count < expectedImages, expectedImageBytes > 0, limits.imageDirectory == nil,
            buffer.reserve(expectedImageBytes) == nil
        {
            throw .outOfMemory
        }
        images.append(ScannedImage(element: element, isResult: isRequired, place: place ?? "", bytes: buffer))
    }

    private mutating func takeImageText(from start: Int) throws(ScanFailure) {
        for character in text[start...] where state == .image {
            if ImageText.isBlank(character) { imageBlanks += 1 } else { try takeImageCharacter(character) }
        }
        text.removeAll(keepingCapacity: true)
    }

    /// Decodes base64 text up to the first byte that is not base64.
    mutating func scanImageRun(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        guard let buffer = images.last?.bytes else { throw .malformed(offset: offset) }
        let room = limits.imageWireBytes - decoder.offset - imageBlanks
        guard room > 0 else { return 0 }
        let before = decoder.offset
        do throws(Base64Failure) {
            let used = try decoder.decode(
                UnsafeRawBufferPointer(rebasing: bytes[..<min(room, bytes.count)]), into: buffer)
            offset += used
            if notesRuns, used >= ImageRun.minimum, let start = bytes.baseAddress {
                // Text that mixes both alphabets could not be encoded again.
                let isStandard = !decoder.isURLSafe
                if isStandard || Base64.isURLSafe(UnsafeRawBufferPointer(rebasing: bytes[..<used])) {
                    let characters = before..<decoder.offset
                    runs.append(
                        ImageRun(start: start, characters: characters, buffer: buffer, isURLSafe: !isStandard))
                }
            }
            return used
        } catch {
            // The decoder counts the characters that it read before it stopped; each is one byte.
            let failure = Self.failure(error, offset: offset + decoder.offset - before)
            guard !isRequired, error != .outOfMemory else { throw failure }
            skipImage()
            return 0
        }
    }

    /// Decodes base64 text up to its end, an escape or a blank.
    mutating func scanImage(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        let room = limits.imageWireBytes - decoder.offset - imageBlanks
        guard room > 0 || bytes[0] == 0x22 else {
            guard !isRequired else { throw .imageTooLarge(allowed: limits.imageWireBytes) }
            skipImage()
            return 0
        }
        let used = try scanImageRun(bytes)
        guard state == .image, used < bytes.count, used < room || bytes[used] == 0x22 else { return used }
        switch bytes[used] {
        case 0x22: try endImage()
        case 0x5C:
            try countOther(1)
            state = .imageEscape
        case let byte where ImageText.isBlank(byte): imageBlanks += 1
        default:
            try refuseImageCharacter()
            return used
        }
        offset += 1
        return used + 1
    }

    /// Ends a string that has been decided to be an image.
    mutating func endDecidedImage() throws(ScanFailure) {
        if state == .image { try endImage() } else { try endValue(.null) }
    }

    /// Ends an image, which counts only where its place or its bytes say that it is one.
    private mutating func endImage() throws(ScanFailure) {
        try countOther(1)
        guard let last = images.last else { throw .malformed(offset: offset) }
        var isWhole = true
        do throws(Base64Failure) {
            try decoder.finish(into: last.bytes)
        } catch {
            guard !isRequired else { throw Self.failure(error, offset: offset) }
            isWhole = false
        }
        if !last.isResult { isWhole = isWhole && last.bytes.isImage }
        if !isWhole || last.bytes.count == 0 { images.removeLast() }
        if last.isResult, last.bytes.count > 0 {
            hasResult = true
            images.removeAll { !$0.isResult }
        }
        try endValue(.null)
    }

    /// The text is no image after all: it is read to its end and dropped.
    private mutating func skipImage() {
        _ = images.popLast()
        state = .skipped
    }

    /// Passes over a string whose text is not needed.
    mutating func scanSkipped(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        var length = 0
        while length < bytes.count, bytes[length] != 0x22, bytes[length] != 0x5C { length += 1 }
        offset += length
        guard length < bytes.count else { return length }
        offset += 1
        if bytes[length] == 0x22 { try endValue(.null) } else { state = .skippedEscape }
        return length + 1
    }

    mutating func takeImageEscape(_ byte: UInt8) throws(ScanFailure) {
        switch byte {
        case UInt8(ascii: "u"):
            unicode = 0
            state = .imageUnicode(digits: 0)
        case UInt8(ascii: "/"): try takeImageCharacter(byte)
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            otherBytes -= digitsOfEscape
            imageBlanks += digitsOfEscape
            state = .image
        default: try refuseImageCharacter()
        }
    }

    /// Some writers, System.Text.Json among them, send `+` as `\u002B`.
    mutating func takeImageUnicode(_ byte: UInt8, digits: Int) throws(ScanFailure) {
        guard let digit = Self.hexadecimal(byte) else { throw .malformed(offset: offset) }
        unicode = unicode << 4 | digit
        guard digits == 3 else { return state = .imageUnicode(digits: digits + 1) }
        guard let character = UInt8(exactly: unicode) else { return try refuseImageCharacter() }
        if ImageText.isBlank(character) {
            otherBytes -= digitsOfEscape
            imageBlanks += digitsOfEscape
            state = .image
        } else {
            try takeImageCharacter(character)
        }
    }

    private mutating func refuseImageCharacter() throws(ScanFailure) {
        guard !isRequired else { throw Self.failure(.character(offset: decoder.offset), offset: offset) }
        skipImage()
    }

    private mutating func takeImageCharacter(_ character: UInt8) throws(ScanFailure) {
        guard let buffer = images.last?.bytes else { throw .malformed(offset: offset) }
        guard decoder.offset + imageBlanks < limits.imageWireBytes else {
            guard !isRequired else { throw .imageTooLarge(allowed: limits.imageWireBytes) }
            return skipImage()
        }
        // The bytes of the escape count towards the image, not towards other bytes.
        otherBytes -= digitsOfEscape
        let taken: Bool
        do throws(Base64Failure) {
            taken = try decoder.take(character, into: buffer)
        } catch {
            guard !isRequired, error != .outOfMemory else { throw Self.failure(error, offset: offset) }
            return skipImage()
        }
        if taken { state = .image } else { try refuseImageCharacter() }
    }

    /// How many bytes this escape has added to the count of other bytes.
    private var digitsOfEscape: Int {
        switch state {
        case .imageUnicode: 6
        case .imageEscape: 2
        default: 0
        }
    }

    private static func failure(_ failure: Base64Failure, offset: Int) -> ScanFailure {
        failure == .outOfMemory ? .outOfMemory : .base64(failure, offset: offset)
    }
}
