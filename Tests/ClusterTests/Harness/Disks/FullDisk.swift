import Foundation

/// A disk that has no room left on command: no write to a file succeeds as long as another file exists. It may have
/// room for all files but some.
struct FullDisk {
    /// The settings of a node that has this disk.
    let environment: [String: String]
    private let signal: String

    /// Whether this machine can build the library.
    static var isAvailable: Bool { PreloadedLibrary.isAvailable }

    /// `part` is in the paths of those files that have no room. The disk is full as long as the file `signal` exists;
    /// `fill` makes one.
    init(in directory: TemporaryDirectory, for part: String = "/", whileThereIs signal: String? = nil) throws {
        let library = try PreloadedLibrary("full-disk", source: Self.source, in: directory)
        self.signal = signal ?? directory.path.appending(path: "full-disk")
        environment = ["LD_PRELOAD": library.path, "FULL_DISK": self.signal, "FULL_DISK_PART": part]
    }

    func fill() throws { try writeFile(signal, "") }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: signal) }

    /// Standard error goes to another disk.
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static int is_part(int descriptor) {
            char link[64], path[4096];
            const char *part = getenv("FULL_DISK_PART");
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            ssize_t count = readlink(link, path, sizeof path - 1);
            if (count < 0 || !part) return 1;
            path[count] = 0;
            return strstr(path, part) != NULL;
        }

        static int is_full(int descriptor) {
            struct stat status;
            const char *signal = getenv("FULL_DISK");
            return descriptor > STDERR_FILENO && signal && access(signal, F_OK) == 0
                && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && is_part(descriptor);
        }

        ssize_t write(int descriptor, const void *bytes, size_t count) {
            static ssize_t (*next)(int, const void *, size_t);
            if (!next) next = dlsym(RTLD_NEXT, "write");
            int former = errno;
            if (is_full(descriptor)) return errno = ENOSPC, -1;
            errno = former;
            return next(descriptor, bytes, count);
        }
        """
}
