import Foundation
import Gesso

/// The file with the key, or standard input.
enum KeyFile {
    static func read(_ path: String) throws -> ImagesClient.APIKey {
        guard path != "-" else { return try ImagesClient.APIKey(StandardInput.read(for: "key")) }
        let data = try InputFile(path).data
        if let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int,
            mode & 0o077 != 0
        {
            sayError("gesso: other users can read \(path); restrict it with chmod 600")
        }
        return try ImagesClient.APIKey(
            String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
