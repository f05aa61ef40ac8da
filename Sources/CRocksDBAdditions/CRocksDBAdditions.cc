#include "CRocksDBAdditions.h"

#include <rocksdb/options.h>
#include <rocksdb/version.h>

// Before 7.7 the directory was not synced when CURRENT changed, and FlushWAL(true) could leave the end of the log
// unsynced while another thread wrote. 7.8 is the release that Skiff is tested with. From 7.10 on level 0 is ordered by
// the epoch in which a file entered the database and no longer by sequence numbers; for files that enter one at a time,
// as Skiff's do, the order is the same.
#if ROCKSDB_MAJOR < 7 || (ROCKSDB_MAJOR == 7 && ROCKSDB_MINOR < 8)
#error "Skiff needs RocksDB 7.8 or later: older ones can lose the end of a synced log. Install a newer librocksdb-dev."
#endif

namespace {

// The C API wraps each C++ object as the only member of a struct that it does not publish (`rep` in db/c.cc), so the
// address of the one is that of the other. A setter that the C API does have shows whether that still holds.
rocksdb::IngestExternalFileOptions *unwrapped(rocksdb_ingestexternalfileoptions_t *options) {
    auto *unwrapped = reinterpret_cast<rocksdb::IngestExternalFileOptions *>(options);
    const bool before = unwrapped->move_files;
    rocksdb_ingestexternalfileoptions_set_move_files(options, !before);
    const bool after = unwrapped->move_files;
    rocksdb_ingestexternalfileoptions_set_move_files(options, before);
    return after != before && unwrapped->move_files == before ? unwrapped : nullptr;
}

}  // namespace

unsigned char skiff_rocksdb_set_write_global_seqno(rocksdb_ingestexternalfileoptions_t *options, unsigned char value) {
    auto *ingestion = unwrapped(options);
    if (ingestion == nullptr) return 0;
    ingestion->write_global_seqno = value != 0;
    return 1;
}
