import Testing

/// Kills a node at each call of one of its threads that changes files, one call after the other, in as many runs of a
/// script.
///
/// `kill -9` before a call leaves what the operating system had been told by then: it shows a wrong order of steps, and
/// not what a loss of power does, which `ClusterSimulation` tries.
struct CrashPoints {
    private let library: PreloadedLibrary

    /// Whether this machine can build the library.
    static var isAvailable: Bool { PreloadedLibrary.isAvailable }

    init(in directory: TemporaryDirectory) throws {
        library = try PreloadedLibrary("crash-points", source: Self.source, in: directory)
    }

    /// Runs `script` with the settings of a node that is killed before the first call of `thread`, then before the
    /// second, or the one `step` calls later, and so on, until it returns false because the node was not killed, or
    /// up to call `limit`. Returns how often the node was killed.
    func atEachCall(
        of thread: String, upTo limit: Int = 500, by step: Int = 1,
        _ script: (_ environment: [String: String]) throws -> Bool
    ) throws -> Int {
        var count = 0
        for call in stride(from: 1, through: limit, by: step) {
            let environment = ["LD_PRELOAD": library.path, "CRASH_THREAD": thread, "CRASH_AT": "\(call)"]
            guard try script(environment) else { return count }
            count += 1
        }
        return count
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdarg.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/types.h>
        #include <unistd.h>

        static void count_call(void) {
            static int calls;
            char name[16] = "";
            const char *thread = getenv("CRASH_THREAD"), *call = getenv("CRASH_AT");
            pthread_getname_np(pthread_self(), name, sizeof name);
            if (thread && call && strcmp(name, thread) == 0 && ++calls == atoi(call)) kill(getpid(), SIGKILL);
        }

        #define PASS_ON(result, name, parameters, arguments)                                   \\
            result name parameters {                                                           \\
                static result (*next) parameters;                                              \\
                if (!next) next = (result (*) parameters)dlsym(RTLD_NEXT, #name);              \\
                count_call();                                                                  \\
                return next arguments;                                                         \\
            }

        PASS_ON(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
        PASS_ON(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
        PASS_ON(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
        PASS_ON(int, fsync, (int file), (file))
        PASS_ON(int, fdatasync, (int file), (file))
        PASS_ON(int, sync_file_range, (int file, off64_t at, off64_t count, unsigned flags), (file, at, count, flags))
        PASS_ON(int, ftruncate, (int file, off_t length), (file, length))
        PASS_ON(int, ftruncate64, (int file, off64_t length), (file, length))
        PASS_ON(int, fallocate, (int file, int mode, off_t at, off_t count), (file, mode, at, count))
        PASS_ON(int, fallocate64, (int file, int mode, off64_t at, off64_t count), (file, mode, at, count))
        PASS_ON(int, link, (const char *from, const char *to), (from, to))
        PASS_ON(int, rename, (const char *from, const char *to), (from, to))
        PASS_ON(int, unlink, (const char *path), (path))
        PASS_ON(int, mkdir, (const char *path, mode_t mode), (path, mode))

        #define OPEN(name)                                                                     \\
            int name(const char *path, int flags, ...) {                                       \\
                static int (*next)(const char *, int, ...);                                    \\
                if (!next) next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);    \\
                va_list rest;                                                                  \\
                va_start(rest, flags);                                                         \\
                int mode = va_arg(rest, int);                                                  \\
                va_end(rest);                                                                  \\
                if (flags & (O_CREAT | O_TRUNC)) count_call();                                 \\
                return next(path, flags, mode);                                                \\
            }

        OPEN(open)
        OPEN(open64)
        """
}
