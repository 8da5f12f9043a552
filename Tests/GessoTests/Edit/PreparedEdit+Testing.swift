import Foundation

@testable import Gesso

extension Editor.PreparedEdit {
    /// Plans and prepares an edit, on the calling thread.
    init(
        photo: Data, references: [Data] = [], mask: MaskSource? = nil, markup: Data? = nil,
        options: EditOptions = EditOptions(), renditions: [Rendition] = [.fullSize()]
    ) throws(GessoError) {
        let job = Editor.Job(prompt: "x", mask: mask, markup: markup, options: options, renditions: renditions)
        try self.init(EditPlan(job, photo: photo, references: references), photo: photo, references: references)
    }

    /// What an edit with one request uploads.
    var upload: Upload { uploads[0] }
    var request: EditPlan.Request { plan.requests[0] }
}
