#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
private let systemWrite = Glibc.write
#elseif canImport(Musl)
import Musl
private let systemWrite = Musl.write
#elseif canImport(Darwin)
import Darwin
private let systemWrite = Darwin.write
#endif

/// Writes all bytes to a descriptor, and waits while one that does not block has no room.
///
/// Returns how many were written, and the number of the error that ended it (errno.h); nil if they are all.
func writeWhole(_ data: Data, to descriptor: Int32) -> (byteCount: Int, errorNumber: Int32?) {
    data.withUnsafeBytes { bytes in
        var offset = 0
        while offset < bytes.count {
            // Safe: offset stays below count, and the buffer outlives the call.
            let written = systemWrite(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
            if written >= 0 {
                offset += written
            } else if errno == EAGAIN {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
            } else if errno != EINTR {
                return (offset, errno)
            }
        }
        return (offset, nil)
    }
}
