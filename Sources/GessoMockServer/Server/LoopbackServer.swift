import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An HTTP/1.1 server on 127.0.0.1: one thread accepts connections, and each connection has a thread.
///
/// Threads and blocking reads, because a mock server has few clients and must be able to apply faults at any byte. Its
/// rendering never runs on the cooperative thread pool of the program under test.
final class LoopbackServer: Sendable {
    /// Responds to one request, on the connection's thread. An error ends the connection.
    typealias Handler = @Sendable (HTTPExchange) throws -> Void

    private struct State {
        var listener: StreamSocket?
        var connections: [Int32: StreamSocket] = [:]
        var threads = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let handler: Handler
    private let state = Mutex(State())

    init(handler: @escaping Handler) { self.handler = handler }

    /// Starts listening; returns the port.
    func start(port: UInt16) throws(SocketFailure) -> UInt16 {
        let (listener, port) = try StreamSocket.listening(port: port)
        state.withLock { state in
            state.listener = listener
            state.threads += 1
        }
        guard spawn({ self.acceptConnections(on: listener) }) else {
            state.withLock { $0.listener = nil }
            listener.close()
            threadEnded()
            throw .system(call: "pthread_create", code: errno)
        }
        return port
    }

    /// Stops accepting, ends all connections, and returns when every thread has ended.
    func stop() async {
        state.withLock { state in
            state.listener?.interrupt()
            for connection in state.connections.values { connection.interrupt() }
        }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.threads > 0 { state.waiting.append(continuation) }
                return state.threads == 0
            }
            if isDone { continuation.resume() }
        }
    }

    private func acceptConnections(on listener: StreamSocket) {
        while true {
            do throws(SocketFailure) {
                let connection = try listener.accept()
                admit(connection)
            } catch {
                guard case .system = error else { break }
                // Out of descriptors or memory: wait until some are free again.
                guard listener.isOpen(afterMilliseconds: 50) else { break }
            }
        }
        state.withLock { $0.listener = nil }
        listener.close()
        threadEnded()
    }

    private func admit(_ connection: StreamSocket) {
        let isOpen = state.withLock { state in
            guard state.listener != nil else { return false }
            state.connections[connection.descriptor] = connection
            state.threads += 1
            return true
        }
        guard isOpen else { return connection.close() }
        let isRunning = spawn {
            self.serve(connection)
            self.end(connection)
        }
        if !isRunning { end(connection) }
    }

    private func serve(_ connection: StreamSocket) {
        let reader = WireReader(connection)
        let wire = WireWriter(connection)
        do {
            while let head = try reader.nextHead() {
                let announce: (() throws -> Void)? =
                    head.expectsContinue ? { try wire.writeContinue() } : nil
                let body = RequestBody(reader, framing: head.framing, beforeFirstRead: announce)
                let exchange = HTTPExchange(head: head, body: body, wire: wire)
                try handler(exchange)
                guard exchange.isResponseSent, exchange.keepsConnection else { break }
            }
        } catch let error as MalformedRequest {
            try? wire.writeMalformed(error)
        } catch {
            // The client disconnected or a fault ended the connection; there is nobody to respond to.
        }
    }

    private func end(_ connection: StreamSocket) {
        // Removed before the descriptor is closed: the next connection may get the same number at once.
        state.withLock { _ = $0.connections.removeValue(forKey: connection.descriptor) }
        connection.close()
        threadEnded()
    }

    private func threadEnded() {
        let waiting = state.withLock { state in
            state.threads -= 1
            guard state.threads == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Passes a closure to `pthread_create`.
private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a detached thread; false if the system cannot create one.
private func spawn(_ run: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 1 << 20)
    let body = Unmanaged.passRetained(ThreadBody(run))
    #if canImport(Darwin)
    var thread: pthread_t?
    #else
    var thread = pthread_t()
    #endif
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            #if canImport(Darwin)
            Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
            #else
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
            #endif
            return nil
        }, body.toOpaque())
    if code != 0 { body.release() }
    return code == 0
}
