// Collects the failure, the warnings and the time limit of one call of a driver.

#include "report.h"

#include <gesso_buffer.h>
#include <string.h>
#include <time.h>

static void copy_text(char *to, size_t capacity, const char *from) {
    size_t length = strnlen(from, capacity - 1);
    memcpy(to, from, length);
    to[length] = 0;
}

void gesso_report_reset(gesso_codec_report *report) {
    memset(report, 0, sizeof *report);
    report->first_invalid_row = -1;
}

void gesso_report_fail(gesso_codec_report *report, gesso_codec_status status, const char *message) {
    if (report->status != GESSO_CODEC_OK) return;
    report->status = status;
    copy_text(report->message, sizeof report->message, message);
}

void gesso_report_warn(gesso_codec_report *report, const char *message) {
    enum { size = sizeof report->warnings[0] };
    for (int i = 0; i < report->warning_count; i++)
        if (strncmp(report->warnings[i], message, size - 1) == 0) return;
    if (report->warning_count < GESSO_CODEC_MOST_WARNINGS)
        copy_text(report->warnings[report->warning_count++], size, message);
}

const char *gesso_codec_report_message(const gesso_codec_report *report) { return report->message; }
const char *gesso_codec_report_warning(const gesso_codec_report *report, int index) {
    return index >= 0 && index < report->warning_count ? report->warnings[index] : "";
}

static int64_t thread_time(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

gesso_watch_run gesso_watch_start(const gesso_codec_watch *watch) {
    gesso_watch_run run = {watch, 0};
    if (watch && watch->cpu_nanoseconds > 0) run.started = thread_time();
    return run;
}

gesso_codec_status gesso_watch_check(const gesso_watch_run *run) {
    if (!run->watch) return GESSO_CODEC_OK;
    if (run->watch->is_cancelled && run->watch->is_cancelled()) return GESSO_CODEC_CANCELLED;
    if (run->watch->cpu_nanoseconds > 0 && thread_time() - run->started > run->watch->cpu_nanoseconds)
        return GESSO_CODEC_TOO_SLOW;
    return GESSO_CODEC_OK;
}

int gesso_is_error(gesso_message_class kind, gesso_decode_level level) {
    return kind == GESSO_MESSAGE_DAMAGE ? level != GESSO_LEVEL_LENIENT
                                        : kind == GESSO_MESSAGE_BLEMISH && level == GESSO_LEVEL_STRICT;
}

const char *gesso_watch_reason(gesso_codec_status status) {
    return status == GESSO_CODEC_CANCELLED ? "cancelled" : "the time limit is reached";
}

uint8_t *gesso_codec_allocate(size_t count) { return gesso_buffer_allocate(count, 0); }

void gesso_codec_free(void *bytes) { gesso_buffer_free(bytes); }
