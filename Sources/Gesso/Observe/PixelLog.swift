#if Logging
import Logging

/// Logs each call of the library to the task's logger when it ends, at `debug`: what fails is thrown to the caller, who
/// knows whether that is worth a line.
enum PixelLog {
    static func ended(_ operation: PixelWork.Operation, _ error: String?, _ time: Duration) {
        Logger.current.debug(
            "Pixel work ended",
            metadata: [
                "gesso.operation": "\(operation.rawValue)", "gesso.outcome": "\(error ?? "ok")",
                "gesso.duration": "\(time)",
            ])
    }
}
#endif
