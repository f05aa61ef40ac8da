#include "CRocksDBAdditions.h"

#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/version.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

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

std::shared_ptr<rocksdb::RateLimiter> &unwrapped(rocksdb_ratelimiter_t *limiter) {
    return *reinterpret_cast<std::shared_ptr<rocksdb::RateLimiter> *>(limiter);
}

// RocksDB's limiter for what compactions and table writers write (`IO_LOW`), and no limit for the rest: flushes, and
// compactions for which writers wait.
class BackgroundLimiter final : public rocksdb::RateLimiter {
public:
    explicit BackgroundLimiter(std::shared_ptr<rocksdb::RateLimiter> limiter)
        : limiter_(std::move(limiter)), burst_(limiter_->GetSingleBurstBytes()) {}

    using rocksdb::RateLimiter::Request;
    // The variant that says whether bytes are read or written is inherited: it asks `IsRateLimited` and comes here.
    void Request(
        const int64_t bytes, const rocksdb::Env::IOPriority priority, rocksdb::Statistics *statistics
    ) override {
        if (priority == rocksdb::Env::IO_LOW) limiter_->Request(bytes, priority, statistics);
    }

    void SetBytesPerSecond(int64_t speed) override { limiter_->SetBytesPerSecond(speed); }
    int64_t GetBytesPerSecond() const override { return limiter_->GetBytesPerSecond(); }
    // Writers ask for no more than this at a time, and RocksDB's limiter ends the process if they ask for more than it
    // refills at once, also when that has become less between the two calls. It never becomes less than at first.
    int64_t GetSingleBurstBytes() const override { return burst_; }
    int64_t GetTotalBytesThrough(const rocksdb::Env::IOPriority priority) const override {
        return limiter_->GetTotalBytesThrough(priority);
    }
    int64_t GetTotalRequests(const rocksdb::Env::IOPriority priority) const override {
        return limiter_->GetTotalRequests(priority);
    }
    rocksdb::Status GetTotalPendingRequests(int64_t *count, const rocksdb::Env::IOPriority priority) const override {
        return limiter_->GetTotalPendingRequests(count, priority);
    }

private:
    const std::shared_ptr<rocksdb::RateLimiter> limiter_;
    const int64_t burst_;
};

rocksdb::Options *unwrapped(rocksdb_options_t *options) { return reinterpret_cast<rocksdb::Options *>(options); }

const rocksdb::Options &unwrapped(const rocksdb_options_t *options) {
    return *reinterpret_cast<const rocksdb::Options *>(options);
}

// As the C API does it: with the text allocated for `rocksdb_free`.
void tell(const rocksdb::Status &status, char **message) {
    if (status.ok()) return;
    std::free(*message);
    *message = strdup(status.ToString().c_str());
}

// The speed that the C API has set is the one that the limiter tells. The options have the limiter, and after it, behind
// `sst_file_manager` and `info_log`, a field that the C API can set, where the headers say.
bool limiterAndOptionsFit() {
    constexpr int64_t speed = 23 << 20;
    auto *limiter = rocksdb_ratelimiter_create(speed, 100'000, 10);
    auto *options = rocksdb_options_create();
    rocksdb_options_set_ratelimiter(options, limiter);
    const auto *fields = unwrapped(options);
    bool isLikeHeaders = unwrapped(limiter)->GetBytesPerSecond() == speed
        && fields->rate_limiter == unwrapped(limiter) && fields->sst_file_manager == nullptr;
    for (int level : {rocksdb::InfoLogLevel::DEBUG_LEVEL, rocksdb::InfoLogLevel::FATAL_LEVEL}) {
        rocksdb_options_set_info_log_level(options, level);
        isLikeHeaders = isLikeHeaders && fields->info_log_level == level;
    }
    rocksdb_options_destroy(options);
    rocksdb_ratelimiter_destroy(limiter);
    return isLikeHeaders;
}

}  // namespace

unsigned char skiff_rocksdb_additions_fit(void) {
    static const bool isFit = [] {
        auto *options = rocksdb_ingestexternalfileoptions_create();
        const bool isLikeHeaders = fits(options);
        rocksdb_ingestexternalfileoptions_destroy(options);
        return isLikeHeaders && limiterAndOptionsFit();
    }();
    return isFit ? 1 : 0;
}

