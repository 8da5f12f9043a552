import CDeflateDifferential

/// Kinds of deflate blocks that hold nothing.
enum EmptyBlocks: CaseIterable {
    case fixed, stored, dynamicSmall, dynamicDeep

    /// About `count` bytes of them.
    func bytes(_ count: Int) -> [UInt8] {
        let kind =
            switch self {
            case .fixed: EMPTY_BLOCKS_FIXED
            case .stored: EMPTY_BLOCKS_STORED
            case .dynamicSmall: EMPTY_BLOCKS_DYNAMIC_SMALL
            case .dynamicDeep: EMPTY_BLOCKS_DYNAMIC_DEEP
            }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            written = differential_empty_blocks(kind, buffer.baseAddress, count)
        }
    }
}
