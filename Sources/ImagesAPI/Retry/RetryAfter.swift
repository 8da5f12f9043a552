/// Reads the delay that a server asks for: `retry-after-ms`, else `retry-after` as seconds or as a date (RFC 9110
/// section 10.2.3).
enum RetryAfter {
    /// - Parameter now: Unix seconds.
    /// - Returns: nil without such a field, and for values that are not valid: negative, not finite, too large, in the
    ///   past, or not a number or date.
    static func delay(_ head: ResponseHead, now: Double) -> Duration? {
        if let text = head["retry-after-ms"], let milliseconds = number(text),
            let delay = duration(milliseconds / 1_000)
        {
            return delay
        }
        guard let text = head["retry-after"] else { return nil }
        if let seconds = number(text) { return seconds > 0 ? duration(seconds) : nil }
        guard let date = HTTPDate.seconds(text), date > now else { return nil }
        return duration(date - now)
    }

    private static func number(_ text: String) -> Double? {
        let trimmed = text.trimmingBlanks()
        // Double also accepts hexadecimal, "inf" and "nan", which are not valid here.
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }) else { return nil }
        return Double(trimmed)
    }

    private static func duration(_ seconds: Double) -> Duration? {
        guard seconds.isFinite, seconds >= 0, seconds <= 1e9 else { return nil }
        return .milliseconds(Int64((seconds * 1_000).rounded()))
    }
}

/// HTTP dates in their three forms (RFC 9110 section 5.6.7). Not Foundation's DateFormatter: it accepts texts that are
/// not HTTP dates, and FoundationEssentials does not have it.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Unix seconds, or nil for other text.
    static func seconds(_ text: String) -> Double? {
        let fields = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        switch fields.count {
        case 6 where fields[5] == "GMT" && fields[4].contains(":"):
            // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT.
            guard let day = Int(fields[1]), let month = month(fields[2]), var year = Int(fields[3]) else { return nil }
            if fields[3].utf8.count == 2 { year += year < 70 ? 2_000 : 1_900 }
            return seconds(year: year, month: month, day: day, time: fields[4])
        case 5:
            // Sun Nov 6 08:49:37 1994
            guard let month = month(fields[1]), let day = Int(fields[2]), let year = Int(fields[4]) else { return nil }
            return seconds(year: year, month: month, day: day, time: fields[3])
        default: return nil
        }
    }

    private static func month(_ name: String) -> Int? { months.firstIndex(of: name).map { $0 + 1 } }

    private static func seconds(year: Int, month: Int, day: Int, time: String) -> Double? {
        let parts = time.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 3, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]), (0...60).contains(parts[2]),
            (1_900...9_999).contains(year)
        else { return nil }
        guard let date = CalendarDay(year: year, month: month, day: day) else { return nil }
        return Double(date.number * 86_400 + parts[0] * 3_600 + parts[1] * 60 + parts[2])
    }
}
