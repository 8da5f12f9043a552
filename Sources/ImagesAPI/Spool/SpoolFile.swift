/// The file for one response. It is made before the request is sent, so that a process that cannot create files is
/// refused before it pays.
///
/// Removed when nothing was written to it.
// Sendable holds: one thread at a time uses it: the one that makes it, then the disk writer's, then the one that
// releases it last.
final class SpoolFile: @unchecked Sendable {
    /// The folder it is in.
    let directory: String
    private var file: AtomicFileWriter?

    init(_ file: AtomicFileWriter) {
        self.file = file
        directory = file.directory
    }

    deinit {
        // The transfer was never begun. Removing the file may wait for the disk.
        guard let file else { return }
        _ = DiskWriter.shared(for: directory).enqueue { [file] in
            var unused = file
            unused.discard()
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) { file?.write(bytes) }

    /// Syncs the response; see ``AtomicFileWriter/close(fileExtension:isWhole:)``.
    func close(fileExtension: String, isWhole: Bool) -> String? {
        defer { file = nil }
        return file?.close(fileExtension: fileExtension, isWhole: isWhole)
    }

    func discard() {
        file?.discard()
        file = nil
    }
}
