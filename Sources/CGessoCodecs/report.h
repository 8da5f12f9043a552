// The failure, the warnings and the time limit of one call of a driver.

#ifndef GESSO_CODECS_REPORT_H
#define GESSO_CODECS_REPORT_H

#include "gesso_codecs.h"

#ifdef __cplusplus
extern "C" {
#endif

void gesso_report_reset(gesso_codec_report *report);
/// Stores the first failure.
void gesso_report_fail(gesso_codec_report *report, gesso_codec_status status, const char *message);
/// Stores each text once, as many as fit.
void gesso_report_warn(gesso_codec_report *report, const char *message);

/// Whether a message of that class is an error at that level.
int gesso_is_error(gesso_message_class kind, gesso_decode_level level);

/// A running time limit: the CPU time at the start of this call.
typedef struct {
    const gesso_codec_watch *watch;
    int64_t started;
} gesso_watch_run;

gesso_watch_run gesso_watch_start(const gesso_codec_watch *watch);
/// GESSO_CODEC_OK, or the reason to stop.
gesso_codec_status gesso_watch_check(const gesso_watch_run *run);
const char *gesso_watch_reason(gesso_codec_status status);

#ifdef __cplusplus
}
#endif

#endif
