internal import ArgumentParser
internal import SkiffServer

/// The flags of one section of the settings: an `@Option` for each entry of the table. They stay texts:
/// `ServerConfiguration` reads flags, variables and the file by the same rules and with the same error messages.
///
/// The parser finds the options of a type by reflection and decodes each by its name. This type gives it both from the
/// table, so that a setting needs no property here.
struct SettingOptions<Section: SettingSection>: ParsableArguments, CustomReflectable {
    private struct FlagKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        init(_ setting: Setting) { stringValue = setting.flag }
    }

    private let options: [(setting: Setting, option: Option<[String]>)]

    init() {
        options = Section.settings.map { setting in
            let origin = "(default: \(setting.defaultText); environment: \(setting.variable))"
            let help = ArgumentHelp(
                "\(setting.summary). Allowed: \(setting.allowed). \(origin)", valueName: "value")
            return (setting, Option(wrappedValue: [], name: .customLong(setting.flag), help: help))
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: FlagKey.self)
        options = try Section.settings.map { ($0, try values.decode(Option<[String]>.self, forKey: FlagKey($0))) }
    }

    /// The parser takes what begins with an underscore for a property with a wrapper.
    var customMirror: Mirror { Mirror(self, children: options.map { ("_" + $0.setting.flag, $0.option) }) }

    func validate() throws {
        for (setting, option) in options { try RepeatedFlag.refuse(setting.flag, option.wrappedValue) }
    }

    /// The flags that were given, with their values.
    var given: [Setting: String] {
        var given: [Setting: String] = [:]
        for (setting, option) in options { given[setting] = option.wrappedValue.first }
        return given
    }
}
