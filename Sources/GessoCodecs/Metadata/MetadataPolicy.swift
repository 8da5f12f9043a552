extension ImageMetadata {
    /// What a new file takes over of the metadata of the file it was made from.
    ///
    /// Color is no matter of policy but of pixels: a profile is embedded where the samples need it. Whatever the policy,
    /// the orientation states how the new pixels lie, thumbnails are left out, and so are content credentials (C2PA):
    /// they hold for the old bytes only. IPTC blocks, comments and PNG text are never carried.
    public enum Policy: String, Sendable, Codable, CaseIterable {
        /// Who owns the image and whether a model made it: EXIF copyright and artist, the digital source type of the XMP
        /// packet. No place, no camera, no time, no software.
        case stripPrivate
        /// Nothing.
        case stripAll
        /// EXIF, place and camera included, and the XMP packet.
        case keep
    }
}
