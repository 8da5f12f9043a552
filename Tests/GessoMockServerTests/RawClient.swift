import Foundation
import GessoMockServer
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A client that writes the given bytes and reads until the server closes the connection.
struct RawClient {
    struct Reply {
        var status: Int
        var headers: [String: String]
        var body: Data

        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
        var error: [String: Any] { json["error"] as? [String: Any] ?? [:] }
    }

    let port: UInt16

    init(_ server: MockServer) { port = server.port }

    /// Sends a request with `Connection: close` over a new connection.
    func send(
        _ method: String = "POST", _ path: String, headers: [String] = ["Authorization: Bearer test"],
        body: Data = Data()
    ) throws -> Reply {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        for header in headers { text += header + "\r\n" }
        text += "Content-Length: \(body.count)\r\n\r\n"
        let bytes = try exchange(Data(text.utf8) + body)
        return try #require(RawClient.parse(bytes))
    }

    func postJSON(_ path: String, _ object: [String: Any]) throws -> Reply {
        let headers = ["Authorization: Bearer test", "Content-Type: application/json"]
        return try send("POST", path, headers: headers, body: JSONSerialization.data(withJSONObject: object))
    }

    func postForm(_ path: String, _ parts: [Form.Part]) throws -> Reply {
        let headers = ["Authorization: Bearer test", "Content-Type: multipart/form-data; boundary=\(Form.boundary)"]
        return try send("POST", path, headers: headers, body: Form.body(parts))
    }

    /// Writes the pieces, and returns all bytes up to the end of the stream.
    func exchange(_ pieces: Data...) throws -> Data {
        let descriptor = try connected()
        defer { close(descriptor) }
        for piece in pieces {
            var sent = 0
            while sent < piece.count {
                let count = piece.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, piece.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { break }
                sent += count
            }
        }
        return RawClient.readAll(descriptor)
    }

    func connected() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        return descriptor
    }

    static func readAll(_ descriptor: Int32) -> Data {
        var data = Data()
        while true {
            let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                count = max(0, recv(descriptor, buffer.baseAddress, 65536, 0))
            }
            if bytes.isEmpty { return data }
            data.append(contentsOf: bytes)
        }
    }

    static func parse(_ data: Data) -> Reply? {
        guard let end = data.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { headers[pair[0].lowercased()] = pair[1].trimmingCharacters(in: .whitespaces) }
        }
        return Reply(status: status, headers: headers, body: Data(data[end.upperBound...]))
    }
}

/// `multipart/form-data` bodies.
enum Form {
    static let boundary = "form-boundary-0123456789"

    enum Part {
        case text(String, String)
        case file(String, filename: String = "image.png", type: String = "image/png", Data)
        /// A whole part: header lines, empty line, content.
        case raw(String)
    }

    static func body(_ parts: [Part]) -> Data {
        var data = Data()
        for part in parts {
            data.append(contentsOf: "--\(boundary)\r\n".utf8)
            switch part {
            case .text(let name, let value):
                data.append(contentsOf: "Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)".utf8)
            case .file(let name, let filename, let type, let content):
                let line = "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(filename)\""
                data.append(contentsOf: "\(line)\r\nContent-Type: \(type)\r\n\r\n".utf8)
                data.append(content)
            case .raw(let text): data.append(contentsOf: text.utf8)
            }
            data.append(contentsOf: "\r\n".utf8)
        }
        data.append(contentsOf: "--\(boundary)--\r\n".utf8)
        return data
    }
}
