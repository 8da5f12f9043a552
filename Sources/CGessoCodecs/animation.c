#include "gesso_animation.h"

#include <string.h>

/// `source` over `target`, both with straight alpha.
static void blend(uint8_t *target, const uint8_t *source) {
    const uint32_t alpha = source[3], behind = target[3] * (255 - alpha), sum = alpha * 255 + behind;
    for (int i = 0; i < 3; ++i)
        target[i] = (uint8_t)((source[i] * alpha * 255 + target[i] * behind + sum / 2) / sum);
    target[3] = (uint8_t)((sum + 127) / 255);
}

static void draw_row(uint8_t *target, const uint8_t *source, uint32_t count, int blends) {
    if (!blends) {
        memcpy(target, source, (size_t)count * 4);
        return;
    }
    for (uint32_t x = 0; x < count; ++x, target += 4, source += 4) {
        if (source[3] == 255 || target[3] == 0)
            memcpy(target, source, source[3] ? 4 : 0);
        else if (source[3])
            blend(target, source);
    }
}

void gesso_animation_draw(const gesso_codec_image *canvas, const gesso_codec_image *frame, int64_t x, int64_t y,
                          int blends) {
    const int64_t left = x > 0 ? x : 0, top = y > 0 ? y : 0;
    const int64_t right = x + frame->width < canvas->width ? x + frame->width : canvas->width;
    const int64_t bottom = y + frame->height < canvas->height ? y + frame->height : canvas->height;
    for (int64_t row = top; left < right && row < bottom; ++row)
        draw_row(canvas->pixels + (size_t)row * canvas->bytes_per_row + (size_t)left * 4,
                 frame->pixels + (size_t)(row - y) * frame->bytes_per_row + (size_t)(left - x) * 4,
                 (uint32_t)(right - left), blends);
}

void gesso_animation_clear(const gesso_codec_image *canvas, int64_t x, int64_t y, uint32_t width, uint32_t height) {
    const int64_t left = x > 0 ? x : 0, top = y > 0 ? y : 0;
    const int64_t right = x + width < canvas->width ? x + width : canvas->width;
    const int64_t bottom = y + height < canvas->height ? y + height : canvas->height;
    for (int64_t row = top; left < right && row < bottom; ++row)
        memset(canvas->pixels + (size_t)row * canvas->bytes_per_row + (size_t)left * 4, 0, (size_t)(right - left) * 4);
}
