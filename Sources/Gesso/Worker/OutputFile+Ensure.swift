import GessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

extension OutputFile {
    /// Writes the file unless it is there with the same bytes, so that a job which runs again succeeds again.
    ///
    /// Throws what ``write(_:overwrites:isPrivate:)`` throws.
    package func ensure(_ data: Data, overwrites: Bool) throws(GessoError) {
        if holds(data) { return }
        do throws(GessoError) {
            try write(data, overwrites: overwrites)
        } catch {
            // Another worker may have been faster with the same job.
            guard error.code == .fileExists, holds(data) else { throw error }
        }
    }

    private func holds(_ data: Data) -> Bool {
        guard FileContents.isRegularFile(path), let present = try? FileContents.read(path, maximum: data.count) else {
            return false
        }
        return present == data
    }
}
