import GessoCodecs
import GessoPixels

extension EditPlan {
    /// The stages from the decoded image to the model's canvas.
    static func pipeline(window: Rect?, header: ImageHeader, options: EditOptions) -> Pipeline {
        Pipeline {
            if let window, options.outpaint.isZero {
                // Cropped before it is oriented: a large image is never held twice.
                Crop(header.orientation.stored(window, upright: header.uprightSize))
                Orient()
            } else {
                Orient()
                if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
                if let window { Crop(window) }
            }
            ConvertToSRGB()
            FitToModel(
                options.model, padding: options.padding, longEdge: options.longEdge, enlarges: options.enlarges)
        }
    }

    func pipeline(for request: Request) -> Pipeline {
        EditPlan.pipeline(window: request.window, header: header, options: options)
    }

    /// What is done to a reference before it is encoded.
    static func referencePipeline(_ options: EditOptions) -> Pipeline {
        Pipeline {
            Orient()
            ConvertToSRGB()
            if let edge = options.longEdge { Resize(Size(width: edge, height: edge), enlarges: false) }
        }
    }

    /// What turns the decoded original into the one that results are put over: upright, with its outpainted border.
    var originalPipeline: Pipeline {
        Pipeline {
            Orient()
            if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
        }
    }
}
