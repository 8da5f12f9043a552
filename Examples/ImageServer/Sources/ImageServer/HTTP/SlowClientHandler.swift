import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections whose client sends or reads too slowly, so that few of them cannot hold what many need.
///
/// A request's body must be there after `requestTime`, however steadily it trickles; while something waits to be sent, the
/// client must read within `writeTime`. Between requests Hummingbird's own idle timeout counts.
final class SlowClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let requestTime: TimeAmount
    private let writeTime: TimeAmount
    private var requestDeadline: Scheduled<Void>?
    private var writeDeadline: Scheduled<Void>?
    private var pendingWrites = 0
    private var completedWrites = 0

    init(requestTime: TimeAmount, writeTime: TimeAmount) {
        self.requestTime = requestTime
        self.writeTime = writeTime
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            requestDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: requestTime) {
                context.close(promise: nil)
            }
        case .body: break
        case .end:
            requestDeadline?.cancel()
            requestDeadline = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        pendingWrites += 1
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.pendingWrites -= 1
            self.completedWrites += 1
        }
        watchWrites(context)
        context.write(data, promise: promise)
    }

    /// One timer while anything is pending: it looks whether a write was completed since it was set.
    private func watchWrites(_ context: ChannelHandlerContext) {
        guard writeDeadline == nil else { return }
        let seen = completedWrites
        writeDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: writeTime) {
            self.writeDeadline = nil
            guard self.pendingWrites > 0 else { return }
            if self.completedWrites == seen { context.close(promise: nil) } else { self.watchWrites(context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimers()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelTimers() }

    private func cancelTimers() {
        requestDeadline?.cancel()
        writeDeadline?.cancel()
    }
}
