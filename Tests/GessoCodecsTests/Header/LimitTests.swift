import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Checks that every limit accepts its own value and refuses the next one.
@Suite struct LimitTests {
    func code(_ data: Data, _ limits: ImageDecoder.Limits) -> GessoError.Code? {
        do throws(GessoError) {
            _ = try ImageDecoder.decode(data, options: ImageDecoder.Options(limits: limits))
            return nil
        } catch {
            return error.code
        }
    }

    @Test("The defaults are those of the threat model")
    func defaults() {
        let limits = ImageDecoder.Limits.default
        #expect(limits.byteCount == 50_000_000)
        #expect(limits.pixelCount == 16_383 * 16_383)
        #expect(limits.outputPixelCount == 16_383 * 16_383)
        #expect(limits.sideLength == 65_535)
        #expect(limits.chunkCount == 1_000)
        #expect(limits.profileByteCount == 4 << 20)
        #expect(limits.scanCount == 100)
        #expect(limits.workingByteCount == 2 << 30)
        #expect(limits.cpuSeconds == 10)
        #expect(limits.formats == [.png, .jpeg, .webp, .heic, .avif])
    }

    @Test("Bytes, pixels and sides of any format", arguments: ["rgb8.png", "j420.jpg", "wlossy.webp"])
    func sizes(name: String) throws {
        let data = try Fixture.data(name)
        let size = try ImageHeader(probing: data).size
        var limits = ImageDecoder.Limits()
        limits.byteCount = data.count
        limits.pixelCount = size.width * size.height
        limits.sideLength = size.longEdge
        #expect(code(data, limits) == nil)
        limits.byteCount = data.count - 1
        #expect(code(data, limits) == .tooManyBytes)
        limits.byteCount = data.count
        limits.pixelCount -= 1
        #expect(code(data, limits) == .tooManyPixels)
        limits.pixelCount += 1
        limits.sideLength -= 1
        #expect(code(data, limits) == .sideTooLong)
    }

    @Test(
        "Headers with impossible sizes are refused before anything is allocated",
        arguments: [
            (65_536, 1), (1, 65_536), (60_000, 60_000), (0x7FFF_FFFF, 0x7FFF_FFFF), (16_384, 16_383), (0, 5), (5, 0),
        ])
    func header(width: Int, height: Int) throws {
        let file = PNGBuilder.file(width: width, height: height, color: 6, rows: [0])
        let longest = max(width, height)
        let expected: GessoError.Code =
            min(width, height) == 0 ? .corrupt : longest > 65_535 ? .sideTooLong : .tooManyPixels
        #expect(code(file, .default) == expected)
    }

    @Test("Phones of 50, 108 and 200 megapixels pass", arguments: [(8_192, 6_144), (12_000, 9_000), (16_320, 12_240)])
    func phones(width: Int, height: Int) throws {
        let file = PNGBuilder.file(width: width, height: height, color: 2, rows: [0])
        #expect(try ImageHeader(probing: file).size == Size(width: width, height: height))
    }

