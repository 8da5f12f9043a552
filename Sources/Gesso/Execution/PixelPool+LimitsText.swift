package import GessoPixels

extension PixelPool.Limits {
    /// Reads bytes, as a plain number or with KiB, MiB or GiB; `name` is the option or variable that held the text.
    package static func pixelBudget(_ text: String, from name: String) throws(GessoError) -> Int {
        let units = [("kib", 10), ("mib", 20), ("gib", 30)]
        let lower = text.lowercased()
        let unit = units.first { lower.hasSuffix($0.0) }
        let digits = lower.dropLast(unit?.0.count ?? 0)
        guard let number = decimal(digits) else {
            throw unreadable(text, name, "a number of bytes, or one with KiB, MiB or GiB, such as 512MiB")
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (unit?.1 ?? 0))
        try check(overflow ? .max : bytes, pixelBudgets, name, text)
        return bytes
    }

    /// Reads a number of threads; `name` is the option or variable that held the text.
    package static func threadCount(_ text: String, from name: String) throws(GessoError) -> Int {
        guard let number = decimal(Substring(text)) else { throw unreadable(text, name, "a number of threads") }
        try check(number, threadCounts, name, text)
        return number
    }

    static func check(_ value: Int, _ range: ClosedRange<Int>, _ name: String, _ found: String) throws(GessoError) {
        guard range.contains(value) else {
            throw GessoError(
                .invalidParameter, stage: "execution",
                "\(name) must be from \(range.lowerBound) to \(range.upperBound); got \(shown(found)).",
                facts: ["found": shown(found), "allowed": "\(range.lowerBound)...\(range.upperBound)"])
        }
    }

    private static func unreadable(_ text: String, _ name: String, _ expected: String) -> GessoError {
        GessoError(
            .invalidParameter, stage: "execution", "\(name) takes \(expected); got \"\(shown(text))\".",
            facts: ["found": shown(text), "allowed": expected])
    }

    /// Digits alone; a number too large for `Int` becomes the largest one, which no range contains.
    private static func decimal(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int(digits) ?? .max
    }

    private static func shown(_ text: String) -> String {
        String(text.prefix(40).map { $0.isASCII && !$0.isNewline ? $0 : "?" })
    }
}
