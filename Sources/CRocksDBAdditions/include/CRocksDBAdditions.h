// What Skiff needs of RocksDB and its C API lacks.

#ifndef C_ROCKSDB_ADDITIONS_H
#define C_ROCKSDB_ADDITIONS_H

#include <rocksdb/c.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether the library's options look as this file was compiled for. To be asked before a database is opened.
unsigned char skiff_rocksdb_additions_fit(void);

/// Sets `IngestExternalFileOptions::write_global_seqno`. Returns 0, with nothing changed, if the library's options do
/// not look as this file was compiled for.
unsigned char skiff_rocksdb_set_write_global_seqno(rocksdb_ingestexternalfileoptions_t *options, unsigned char value);

/// Makes a database that is opened with these options delete its files bit by bit, this many bytes in a second, on a
/// thread of its own. Returns 0, with nothing changed, if the library's options do not look as this file was compiled
/// for.
unsigned char skiff_rocksdb_options_set_deletion_speed(rocksdb_options_t *options, uint64_t bytes_per_second);

/// A limiter that holds up what compactions and table writers write, and lets flushes pass, and compactions for which
/// writers wait. Null if
/// the library's objects do not look as this file was compiled for. To be freed with `rocksdb_ratelimiter_destroy`.
rocksdb_ratelimiter_t *skiff_rocksdb_ratelimiter_for_background(int64_t bytes_per_second, int64_t refill_microseconds);

/// Changes how many bytes in a second a limiter lets pass, at once and from any thread. Returns 0, with nothing changed,
/// if the library's objects do not look as this file was compiled for.
unsigned char skiff_rocksdb_ratelimiter_set_speed(rocksdb_ratelimiter_t *limiter, int64_t bytes_per_second);

/// How many bytes a limiter has let pass under its limit.
int64_t skiff_rocksdb_ratelimiter_bytes_through(rocksdb_ratelimiter_t *limiter);

/// How often writers have asked for that.
int64_t skiff_rocksdb_ratelimiter_requests_through(rocksdb_ratelimiter_t *limiter);

/// Builds a table file outside of a database: `rocksdb_sstfilewriter_t` with a choice whether the file stays in the
/// page cache, and with a limiter. Errors are as in the C API: a message that the caller frees, or nothing.
typedef struct skiff_rocksdb_tablewriter_t skiff_rocksdb_tablewriter_t;

/// `options` and `limiter` must live as long as the writer; `limiter` may be null. With one the disk gets the file in
/// pieces, each when the one before is there. Null if the library's options do not look as this file was compiled for.
skiff_rocksdb_tablewriter_t *skiff_rocksdb_tablewriter_create(
    const rocksdb_options_t *options, unsigned char keeps_pages, rocksdb_ratelimiter_t *limiter);
void skiff_rocksdb_tablewriter_destroy(skiff_rocksdb_tablewriter_t *writer);
void skiff_rocksdb_tablewriter_open(skiff_rocksdb_tablewriter_t *writer, const char *path, char **message);
void skiff_rocksdb_tablewriter_put(
    skiff_rocksdb_tablewriter_t *writer, const char *key, size_t key_size, const char *value, size_t value_size,
    char **message);
void skiff_rocksdb_tablewriter_delete(
    skiff_rocksdb_tablewriter_t *writer, const char *key, size_t key_size, char **message);
void skiff_rocksdb_tablewriter_finish(skiff_rocksdb_tablewriter_t *writer, char **message);

#ifdef __cplusplus
}
#endif

#endif
