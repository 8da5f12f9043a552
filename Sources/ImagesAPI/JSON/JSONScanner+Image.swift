extension JSONScanner {
    mutating func beginImage() throws(ScanFailure) {
        isOfResponse = isFinalImage
        let around = containers.dropLast().last
        let element = around?.isObject == false ? around?.elements.count : nil
        // Of duplicate keys the last counts.
        if isOfResponse { images.removeAll { $0.element == element } }
        guard !isOfResponse || images.count < limits.images else { throw .tooManyImages(allowed: limits.images) }
        let directory = isOfResponse ? limits.imageDirectory : nil
        let buffer = ByteBuffer(directory: directory)
        if isOfResponse, images.count < expectedImages, expectedImageBytes > 0, directory == nil,
            buffer.reserve(expectedImageBytes) == nil
        {
            throw .outOfMemory
        }
        images.append(ScannedImage(element: element, bytes: buffer))
        decoder = Base64Decoder()
        state = .image
    }

    /// Whether the image that begins here is a result: a member of the response itself, as in events, or of an element
    /// of its `data`. Previews and the like are not results.
    private var isFinalImage: Bool {
        let depth = limits.responsePath.count
        guard containers.count > depth, zip(containers, limits.responsePath).allSatisfy({ $0.isObject && $0.key == $1 })
        else { return false }
        switch containers.count - depth {
        case 1: return true
        case 3: return containers[depth].isObject && containers[depth].key == "data" && !containers[depth + 1].isObject
        default: return false
        }
    }

    /// Decodes base64 text up to the first byte that is not base64.
    mutating func scanImageRun(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        guard let buffer = images.last?.bytes else { throw .malformed(offset: offset) }
        let room = limits.imageWireBytes - decoder.offset
        guard room > 0 else { return 0 }
        let before = decoder.offset
        do throws(Base64Failure) {
            let used = try decoder.decode(
                UnsafeRawBufferPointer(rebasing: bytes[..<min(room, bytes.count)]), into: buffer)
            offset += used
            return used
        } catch {
            // The decoder counts the characters that it read before it stopped; each is one byte.
            throw Self.failure(error, offset: offset + decoder.offset - before)
        }
    }

    /// Decodes base64 text up to its end or an escape.
    mutating func scanImage(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        let room = limits.imageWireBytes - decoder.offset
        guard room > 0 || bytes[0] == 0x22 else { throw .imageTooLarge(allowed: limits.imageWireBytes) }
        let used = try scanImageRun(bytes)
        guard used < bytes.count, used < room || bytes[used] == 0x22 else { return used }
        switch bytes[used] {
        case 0x22:
            do throws(Base64Failure) { try decoder.finish() } catch { throw Self.failure(error, offset: offset) }
            if let last = images.last, last.bytes.count == 0 || !isOfResponse { images.removeLast() }
            try endValue(.null)
        case 0x5C: state = .imageEscape
        default: throw Self.failure(.character(offset: decoder.offset), offset: offset)
        }
        try countOther(1)
        offset += 1
        return used + 1
    }

    mutating func takeImageEscape(_ byte: UInt8) throws(ScanFailure) {
        if byte == UInt8(ascii: "u") {
            unicode = 0
            state = .imageUnicode(digits: 0)
        } else if byte == UInt8(ascii: "/") {
            try takeImageCharacter(byte)
        } else {
            throw Self.failure(.character(offset: decoder.offset), offset: offset)
        }
    }

    /// Some writers, System.Text.Json among them, send `+` as `\u002B`.
    mutating func takeImageUnicode(_ byte: UInt8, digits: Int) throws(ScanFailure) {
        guard let digit = Self.hexadecimal(byte) else { throw .malformed(offset: offset) }
        unicode = unicode << 4 | digit
        guard digits == 3 else { return state = .imageUnicode(digits: digits + 1) }
        guard let character = UInt8(exactly: unicode) else {
            throw Self.failure(.character(offset: decoder.offset), offset: offset)
        }
        try takeImageCharacter(character)
    }

    private mutating func takeImageCharacter(_ character: UInt8) throws(ScanFailure) {
        guard let buffer = images.last?.bytes else { throw .malformed(offset: offset) }
        guard decoder.offset < limits.imageWireBytes else { throw .imageTooLarge(allowed: limits.imageWireBytes) }
        // The bytes of the escape count towards the image, not towards other bytes.
        otherBytes -= digitsOfEscape
        let taken: Bool
        do throws(Base64Failure) {
            taken = try decoder.take(character, into: buffer)
        } catch {
            throw Self.failure(error, offset: offset)
        }
        guard taken else { throw Self.failure(.character(offset: decoder.offset), offset: offset) }
        state = .image
    }

    /// How many bytes this escape has added to the count of other bytes.
    private var digitsOfEscape: Int { if case .imageUnicode = state { 6 } else { 2 } }

    private static func failure(_ failure: Base64Failure, offset: Int) -> ScanFailure {
        failure == .outOfMemory ? .outOfMemory : .base64(failure, offset: offset)
    }
}
