import Foundation

/// Kills a node as soon as the beginning of a certain frame of a snapshot's transfer has left it, or has arrived.
///
/// A place counts from the moment when it is set, on all connections of the node together. Nodes that nothing is set
/// for live on.
struct TransferCrashes {
    /// A frame of the transfer, by its number on the wire (`Docs/WireFormat.md`).
    enum Frame: Int {
        case request = 48
        case opened = 49
        case chunk = 50
        case credit = 51
        case end = 52
    }

    enum Place: CustomStringConvertible {
        case sent(Frame, Int)
        case received(Frame, Int)

        var description: String {
            switch self {
            case .sent(let frame, let number): "sent \(frame.rawValue) \(number)"
            case .received(let frame, let number): "received \(frame.rawValue) \(number)"
            }
        }
    }

    /// The settings of nodes that can be killed in this way.
    let environment: [String: String]
    private let directory: String

    /// `directory` outlives the nodes.
    init(in directory: TemporaryDirectory) throws {
        let library = try PreloadedLibrary("transfer-crashes", source: Self.source, in: directory)
        self.directory = directory.path
        environment = ["LD_PRELOAD": library.path, "CRASH_PLACES": directory.path]
    }

    /// From now on `node` is killed at this place; nil: nowhere.
    func set(_ place: Place?, for node: ClusterNode) throws {
        let path = directory.appending(path: node.id)
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        guard let place else { return }
        try writeFile(path + ".next", "\(place)")
        try FileManager.default.moveItem(atPath: path + ".next", toPath: path)
    }

    /// Follows the frames on each connection to a peer, which begins with eight bytes of its own. Only one thread reads
    /// and writes them.
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/types.h>
        #include <sys/uio.h>
        #include <unistd.h>

        enum { SENT, RECEIVED, FILES = 65536 };

        static struct stream {
            unsigned char head[24];
            size_t have, rest;
            enum { PREAMBLE, HEAD, BODY, FOREIGN } state;
        } streams[2][FILES];

        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

        static void saw(int way, int kind) {
            static int left, wanted_kind, wanted_way = -1;
            char path[4096], word[16];
            const char *places = getenv("CRASH_PLACES"), *node = getenv("RAFT_NODE_ID");
            if (kind < 48 || kind > 52 || !places || !node) return;
            snprintf(path, sizeof path, "%s/%s", places, node);
            if (access(path, F_OK) != 0) {
                wanted_way = -1;
                return;
            }
            if (wanted_way < 0) {
                FILE *file = fopen(path, "r");
                if (!file || fscanf(file, "%15s %d %d", word, &wanted_kind, &left) != 3) abort();
                fclose(file);
                wanted_way = strcmp(word, "sent") == 0 ? SENT : RECEIVED;
            }
            if (way == wanted_way && kind == wanted_kind && --left == 0) kill(getpid(), SIGKILL);
        }

        static void follow(int way, int file, const unsigned char *bytes, size_t count) {
            if (file < 0 || file >= FILES) return;
            pthread_mutex_lock(&lock);
            struct stream *stream = &streams[way][file];
            while (count > 0 && stream->state != FOREIGN) {
                if (stream->state == BODY) {
                    size_t part = count < stream->rest ? count : stream->rest;
                    bytes += part, count -= part, stream->rest -= part;
                    if (stream->rest == 0) stream->state = HEAD;
                    continue;
                }
                size_t size = stream->state == PREAMBLE ? 8 : 24, part = size - stream->have;
                if (part > count) part = count;
                memcpy(stream->head + stream->have, bytes, part);
                bytes += part, count -= part, stream->have += part;
                if (stream->have < size) continue;
                stream->have = 0;
                if (stream->state == PREAMBLE) {
                    stream->state = memcmp(stream->head, "SKIFFP", 6) == 0 ? HEAD : FOREIGN;
                } else {
                    unsigned int length;
                    memcpy(&length, stream->head + 8, 4);
                    stream->rest = length - 24;
                    if (stream->rest > 0) stream->state = BODY;
                    saw(way, stream->head[12]);
                }
            }
            pthread_mutex_unlock(&lock);
        }

        #define FIND_NEXT(name)                                                                 \\
            static __typeof__(name) *next;                                                     \\
            if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

        ssize_t write(int file, const void *bytes, size_t count) {
            FIND_NEXT(write);
            ssize_t result = next(file, bytes, count);
            if (result > 0) follow(SENT, file, bytes, result);
            return result;
        }

        ssize_t writev(int file, const struct iovec *parts, int count) {
            FIND_NEXT(writev);
            ssize_t result = next(file, parts, count), left = result;
            for (int place = 0; left > 0; place++) {
                size_t part = parts[place].iov_len < (size_t)left ? parts[place].iov_len : (size_t)left;
                follow(SENT, file, parts[place].iov_base, part);
                left -= part;
            }
            return result;
        }

        ssize_t read(int file, void *bytes, size_t count) {
            FIND_NEXT(read);
            ssize_t result = next(file, bytes, count);
            if (result > 0) follow(RECEIVED, file, bytes, result);
            return result;
        }

        int close(int file) {
            FIND_NEXT(close);
            if (file >= 0 && file < FILES) {
                pthread_mutex_lock(&lock);
                memset(&streams[SENT][file], 0, sizeof(struct stream));
                memset(&streams[RECEIVED][file], 0, sizeof(struct stream));
                pthread_mutex_unlock(&lock);
            }
            return next(file);
        }
        """
}
