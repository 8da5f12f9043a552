/// Counts what is read of a manifest: boxes, data items, certificate fields.
struct ItemBudget {
    private var left: Int
    /// Whether something was left unread.
    private(set) var isExceeded = false

    init(_ count: Int) { left = count }

    /// Whether one more may be read.
    mutating func take() -> Bool {
        guard left > 0 else {
            isExceeded = true
            return false
        }
        left -= 1
        return true
    }
}
