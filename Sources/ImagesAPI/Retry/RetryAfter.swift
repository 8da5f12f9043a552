/// Reads how long a server asks to wait: `retry-after-ms`, else `retry-after` as seconds or as a date (RFC 9110 10.2.3).
enum RetryAfter {
    /// - Parameter now: Unix seconds.
    /// - Returns: nil for no wish, and for one that makes no sense: negative, not finite, absurd, garbage, in the past.
    static func delay(_ head: ResponseHead, now: Double) -> Duration? {
        if let text = head["retry-after-ms"], let milliseconds = number(text), let wish = duration(milliseconds / 1_000)
        {
            return wish
        }
        guard let text = head["retry-after"] else { return nil }
        if let seconds = number(text) { return seconds > 0 ? duration(seconds) : nil }
        guard let date = HTTPDate.seconds(text), date > now else { return nil }
        return duration(date - now)
    }

    private static func number(_ text: String) -> Double? {
        let trimmed = text.trimmingBlanks()
        // Double reads hexadecimal, "inf" and "nan" too, which no header means.
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }) else { return nil }
        return Double(trimmed)
    }

    private static func duration(_ seconds: Double) -> Duration? {
        guard seconds.isFinite, seconds >= 0, seconds <= 1e9 else { return nil }
        return .milliseconds(Int64((seconds * 1_000).rounded()))
    }
}

/// Dates of HTTP in their three forms (RFC 9110 section 5.6.7).
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Unix seconds, or nil for anything else.
    static func seconds(_ text: String) -> Double? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        switch words.count {
        case 6 where words[5] == "GMT" && words[4].contains(":"):
            // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT.
            guard let day = Int(words[1]), let month = month(words[2]), var year = Int(words[3]) else { return nil }
            if words[3].utf8.count == 2 { year += year < 70 ? 2_000 : 1_900 }
            return seconds(year: year, month: month, day: day, time: words[4])
        case 5:
            // Sun Nov 6 08:49:37 1994
            guard let month = month(words[1]), let day = Int(words[2]), let year = Int(words[4]) else { return nil }
            return seconds(year: year, month: month, day: day, time: words[3])
        default: return nil
        }
    }

    private static func month(_ word: String) -> Int? { months.firstIndex(of: word).map { $0 + 1 } }

    private static func seconds(year: Int, month: Int, day: Int, time: String) -> Double? {
        let parts = time.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 3, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]), (0...60).contains(parts[2]),
            (1...31).contains(day), (1_900...9_999).contains(year)
        else { return nil }
        // Days since 1970-01-01 in the Gregorian calendar, after Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Double(days * 86_400 + parts[0] * 3_600 + parts[1] * 60 + parts[2])
    }
}
