#if Tracing
import Instrumentation
import Tracing

/// A span of pixel work: a child of the caller's, also on the pool's threads, which see the caller's task-local values.
struct PixelSpan {
    private let span: any Span

    /// Whether the process has an instrument, or the task one of its own.
    static var isWanted: Bool { !(InstrumentationSystem.instrument is NoOpInstrument) }

    var context: ServiceContext { span.context }

    static func start(_ operation: PixelWork.Operation) -> PixelSpan {
        PixelSpan(span: startSpan(operation.spanName))
    }

    static func start(_ step: PixelWork.Step) -> PixelSpan {
        let (name, attribute, value) = step.spanFacts
        let span = startSpan(name)
        span.attributes[attribute] = value
        return PixelSpan(span: span)
    }

    /// Ends the span, as failed if there is the label of an error.
    func end(_ error: String? = nil) {
        if let error {
            span.attributes["error.type"] = error
            // Without a message: those of errors have paths.
            span.setStatus(SpanStatus(code: .error))
        }
        span.end()
    }
}

extension PixelWork.Operation {
    fileprivate var spanName: String {
        switch self {
        case .image: "gesso.image"
        case .prepare: "gesso.edit.prepare"
        case .finish: "gesso.edit.finish"
        }
    }
}

extension PixelWork.Step {
    fileprivate var spanFacts: (name: String, attribute: String, value: String) {
        switch self {
        case .decode(let format): ("gesso.decode", "gesso.format", format)
        case .encode(let format): ("gesso.encode", "gesso.format", format)
        case .animation(let format): ("gesso.animation", "gesso.format", format)
        case .rendition(let format): ("gesso.rendition", "gesso.format", format)
        case .stage(let stage): ("gesso.stage.\(stage)", "gesso.stage", stage)
        }
    }
}
#endif
