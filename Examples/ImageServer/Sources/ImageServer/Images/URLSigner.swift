import Crypto
import Foundation
import Hummingbird

/// Signs the addresses of images, so that only those exist that this server has given out, and for a day or two.
///
/// Nobody can fill the cache with sizes of their own, and whoever has an address sees that image and no other.
struct URLSigner: Sendable {
    private let key: SymmetricKey

    init(key: SymmetricKey) { self.key = key }

    /// Reads the key from a file that only its owner can read, and makes it if there is none.
    init(keyFile: URL) throws {
        if let data = try? Data(contentsOf: keyFile), data.count == 32 {
            self.init(key: SymmetricKey(data: data))
            return
        }
        let key = SymmetricKey(size: .bits256)
        let data = key.withUnsafeBytes { Data($0) }
        guard
            FileManager.default.createFile(atPath: keyFile.path, contents: data, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        self.init(key: key)
    }

    /// The path and query of a rendition, the same for all of a day so that browsers find it in their cache.
    func address(of id: ImageID, _ rendition: RenditionName, at now: Date = Date()) -> String {
        let expires = (Int(now.timeIntervalSince1970) / 86_400 + 2) * 86_400
        let path = "/images/\(id)/\(rendition)"
        return "\(path)?expires=\(expires)&signature=\(signature(path, expires))"
    }

    /// Checks the query of a request for `path`.
    ///
    /// - Returns: How many seconds the address is still good for.
    func check(_ path: String, _ query: (String) -> String?, at now: Date = Date()) throws(HTTPError) -> Int {
        guard let expires = query("expires").flatMap({ Int($0) }), let signature = query("signature"),
            let code = Data(base64URL: signature),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message(path, expires), using: key)
        else {
            throw HTTPError(
                .forbidden, message: "This address is not one that this server gave out; open the page again.")
        }
        let left = expires - Int(now.timeIntervalSince1970)
        guard left > 0 else {
            throw HTTPError(.gone, message: "This address has expired; load the page again for a new one.")
        }
        return left
    }

    private func message(_ path: String, _ expires: Int) -> Data { Data("\(path)\n\(expires)".utf8) }

    private func signature(_ path: String, _ expires: Int) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: message(path, expires), using: key)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension Data {
    /// Base64 with the alphabet of addresses and no padding.
    init?(base64URL text: String) {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        self.init(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding)
    }
}
