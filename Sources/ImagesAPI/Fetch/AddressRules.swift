#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Tells network addresses of the public internet from those of private networks.
enum AddressRules {
    /// Checks the address that the kernel is about to connect to, so its spelling does not matter.
    static func isPublic(_ address: UnsafeRawBufferPointer) -> Bool {
        guard address.count >= MemoryLayout<sa_family_t>.size else { return false }
        if address.count >= MemoryLayout<sockaddr_in>.size,
            address.loadUnaligned(as: sockaddr_in.self).sin_family == sa_family_t(AF_INET)
        {
            let value = UInt32(bigEndian: address.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr)
            return isPublic(ipv4: value)
        }
        if address.count >= MemoryLayout<sockaddr_in6>.size,
            address.loadUnaligned(as: sockaddr_in6.self).sin6_family == sa_family_t(AF_INET6)
        {
            var ipv6 = address.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: &ipv6) { isPublic(ipv6: Array($0)) }
        }
        return false
    }

    /// First address and prefix length of the networks that are not public (IANA IPv4 Special-Purpose Address
    /// Registry).
    private static let reserved4: [(UInt32, Int)] = [
        (0x0000_0000, 8),  // this network
        (0x0A00_0000, 8),  // private
        (0x6440_0000, 10),  // carrier-grade NAT
        (0x7F00_0000, 8),  // loopback
        (0xA9FE_0000, 16),  // link-local
        (0xAC10_0000, 12),  // private
        (0xC000_0000, 24),  // protocol assignments
        (0xC000_0200, 24),  // documentation
        (0xC058_6300, 24),  // 6to4 relays
        (0xC0A8_0000, 16),  // private
        (0xC612_0000, 15),  // benchmarks
        (0xC633_6400, 24),  // documentation
        (0xCB00_7100, 24),  // documentation
        (0xE000_0000, 4),  // multicast
        (0xF000_0000, 4),  // reserved, broadcast
    ]

    static func isPublic(ipv4 address: UInt32) -> Bool {
        !reserved4.contains { start, length in address >> (32 - length) == start >> (32 - length) }
    }

    static func isPublic(ipv6 bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return false }
        func embedded(at offset: Int, mask: UInt8 = 0) -> Bool {
            isPublic(ipv4: bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1 ^ mask) })
        }
        func begins(_ prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }
        let zeros = [UInt8](repeating: 0, count: 10)
        // ::ffff:0:0/96, IPv4 addresses mapped into IPv6 (RFC 4291 section 2.5.5).
        if begins(zeros + [0xFF, 0xFF]) { return embedded(at: 12) }
        // 64:ff9b::/96, NAT64 (RFC 6052 section 2.1).
        if begins([0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return embedded(at: 12) }
        // Only 2000::/3 is global unicast; this leaves out ::, ::1, IPv4-compatible, local NAT64, ULA, link-local, multicast.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if begins([0x20, 0x02]) { return embedded(at: 2) }  // 6to4
        if begins([0x20, 0x01, 0x00, 0x00]) { return embedded(at: 4) && embedded(at: 12, mask: 0xFF) }  // Teredo
        if begins([0x20, 0x01]), bytes[2] & 0xFE == 0 { return false }  // 2001::/23, protocol assignments
        if begins([0x20, 0x01, 0x0D, 0xB8]) { return false }  // documentation
        if begins([0x3F, 0xFF]), bytes[2] & 0xF0 == 0 { return false }  // documentation
        // ISATAP: an IPv4 address behind 5efe in the interface identifier.
        if bytes[8] & 0xFD == 0, bytes[9] == 0, bytes[10] == 0x5E, bytes[11] == 0xFE { return embedded(at: 12) }
        return true
    }
}
