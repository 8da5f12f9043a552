import CGessoKernels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Bytes that grow in memory from C, so that too little of it is an error and not the end of the process.
// Sendable holds: a buffer has one owner at a time, who either still fills it or has taken its bytes away.
final class ByteBuffer: @unchecked Sendable {
    private var base: UnsafeMutableRawPointer?
    private(set) var count = 0
    private var capacity = 0

    init() {}

    deinit { gesso_bytes_free(base, capacity) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Where the next bytes go; room for `additional` of them, or nil when there is no memory for it.
    func reserve(_ additional: Int) -> UnsafeMutableRawPointer? {
        let (needed, overflow) = count.addingReportingOverflow(additional)
        guard !overflow else { return nil }
        if needed > capacity || base == nil {
            // Untouched pages cost no memory, so doubling costs address space only.
            let target = max(needed, capacity.multipliedReportingOverflow(by: 2).partialValue, 512)
            guard let grown = gesso_bytes_grow(base, count, &capacity, target) else { return nil }
            base = grown
        }
        return base.map { $0 + count }
    }

    /// Says that so many of the reserved bytes have been written.
    func advance(_ written: Int) { count = min(count + written, capacity) }

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

    /// Hands the bytes over without a copy and leaves the buffer empty.
    func take() -> Data {
        guard let start = base, count > 0 else { return Data() }
        let owned = gesso_bytes_fit(start, count, &capacity) ?? start
        let data = Data(
            bytesNoCopy: owned, count: count,
            deallocator: .custom { [capacity] pointer, _ in gesso_bytes_free(pointer, capacity) })
        base = nil
        count = 0
        capacity = 0
        return data
    }
}
