/// What an answer says about its connection, whatever it is an answer to.
struct AnswerFrame {
    /// The request was `HEAD`: the head is that of the answer to `GET`, the body is left out.
    var isHead = false
    var closes = false
    /// HTTP/1.0 is told that the connection stays open.
    var keepsAlive = false

    static let fieldBytesMax = 32

    /// Appends the connection field, if any, and the end of the head.
    func appendEndOfHead(to cursor: inout ByteCursor) {
        if closes {
            cursor.append("\r\nConnection: close")
        } else if keepsAlive {
            cursor.append("\r\nConnection: keep-alive")
        }
        cursor.append("\r\n\r\n")
    }
}
