// One import brings the whole way: images, codecs and the request module are part of this module's public face.
@_exported public import GessoCodecs
@_exported public import GessoPixels
@_exported public import ImagesAPI
