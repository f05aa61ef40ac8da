import Foundation
import Testing

/// Writes a record that no entry of the log has written into the database of a node that does not run.
struct ForeignRecord {
    private let program: String
    private let directory: TemporaryDirectory

    /// Builds the program that does it.
    init(in directory: TemporaryDirectory) throws {
        self.directory = directory
        let source = directory.path.appending(path: "foreign-record.c")
        program = directory.path.appending(path: "foreign-record")
        try writeFile(source, Self.source)
        try run(
            Programs.env,
            ["sh", "-c", #"$(command -v clang || command -v cc) -o "$0" "$1" -lrocksdb"#, program, source])
    }

    /// Puts the record under the user's key `foreign`.
    func write(to node: ClusterNode) throws { try run(program, [node.directory.appending(path: "db")]) }

    private func run(_ executable: String, _ arguments: [String]) throws {
        let output = directory.path.appending(path: "foreign-record.out")
        let process = try ChildProcess(
            ProcessLauncher.Launch(
                executable: executable, arguments: arguments, environment: ProcessEnvironment.base,
                workingDirectory: directory.path, standardOutputPath: output, standardErrorPath: output))
        process.expectEnd()
        try #require(process.waitForExit(within: .seconds(60)) == .code(0), "\(executable) \(arguments) failed")
    }

    /// The record has format 1, a value of bytes, no content type, and revision 1 (`Docs/DiskFormat.md`).
    private static let source = """
        #include <rocksdb/c.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        static void check(char *error) {
            if (!error) return;
            puts(error);
            exit(1);
        }

        int main(int count, char **arguments) {
            char *error = NULL;
            size_t families;
            rocksdb_options_t *options = rocksdb_options_create();
            char **names = rocksdb_list_column_families(options, arguments[1], &families, &error);
            check(error);
            const rocksdb_options_t *each[16];
            rocksdb_column_family_handle_t *handles[16];
            for (size_t place = 0; place < families; place++) each[place] = options;
            rocksdb_t *database = rocksdb_open_column_families(
                options, arguments[1], families, (const char *const *)names, each, handles, &error);
            check(error);
            rocksdb_writeoptions_t *writing = rocksdb_writeoptions_create();
            rocksdb_flushoptions_t *flushing = rocksdb_flushoptions_create();
            for (size_t place = 0; place < families; place++) {
                if (strcmp(names[place], "kv")) continue;
                rocksdb_put_cf(
                    database, writing, handles[place], "\\001foreign", 8,
                    "\\001\\002\\0\\0\\001\\0\\0\\0\\0\\0\\0\\0x", 13, &error);
                check(error);
                rocksdb_flush_cf(database, flushing, handles[place], &error);
                check(error);
            }
            for (size_t place = 0; place < families; place++) rocksdb_column_family_handle_destroy(handles[place]);
            rocksdb_close(database);
            return 0;
        }
        """
}
