import CGessoCurl

/// The C callbacks of a transfer, which find their ``Transfer`` in the context pointer.
enum TransferCallbacks {
    // The loop keeps the transfer alive for as long as its handle exists, so the pointer is never dangling.
    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    static var table: gesso_transfer_callbacks {
        var callbacks = gesso_transfer_callbacks()
        callbacks.connected = { context in TransferCallbacks.transfer(context)?.connected() }
        callbacks.read = { context, buffer, capacity in
            guard let transfer = TransferCallbacks.transfer(context), let buffer else { return TransferCallbacks.abort }
            return transfer.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
        }
        callbacks.rewind = { context in TransferCallbacks.transfer(context)?.rewind() == true ? 0 : 1 }
        callbacks.header = { context, line, count in
            guard let transfer = TransferCallbacks.transfer(context) else { return TransferCallbacks.abort }
            let bytes = UnsafeRawBufferPointer(start: line, count: count)
            return transfer.takeHeader(bytes) ? count : TransferCallbacks.abort
        }
        callbacks.body = { context, bytes, count in
            guard let transfer = TransferCallbacks.transfer(context) else { return TransferCallbacks.abort }
            switch transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: count)) {
            case .more, .drain: return count
            case .pause: return TransferCallbacks.pause
            case .stop: return TransferCallbacks.abort
            }
        }
        callbacks.may_connect = { context, address, count in
            guard let transfer = TransferCallbacks.transfer(context) else { return 0 }
            return transfer.mayConnect(UnsafeRawBufferPointer(start: address, count: count)) ? 1 : 0
        }
        return callbacks
    }

    // The C macros are casts, which Swift does not import.
    private static let pause = Int(bitPattern: UInt.max)
    private static let abort = Int(bitPattern: UInt.max - 1)
}
