import Foundation
import Testing

@testable import GessoMockServer

@Suite("Stored contents")
struct StoredContentsTests {
    @Test("are read back from memory and from files, of which not too many are open")
    func descriptors() {
        let expected = (0..<300).map { Data(repeating: UInt8(truncatingIfNeeded: $0), count: 65_537) }
        let stored = expected.map { StoredContents($0) }
        let files = stored.filter { if case .file = $0 { true } else { false } }
        #expect(!files.isEmpty && files.count <= TemporaryFile.mostOpen)
        #expect(zip(stored, expected).allSatisfy { $0.data == $1 })
        #expect(stored.allSatisfy { $0.byteCount == 65_537 && $0.read(at: 65_530, count: 100).count == 7 })
    }

    @Test("are cut into lines wherever the pieces that are read end", arguments: [1, 300_000])
    func lines(length: Int) {
        let line = Data(repeating: 120, count: length)
        let text = line + Data("\n\n".utf8) + line
        #expect(Array(StoredLines(StoredContents(text))) == [line, Data(), line])
    }
}
