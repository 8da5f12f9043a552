/// What lcms2 takes for a conversion: copies of the profile, its tables in 16 bits and in float, and a table of 33³
/// (CMYK: 23⁴) colors made of them.
enum ColorMemory {
    static func conversion(profileByteCount: Int) -> Int {
        (3 << 20).saturatingAdding(profileByteCount.saturatingMultiplied(by: 8))
    }
}
