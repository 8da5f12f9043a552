import Foundation

/// One piece of work that is measured: its inputs are made ready first, then `run` is timed.
public struct Job: Sendable {
    /// The name that every contender knows it by.
    public let name: String
    /// Reads the inputs and gives back the work; the work returns the bytes it made, or 0.
    public let prepare: @Sendable (_ inputs: URL) throws -> () throws -> Int
    /// Whether it is a limit or a library to be held against, and not Gesso.
    public let isRoof: Bool

    init(
        _ name: String, isRoof: Bool = false, prepare: @escaping @Sendable (_ inputs: URL) throws -> () throws -> Int
    ) {
        self.name = name
        self.isRoof = isRoof
        self.prepare = prepare
    }

    public static let all =
        decoding + encoding + encodingAVIF + resizing + resizingWide + text + whole + editing + roofs

    public static func named(_ name: String) -> Job? { all.first { $0.name == name } }

    /// The files of one kind of input, one for each photograph, in order.
    static func files(_ inputs: URL, _ kind: String) throws -> [Data] {
        let folder = inputs.appending(path: kind)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        guard !names.isEmpty else { throw CocoaError(.fileNoSuchFile) }
        return try names.map { try Data(contentsOf: folder.appending(path: $0)) }
    }
}
