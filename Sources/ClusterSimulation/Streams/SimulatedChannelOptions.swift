internal import NIOCore

/// The one option of a simulated channel that somebody asks for: how many bytes wait.
struct SimulatedChannelOptions: NIOSynchronousChannelOptions {
    let channel: SimulatedChannel

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {}

    func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        guard option is ChannelOptions.Types.BufferedWritableBytesOption,
            let bytes = channel.bufferedBytes as? Option.Value
        else { throw ChannelError.operationUnsupported }
        return bytes
    }
}
