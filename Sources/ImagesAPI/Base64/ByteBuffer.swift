import CGessoKernels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A growing buffer in memory that C allocates, so that a failed allocation is an error and does not end the process;
/// or in a file, with one piece at a time in memory.
// Sendable holds: a buffer has one owner at a time, which either fills it or has taken its bytes.
final class ByteBuffer: @unchecked Sendable {
    private static let pieceBytes = 256 * 1_024

    private var base: UnsafeMutableRawPointer?
    /// Bytes in memory.
    private var held = 0
    private var capacity = 0
    /// Bytes in the file, which precede those in memory.
    private var filed = 0
    private var file: AtomicFileWriter?
    /// The file's name, once the bytes have been taken.
    private(set) var path: String?
    /// The bytes once they have been taken, which this buffer shares with their owner.
    private(set) var taken: Data?

    /// - Parameter directory: where to store the bytes instead of in memory; they stay in memory if that fails.
    init(directory: String? = nil) { file = directory.map(AtomicFileWriter.init(directory:)) }

    deinit {
        file?.discard()
        gesso_bytes_free(base, capacity)
    }

    var count: Int { filed + held }
    /// Bytes of memory, used or unused.
    var room: Int { capacity }

    /// The address for the next `additional` bytes, or nil when there is no memory for them.
    func reserve(_ additional: Int) -> UnsafeMutableRawPointer? {
        if file != nil, held >= Self.pieceBytes, !moveToFile() { return nil }
        let (needed, overflow) = held.addingReportingOverflow(additional)
        guard !overflow else { return nil }
        if needed > capacity || base == nil {
            // Untouched pages take no memory, so doubling takes address space only.
            let target = max(needed, capacity.multipliedReportingOverflow(by: 2).partialValue, 512)
            guard let newBase = gesso_bytes_grow(base, held, &capacity, target) else { return nil }
            base = newBase
        }
        return base.map { $0 + held }
    }

    /// Marks reserved bytes as written.
    func advance(_ written: Int) { held = min(held + written, capacity) }

    func append(_ byte: UInt8) -> Bool {
        guard let place = reserve(1) else { return false }
        place.storeBytes(of: byte, as: UInt8.self)
        advance(1)
        return true
    }

    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return true }
        guard let place = reserve(bytes.count) else { return false }
        place.copyMemory(from: source, byteCount: bytes.count)
        advance(bytes.count)
        return true
    }

    /// Moves the bytes in memory to the file; false when neither disk nor memory has room.
    private func moveToFile() -> Bool {
        file?.write(UnsafeRawBufferPointer(start: base, count: held))
        guard file?.isSound == true else { return moveToMemory() }
        filed += held
        held = 0
        return true
    }

    /// Reads the file back into memory when the disk is full; later bytes stay in memory too.
    private func moveToMemory() -> Bool {
        let (moved, rest) = (filed, held)
        guard let newBase = gesso_bytes_grow(base, rest, &capacity, max(moved + rest, capacity, 1)) else {
            return false
        }
        base = newBase
        memmove(newBase + moved, newBase, rest)
        guard file?.read(moved, into: newBase) == moved else { return false }
        file?.discard()
        file = nil
        (filed, held) = (0, moved + rest)
        return true
    }

    /// Keeps the bytes of an unfinished file without a name for it, so that it does not stay behind.
    func releaseFile() {
        guard file != nil, count > 0, moveToFile(), let data = file?.mappedCopy(filed) else { return }
        taken = data
        file?.discard()
        file = nil
        filed = 0
    }

    /// Up to `count` bytes from `start`, copied; also of bytes that have been taken.
    func copy(from start: Int, count: Int) -> [UInt8] {
        if let taken { return Array(taken.dropFirst(min(start, taken.count)).prefix(count)) }
        let wanted = min(max(self.count - start, 0), count)
        guard wanted > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: wanted) { bytes, written in
            guard let target = bytes.baseAddress else { return }
            let onDisk = min(max(filed - start, 0), wanted)
            if onDisk > 0 { guard file?.read(onDisk, from: start, into: target) == onDisk else { return } }
            if let base, wanted > onDisk {
                UnsafeMutableRawPointer(target + onDisk).copyMemory(
                    from: base + (start + onDisk - filed), byteCount: wanted - onDisk)
            }
            written = wanted
        }
    }

    /// Returns the bytes without a copy and leaves the buffer empty. Bytes of a file stay on disk, in a copy without a
    /// name, and are mapped into memory.
    func take() -> Data {
        let data = takeBytes()
        if !data.isEmpty { taken = data }
        return data
    }

    private func takeBytes() -> Data {
        if file != nil, count > 0, moveToFile(), file != nil {
            if let data = takeFile() { return data }
            guard moveToMemory() else { return Data() }
        }
        guard let start = base, held > 0 else { return Data() }
        let owned = gesso_bytes_fit(start, held, &capacity) ?? start
        let data = Data(
            bytesNoCopy: owned, count: held,
            deallocator: .custom { [capacity] pointer, _ in gesso_bytes_free(pointer, capacity) })
        base = nil
        held = 0
        capacity = 0
        return data
    }

    /// The file's bytes, mapped from a copy that no process can truncate or else read into memory; gives the file its
    /// final name.
    private func takeFile() -> Data? {
        guard let data = file?.mappedCopy(filed) ?? readFile() else { return nil }
        path = file?.close(fileExtension: ImageUpload.ContentType(sniffing: data)?.fileExtension ?? "bin")
        file = nil
        filed = 0
        return data
    }

    private func readFile() -> Data? {
        var room = 0
        guard let start = gesso_bytes_grow(nil, 0, &room, filed) else { return nil }
        guard file?.read(filed, into: start) == filed else {
            gesso_bytes_free(start, room)
            return nil
        }
        return Data(
            bytesNoCopy: start, count: filed,
            deallocator: .custom { [room] pointer, _ in gesso_bytes_free(pointer, room) })
    }
}
