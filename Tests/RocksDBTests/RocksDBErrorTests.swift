import Glibc
import RocksDB
import Testing

@Suite("An error of RocksDB")
struct RocksDBErrorTests {
    let directory = TemporaryDirectory()

    private func errorOfOpening(_ options: Options, families: [ColumnFamilyDescriptor]? = nil) -> RocksDBError? {
        #expect(throws: RocksDBError.self) {
            _ = try Database(
                path: directory.path, options: options,
                columnFamilies: families ?? [ColumnFamilyDescriptor(name: "default")])
        }
    }

    @Test("names an option that does not exist, of the database and of a family")
    func unknownOption() throws {
        let database = try #require(errorOfOpening(["no_such_option": 1]))
        let family = try #require(
            errorOfOpening(
                Database.small, families: [ColumnFamilyDescriptor(name: "default", options: ["no_such_option": 1])]))

        for error in [database, family] {
            #expect(error.kind == .invalidArgument)
            #expect(error.operation == "read options")
            #expect(error.message.contains("no_such_option"))
        }
    }

    @Test("reads nested options")
    func nestedOptions() throws {
        let good: Options = ["block_based_table_factory": ["filter_policy": "bloomfilter:10:false"]]
        #expect(good.description == "block_based_table_factory={filter_policy=bloomfilter:10:false;};")

        let error = errorOfOpening(["block_based_table_factory": ["no_such_option": true]])

        #expect(error?.kind == .invalidArgument)
    }

    @Test("says that a database that must exist does not")
    func missingDatabase() {
        let error = errorOfOpening(["create_if_missing": false])

        #expect(error?.kind == .invalidArgument)
        #expect(error?.operation == "open a database")
    }

    @Test("says that a family is missing")
    func missingFamily() throws {
        try Database(at: directory.path).close()

        let error = errorOfOpening(
            [:], families: ["default", "other", "third"].map { ColumnFamilyDescriptor(name: $0) })

        #expect(error?.kind == .invalidArgument)
        #expect(error?.message.contains("third") == true)
    }

    @Test("says that the database is open already")
    func locked() throws {
        let database = try Database(at: directory.path)

        let error = #expect(throws: RocksDBError.self) { try Database(at: directory.path) }

        #expect(error?.kind == .locked)
        database.close()
    }

    @Test("says that a compression is not there")
    func compression() {
        let error = errorOfOpening(
            Database.small,
            families: [ColumnFamilyDescriptor(name: "default", options: ["compression": "kXpressCompression"])])

        #expect(error?.kind == .compressionNotLinked)
    }

    @Test("says that a database is damaged")
    func corruption() throws {
        try Database(at: directory.path).close()
        let file = try #require(fopen("\(directory.path)/CURRENT", "w"))
        fputs("MANIFEST-999999", file)
        fclose(file)

        let error = errorOfOpening([:], families: ["default", "other"].map { ColumnFamilyDescriptor(name: $0) })

        #expect(error?.kind == .corruption)
    }
}
