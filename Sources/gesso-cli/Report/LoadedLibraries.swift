import Foundation

/// The shared libraries of this process.
enum LoadedLibraries {
    /// Their paths, sorted; empty where the system does not list them in /proc.
    static var paths: [String] {
        guard let maps = FileManager.default.contents(atPath: "/proc/self/maps") else { return [] }
        let files = String(decoding: maps, as: UTF8.self).split(separator: "\n").compactMap { line -> String? in
            guard let slash = line.firstIndex(of: "/") else { return nil }
            let path = String(line[slash...])
            let name = URL(filePath: path).lastPathComponent
            return name.hasSuffix(".so") || name.contains(".so.") ? path : nil
        }
        return Set(files).sorted()
    }
}
