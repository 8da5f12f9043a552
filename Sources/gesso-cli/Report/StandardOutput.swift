import Foundation
import Gesso
import Synchronization

/// Standard output, whose errors are noticed: a full disk behind it must not look like success.
enum StandardOutput {
    private static let error = Mutex<GessoError?>(nil)
    private static let holdsFile = Atomic(false)

    /// Leaves standard output to the bytes of a file; summaries go to standard error then.
    static func reserveForFile() { holdsFile.store(true, ordering: .relaxed) }

    static var isReserved: Bool { holdsFile.load(ordering: .relaxed) }

    /// Writes bytes, and keeps the first error for ``check()``.
    static func write(_ data: Data) {
        do throws(GessoError) {
            try OutputFile(at: "/dev/stdout", opensStreams: true).write(data)
        } catch {
            let found = error
            Self.error.withLock { $0 = $0 ?? found }
        }
    }

    /// Throws the first error of writing.
    static func check() throws(GessoError) {
        if let error = error.withLock({ $0 }) { throw error }
    }
}

/// Prints a line of a summary, or several.
func say(_ text: some CustomStringConvertible) {
    let line = "\(text)\n".escapingControlCharacters(except: ["\n", "\t"])
    if StandardOutput.isReserved { StandardError.write(line) } else { StandardOutput.write(Data(line.utf8)) }
}

/// Prints a line of an error or a note on standard error.
func sayError(_ text: String) { StandardError.write("\(text.escapingControlCharacters())\n") }

/// Standard error; what cannot be written there has no other place.
enum StandardError {
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

extension String {
    /// The text with control characters, line separators and marks that change the direction of text written as
    /// `\u{…}`: names of files can hold sequences that a terminal obeys.
    func escapingControlCharacters(except kept: Set<Unicode.Scalar> = []) -> String {
        guard unicodeScalars.contains(where: { $0.isControl && !kept.contains($0) }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isControl, !kept.contains(scalar) {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: properties.isBidiControl
        }
    }
}
