import Foundation
import Synchronization

/// A name server for tests on port 53 of 127.0.0.1, with configured records (RFC 1035).
final class NameServer: Sendable {
    /// What a name leads to.
    struct Record: Sendable {
        /// IPv4 addresses; each query takes the next list, the last one for good.
        var addresses: [[String]] = []
        var addresses6: [String] = []
        /// Another name, as CNAME, whose addresses come along.
        var alias: String?
    }

    private let descriptor: Int32
    private let records: [String: Record]
    private let queryCounts = Mutex<[String: Int]>([:])

    init(_ records: [String: Record]) throws {
        self.records = records
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(53).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let descriptor = descriptor
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        Thread { [self] in serve() }.start()
    }

    /// How many queries for IPv4 addresses there were for a name.
    func queries(for name: String) -> Int { queryCounts.withLock { $0[name] ?? 0 } }

    private func serve() {
        var query = [UInt8](repeating: 0, count: 512)
        while true {
            var peer = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            withUnsafeMutablePointer(to: &peer) { peer in
                peer.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                    let count = recvfrom(descriptor, &query, query.count, 0, peer, &length)
                    guard count > 12, let response = response(to: Array(query.prefix(count))) else { return }
                    sendto(descriptor, response, response.count, 0, peer, length)
                }
            }
        }
    }

    private func response(to query: [UInt8]) -> [UInt8]? {
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let end = index + 1 + Int(query[index])
            guard end < query.count else { return nil }
            labels.append(String(decoding: query[index + 1..<end], as: UTF8.self))
            index = end
        }
        guard index + 4 < query.count else { return nil }
        let name = labels.joined(separator: ".").lowercased()
        let isIPv6 = query[index + 2] == 28
        let question = query[12...index + 4]
        let (known, entries) = lookup(name, isIPv6: isIPv6)
        let header: [UInt8] =
            [query[0], query[1], 0x85, known ? 0x80 : 0x83, 0, 1, 0, UInt8(entries.count), 0, 0, 0, 0]
        return header + question + entries.joined()
    }

    private func lookup(_ name: String, isIPv6: Bool) -> (known: Bool, entries: [[UInt8]]) {
        guard let record = records[name] else { return (false, []) }
        if let alias = record.alias {
            return (true, [Self.entry(name, type: 5, Self.labels(of: alias))] + lookup(alias, isIPv6: isIPv6).entries)
        }
        if isIPv6 { return (true, record.addresses6.map { Self.entry(name, type: 28, Self.bytes(of: $0)) }) }
        let index = queryCounts.withLock { queryCounts in
            defer { queryCounts[name, default: 0] += 1 }
            return queryCounts[name] ?? 0
        }
        let addresses = record.addresses.isEmpty ? [] : record.addresses[min(index, record.addresses.count - 1)]
        return (true, addresses.map { Self.entry(name, type: 1, Self.bytes(of: $0)) })
    }

    /// One record that lives for no time.
    private static func entry(_ name: String, type: UInt8, _ data: [UInt8]) -> [UInt8] {
        labels(of: name) + [0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(data.count)] + data
    }

    private static func labels(of name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + Array(label.utf8) }
        return bytes + [0]
    }

    private static func bytes(of address: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: address.contains(":") ? 16 : 4)
        inet_pton(address.contains(":") ? AF_INET6 : AF_INET, address, &bytes)
        return bytes
    }
}
