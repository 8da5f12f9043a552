#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

extension ModelProfile {
    /// That a model has ended at a server, or will.
    package struct Ending: Sendable {
        package let model: Model
        package let hasEnded: Bool
        /// The day from which the server no longer has it, if known.
        package let day: String?
        package let replacement: Model?
        /// Whether this is known of the server itself; otherwise it is known of OpenAI, whose model it is.
        package let isOfServer: Bool
        let isDeprecated: Bool
        let daysLeft: Int?
        let server: String
    }

    /// Days before its last one from which a model that is not deprecated is said to end.
    private static let daysAhead = 180

    /// What is known of the model's end at a server; nil while it is far away or not announced.
    package func ending(at server: ServerProfile, on date: Date = Date()) -> Ending? {
        let family = String(server.name.prefix { $0 != "-" })
        let ownDay = shutdowns?[server.name] ?? shutdowns?[family]
        let day = ownDay ?? shutdown
        let daysLeft = CalendarDay.days(until: day, from: date)
        let hasEnded = (state == .ended && ownDay == nil) || daysLeft.map { $0 <= 0 } == true
        let isDeprecated = state == .deprecated && ownDay == nil
        guard hasEnded || isDeprecated || daysLeft.map({ $0 <= Self.daysAhead }) == true else { return nil }
        return Ending(
            model: model, hasEnded: hasEnded, day: day, replacement: replacement,
            isOfServer: ownDay != nil || server.name == ServerProfile.openAI.name, isDeprecated: isDeprecated,
            daysLeft: daysLeft, server: server.name)
    }
}

extension ModelProfile.Ending {
    /// A refusal where the server itself no longer has the model, otherwise a warning.
    package var issue: ModelProfile.Issue {
        let name = SanitizedText.sanitized(server, limit: 64)
        let place = isOfServer && server == ServerProfile.openAI.name ? "" : " at \(isOfServer ? name : "OpenAI")"
        let others = isOfServer ? "" : "; whether \(name) has it is not known"
        if hasEnded {
            let instead = replacement.map { ", use \($0)" } ?? ""
            return ModelProfile.Issue(
                isRefusal: isOfServer, field: "model",
                message: "\(model) has ended\(place) on \(day ?? "an unknown day")\(instead)\(others).")
        }
        let end =
            daysLeft.map { "in \($0) day\($0 == 1 ? "" : "s"), on \(day ?? "")" } ?? "on a day not announced"
        let instead = replacement.map { "; use \($0)" } ?? ""
        return ModelProfile.Issue(
            isRefusal: false, field: "model",
            message: "\(model) \(isDeprecated ? "is deprecated and ends" : "ends")\(place) \(end)\(instead)\(others).")
    }
}
