/// Reads JSON Lines while their bytes arrive: one document per line, with images decoded on the way.
struct JSONLinesScanner {
    /// The document of one line, or why it cannot be read.
    struct Line {
        /// From 1.
        var number: Int
        var result: Result<ScannedDocument, ScanFailure>
    }

    private let limits: ScanLimits
    private var json: JSONScanner
    private var failure: ScanFailure?
    private var number = 1
    private var lineBytes = 0

    init(limits: ScanLimits = ScanLimits()) {
        var limits = limits
        limits.responsePath = ["response", "body"]
        self.limits = limits
        json = JSONScanner(limits: limits)
    }

    /// Reads bytes up to the end of the next line that is not blank.
    ///
    /// - Returns: how many bytes were read, and the line if one ended there. A malformed line does not affect the next.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> (taken: Int, line: Line?) {
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0A {
                index += 1
                if let line = endLine() { return (index, line) }
                continue
            }
            let taken = take(UnsafeRawBufferPointer(rebasing: bytes[index...]))
            index += taken
            count(taken)
        }
        return (index, nil)
    }

    /// The last line, if it does not end with a line feed.
    mutating func finish() -> Line? { endLine() }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        do throws(ScanFailure) {
            if failure == nil, json.state == .image {
                let taken = try json.scanImageRun(bytes)
                if taken > 0 { return taken }
            }
        } catch {
            failure = error
        }
        var length = 1
        while length < min(bytes.count, 512), bytes[length] != 0x0A { length += 1 }
        if failure == nil {
            do throws(ScanFailure) {
                try json.scan(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            } catch {
                failure = error
            }
        }
        return length
    }

    private mutating func count(_ taken: Int) {
        lineBytes += taken
        if failure == nil, lineBytes > limits.lineBytes { failure = .lineTooLong(allowed: limits.lineBytes) }
        // Releases what a malformed line has brought so far.
        if failure != nil { json = JSONScanner(limits: limits) }
    }

    private mutating func endLine() -> Line? {
        defer {
            lineBytes = 0
            json = JSONScanner(limits: limits)
            failure = nil
            number += 1
        }
        if let failure { return Line(number: number, result: .failure(failure)) }
        if json.isEmpty { return nil }
        do throws(ScanFailure) {
            return Line(number: number, result: .success(try json.finish()))
        } catch {
            return Line(number: number, result: .failure(error))
        }
    }
}
