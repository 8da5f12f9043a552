/// The file for one response, made before its request is sent, so that a process that cannot make files any more is refused
/// before it pays.
///
/// Removed when nothing was written to it.
// Sendable holds: one thread at a time uses it: who makes it, then the disk writer's, then whoever drops it last.
final class SpoolFile: @unchecked Sendable {
    /// The folder it is in.
    let directory: String
    private var file: AtomicFileWriter?

    init(_ file: AtomicFileWriter) {
        self.file = file
        directory = file.directory
    }

    deinit {
        // Its transfer was never begun. Removing it may wait for the disk.
        guard let file else { return }
        _ = DiskWriter.shared(for: directory).enqueue { [file] in
            var unused = file
            unused.discard()
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) { file?.write(bytes) }

    /// Brings the response to disk; see ``AtomicFileWriter/close(fileExtension:isWhole:)``.
    func close(fileExtension: String, isWhole: Bool) -> String? {
        defer { file = nil }
        return file?.close(fileExtension: fileExtension, isWhole: isWhole)
    }

    func discard() {
        file?.discard()
        file = nil
    }
}
