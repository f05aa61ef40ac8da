extension Options.Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .text(String(value)) }
    package init(dictionaryLiteral elements: (String, Self)...) {
        var options = Options()
        for (name, value) in elements { options[name] = value }
        self = .nested(options)
    }

    package static func number(_ value: Int) -> Self { .text(String(value)) }
}
