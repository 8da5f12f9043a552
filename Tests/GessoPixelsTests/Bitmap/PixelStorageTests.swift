import Testing

@testable import GessoPixels

@Suite("Pixel memory")
struct PixelStorageTests {
    @Test(
        "Reused memory is zeroed on request",
        arguments: [1, 63, 4096, 262_143, 262_144, 1_000_000, 5_000_000])
    func zeroed(byteCount: Int) throws {
        for _ in 0..<3 {
            let used = try PixelStorage(byteCount: byteCount, zeroed: false)
            used.pointer.initializeMemory(as: UInt8.self, repeating: 0xAB, count: byteCount)
        }
        let fresh = try PixelStorage(byteCount: byteCount, zeroed: true)
        let bytes = UnsafeRawBufferPointer(start: fresh.pointer, count: byteCount)
        #expect(bytes.allSatisfy { $0 == 0 })
    }

    @Test(
        "Rows are aligned to cache lines at every size", arguments: [1, 100, 262_144, 300_001, 4_194_304, 20_000_000])
    func aligned(byteCount: Int) throws {
        let storage = try PixelStorage(byteCount: byteCount, zeroed: false)
        #expect(UInt(bitPattern: storage.pointer) % 64 == 0)
    }

    @Test("Images that exist at the same time never share memory")
    func apart() throws {
        let sizes = [300_000, 300_000, 700_000, 300_000, 5_000_000, 262_144]
        for _ in 0..<3 {
            let all = try sizes.map { try PixelStorage(byteCount: $0, zeroed: false) }
            for (index, storage) in all.enumerated() {
                storage.pointer.initializeMemory(as: UInt8.self, repeating: UInt8(index), count: sizes[index])
            }
            for (index, storage) in all.enumerated() {
                let bytes = UnsafeRawBufferPointer(start: storage.pointer, count: sizes[index])
                #expect(bytes.allSatisfy { $0 == UInt8(index) })
            }
        }
    }

    @Test("An impossible allocation throws", arguments: [1 << 62, Int.max])
    func tooMuch(byteCount: Int) throws {
        let error = #expect(throws: GessoError.self) { try PixelStorage(byteCount: byteCount, zeroed: false) }
        #expect(error?.code == .outOfMemory)
    }
}
