#include "CRocksDBAdditions.h"

#include <rocksdb/options.h>
#include <rocksdb/version.h>

#include <cstring>

// Before 7.7 the directory was not synced when CURRENT changed, and FlushWAL(true) could leave the end of the log
// unsynced while another thread wrote. 7.8 is the release that Skiff is tested with. From 7.10 on level 0 is ordered by
// the epoch in which a file entered the database and no longer by sequence numbers; for files that enter one at a time,
// as Skiff's do, the order is the same.
#if ROCKSDB_MAJOR < 7 || (ROCKSDB_MAJOR == 7 && ROCKSDB_MINOR < 8)
#error "Skiff needs RocksDB 7.8 or later: older ones can lose the end of a synced log. Install a newer librocksdb-dev."
#endif

namespace {

// The C API wraps each C++ object as the only member of a struct that it does not publish (`rep` in db/c.cc), so the
// address of the one is that of the other. Setters that the C API does have show whether that still holds, and whether
// the fields are where the headers say.
rocksdb::IngestExternalFileOptions *unwrapped(rocksdb_ingestexternalfileoptions_t *options) {
    return reinterpret_cast<rocksdb::IngestExternalFileOptions *>(options);
}

// What may not be a bool is read as a byte.
unsigned char byte(const bool &field) {
    unsigned char value;
    std::memcpy(&value, &field, 1);
    return value;
}

bool sets(rocksdb_ingestexternalfileoptions_t *options,
          void (*set)(rocksdb_ingestexternalfileoptions_t *, unsigned char), const bool &field) {
    for (unsigned char value : {0, 1, 0, 1}) {
        set(options, value);
        if (byte(field) != value) return false;
    }
    return true;
}

// `write_global_seqno` has no setter to compare with. The field right before it has one, and what the library makes it
// in new options is what the headers say.
bool fits(rocksdb_ingestexternalfileoptions_t *fresh) {
    const auto *fields = unwrapped(fresh);
    const rocksdb::IngestExternalFileOptions expected{};
    return byte(fields->write_global_seqno) == byte(expected.write_global_seqno)
        && byte(fields->snapshot_consistency) == byte(expected.snapshot_consistency)
        && byte(fields->allow_global_seqno) == byte(expected.allow_global_seqno)
        && byte(fields->verify_checksums_before_ingest) == byte(expected.verify_checksums_before_ingest)
        && sets(fresh, rocksdb_ingestexternalfileoptions_set_move_files, fields->move_files)
        && sets(fresh, rocksdb_ingestexternalfileoptions_set_ingest_behind, fields->ingest_behind)
        && byte(fields->write_global_seqno) == byte(expected.write_global_seqno);
}

}  // namespace

unsigned char skiff_rocksdb_additions_fit(void) {
    static const bool isFit = [] {
        auto *options = rocksdb_ingestexternalfileoptions_create();
        const bool isLikeHeaders = fits(options);
        rocksdb_ingestexternalfileoptions_destroy(options);
        return isLikeHeaders;
    }();
    return isFit ? 1 : 0;
}

unsigned char skiff_rocksdb_set_write_global_seqno(rocksdb_ingestexternalfileoptions_t *options, unsigned char value) {
    if (skiff_rocksdb_additions_fit() == 0) return 0;
    unwrapped(options)->write_global_seqno = value != 0;
    return 1;
}
