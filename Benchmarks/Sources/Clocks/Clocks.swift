import Foundation

/// The time of a clock in nanoseconds, such as `CLOCK_MONOTONIC` or `CLOCK_PROCESS_CPUTIME_ID`.
public func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