unsigned char skiff_rocksdb_set_write_global_seqno(rocksdb_ingestexternalfileoptions_t *options, unsigned char value) {
    if (skiff_rocksdb_additions_fit() == 0) return 0;
    unwrapped(options)->write_global_seqno = value != 0;
    return 1;
}

unsigned char skiff_rocksdb_options_set_deletion_speed(rocksdb_options_t *options, uint64_t bytes_per_second) {
    if (skiff_rocksdb_additions_fit() == 0) return 0;
    // As long as what waits to be deleted is not more than all the rest; beyond that, files go at once. In pieces of
    // 4 MiB, so that the file system has little to free at a time.
    constexpr double waitingShareMax = 0.5;
    constexpr uint64_t pieceBytes = 4 << 20;
    unwrapped(options)->sst_file_manager.reset(rocksdb::NewSstFileManager(
        rocksdb::Env::Default(), nullptr, "", static_cast<int64_t>(bytes_per_second), true, nullptr, waitingShareMax,
        pieceBytes));
    return 1;
}

rocksdb_ratelimiter_t *skiff_rocksdb_ratelimiter_for_background(int64_t bytes_per_second, int64_t refill_microseconds) {
    if (skiff_rocksdb_additions_fit() == 0) return nullptr;
    // RocksDB's default for the fairness: it only matters between priorities, and here there is one.
    auto *limiter = rocksdb_ratelimiter_create(bytes_per_second, refill_microseconds, 10);
    unwrapped(limiter) = std::make_shared<BackgroundLimiter>(unwrapped(limiter));
    return limiter;
}

unsigned char skiff_rocksdb_ratelimiter_set_speed(rocksdb_ratelimiter_t *limiter, int64_t bytes_per_second) {
    if (skiff_rocksdb_additions_fit() == 0) return 0;
    unwrapped(limiter)->SetBytesPerSecond(bytes_per_second);
    return 1;
}

int64_t skiff_rocksdb_ratelimiter_bytes_through(rocksdb_ratelimiter_t *limiter) {
    return skiff_rocksdb_additions_fit() == 0 ? 0 : unwrapped(limiter)->GetTotalBytesThrough(rocksdb::Env::IO_TOTAL);
}

int64_t skiff_rocksdb_ratelimiter_requests_through(rocksdb_ratelimiter_t *limiter) {
    return skiff_rocksdb_additions_fit() == 0 ? 0 : unwrapped(limiter)->GetTotalRequests(rocksdb::Env::IO_TOTAL);
}

struct skiff_rocksdb_tablewriter_t {
    rocksdb::SstFileWriter writer;
};

skiff_rocksdb_tablewriter_t *skiff_rocksdb_tablewriter_create(
    const rocksdb_options_t *options, unsigned char keeps_pages, rocksdb_ratelimiter_t *limiter) {
    if (skiff_rocksdb_additions_fit() == 0) return nullptr;
    rocksdb::EnvOptions environment;
    auto priority = rocksdb::Env::IO_TOTAL;
    if (limiter != nullptr) {
        environment.rate_limiter = unwrapped(limiter).get();
        environment.bytes_per_sync = 1 << 20;
        environment.strict_bytes_per_sync = true;
        priority = rocksdb::Env::IO_LOW;
    }
    return new skiff_rocksdb_tablewriter_t{
        rocksdb::SstFileWriter(environment, unwrapped(options), nullptr, keeps_pages == 0, priority)};
}

void skiff_rocksdb_tablewriter_destroy(skiff_rocksdb_tablewriter_t *writer) { delete writer; }

void skiff_rocksdb_tablewriter_open(skiff_rocksdb_tablewriter_t *writer, const char *path, char **message) {
    tell(writer->writer.Open(path), message);
}

void skiff_rocksdb_tablewriter_put(
    skiff_rocksdb_tablewriter_t *writer, const char *key, size_t key_size, const char *value, size_t value_size,
    char **message) {
    tell(writer->writer.Put(rocksdb::Slice(key, key_size), rocksdb::Slice(value, value_size)), message);
}

void skiff_rocksdb_tablewriter_delete(
    skiff_rocksdb_tablewriter_t *writer, const char *key, size_t key_size, char **message) {
    tell(writer->writer.Delete(rocksdb::Slice(key, key_size)), message);
}

void skiff_rocksdb_tablewriter_finish(skiff_rocksdb_tablewriter_t *writer, char **message) {
    tell(writer->writer.Finish(), message);
}
