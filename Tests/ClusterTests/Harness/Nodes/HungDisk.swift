import Foundation
import Testing

/// A disk that stops answering the log threads of nodes on command: their syncs do not return as long as a file exists.
/// A library that is loaded into the node stands between it and the system.
struct HungDisk {
    /// The settings of a node that has this disk.
    let environment: [String: String]
    private let signal: String

    /// Whether this machine can build the library.
    static let isAvailable = ["clang", "cc"].contains { compiler in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: String($0).appending(path: compiler))
        }
    }

    init(in directory: TemporaryDirectory) throws {
        let source = directory.path.appending(path: "hung-disk.c")
        let library = directory.path.appending(path: "hung-disk.so")
        let output = directory.path.appending(path: "hung-disk.out")
        signal = directory.path.appending(path: "hung-disk")
        environment = ["LD_PRELOAD": library, "HUNG_DISK": signal]
        try writeFile(source, Self.source)
        let compiler = try ChildProcess(
            ProcessLauncher.Launch(
                executable: Programs.env,
                arguments: [
                    "sh", "-c", #"$(command -v clang || command -v cc) -shared -fPIC -o "$0" "$1" -ldl"#, library,
                    source,
                ],
                environment: ProcessEnvironment.base, workingDirectory: directory.path, standardOutputPath: output,
                standardErrorPath: output))
        compiler.expectEnd()
        try #require(compiler.waitForExit(within: .seconds(60)) == .code(0), "the library was not built")
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