    @Test("Stored limits that lack a member have its default")
    func stored() throws {
        let limits = try JSONDecoder().decode(ImageDecoder.Limits.self, from: Data(#"{"pixelCount": 5}"#.utf8))
        var expected = ImageDecoder.Limits()
        expected.pixelCount = 5
        #expect(limits == expected)
        // Each member is read back, whatever its value.
        let stored = try JSONSerialization.jsonObject(with: JSONEncoder().encode(ImageDecoder.Limits()))
        var members = try #require(stored as? [String: Any])
        for (name, value) in members { if let number = value as? Int { members[name] = number + 1 } }
        members["formats"] = ["png"]
        let data = try JSONSerialization.data(withJSONObject: members, options: .sortedKeys)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(try encoder.encode(JSONDecoder().decode(ImageDecoder.Limits.self, from: data)) == data)
    }

    @Test("Chunks of a PNG")
    func chunks() {
        func file(_ count: Int) -> Data {
            let text = (0..<count).flatMap { _ in PNGBuilder.chunk("tEXt", [65, 0, 66]) }
            return PNGBuilder.file(width: 1, height: 1, color: 0, before: text, rows: [0, 7])
        }
        // IHDR counts; IDAT and IEND do not.
        #expect(code(file(999), .default) == nil)
        #expect(code(file(1000), .default) == .limitExceeded)
    }

    @Test("Bytes of a profile, inflated or reassembled")
    func profiles() throws {
        let bitmap = try Bitmap.textured(Size(width: 9, height: 9), .rgb8)
        for encoding in [ImageEncoding.png, .jpeg, .webp] {
            let file = try ImageEncoder.encode(bitmap, as: encoding, profile: .displayP3)
            var limits = ImageDecoder.Limits()
            limits.profileByteCount = ColorProfile.displayP3.icc.count
            #expect(code(file.data, limits) == nil)
            limits.profileByteCount -= 1
            #expect(code(file.data, limits) == .limitExceeded)
        }
    }

    @Test("Scans of a JPEG, counted before decoding")
    func scans() throws {
        let data = try Fixture.data("jprogressive.jpg")
        let scans = (0..<data.count - 1).count { data[$0] == 0xFF && data[$0 + 1] == 0xDA }
        var limits = ImageDecoder.Limits()
        limits.scanCount = scans
        #expect(code(data, limits) == nil)
        limits.scanCount = scans - 1
        #expect(code(data, limits) == .limitExceeded)
        // The last scan repeated a hundred times.
        let last = try #require((0..<data.count - 1).last { data[$0] == 0xFF && data[$0 + 1] == 0xDA })
        let scan = data[last..<data.count - 2]
        let flood = data.prefix(data.count - 2) + (0..<100).reduce(into: Data()) { all, _ in all.append(scan) }
        #expect(code(flood + Data([0xFF, 0xD9]), .default) == .limitExceeded)
    }

    @Test("Memory that libjpeg allocates")
    func workingMemory() throws {
        var limits = ImageDecoder.Limits()
        let bitmap = try Bitmap.textured(Size(width: 300, height: 300), .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: .jpeg(progressive: true))
        limits.workingByteCount = 1_000_000
        #expect(code(file.data, limits) == nil)
        limits.workingByteCount = 100_000
        #expect(code(file.data, limits) == .limitExceeded)
    }

    @Test(
        "CPU time in every decoder",
        arguments: [
            ImageEncoding.png, .jpeg, .jpeg(progressive: true), .webp(quality: 100), .webpLossless,
        ])
    func time(encoding: ImageEncoding) throws {
        var noise = Noise(seed: 7)
        let bitmap = try Bitmap.of(Size(width: 400, height: 300), .rgb8) { _ in UInt16(noise.below(256)) }
        let file = try ImageEncoder.encode(bitmap, as: encoding)
        var limits = ImageDecoder.Limits()
        #expect(code(file.data, limits) == nil)
        limits.cpuSeconds = 1e-9
        #expect(code(file.data, limits) == .limitExceeded)
        limits.cpuSeconds = Double(ImageDecoder.Limits.unlimited)
        #expect(code(file.data, limits) == nil)
    }

    @Test("Marker segments of a JPEG and chunks of a WebP, PNG or GIF")
    func segments() throws {
        let jpeg = try Fixture.data("j420.jpg")
        let comment = Data([0xFF, 0xFE, 0, 3, 65])
        func commented(_ count: Int) -> Data {
            jpeg.prefix(2) + (0..<count).reduce(into: Data()) { all, _ in all.append(comment) } + jpeg.dropFirst(2)
        }
        var limits = ImageDecoder.Limits()
        limits.chunkCount = 50
        let most = try #require((0..<50).last { code(commented($0), limits) == nil })
        #expect(most > 35)
        #expect(code(commented(most + 1), limits) == .limitExceeded)
        #expect(code(commented(most + 1), .default) == nil)
        #expect(code(commented(1001), .default) == .limitExceeded)

        let webp = try Fixture.data("wexif.webp")
        func chunked(_ count: Int) -> Data {
            var file = webp + (0..<count).reduce(into: Data()) { all, _ in all.append(contentsOf: "JUNK\0\0\0\0".utf8) }
            for i in 0..<4 { file[4 + i] = UInt8(truncatingIfNeeded: (file.count - 8) >> (8 * i)) }
            return file
        }
        let room = try #require((0..<50).last { code(chunked($0), limits) == nil })
        #expect(room > 35)
        #expect(code(chunked(room + 1), limits) == .limitExceeded)
        #expect(code(chunked(room + 1), .default) == nil)
        #expect(code(chunked(1001), .default) == .limitExceeded)
    }

    @Test("Chunks after a simple WebP image and inside an animation frame are counted")
    func webpChunks() {
        func behind(_ count: Int) -> Data {
            let junk = (0..<count).flatMap { _ in WebPBuilder.chunk("JUNK", []) }
            return WebPBuilder.file(WebPBuilder.lossless(8, 8) + junk)
        }
        func inside(_ count: Int) -> Data {
            let junk = (0..<count).flatMap { _ in WebPBuilder.chunk("JUNK", []) }
            let frame = WebPBuilder.frame(8, 8, WebPBuilder.alpha(8, 8) + junk + WebPBuilder.lossless(8, 8))
            return WebPBuilder.file(WebPBuilder.canvas(8, 8, flags: 2) + WebPBuilder.animation + frame)
        }
        for file in [behind, inside] {
            #expect(code(file(999), .default) == nil)
            #expect(code(file(1_000), .default) == .limitExceeded)
        }
    }

    @Test("64 times as many chunks of pixel data and of frames are allowed")
    func pieces() throws {
        func png(_ count: Int) -> Data {
            let header = PNGBuilder.chunk("IHDR", PNGBuilder.number(1) + PNGBuilder.number(1) + [8, 0, 0, 0, 0])
            let empty = (1..<count).flatMap { _ in PNGBuilder.chunk("IDAT", []) }
            let last = PNGBuilder.chunk("IDAT", PNGBuilder.zlib([0, 7])) + PNGBuilder.chunk("IEND", [])
            return Data(PNGBuilder.signature + header + empty + last)
        }
        var limits = ImageDecoder.Limits()
        limits.chunkCount = 1
        #expect(code(png(64), limits) == nil)
        #expect(code(png(65), limits) == .limitExceeded)
        limits.chunkCount = ImageDecoder.Limits.unlimited
        #expect(code(png(65), limits) == nil)

        let webp = try Fixture.data("wanimated.webp")
        let frame = try #require(webp.range(of: Data("ANMF".utf8))).lowerBound
        let length = (0..<4).reduce(0) { $0 | Int(webp[frame + 4 + $1]) << (8 * $1) }
        let piece = webp[frame..<frame + 8 + length + length & 1]
        let others = try ImageHeader(probing: webp).frameCount
        func animated(_ count: Int) -> Data {
            var file = webp + (others..<count).reduce(into: Data()) { all, _ in all.append(piece) }
            for i in 0..<4 { file[4 + i] = UInt8(truncatingIfNeeded: (file.count - 8) >> (8 * i)) }
            return file
        }
        limits.chunkCount = 4
        #expect(code(animated(256), limits) == nil)
        #expect(code(animated(257), limits) == .limitExceeded)
        #expect(code(animated(257), .default) == nil)
    }

    @Test("Fill bytes and other bytes between the segments of a JPEG", arguments: [UInt8(0xFF), 0])
    func between(byte: UInt8) throws {
        let file = try Fixture.data("j420.jpg")
        func padded(_ count: Int) -> Data {
            file.prefix(4 + 16) + Data(repeating: byte, count: count) + file.dropFirst(20)
        }
        func probe(_ data: Data) -> GessoError.Code? {
            do throws(GessoError) { _ = try ImageHeader(probing: data) } catch { return error.code }
            return nil
        }
        #expect(probe(padded(1 << 20)) == nil)
        #expect(probe(padded(1 << 20 + 1)) == .corrupt)
        // Fill bytes are valid (ITU-T T.81, B.1.1.2); other bytes affect no pixel and are refused only when strict.
        #expect(code(padded(1 << 20), .default) == nil)
        func strictly(_ data: Data) -> GessoError.Code? {
            do throws(GessoError) {
                _ = try ImageDecoder.decode(data, options: ImageDecoder.Options(level: .strict))
            } catch {
                return error.code
            }
            return nil
        }
        #expect(strictly(padded(1 << 20)) == (byte == 0xFF ? nil : .corrupt))
    }

    @Test("A profile with more compressed bytes than the limit is refused without inflating")
    func packedProfile() {
        // Empty stored blocks make a stream of any length without content.
        let empty: [UInt8] = [0, 0, 0, 0xFF, 0xFF]
        let stream: [UInt8] = [0x78, 0x01] + (0..<250).flatMap { _ in empty }
        let chunk = PNGBuilder.chunk("iCCP", [65, 0, 0] + stream + [1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1])
        let file = PNGBuilder.file(width: 1, height: 1, color: 0, before: chunk, rows: [0, 7])
        var limits = ImageDecoder.Limits()
        #expect(code(file, limits) == nil)
        limits.profileByteCount = 1_000
        #expect(code(file, limits) == .limitExceeded)
    }

    @Test("A zlib stream in a header may be longer than its content by 16 KiB", arguments: [true, false])
    func emptyBlocks(isStored: Bool) throws {
        // Stored blocks without content take 5 bytes, as do four fixed blocks without content.
        let empty: [UInt8] = isStored ? [0, 0, 0, 0xFF, 0xFF] : [0x02, 0x08, 0x20, 0x80, 0x00]
        func inflated(_ count: Int, maximum: Int = 1 << 20) -> (gesso_codec_status, [UInt8]) {
            let stream = [0x78, 0x01] + (0..<count).flatMap { _ in empty } + PNGBuilder.zlib([1, 2, 3]).dropFirst(2)
            var (output, report) = (gesso_codec_output(), gesso_codec_report())
            gesso_zlib_inflate(stream, stream.count, maximum, &output, &report)
            defer { gesso_codec_free(output.bytes) }
            return (report.status, Array(UnsafeBufferPointer(start: output.bytes, count: output.count)))
        }
        #expect(inflated(3_000) == (GESSO_CODEC_OK, [1, 2, 3]))
        #expect(inflated(3_000, maximum: 3) == (GESSO_CODEC_OK, [1, 2, 3]))
        #expect(inflated(3_000, maximum: 2).0 == GESSO_CODEC_LIMIT)
        #expect(inflated(5_000).0 == GESSO_CODEC_CORRUPT)
        #expect(inflated(800_000).0 == GESSO_CODEC_CORRUPT)
    }

    @Test(
        "Streams of lengths around each buffer size are inflated exactly",
        arguments: [65_535, 65_536, 65_537, 131_072, 400_000])
    func inflatedSizes(count: Int) {
        var noise = Noise(seed: UInt64(count))
        let content = (0..<count).map { _ in UInt8(noise.below(256)) }
        let stream = PNGBuilder.zlib(content)
        for (maximum, status) in [
            (count, GESSO_CODEC_OK), (count + 1, GESSO_CODEC_OK), (.max, GESSO_CODEC_OK),
            (count - 1, GESSO_CODEC_LIMIT),
        ] {
            var (output, report) = (gesso_codec_output(), gesso_codec_report())
            gesso_zlib_inflate(stream, stream.count, maximum, &output, &report)
            #expect(report.status == status)
            if status == GESSO_CODEC_OK {
                #expect(Array(UnsafeBufferPointer(start: output.bytes, count: output.count)) == content)
            }
            gesso_codec_free(output.bytes)
        }
        for cut in [0, 1, 2, 100, count / 2, stream.count - 1] {
            var (output, report) = (gesso_codec_output(), gesso_codec_report())
            gesso_zlib_inflate(Array(stream[..<cut]), cut, count, &output, &report)
            #expect(report.status == GESSO_CODEC_CORRUPT && output.bytes == nil)
        }
    }

    @Test("Formats")
    func formats() throws {
        var limits = ImageDecoder.Limits()
        limits.formats = [.png]
        #expect(code(try Fixture.data("j420.jpg"), limits) == .unsupportedFormat)
    }
}
