// Scans and comparisons of 8-bit rows for one x86 instruction set. The file that includes this defines SET, TARGET,
// VECTOR_BYTES, the type `vec` and the operations used here.

#define JOIN_NAMES(name, set) gesso_##name##_##set
#define JOIN(name, set) JOIN_NAMES(name, set)
#define KERNEL(name) JOIN(name, SET)

// One bit for each byte.
static const uint64_t all_equal = ~(uint64_t)0 >> (64 - VECTOR_BYTES);

TARGET size_t KERNEL(run_length)(const uint8_t *bytes, uint8_t value, size_t count) {
    const vec wanted = v_broadcast8((char)value);
    size_t i = 0;
    for (; i + VECTOR_BYTES <= count; i += VECTOR_BYTES) {
        uint64_t equal = v_equal8(v_load(bytes + i), wanted);
        if (equal != all_equal) return i + (size_t)__builtin_ctzll(~equal);
    }
    return i + gesso_run_length_scalar(bytes + i, value, count - i);
}

TARGET size_t KERNEL(count_equal)(const uint8_t *bytes, uint8_t value, size_t count) {
    const vec wanted = v_broadcast8((char)value);
    size_t i = 0, found = 0;
    for (; i + VECTOR_BYTES <= count; i += VECTOR_BYTES) {
        found += (size_t)__builtin_popcountll(v_equal8(v_load(bytes + i), wanted));
    }
    return found + gesso_count_equal_scalar(bytes + i, value, count - i);
}

TARGET void KERNEL(max_into)(uint8_t *target, const uint8_t *other, size_t count) {
    size_t i = 0;
    for (; i + VECTOR_BYTES <= count; i += VECTOR_BYTES) {
        v_store(target + i, v_max8(v_load(target + i), v_load(other + i)));
    }
    gesso_max_into_scalar(target + i, other + i, count - i);
}

TARGET static inline vec absolute_difference(const uint8_t *a, const uint8_t *b) {
    vec left = v_load(a), right = v_load(b);
    return v_or(v_subtract_saturated8(left, right), v_subtract_saturated8(right, left));
}

// 16 pixels of three channels: the bytes of each channel are gathered, then the maximum of the three is taken.
TARGET static inline __m128i largest_of_rgb(const uint8_t *a, const uint8_t *b) {
    __m128i parts[3], channels[3];
    for (int i = 0; i < 3; i++) {
        __m128i left = _mm_loadu_si128((const __m128i *)(a + 16 * i));
        __m128i right = _mm_loadu_si128((const __m128i *)(b + 16 * i));
        parts[i] = _mm_or_si128(_mm_subs_epu8(left, right), _mm_subs_epu8(right, left));
    }
    const __m128i first = _mm_setr_epi8(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m128i second = _mm_setr_epi8(-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1);
    const __m128i third = _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13);
    // Channel c of a pixel is c bytes later; bytes shifted in at the end of a part come from the next part.
    channels[0] = _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(parts[0], first), _mm_shuffle_epi8(parts[1], second)),
        _mm_shuffle_epi8(parts[2], third));
    __m128i one[3] = {_mm_alignr_epi8(parts[1], parts[0], 1), _mm_alignr_epi8(parts[2], parts[1], 1),
        _mm_srli_si128(parts[2], 1)};
    __m128i two[3] = {_mm_alignr_epi8(parts[1], parts[0], 2), _mm_alignr_epi8(parts[2], parts[1], 2),
        _mm_srli_si128(parts[2], 2)};
    channels[1] = _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(one[0], first), _mm_shuffle_epi8(one[1], second)),
        _mm_shuffle_epi8(one[2], third));
    channels[2] = _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(two[0], first), _mm_shuffle_epi8(two[1], second)),
        _mm_shuffle_epi8(two[2], third));
    return _mm_max_epu8(channels[0], _mm_max_epu8(channels[1], channels[2]));
}

TARGET void KERNEL(difference)(
    const uint8_t *a, const uint8_t *b, const uint8_t *coverage, size_t count, int channels, uint8_t *largest) {
    size_t i = 0;
    if (channels == 4) {
        for (; i + VECTOR_BYTES / 4 <= count; i += VECTOR_BYTES / 4) {
            vec most = absolute_difference(a + 4 * i, b + 4 * i);
            most = v_max8(most, v_shift_right32(most, 16));
            most = v_max8(most, v_shift_right32(most, 8));
            v_store_low_bytes(largest + i, most);
        }
    } else if (channels == 3) {
        for (; i + 16 <= count; i += 16) {
            _mm_storeu_si128((__m128i *)(largest + i), largest_of_rgb(a + 3 * i, b + 3 * i));
        }
    } else {
        for (; i + VECTOR_BYTES <= count; i += VECTOR_BYTES) v_store(largest + i, absolute_difference(a + i, b + i));
    }
    size_t done = 0;
    for (; done + VECTOR_BYTES <= i; done += VECTOR_BYTES) {
        v_store(largest + done, v_where_zero(v_load(coverage + done), v_load(largest + done)));
    }
    for (; done < i; done++) largest[done] = coverage[done] ? 0 : largest[done];
    gesso_difference_scalar(
        a + i * (size_t)channels, b + i * (size_t)channels, coverage + i, count - i, channels, largest + i);
}
