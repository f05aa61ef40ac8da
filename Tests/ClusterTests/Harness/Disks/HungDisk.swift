import Foundation

/// A disk that stops answering the log threads of nodes on command: their syncs do not return as long as a file exists.
struct HungDisk {
    /// The settings of a node that has this disk.
    let environment: [String: String]
    private let signal: String

    /// Whether this machine can build the library.
    static var isAvailable: Bool { PreloadedLibrary.isAvailable }

    init(in directory: TemporaryDirectory) throws {
        let library = try PreloadedLibrary("hung-disk", source: Self.source, in: directory)
        signal = directory.path.appending(path: "hung-disk")
        environment = ["LD_PRELOAD": library.path, "HUNG_DISK": signal]
    }

    func hang() throws { try writeFile(signal, "") }

    func goOn() throws { try FileManager.default.removeItem(atPath: signal) }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <pthread.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static int sync_later(const char *function, int descriptor) {
            char name[16] = "";
            const char *signal = getenv("HUNG_DISK");
            pthread_getname_np(pthread_self(), name, sizeof name);
            if (signal && strcmp(name, "skiff-log") == 0)
                while (access(signal, F_OK) == 0) usleep(2000);
            return ((int (*)(int))dlsym(RTLD_NEXT, function))(descriptor);
        }

        int fdatasync(int descriptor) { return sync_later("fdatasync", descriptor); }
        int fsync(int descriptor) { return sync_later("fsync", descriptor); }
        """
}
