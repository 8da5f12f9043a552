import Metrics
import Synchronization

/// The metrics of the process in memory, and as text that Prometheus reads (its text format 0.0.4).
///
/// Timers and recorders are summaries of count and sum. Values are kept for as long as the process lives, which is right for
/// labels of bounded sets only.
final class TextMetrics: MetricsFactory, Sendable {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private enum Kind: String { case counter, gauge, summary }

    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private let values = Mutex<[Key: Value]>([:])

    /// All values, those of one name together.
    var text: String {
        let all = values.withLock { $0.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) } }
        var text = ""
        var last = ""
        for (key, value) in all {
            if key.name != last { text += "# TYPE \(key.name) \(value.kind.rawValue)\n" }
            last = key.name
            let (count, sum) = value.state.withLock { $0 }
            if value.kind == .summary {
                text += "\(key.name)_count\(key.labels) \(count)\n\(key.name)_sum\(key.labels) \(sum)\n"
            } else {
                text += "\(key.name)\(key.labels) \(sum)\n"
            }
        }
        return text
    }

    private func value(_ name: String, _ labels: [(String, String)], _ kind: Kind, unit: Double = 1) -> Value {
        let shown = labels.map { "\(Self.word($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        let key = Key(name: Self.word(name), labels: shown.isEmpty ? "" : "{\(shown)}")
        return values.withLock { values in
            if let value = values[key] { return value }
            let value = Value(kind: kind, unit: unit)
            values[key] = value
            return value
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        value(label, dimensions, .counter)
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        value(label, dimensions, .gauge)
    }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        value(label, dimensions, aggregate ? .summary : .gauge)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        value("\(label)_seconds", dimensions, .summary, unit: 1e-9)
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private static func word(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private final class Value: CounterHandler, MeterHandler, RecorderHandler, TimerHandler, Sendable {
        let kind: Kind
        private let unit: Double
        let state = Mutex((count: 0, sum: 0.0))

        init(kind: Kind, unit: Double) { (self.kind, self.unit) = (kind, unit) }

        private func add(_ value: Double) { state.withLock { $0 = ($0.count + 1, $0.sum + value * unit) } }

        func increment(by amount: Int64) { add(Double(amount)) }
        func increment(by amount: Double) { add(amount) }
        func decrement(by amount: Double) { add(-amount) }
        func recordNanoseconds(_ duration: Int64) { add(Double(duration)) }
        func set(_ value: Int64) { set(Double(value)) }
        func set(_ value: Double) { state.withLock { $0 = (1, value) } }
        func record(_ value: Int64) { record(Double(value)) }
        func record(_ value: Double) { if kind == .gauge { set(value) } else { add(value) } }
        func reset() { set(0.0) }
    }
}
