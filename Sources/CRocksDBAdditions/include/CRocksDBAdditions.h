// What Skiff needs of RocksDB and its C API lacks.

#ifndef C_ROCKSDB_ADDITIONS_H
#define C_ROCKSDB_ADDITIONS_H

#include <rocksdb/c.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether the library's options look as this file was compiled for. To be asked before a database is opened.
unsigned char skiff_rocksdb_additions_fit(void);

/// Sets `IngestExternalFileOptions::write_global_seqno`. Returns 0, with nothing changed, if the library's options do
/// not look as this file was compiled for.
unsigned char skiff_rocksdb_set_write_global_seqno(rocksdb_ingestexternalfileoptions_t *options, unsigned char value);

#ifdef __cplusplus
}
#endif

#endif
