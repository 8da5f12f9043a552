#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A calendar day as a number, so that days can be compared and subtracted.
struct CalendarDay {
    /// Days since 1970-01-01.
    let number: Int

    /// The day in a text `YYYY-MM-DD`, or nil.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.map(\.utf8.count) == [4, 2, 2],
            text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// A day of the Gregorian calendar, or nil if there is no such day.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month) else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...days[month - 1]).contains(day) else { return nil }
        // With years that begin in March, the leap day is the last day.
        let shifted = month < 3 ? year - 1 : year
        let leaps = shifted / 4 - shifted / 100 + shifted / 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        number = 365 * shifted + leaps + dayOfYear - 719_468
    }

    init(_ date: Date) {
        let days = (date.timeIntervalSince1970 / 86_400).rounded(.down)
        number = days.magnitude < 1e9 ? Int(days) : days > 0 ? 1_000_000_000 : -1_000_000_000
    }

    /// The days from a date to a day in a text `YYYY-MM-DD`; nil without such a day.
    static func days(until day: String?, from date: Date) -> Int? {
        day.flatMap { CalendarDay($0) }.map { $0.number - CalendarDay(date).number }
    }
}

extension ModelProfile {
    /// How many days the model is still available: 0 or fewer from the day of its ``shutdown`` on, nil while none is
    /// announced.
    ///
    /// Days are those of UTC.
    public func daysLeft(on date: Date = Date()) -> Int? { CalendarDay.days(until: shutdown, from: date) }
}
