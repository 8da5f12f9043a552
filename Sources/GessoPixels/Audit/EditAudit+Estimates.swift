extension EditAudit {
    /// ``measuring(before:after:mask:)`` and, for two files of which nothing else is known, how the second lies against the
    /// first, how its levels would have to change around the mask, and hashes of both outside the mask's bounding box.
    ///
    /// A motion without confidence is reported and not used; what is too little kept to tell stays nil. Costs a
    /// registration more. Throws as the measuring does.
    public static func examining(before: Bitmap, after: Bitmap, mask: Mask) throws(GessoError) -> EditAudit {
        var audit = try measuring(before: before, after: after, mask: mask)
        // Equal samples have equal hashes in one format only.
        let format = before.format.joined(with: after.format)
        let (old, new) = (try before.converted(to: format), try after.converted(to: format))
        let found = try new.alignment(with: old, edited: mask)
        audit.alignment = found
        let tone = try new.toneMatch(
            with: old, alignment: found.isConfident ? found : .identity(on: old.size), edited: mask)
        (audit.toneGain, audit.toneOffset) = (tone?.gain, tone?.offset)
        let box = mask.boundingBox ?? Rect(x: 0, y: 0, width: 0, height: 0)
        (audit.keptHashBefore, audit.keptHashAfter) = (old.hash(outside: box), new.hash(outside: box))
        return audit
    }
}
