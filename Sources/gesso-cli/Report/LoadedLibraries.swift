import Foundation
import Gesso

/// The shared libraries of this process.
enum LoadedLibraries {
    /// Their paths, sorted; empty where the system does not list them in /proc.
    static var paths: [String] {
        // Foundation reads no more of such a file than its size says, which is 0.
        guard let maps = try? FileContents.read("/proc/self/maps") else { return [] }
        let files = String(decoding: maps, as: UTF8.self).split(separator: "\n").compactMap { line -> String? in
            guard let slash = line.firstIndex(of: "/") else { return nil }
            let path = String(line[slash...])
            let name = URL(filePath: path).lastPathComponent
            return name.hasSuffix(".so") || name.contains(".so.") ? path : nil
        }
        return Set(files).sorted()
    }
}
